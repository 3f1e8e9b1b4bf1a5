/**
 * Sample rate conversion of a whole signal by a windowed sinc: exact rather than fast.
 */
#ifndef SCORE_RESAMPLE_H
#define SCORE_RESAMPLE_H

#include <stddef.h>

/** Samples that a signal has at another rate. */
size_t resample_count(size_t count, unsigned from_hz, unsigned to_hz);

/**
 * Sample i of the result is the signal at the time of sample i * from_hz / to_hz: there is no
 * delay. What is above 0.94 of the lower rate's half is taken away.
 *
 * @param from_hz rates: the fewer steps one of them has in the other, the faster
 * @param out     resample_count() samples; not in
 * @return 0, ERR_NO_MEMORY, or ERR_INVALID (a rate of 0)
 */
int resample(const float *in, size_t count, unsigned from_hz, unsigned to_hz, float *out);

/** What is to be compared, of one length, at another rate. */
struct resample_pair {
    float *clean; /**< owned */
    float *heard; /**< owned */
    size_t count; /**< of samples in each */
};

/** @param out resample_pair_deinit in any case @return as resample */
int resample_pair(struct resample_pair *out, const float *clean, const float *heard, size_t count,
                  unsigned from_hz, unsigned to_hz);
void resample_pair_deinit(struct resample_pair *pair);

#endif
