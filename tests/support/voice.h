/**
 * Sound that is voice enough for codecs, repeatable: a buzz with formants in syllables, with hiss
 * between them; and plain tones.
 */
#ifndef TESTS_SUPPORT_VOICE_H
#define TESTS_SUPPORT_VOICE_H

#include <stddef.h>

#include "base/rand.h"

struct voice {
    struct rand rand;
    double pitch_hz;
    double level; /**< peak of a syllable, of full scale */
    double phase;
    double formants[2][2];
    size_t at;
};

/** @param seed also decides pitch and rhythm */
void voice_init(struct voice *voice, unsigned seed, double level);

/** The next samples, 48 kHz mono. */
void voice_next(struct voice *voice, float *pcm, size_t samples);

/** Samples of a sine from sample number `from` on. */
void voice_tone(float *pcm, size_t samples, size_t from, double hz, double level);

#endif
