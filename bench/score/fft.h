/** A plain radix-2 fast Fourier transform. */
#ifndef SCORE_FFT_H
#define SCORE_FFT_H

#include <stddef.h>

struct fft;

/** @param points a power of two, 2 or more. @return 0, ERR_INVALID or ERR_NO_MEMORY */
int fft_new(struct fft **out, size_t points);

/** Transforms in place: X[k] = sum over n of x[n] exp(-2 pi i n k / points). With re and im changed
 * for each other it is the inverse, times points. */
void fft_run(const struct fft *fft, double *re, double *im);

void fft_free(struct fft **fft);

#endif
