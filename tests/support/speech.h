/**
 * Level traces as microphones make them, for tests: speech of phrases, words and syllables above
 * the noise of a room; coughs; keyboards. 20 ms a level, repeatable from a seed.
 */
#ifndef TESTS_SUPPORT_SPEECH_H
#define TESTS_SUPPORT_SPEECH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rand.h"

struct speech {
    struct rand rand;
    uint8_t noise_dbov; /**< of the room, -dBov */
    uint8_t voice_dbov; /**< of a middling syllable */
    bool talking;       /**< as the owner says; pauses between phrases included */
    bool typing;        /**< keyboard beside the microphone */
    uint32_t cough;     /**< samples of a cough to come */
    uint32_t phrase;    /**< samples left of the phrase, and of what is under way in it */
    uint32_t syllable;
    uint32_t dip;
    uint32_t pause;
    uint32_t key;
    int32_t stress; /**< of the syllable, dB */
};

void speech_init(struct speech *speech, uint64_t seed, uint8_t noise_dbov, uint8_t voice_dbov);

/** Begins to talk with a new phrase (at least 1.5 s), or stops at once. */
void speech_talk(struct speech *speech, bool on);

/** A cough of so many milliseconds begins. */
void speech_cough(struct speech *speech, uint32_t ms);

/** The next level, -dBov. */
uint8_t speech_next(struct speech *speech);

#endif
