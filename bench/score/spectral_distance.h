/**
 * How far spectra are apart: log-spectral distance, frames of 32 ms each 16 ms at 16 kHz. Frames of
 * the clean signal within 45 dB of its loudest count; what is more than 60 dB below its strongest
 * bin is taken as that. Sees what ESTOI hardly does: lost bandwidth, clicks, made-up sound.
 */
#ifndef SCORE_SPECTRAL_DISTANCE_H
#define SCORE_SPECTRAL_DISTANCE_H

#include <stddef.h>

struct spectral_distance {
    double lsd_db;  /**< mean over the frames of the RMS over the bins; 0 = the same */
    double gain_db; /**< level of heard over that of clean in those frames; taken off before */
    size_t frames;
};

/**
 * @param clean 48 kHz mono
 * @param heard the same, in step with it
 * @return 0, ERR_NO_MEMORY, or ERR_INVALID when there is no sound in one of them
 */
int spectral_distance(const float *clean, const float *heard, size_t count,
                      struct spectral_distance *out);

/** The same with signals that are at 16 kHz already. */
int spectral_distance_16k(const float *clean, const float *heard, size_t count,
                          struct spectral_distance *out);

#endif
