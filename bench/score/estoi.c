#include "score/estoi.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "score/fft.h"
#include "score/resample.h"

enum {
    RATE_HZ = 10000,
    FRAME = 256,
    HOP = 128,
    POINTS = 512,
    BANDS = 15,
    SEGMENT = 30,
    LOWEST_HZ = 150,
    RANGE_DB = 40
};

static const double pi = 3.14159265358979323846;
static const double tiny = 2.220446049250313e-16; /* keeps divisions and logarithms whole */

struct estoi {
    double window[FRAME];
    size_t edges[BANDS][2]; /* bins: from, to (not included) */
    struct fft *fft;
};

/** What is in the bands, frame by frame. */
struct bands {
    double (*at)[BANDS]; /* owned, of each frame */
    size_t frames;
};

static size_t nearest_bin(double hz)
{
    double bin = hz * POINTS / RATE_HZ;
    return (size_t)lround(bin);
}

static int set_up(struct estoi *estoi)
{
    for (size_t i = 0; i < FRAME; i++) {
        estoi->window[i] = 0.5 - 0.5 * cos(2 * pi * (double)(i + 1) / (FRAME + 1));
    }
    for (size_t i = 0; i < BANDS; i++) {
        double low = LOWEST_HZ * pow(2, (2.0 * (double)i - 1) / 6);
        double high = LOWEST_HZ * pow(2, (2.0 * (double)i + 1) / 6);
        estoi->edges[i][0] = nearest_bin(low);
        estoi->edges[i][1] = nearest_bin(high);
    }
    return fft_new(&estoi->fft, POINTS);
}

static double frame_db(const struct estoi *estoi, const float *at)
{
    double sum = 0;
    for (size_t i = 0; i < FRAME; i++) {
        double x = estoi->window[i] * at[i];
        sum += x * x;
    }
    return 20 * log10(sqrt(sum) + tiny);
}

static size_t frames_in(size_t count)
{
    return count < FRAME ? 0 : (count - FRAME) / HOP + 1;
}

/** Adds a frame under the window to what is kept. */
static void keep_frame(const struct estoi *estoi, const float *from, double *to)
{
    for (size_t i = 0; i < FRAME; i++) {
        to[i] += estoi->window[i] * from[i];
    }
}

/** Leaves out the frames in which the clean signal is silent. @return samples left */
static size_t keep_speech(const struct estoi *estoi, const float *clean, const float *heard,
                          size_t count, double *clean_out, double *heard_out)
{
    size_t frames = frames_in(count);
    size_t kept = 0;
    double most = -INFINITY;
    for (size_t i = 0; i < frames; i++) {
        most = fmax(most, frame_db(estoi, clean + i * HOP));
    }
    for (size_t i = 0; i < frames; i++) {
        if (frame_db(estoi, clean + i * HOP) > most - RANGE_DB) {
            keep_frame(estoi, clean + i * HOP, clean_out + kept * HOP);
            keep_frame(estoi, heard + i * HOP, heard_out + kept * HOP);
            kept++;
        }
    }
    return kept == 0 ? 0 : (kept - 1) * HOP + FRAME;
}

static void measure_frame(const struct estoi *estoi, const double *at, double bands[static BANDS])
{
    double re[POINTS] = {0};
    double im[POINTS] = {0};
    for (size_t i = 0; i < FRAME; i++) {
        re[i] = estoi->window[i] * at[i];
    }
    fft_run(estoi->fft, re, im);
    for (size_t b = 0; b < BANDS; b++) {
        double sum = 0;
        for (size_t k = estoi->edges[b][0]; k < estoi->edges[b][1]; k++) {
            sum += re[k] * re[k] + im[k] * im[k];
        }
        bands[b] = sqrt(sum);
    }
}

static int measure(const struct estoi *estoi, const double *signal, size_t count, struct bands *out)
{
    out->frames = frames_in(count);
    out->at = malloc(out->frames * sizeof(*out->at));
    if (out->at == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < out->frames; i++) {
        measure_frame(estoi, signal + i * HOP, out->at[i]);
    }
    return 0;
}

/** Mean 0 and norm 1 of count values, step apart. */
static void normalise(double *at, size_t count, size_t step)
{
    double mean = 0;
    double squares = 0;
    for (size_t i = 0; i < count; i++) {
        mean += at[i * step] / (double)count;
    }
    for (size_t i = 0; i < count; i++) {
        at[i * step] -= mean;
        squares += at[i * step] * at[i * step];
    }
    for (size_t i = 0; i < count; i++) {
        at[i * step] /= sqrt(squares) + tiny;
    }
}

static void normalise_segment(double segment[static SEGMENT][BANDS])
{
    for (size_t b = 0; b < BANDS; b++) {
        normalise(&segment[0][b], SEGMENT, BANDS);
    }
    for (size_t i = 0; i < SEGMENT; i++) {
        normalise(segment[i], BANDS, 1);
    }
}

static double compare(const struct bands *clean, const struct bands *heard)
{
    double sum = 0;
    size_t segments = clean->frames - SEGMENT + 1;
    for (size_t m = 0; m < segments; m++) {
        double x[SEGMENT][BANDS];
        double y[SEGMENT][BANDS];
        memcpy(x, clean->at + m, sizeof(x));
        memcpy(y, heard->at + m, sizeof(y));
        normalise_segment(x);
        normalise_segment(y);
        for (size_t i = 0; i < SEGMENT; i++) {
            for (size_t b = 0; b < BANDS; b++) {
                sum += x[i][b] * y[i][b];
            }
        }
    }
    return sum / SEGMENT / (double)segments;
}

static int judge(const struct estoi *estoi, const double *clean, const double *heard, size_t count,
                 double *score)
{
    struct bands x = {NULL, 0};
    struct bands y = {NULL, 0};
    int err = frames_in(count) < SEGMENT ? ERR_INVALID : measure(estoi, clean, count, &x);
    if (err == 0) {
        err = measure(estoi, heard, count, &y);
    }
    if (err == 0) {
        *score = compare(&x, &y);
    }
    free(x.at);
    free(y.at);
    return err;
}

int estoi_10k(const float *clean, const float *heard, size_t count, double *score)
{
    struct estoi estoi = {.fft = NULL};
    double *x = calloc(count + FRAME, sizeof(*x));
    double *y = calloc(count + FRAME, sizeof(*y));
    int err = x == NULL || y == NULL ? ERR_NO_MEMORY : set_up(&estoi);
    if (err == 0) {
        size_t kept = keep_speech(&estoi, clean, heard, count, x, y);
        err = judge(&estoi, x, y, kept, score);
    }
    free(x);
    free(y);
    fft_free(&estoi.fft);
    return err;
}

int estoi(const float *clean, const float *heard, size_t count, double *score)
{
    struct resample_pair pair;
    int err = resample_pair(&pair, clean, heard, count, 48000, RATE_HZ);
    if (err == 0) {
        err = estoi_10k(pair.clean, pair.heard, pair.count, score);
    }
    resample_pair_deinit(&pair);
    return err;
}
