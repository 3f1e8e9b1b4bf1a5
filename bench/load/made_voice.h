/**
 * Speech-like sound made here: a glottal buzz and hiss through moving formants, in syllables of
 * consonants and vowels, words and phrases with a melody, breaths between them. No language, but
 * to codecs, to ears of echo cancellers and to intelligibility measures it is speech: see the test
 * that compares it with recordings.
 */
#ifndef LOAD_MADE_VOICE_H
#define LOAD_MADE_VOICE_H

#include <stddef.h>
#include <stdint.h>

enum {
    MADE_VOICE_HZ = 48000,
    MADE_VOICE_TALKERS = 8, /**< pitch, throat and pace differ */
    MADE_VOICE_DBFS = -26   /**< RMS while speaking */
};

/**
 * Fills a buffer with what a talker says, which begins after a tenth of a second and ends with a
 * pause, so that it may be repeated.
 *
 * @param talker 0..MADE_VOICE_TALKERS - 1
 * @param seed   what is said
 * @param out    48 kHz mono
 * @param count  a second at least
 */
void made_voice(unsigned talker, uint64_t seed, float *out, size_t count);

/** What a microphone picks up of a quiet room. */
void made_room_noise(uint64_t seed, float *out, size_t count);

#endif
