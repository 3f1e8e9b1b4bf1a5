/**
 * How much of speech can be understood: the extended short-time objective intelligibility of Jensen
 * and Taal (IEEE/ACM TASLP 24(11), 2016). Third-octave bands from 150 Hz of frames of 25.6 ms each
 * 12.8 ms at 10 kHz; segments of 30 frames, each band and then each frame brought to mean 0 and
 * norm 1; the mean correlation of clean and heard. Frames more than 40 dB below the loudest of the
 * clean signal do not count.
 */
#ifndef SCORE_ESTOI_H
#define SCORE_ESTOI_H

#include <stddef.h>

/**
 * @param clean  48 kHz mono
 * @param heard  the same, in step with it
 * @param score  out: 1 = the same
 * @return 0, ERR_NO_MEMORY, or ERR_INVALID when fewer than 30 frames hold speech
 */
int estoi(const float *clean, const float *heard, size_t count, double *score);

/** The same with signals that are at 10 kHz already. */
int estoi_10k(const float *clean, const float *heard, size_t count, double *score);

#endif
