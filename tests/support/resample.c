#include "support/resample.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/err.h"

enum { CROSSINGS = 24, STEPS = 512, TABLE = CROSSINGS * STEPS + 2 };

static const double pi = 3.14159265358979323846;
static const double passed = 0.94; /* of half of the lower rate */
static const double kaiser_beta = 9;

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

/** Half of the kernel: sinc at i / STEPS zero crossings, under a Kaiser window. */
static void fill(double table[static TABLE])
{
    for (size_t i = 0; i < TABLE; i++) {
        double x = (double)i / STEPS;
        double edge = x / CROSSINGS;
        double window =
            edge >= 1 ? 0 : bessel(kaiser_beta * sqrt(1 - edge * edge)) / bessel(kaiser_beta);
        table[i] = i == 0 ? 1 : window * sin(pi * x) / (pi * x);
    }
}

size_t resample_count(size_t count, double from_hz, double to_hz)
{
    return (size_t)((double)count * to_hz / from_hz);
}

int resample(const float *in, size_t count, double from_hz, double to_hz, float *out)
{
    double *table = malloc(TABLE * sizeof(*table));
    if (table == NULL) {
        return ERR_NO_MEMORY;
    }
    fill(table);
    double cutoff = passed * (to_hz < from_hz ? to_hz / from_hz : 1);
    double reach = CROSSINGS / cutoff;
    size_t out_count = resample_count(count, from_hz, to_hz);
    for (size_t i = 0; i < out_count; i++) {
        double at = (double)i * from_hz / to_hz;
        int64_t from = (int64_t)ceil(at - reach);
        int64_t to = (int64_t)floor(at + reach);
        from = from < 0 ? 0 : from;
        to = to > (int64_t)count - 1 ? (int64_t)count - 1 : to;
        double sum = 0;
        for (int64_t j = from; j <= to; j++) {
            double place = fabs(at - (double)j) * cutoff * STEPS;
            size_t step = (size_t)place;
            double part = place - (double)step;
            sum += in[j] * (table[step] + part * (table[step + 1] - table[step]));
        }
        out[i] = (float)(sum * cutoff);
    }
    free(table);
    return 0;
}
