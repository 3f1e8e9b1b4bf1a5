/**
 * The background of a source, made anew, for when its packets stay away longer than concealment
 * sounds well (60 to 100 ms): noise of the level and the rough colour (all-pole, order
 * COMFORT_NOISE_POLES) of what was heard while nobody spoke.
 *
 * Louder backgrounds than COMFORT_NOISE_MOST_DB are given back at that; of an unknown one there is
 * nothing to give back.
 */
#ifndef CODEC_COMFORT_NOISE_H
#define CODEC_COMFORT_NOISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rand.h"
#include "codec/noise_floor.h"
#include "codec/pcm.h"

enum { COMFORT_NOISE_POLES = 8, COMFORT_NOISE_MOST_DB = -40 /**< dBFS, RMS */ };

/** One source's background. */
struct comfort_noise {
    struct noise_floor floor;
    struct rand rand;
    double correlation[COMFORT_NOISE_POLES + 1]; /**< of background frames, smoothed; [0] = power */
    float predictor[COMFORT_NOISE_POLES];        /**< of the shaping filter */
    float memory[COMFORT_NOISE_POLES];           /**< its last outputs, oldest first */
    float excitation;                            /**< RMS of the white noise before it */
    uint8_t skip;                                /**< background frames not to look at */
    bool shaped;                                 /**< predictor is of the present correlation */
};

/** @param seed of the noise */
void comfort_noise_init(struct comfort_noise *noise, uint64_t seed);

/**
 * Listens to a frame that really came, and learns from it when it is background.
 * @param pcm PCM_FRAME finite samples
 */
void comfort_noise_learn(struct comfort_noise *noise, const float *pcm);

/** Level of the background, mean square; 0 while none is known. */
float comfort_noise_power(const struct comfort_noise *noise);

/**
 * Adds background to pcm, so that it can come while concealment goes.
 * @param from,to gain before the first sample and at the last, 0..1; it goes evenly between them
 */
void comfort_noise_add(struct comfort_noise *noise, float *pcm, size_t count, float from, float to);

#endif
