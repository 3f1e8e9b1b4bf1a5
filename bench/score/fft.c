#include "score/fft.h"

#include <math.h>
#include <stdlib.h>

#include "base/err.h"

struct fft {
    size_t points;
    double *cosine; /* of half a turn in points / 2 steps */
    double *sine;
};

int fft_new(struct fft **out, size_t points)
{
    static const double pi = 3.14159265358979323846;
    if (points < 2 || (points & (points - 1)) != 0) {
        return ERR_INVALID;
    }
    struct fft *fft = calloc(1, sizeof(*fft));
    if (fft == NULL) {
        return ERR_NO_MEMORY;
    }
    fft->points = points;
    fft->cosine = malloc(points / 2 * sizeof(*fft->cosine));
    fft->sine = malloc(points / 2 * sizeof(*fft->sine));
    if (fft->cosine == NULL || fft->sine == NULL) {
        fft_free(&fft);
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < points / 2; i++) {
        double angle = 2 * pi * (double)i / (double)points;
        fft->cosine[i] = cos(angle);
        fft->sine[i] = -sin(angle);
    }
    *out = fft;
    return 0;
}

static void swap(double *a, double *b)
{
    double kept = *a;
    *a = *b;
    *b = kept;
}

static void reverse_bits(size_t points, double *re, double *im)
{
    for (size_t i = 1, j = 0; i < points; i++) {
        size_t bit = points >> 1;
        for (; (j & bit) != 0; bit >>= 1) {
            j ^= bit;
        }
        j |= bit;
        if (i < j) {
            swap(&re[i], &re[j]);
            swap(&im[i], &im[j]);
        }
    }
}

void fft_run(const struct fft *fft, double *re, double *im)
{
    size_t points = fft->points;
    reverse_bits(points, re, im);
    for (size_t half = 1; half < points; half *= 2) {
        size_t step = points / 2 / half;
        for (size_t from = 0; from < points; from += 2 * half) {
            for (size_t k = 0; k < half; k++) {
                size_t low = from + k;
                size_t high = low + half;
                double c = fft->cosine[k * step];
                double s = fft->sine[k * step];
                double r = re[high] * c - im[high] * s;
                double i = re[high] * s + im[high] * c;
                re[high] = re[low] - r;
                im[high] = im[low] - i;
                re[low] += r;
                im[low] += i;
            }
        }
    }
}

void fft_free(struct fft **fft)
{
    if (*fft == NULL) {
        return;
    }
    free((*fft)->cosine);
    free((*fft)->sine);
    free(*fft);
    *fft = NULL;
}
