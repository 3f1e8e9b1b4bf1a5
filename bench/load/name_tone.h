/**
 * The tone in a caller's voice by which ears know who is heard, also in a mix.
 *
 * Tones are above what speech needs (and ESTOI looks at: up to 4.3 kHz), but below half of the
 * 16 kHz that some mixers work at: 5.2 to 7.55 kHz, 50 Hz apart. At NAME_TONE_DBFS they are 22 dB
 * below the voice, and stand 20 to 40 dB out of their neighbourhood in half a second of decoded
 * Opus at 32 kbit/s (the test of content says so of each). They sound only while their caller says
 * something, so that pauses are pauses.
 */
#ifndef LOAD_NAME_TONE_H
#define LOAD_NAME_TONE_H

#include <stdbool.h>

enum {
    NAME_TONES = 48,
    NAME_TONE_STEP_HZ = 50,
    NAME_TONE_DBFS = -48 /**< peak */
};

/** Tones of numbers close to each other are far apart. @param tone 0..NAME_TONES - 1 */
double name_tone_hz(unsigned tone);

/**
 * Adds a tone to a packet of 20 ms, in which every tone has a whole number of periods.
 *
 * @param before, now is something said in the packet before it, and in it?
 */
void name_tone_add(unsigned tone, bool before, bool now, float pcm[static 960]);

#endif
