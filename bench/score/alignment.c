#include "score/alignment.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "score/fft.h"
#include "score/resample.h"

enum {
    RATE_HZ = 8000,
    PER_MS = RATE_HZ / 1000,
    HEARD_PER_MS = 48,
    POINTS = 8192,
    BLOCK = ALIGNMENT_BLOCK_MS * PER_MS,
    HOP = ALIGNMENT_HOP_MS * PER_MS,
    LAGS = ALIGNMENT_MOST_MS * PER_MS,
    SPOKEN_DB = 20, /* a block is spoken when it is within so much of the loudest */
    LEAP = PER_MS,  /* a larger change of delay has a moment */
    GAP_DB = 25,
    GAP_FRAME = 480,
    FADE = 48 * 5
};

static_assert(LAGS + BLOCK <= POINTS, "one transform holds all lags");

static const double found_match = 0.6; /* less is chance, or not the same sound */

/** What correlation, summed over the blocks to come, must gain for the delay to change. */
static const double change_cost = 0.5;
static const double drift_cost = 0.02; /* by one sample at 8 kHz */

/** How the best way to a lag came from the block before. */
enum origin { FROM_SAME, FROM_BELOW, FROM_ABOVE, FROM_BEST };

/** All blocks' correlations, and the best way through them. */
struct search {
    struct fft *fft;
    const float *clean;
    const float *heard;
    size_t count;
    double loudest; /* energy of a block */
    double re[POINTS];
    double im[POINTS];
    double match[LAGS]; /* of the block under way */
    double way[2][LAGS];
    uint8_t (*origins)[LAGS]; /* owned, of each block */
    uint16_t *best;           /* owned: the lag before it with the best way */
};

static double energy(const float *at, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)at[i] * at[i];
    }
    return sum;
}

static double heard_at(const struct search *search, size_t at)
{
    return at < search->count ? search->heard[at] : 0;
}

/** Products of a block with what is heard at every lag. Leaves them in re, times POINTS. */
static void correlate(struct search *search, size_t block)
{
    double *re = search->re;
    double *im = search->im;
    memset(im, 0, sizeof(search->im));
    for (size_t i = 0; i < POINTS; i++) {
        re[i] = i < LAGS + BLOCK ? heard_at(search, block + i) : 0;
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

static void match_block(struct search *search, size_t block)
{
    double block_energy = energy(search->clean + block, BLOCK);
    double heard_energy = 0;
    correlate(search, block);
    for (size_t i = 0; i < BLOCK; i++) {
        heard_energy += heard_at(search, block + i) * heard_at(search, block + i);
    }
    for (size_t lag = 0; lag < LAGS; lag++) {
        double norm = sqrt(block_energy * fmax(heard_energy, block_energy * 1e-3));
        search->match[lag] = search->re[lag] / POINTS / norm;
        double gone = heard_at(search, block + lag);
        double come = heard_at(search, block + lag + BLOCK);
        heard_energy += come * come - gone * gone;
    }
}

static size_t greatest(const double way[static LAGS])
{
    size_t best = 0;
    for (size_t lag = 1; lag < LAGS; lag++) {
        best = way[lag] > way[best] ? lag : best;
    }
    return best;
}

/** The best ways to each lag of the block under way, from those of the block before. */
static void extend_ways(struct search *search, size_t i, const double *before, double *after)
{
    size_t best = greatest(before);
    search->best[i] = (uint16_t)best;
    for (size_t lag = 0; lag < LAGS; lag++) {
        double way = before[lag];
        enum origin origin = FROM_SAME;
        if (lag > 0 && before[lag - 1] - drift_cost > way) {
            way = before[lag - 1] - drift_cost;
            origin = FROM_BELOW;
        }
        if (lag + 1 < LAGS && before[lag + 1] - drift_cost > way) {
            way = before[lag + 1] - drift_cost;
            origin = FROM_ABOVE;
        }
        if (before[best] - change_cost > way) {
            way = before[best] - change_cost;
            origin = FROM_BEST;
        }
        search->origins[i][lag] = (uint8_t)origin;
        after[lag] = way + search->match[lag];
    }
}

static size_t lag_before(const struct search *search, size_t i, size_t lag)
{
    switch ((enum origin)search->origins[i][lag]) {
    case FROM_SAME:
        return lag;
    case FROM_BELOW:
        return lag - 1;
    case FROM_ABOVE:
        return lag + 1;
    case FROM_BEST:
        break;
    }
    return search->best[i];
}

static bool is_spoken(const struct search *search, size_t i)
{
    return energy(search->clean + i * HOP, BLOCK) > search->loudest * pow(10, -SPOKEN_DB / 10.0);
}

static void find_delays(struct search *search, struct alignment *out)
{
    for (size_t i = 0; i < out->count; i++) {
        search->loudest = fmax(search->loudest, energy(search->clean + i * HOP, BLOCK));
    }
    for (size_t i = 0; i < out->count; i++) {
        memset(search->match, 0, sizeof(search->match));
        if (is_spoken(search, i)) {
            out->spoken++;
            match_block(search, i * HOP);
        }
        extend_ways(search, i, search->way[i % 2], search->way[(i + 1) % 2]);
    }
    size_t lag = greatest(search->way[out->count % 2]);
    for (size_t i = out->count; i > 0; i--) {
        out->blocks[i - 1].delay_ms = (double)lag / PER_MS;
        lag = lag_before(search, i - 1, lag);
    }
}

/**
 * When the delay leaps from one lag to another, to the sample: whichever moment makes what was said
 * before fit the one, and after it the other. Blocks overlap, so they know that only roughly.
 */
static size_t find_leap(const struct search *search, size_t block, size_t from_lag, size_t to_lag)
{
    size_t first = block < BLOCK ? 0 : block - BLOCK;
    size_t best = first;
    double gain = 0;
    double most = 0;
    for (size_t i = first; i < block + 2 * (size_t)BLOCK && i < search->count; i++) {
        gain += search->clean[i] * (heard_at(search, i + from_lag) - heard_at(search, i + to_lag));
        if (gain > most) {
            most = gain;
            best = i + 1;
        }
    }
    return best;
}

static void find_moments(const struct search *search, struct alignment *out)
{
    size_t before = 0;
    size_t since = 0;
    for (size_t i = 0; i < out->count; i++) {
        size_t lag = (size_t)lround(out->blocks[i].delay_ms * PER_MS);
        size_t begin = i * HOP;
        if (i > 0 && (lag > before + LEAP || before > lag + LEAP)) {
            begin = find_leap(search, begin, before, lag);
        }
        since = begin > since ? begin : since;
        out->blocks[i].since_ms = (double)since / PER_MS;
        before = lag;
    }
}

/** How well a block fits at the delay that was found. */
static void judge_block(const struct search *search, size_t block, struct alignment_block *out)
{
    size_t lag = (size_t)lround(out->delay_ms * PER_MS);
    double product = 0;
    double heard_energy = 0;
    for (size_t i = 0; i < BLOCK; i++) {
        double heard = heard_at(search, block + lag + i);
        product += search->clean[block + i] * heard;
        heard_energy += heard * heard;
    }
    double norm = sqrt(energy(search->clean + block, BLOCK) * heard_energy);
    out->match = norm > 0 ? product / norm : 0;
    out->found = out->match >= found_match;
}

static void sum_up(struct alignment *out, double change_ms)
{
    if (change_ms > 0) {
        out->inserted_ms += change_ms;
        out->worst_inserted_ms = fmax(out->worst_inserted_ms, change_ms);
    } else {
        out->removed_ms -= change_ms;
        out->worst_removed_ms = fmax(out->worst_removed_ms, -change_ms);
    }
}

static int judge(const struct search *search, struct alignment *out)
{
    double since_ms = 0; /* delay that later ones are compared with */
    for (size_t i = 0; i < out->count; i++) {
        struct alignment_block *block = &out->blocks[i];
        if (is_spoken(search, i)) {
            judge_block(search, i * HOP, block);
        }
        if (!block->found) {
            continue;
        }
        if (out->found++ == 0) {
            out->first_delay_ms = block->delay_ms;
            since_ms = block->delay_ms;
        }
        if (fabs(block->delay_ms - since_ms) >= ALIGNMENT_STEP_MS) {
            sum_up(out, block->delay_ms - since_ms);
            since_ms = block->delay_ms;
        }
        out->last_delay_ms = block->delay_ms;
    }
    return out->found == 0 ? ERR_NOT_FOUND : 0;
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
    search->origins = malloc((out->count + 1) * sizeof(*search->origins));
    search->best = malloc((out->count + 1) * sizeof(*search->best));
    int err = search->origins == NULL || search->best == NULL ? ERR_NO_MEMORY
                                                              : fft_new(&search->fft, POINTS);
    if (err == 0) {
        find_delays(search, out);
        find_moments(search, out);
        err = judge(search, out);
    }
    fft_free(&search->fft);
    free(search->origins);
    free(search->best);
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

static int64_t delay_of(const struct alignment_block *block)
{
    return lround(block->delay_ms * HEARD_PER_MS);
}

void alignment_apply(const struct alignment *alignment, const float *heard, size_t count,
                     float *out)
{
    const struct alignment_block *blocks = alignment->blocks;
    int64_t delay = delay_of(&blocks[0]);
    int64_t before = delay;
    size_t changed = 0;
    size_t block = 0;
    for (size_t i = 0; i < count; i++) {
        while (block + 1 < alignment->count &&
               (double)i >= blocks[block + 1].since_ms * HEARD_PER_MS) {
            block++;
        }
        int64_t now = delay_of(&blocks[block]);
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
