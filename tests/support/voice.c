#include "support/voice.h"

#include <math.h>

enum { RATE = 48000, SYLLABLE = RATE / 5 };

void voice_init(struct voice *voice, unsigned seed, double level)
{
    *voice = (struct voice){.pitch_hz = 90 + 17.0 * (seed % 9), .level = level};
    rand_init(&voice->rand, seed);
    voice->at = seed * 3001UL;
}

/** Two-pole resonance; y[0], y[1] are its last outputs. */
static double resonate(double y[2], double x, double hz, double width_hz)
{
    double r = exp(-M_PI * width_hz / RATE);
    double out = (1 - r) * x + 2 * r * cos(2 * M_PI * hz / RATE) * y[0] - r * r * y[1];
    y[1] = y[0];
    y[0] = out;
    return out;
}

void voice_next(struct voice *voice, float *pcm, size_t samples)
{
    for (size_t i = 0; i < samples; i++) {
        double in_syllable = (double)(voice->at % SYLLABLE) / SYLLABLE;
        size_t syllable = voice->at / SYLLABLE;
        voice->at++;
        double swell = sin(M_PI * fmin(in_syllable * 1.4, 1));
        double loud = syllable % 5 == 4 ? 0 : swell * swell;
        double pitch = voice->pitch_hz * (1 + 0.1 * sin((double)voice->at / 9000));
        voice->phase += pitch / RATE;
        double pulse = 0;
        if (voice->phase >= 1) {
            voice->phase -= 1;
            pulse = 40;
        }
        double hiss = (double)rand_below(&voice->rand, 2001) / 1000 - 1;
        double source = loud * (pulse + 0.3 * hiss) + 0.001 * hiss;
        double low = resonate(voice->formants[0], source, 500 + 60.0 * (double)(syllable % 4), 80);
        double high =
            resonate(voice->formants[1], source, 1500 + 300.0 * (double)(syllable % 3), 120);
        pcm[i] = (float)(voice->level * fmax(-1, fmin(1, 0.3 * (low + 0.5 * high))));
    }
}

void voice_tone(float *pcm, size_t samples, size_t from, double hz, double level)
{
    for (size_t i = 0; i < samples; i++) {
        pcm[i] = (float)(level * sin(2 * M_PI * hz * (double)(from + i) / RATE));
    }
}
