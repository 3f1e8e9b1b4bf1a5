#include "support/alignment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "support/fft.h"
#include "support/resample.h"

enum {
    RATE_HZ = 8000,
    PER_MS = RATE_HZ / 1000,
    HEARD_PER_MS = 48,
    POINTS = 8192,
    BLOCK = ALIGNMENT_BLOCK_MS * PER_MS,
    HOP = ALIGNMENT_HOP_MS * PER_MS,
    SPOKEN_DB = 30, /* a block is spoken when it is within so much of the loudest */
    GAP_DB = 25,
    GAP_FRAME = 480,
    FADE = 48 * 5
};

static const double found_match = 0.6; /* less is chance, or not the same sound */
static const double same_match = 0.97; /* of the best: then the delay has not changed */

struct search {
    struct fft *fft;
    const float *clean;
    const float *heard;
    size_t count;
    double re[POINTS];
    double im[POINTS];
    double match[POINTS]; /* by lag */
};

static double energy(const float *at, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)at[i] * at[i];
    }
    return sum;
}

static double heard_at(const struct search *search, int64_t at)
{
    return at < 0 || at >= (int64_t)search->count ? 0 : search->heard[at];
}

/** Products of a block with what is heard `lags` samples from `from` on: heard in re and the block
 * in im, one transform for both. Leaves them in im after the transform back, times POINTS. */
static void correlate(struct search *search, size_t block, int64_t from, size_t lags)
{
    double *re = search->re;
    double *im = search->im;
    memset(im, 0, sizeof(search->im));
    for (size_t i = 0; i < POINTS; i++) {
        re[i] = i < lags + BLOCK ? heard_at(search, from + (int64_t)i) : 0;
    }
    for (size_t i = 0; i < BLOCK; i++) {
        im[i] = search->clean[block + i];
    }
    fft_run(search->fft, re, im);
    /* H conj(C) of two real signals, from H + iC */
    for (size_t k = 0; k <= POINTS / 2; k++) {
        size_t mirror = (POINTS - k) % POINTS;
        double h_re = (re[k] + re[mirror]) / 2;
        double h_im = (im[k] - im[mirror]) / 2;
        double c_re = (im[k] + im[mirror]) / 2;
        double c_im = (re[mirror] - re[k]) / 2;
        double p_re = h_re * c_re + h_im * c_im;
        double p_im = h_im * c_re - h_re * c_im;
        re[k] = p_re;
        im[k] = p_im;
        re[mirror] = p_re;
        im[mirror] = -p_im;
    }
    im[0] = 0;
    im[POINTS / 2] = 0;
    fft_run(search->fft, im, re); /* the inverse: re and im changed for each other */
}

/**
 * Correlation by lag, and the best lag. @return the lag, counted from `from`
 */
static size_t best_lag(struct search *search, size_t block, int64_t from, size_t lags)
{
    double block_energy = energy(search->clean + block, BLOCK);
    double heard_energy = 0;
    size_t best = 0;
    correlate(search, block, from, lags);
    for (size_t i = 0; i < BLOCK; i++) {
        double x = heard_at(search, from + (int64_t)i);
        heard_energy += x * x;
    }
    for (size_t lag = 0; lag < lags; lag++) {
        double norm = sqrt(block_energy * fmax(heard_energy, block_energy * 1e-3));
        search->match[lag] = search->re[lag] / POINTS / norm;
        if (search->match[lag] > search->match[best]) {
            best = lag;
        }
        double gone = heard_at(search, from + (int64_t)lag);
        double come = heard_at(search, from + (int64_t)(lag + BLOCK));
        heard_energy += come * come - gone * gone;
    }
    return best;
}

/** Where a block is heard; the delay stays when that is nearly as good. */
static void find_block(struct search *search, size_t block, const struct alignment_block *last,
                       struct alignment_block *out)
{
    bool first = last == NULL;
    int64_t last_delay = first ? 0 : lround(last->delay_ms * PER_MS);
    int64_t from = first ? 0 : last_delay - ALIGNMENT_REACH_MS * PER_MS;
    size_t lags = (first ? ALIGNMENT_FIRST_MS : 2 * ALIGNMENT_REACH_MS) * PER_MS;
    size_t best = best_lag(search, block, from + (int64_t)block, lags);
    if (!first) {
        size_t same = ALIGNMENT_REACH_MS * PER_MS;
        best = search->match[same] >= same_match * search->match[best] ? same : best;
    }
    out->match = search->match[best] < 0 ? 0 : search->match[best];
    out->found = out->match >= found_match;
    out->delay_ms = out->found ? (double)(from + (int64_t)best) / PER_MS
                    : first    ? 0
                               : last->delay_ms;
}

static void sum_up(struct alignment *out, double change_ms)
{
    if (change_ms >= ALIGNMENT_STEP_MS) {
        out->inserted_ms += change_ms;
        out->worst_inserted_ms = fmax(out->worst_inserted_ms, change_ms);
    } else if (change_ms <= -ALIGNMENT_STEP_MS) {
        out->removed_ms -= change_ms;
        out->worst_removed_ms = fmax(out->worst_removed_ms, -change_ms);
    }
}

static int find_blocks(struct search *search, struct alignment *out)
{
    const struct alignment_block *last = NULL;
    double most = 0;
    double since_ms = 0; /* delay that later ones are compared with */
    for (size_t i = 0; i < out->count; i++) {
        most = fmax(most, energy(search->clean + i * HOP, BLOCK));
    }
    for (size_t i = 0; i < out->count; i++) {
        struct alignment_block *block = &out->blocks[i];
        block->delay_ms = last == NULL ? 0 : last->delay_ms;
        if (energy(search->clean + i * HOP, BLOCK) < most * pow(10, -SPOKEN_DB / 10.0)) {
            continue;
        }
        out->spoken++;
        find_block(search, i * HOP, last, block);
        if (!block->found) {
            continue;
        }
        out->found++;
        if (last == NULL) {
            out->first_delay_ms = block->delay_ms;
            since_ms = block->delay_ms;
        }
        if (fabs(block->delay_ms - since_ms) >= ALIGNMENT_STEP_MS) {
            sum_up(out, block->delay_ms - since_ms);
            since_ms = block->delay_ms;
        }
        last = block;
        out->last_delay_ms = block->delay_ms;
    }
    for (size_t i = 0; i < out->count && last != NULL && !out->blocks[i].found; i++) {
        out->blocks[i].delay_ms = out->first_delay_ms;
    }
    return last == NULL ? ERR_NOT_FOUND : 0;
}

static int search_at_8k(const float *clean, const float *heard, size_t count, struct alignment *out)
{
    struct search *search = calloc(1, sizeof(*search));
    if (search == NULL) {
        return ERR_NO_MEMORY;
    }
    search->clean = clean;
    search->heard = heard;
    search->count = count;
    int err = fft_new(&search->fft, POINTS);
    if (err == 0) {
        err = find_blocks(search, out);
    }
    fft_free(&search->fft);
    free(search);
    return err;
}

int alignment_find(const float *clean, const float *heard, size_t count, struct alignment *out)
{
    size_t fewer = resample_count(count, HEARD_PER_MS * 1000, RATE_HZ);
    struct alignment found = {.count = fewer < BLOCK ? 0 : (fewer - BLOCK) / HOP + 1};
    float *x = malloc((fewer + 1) * sizeof(*x));
    float *y = malloc((fewer + 1) * sizeof(*y));
    found.blocks = calloc(found.count + 1, sizeof(*found.blocks));
    int err = x == NULL || y == NULL || found.blocks == NULL ? ERR_NO_MEMORY : 0;
    if (err == 0) {
        err = resample(clean, count, HEARD_PER_MS * 1000, RATE_HZ, x);
    }
    if (err == 0) {
        err = resample(heard, count, HEARD_PER_MS * 1000, RATE_HZ, y);
    }
    if (err == 0) {
        err = search_at_8k(x, y, fewer, &found);
    }
    free(x);
    free(y);
    if (err != 0) {
        alignment_deinit(&found);
        return err;
    }
    *out = found;
    return 0;
}

static int64_t delay_at(const struct alignment *alignment, size_t sample)
{
    size_t block = sample / (ALIGNMENT_HOP_MS * HEARD_PER_MS);
    block = block < alignment->count ? block : alignment->count - 1;
    return lround(alignment->blocks[block].delay_ms * HEARD_PER_MS);
}

void alignment_apply(const struct alignment *alignment, const float *heard, size_t count,
                     float *out)
{
    int64_t delay = delay_at(alignment, 0);
    int64_t before = delay;
    size_t changed = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t now = delay_at(alignment, i);
        if (now != delay) {
            before = delay;
            delay = now;
            changed = i;
        }
        int64_t from = (int64_t)i + delay;
        int64_t old = (int64_t)i + before;
        double part = i - changed < FADE ? (double)(i - changed) / FADE : 1;
        double x = from < 0 || from >= (int64_t)count ? 0 : heard[from];
        double y = old < 0 || old >= (int64_t)count ? 0 : heard[old];
        out[i] = (float)(part * x + (1 - part) * y);
    }
}

double alignment_longest_gap_ms(const float *clean, const float *in_step, size_t count)
{
    size_t frames = count / GAP_FRAME;
    double most = 0;
    size_t longest = 0;
    size_t run = 0;
    for (size_t i = 0; i < frames; i++) {
        most = fmax(most, energy(clean + i * GAP_FRAME, GAP_FRAME));
    }
    double weaker = pow(10, -GAP_DB / 10.0);
    for (size_t i = 0; i < frames; i++) {
        double said = energy(clean + i * GAP_FRAME, GAP_FRAME);
        double heard = energy(in_step + i * GAP_FRAME, GAP_FRAME);
        run = said > most * weaker && heard < said * weaker ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return (double)longest * 10;
}

void alignment_deinit(struct alignment *alignment)
{
    free(alignment->blocks);
    *alignment = (struct alignment){0};
}
