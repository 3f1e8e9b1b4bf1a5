/**
 * Hears name tones (name_tone.h) in a piece of sound, however many are in it.
 */
#ifndef LOAD_TONE_EAR_H
#define LOAD_TONE_EAR_H

#include <stdbool.h>
#include <stddef.h>

enum {
    TONE_EAR_SAMPLES = 24000, /**< half a second at 48 kHz: what is listened to at a time */
    TONE_EAR_OUT_DB = 12,     /**< so far above its neighbourhood a tone has to be */
    TONE_EAR_LEAST_DBFS = -72 /**< peak of what is taken for a tone at all */
};

/** How far a frequency stands out of its neighbourhood, in decibels; level: its peak, dBFS. */
double tone_ear_out_db(const float *pcm, size_t count, double hz, double *level_dbfs);

/** Is this tone in it? @param pcm TONE_EAR_SAMPLES at 48 kHz */
bool tone_ear_hears(const float *pcm, unsigned tone);

#endif
