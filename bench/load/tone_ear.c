#include "load/tone_ear.h"

#include <math.h>

#include "load/name_tone.h"

static const double rate_hz = 48000;
static const double tau = 6.283185307179586;

enum { NEIGHBOURS = 8 };

/** Places around a tone, Hz: between it and the next tones 50 Hz away. */
static const double offsets_hz[NEIGHBOURS] = {-30, -25, -20, -15, 15, 20, 25, 30};

/** Amplitude of a frequency under a Hann window, so that what is 15 Hz away does not count. */
static double amplitude(const float *pcm, size_t count, double hz)
{
    double turn = 2 * cos(tau * hz / rate_hz);
    double window_turn = 2 * cos(tau / (double)count);
    double window_before = cos(tau / (double)count); /* cosine at -1 */
    double window = 1;
    double one = 0;
    double two = 0;
    for (size_t i = 0; i < count; i++) {
        double now = (double)pcm[i] * (0.5 - 0.5 * window) + turn * one - two;
        two = one;
        one = now;
        double next = window_turn * window - window_before;
        window_before = window;
        window = next;
    }
    double power = one * one + two * two - turn * one * two;
    return sqrt(power > 0 ? power : 0) * 4 / (double)count;
}

double tone_ear_out_db(const float *pcm, size_t count, double hz, double *level_dbfs)
{
    static const double floor_level = 1e-7;
    double around = 0;
    for (size_t i = 0; i < NEIGHBOURS; i++) {
        around += amplitude(pcm, count, hz + offsets_hz[i]) / NEIGHBOURS;
    }
    double level = amplitude(pcm, count, hz);
    *level_dbfs = 20 * log10(level > floor_level ? level : floor_level);
    return 20 * log10((level + floor_level) / (around + floor_level));
}

bool tone_ear_hears(const float *pcm, unsigned tone)
{
    double level_dbfs = 0;
    double out_db = tone_ear_out_db(pcm, TONE_EAR_SAMPLES, name_tone_hz(tone), &level_dbfs);
    return out_db >= TONE_EAR_OUT_DB && level_dbfs >= TONE_EAR_LEAST_DBFS;
}
