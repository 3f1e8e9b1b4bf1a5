#include "score/resample.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/err.h"

enum { CROSSINGS = 24, LANES = 4 };

static const double pi = 3.14159265358979323846;
static const double passed = 0.94; /* of half of the lower rate */
static const double kaiser_beta = 9;

/** The kernel at each place that a sample of the result can have between two of the signal. */
struct kernels {
    float *taps; /* owned: phases times count */
    size_t phases;
    size_t count; /* of one kernel, a multiple of LANES; the middle one is at or before the place */
};

/** Modified Bessel function of the first kind, order 0. */
static double bessel(double x)
{
    double sum = 1;
    double term = 1;
    for (int k = 1; term > sum * 1e-12; k++) {
        term *= (x / (2 * k)) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

/** Sinc under a Kaiser window, x in zero crossings. */
static double kernel(double x)
{
    double edge = fabs(x) / CROSSINGS;
    double window =
        edge >= 1 ? 0 : bessel(kaiser_beta * sqrt(1 - edge * edge)) / bessel(kaiser_beta);
    return fabs(x) < 1e-9 ? 1 : window * sin(pi * x) / (pi * x);
}

static unsigned common_divisor(unsigned a, unsigned b)
{
    while (b != 0) {
        unsigned rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static int make_kernels(unsigned from_hz, unsigned to_hz, struct kernels *out)
{
    if (from_hz == 0 || to_hz == 0) {
        return ERR_INVALID;
    }
    double cutoff = passed * (to_hz < from_hz ? (double)to_hz / from_hz : 1);
    size_t half = (size_t)(CROSSINGS / cutoff) + 2;
    size_t lanes = (2 * half + LANES - 1) / LANES;
    out->phases = to_hz / common_divisor(from_hz, to_hz);
    out->count = lanes * LANES;
    size_t middle = out->count / 2;
    out->taps = calloc(out->phases * out->count, sizeof(*out->taps));
    if (out->taps == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t phase = 0; phase < out->phases; phase++) {
        double place = (double)middle + (double)phase / (double)out->phases;
        for (size_t i = 0; i < out->count; i++) {
            out->taps[phase * out->count + i] =
                (float)(cutoff * kernel(((double)i - place) * cutoff));
        }
    }
    return 0;
}

size_t resample_count(size_t count, unsigned from_hz, unsigned to_hz)
{
    return (size_t)((uint64_t)count * to_hz / from_hz);
}

/** Where the whole kernel lies within the signal. */
static float inside(const float *in, const float *taps, size_t count)
{
    float sums[LANES] = {0};
    for (size_t i = 0; i < count; i += LANES) {
        for (size_t lane = 0; lane < LANES; lane++) {
            sums[lane] += in[i + lane] * taps[i + lane];
        }
    }
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/** Near an end: beyond it is silence. */
static float at_edge(const float *in, size_t count, int64_t first, const float *taps,
                     size_t taps_count)
{
    float sum = 0;
    for (size_t i = 0; i < taps_count; i++) {
        int64_t at = first + (int64_t)i;
        sum += at >= 0 && at < (int64_t)count ? in[at] * taps[i] : 0;
    }
    return sum;
}

int resample(const float *in, size_t count, unsigned from_hz, unsigned to_hz, float *out)
{
    struct kernels kernels;
    int err = make_kernels(from_hz, to_hz, &kernels);
    if (err != 0) {
        return err;
    }
    uint64_t step = from_hz / (to_hz / (unsigned)kernels.phases);
    size_t out_count = resample_count(count, from_hz, to_hz);
    for (size_t i = 0; i < out_count; i++) {
        uint64_t place = i * step;
        /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): a divisor of to_hz leaves at least 1 */
        int64_t first = (int64_t)(place / kernels.phases) - (int64_t)(kernels.count / 2);
        const float *taps = kernels.taps + place % kernels.phases * kernels.count;
        bool whole = first >= 0 && first + (int64_t)kernels.count <= (int64_t)count;
        out[i] = whole ? inside(in + first, taps, kernels.count)
                       : at_edge(in, count, first, taps, kernels.count);
    }
    free(kernels.taps);
    return 0;
}

int resample_pair(struct resample_pair *out, const float *clean, const float *heard, size_t count,
                  unsigned from_hz, unsigned to_hz)
{
    size_t fewer = resample_count(count, from_hz, to_hz);
    *out = (struct resample_pair){.clean = malloc((fewer + 1) * sizeof(float)),
                                  .heard = malloc((fewer + 1) * sizeof(float)),
                                  .count = fewer};
    if (out->clean == NULL || out->heard == NULL) {
        return ERR_NO_MEMORY;
    }
    int err = resample(clean, count, from_hz, to_hz, out->clean);
    return err == 0 ? resample(heard, count, from_hz, to_hz, out->heard) : err;
}

void resample_pair_deinit(struct resample_pair *pair)
{
    free(pair->clean);
    free(pair->heard);
    *pair = (struct resample_pair){.clean = NULL};
}
