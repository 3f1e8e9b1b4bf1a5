#include <math.h>

#include "codec/comfort_noise.h"
#include "support/voice.h"
#include "unit/runner.h"

/** Noise through a one-pole low pass: most of it below 2 kHz. */
static void rumble(struct rand *rand, float *state, float *pcm, float level)
{
    for (size_t i = 0; i < PCM_FRAME; i++) {
        float white = (float)rand_below(rand, 2001) / 1000 - 1;
        *state += (white - *state) * 0.2F;
        pcm[i] = level * *state;
    }
}

static double power(const float *pcm, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)pcm[i] * (double)pcm[i];
    }
    return sum / (double)count;
}

/** Power of the difference of neighbours by power: small when the sound is dark. */
static double brightness(const float *pcm, size_t count)
{
    double sum = 0;
    for (size_t i = 1; i < count; i++) {
        sum += ((double)pcm[i] - (double)pcm[i - 1]) * ((double)pcm[i] - (double)pcm[i - 1]);
    }
    return sum / (double)count / power(pcm, count);
}

/** Level within 1.5 dB and colour of the pauses, not of the speech. */
TEST_NO_OOM(comfort_noise_sounds_like_the_background)
{
    enum { LENGTH = 10 * PCM_FRAME };
    static float made[LENGTH];
    struct comfort_noise noise;
    struct voice voice;
    struct rand rand;
    float state = 0;
    float background[PCM_FRAME];
    rand_init(&rand, 1);
    voice_init(&voice, 7, 0.3);
    comfort_noise_init(&noise, 2);
    for (int frame = 0; frame < 400; frame++) {
        float pcm[PCM_FRAME];
        voice_next(&voice, pcm, PCM_FRAME);
        rumble(&rand, &state, background, 0.01F);
        for (size_t i = 0; i < PCM_FRAME; i++) {
            pcm[i] = background[i] + (frame % 200 < 100 ? pcm[i] : 0);
        }
        comfort_noise_learn(&noise, pcm);
    }
    memset(made, 0, sizeof(made));
    comfort_noise_add(&noise, made, LENGTH, 1, 1);
    double off = 10 * log10(power(made, LENGTH) / power(background, PCM_FRAME));
    CHECK(fabs(off) < 1.5);
    off = 10 * log10(power(made, LENGTH) / (double)comfort_noise_power(&noise));
    CHECK(fabs(off) < 1.5);
    double colour = brightness(made, LENGTH) / brightness(background, PCM_FRAME);
    CHECK(colour > 0.8 && colour < 1.25);
    goto out;
out:
    return;
}

TEST(comfort_noise_is_nothing_when_nothing_is_known)
{
    struct comfort_noise noise;
    float pcm[PCM_FRAME] = {0};
    comfort_noise_init(&noise, 2);
    comfort_noise_learn(&noise, pcm);
    comfort_noise_add(&noise, pcm, PCM_FRAME, 1, 1);
    CHECK(power(pcm, PCM_FRAME) == 0);
    CHECK(comfort_noise_power(&noise) == 0);
    goto out;
out:
    return;
}

TEST(comfort_noise_is_quiet_comes_evenly_and_is_added)
{
    struct comfort_noise noise;
    struct rand rand;
    float state = 0;
    float pcm[PCM_FRAME];
    comfort_noise_init(&noise, 3);
    rand_init(&rand, 1);
    for (int frame = 0; frame < 20; frame++) {
        rumble(&rand, &state, pcm, 1);
        comfort_noise_learn(&noise, pcm);
    }
    for (size_t i = 0; i < PCM_FRAME; i++) {
        pcm[i] = 0.5F;
    }
    comfort_noise_add(&noise, pcm, PCM_FRAME, 0, 1);
    CHECK(fabsf(pcm[0] - 0.5F) < 1e-3F);
    for (size_t i = 0; i < PCM_FRAME; i++) {
        pcm[i] -= 0.5F;
    }
    CHECK(power(pcm, 96) < 0.1 * power(pcm + PCM_FRAME - 96, 96));
    memset(pcm, 0, sizeof(pcm));
    comfort_noise_add(&noise, pcm, PCM_FRAME, 1, 1);
    CHECK(10 * log10(power(pcm, PCM_FRAME)) < COMFORT_NOISE_MOST_DB + 1.5);
    CHECK(10 * log10(power(pcm, PCM_FRAME)) > COMFORT_NOISE_MOST_DB - 2.5);
    goto out;
out:
    return;
}

/** Pure tones and steps make no filter that rings or grows. */
TEST(comfort_noise_stays_within_bounds)
{
    struct comfort_noise noise;
    float pcm[PCM_FRAME];
    for (int kind = 0; kind < 3; kind++) {
        comfort_noise_init(&noise, 3);
        for (size_t frame = 0; frame < 30; frame++) {
            voice_tone(pcm, PCM_FRAME, frame * PCM_FRAME, kind == 0 ? 50 : 23900, 0.9);
            for (size_t i = 0; kind == 2 && i < PCM_FRAME; i++) {
                pcm[i] = 0.7F;
            }
            comfort_noise_learn(&noise, pcm);
        }
        for (int frame = 0; frame < 50; frame++) {
            memset(pcm, 0, sizeof(pcm));
            comfort_noise_add(&noise, pcm, PCM_FRAME, 1, 1);
            CHECK(power(pcm, PCM_FRAME) < 1e-2);
        }
    }
    goto out;
out:
    return;
}
