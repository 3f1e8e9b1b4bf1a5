#include "codec/comfort_noise.h"

#include <math.h>
#include <string.h>

#include "codec/mix_ops.h"

#define BACKGROUND_RATIO 4.0F /* of the floor, which is the quietest moment: 6 dB */
#define SMOOTHING        0.2
#define MOST_POWER       1e-4F /* COMFORT_NOISE_MOST_DB */
#define WHITE_PART       1e-4  /* keeps the prediction from ringing */

enum { LOOK_EACH = 3 /* background frames: their spectra hardly differ */ };

void comfort_noise_init(struct comfort_noise *noise, uint64_t seed)
{
    *noise = (struct comfort_noise){.skip = 0};
    rand_init(&noise->rand, seed);
    noise_floor_init(&noise->floor);
}

/** Autocorrelation of a frame under a parabolic window, of mean square 1. */
static void correlate(const float *pcm, double correlation[COMFORT_NOISE_POLES + 1])
{
    float windowed[PCM_FRAME];
    for (int i = 0; i < PCM_FRAME; i++) {
        float x = (float)(2 * i + 1 - PCM_FRAME) / PCM_FRAME;
        windowed[i] = pcm[i] * (1 - x * x) * 1.3693064F; /* sqrt(15 / 8) */
    }
    for (size_t lag = 0; lag <= COMFORT_NOISE_POLES; lag++) {
        double sum = 0;
        for (size_t i = lag; i < PCM_FRAME; i++) {
            sum += (double)(windowed[i] * windowed[i - lag]);
        }
        correlation[lag] = sum / PCM_FRAME;
    }
}

void comfort_noise_learn(struct comfort_noise *noise, const float *pcm)
{
    float power = mix_ops()->energy(pcm, PCM_FRAME) / PCM_FRAME;
    noise_floor_add(&noise->floor, power);
    if (!(power > 0) || power > BACKGROUND_RATIO * noise_floor_power(&noise->floor)) {
        return;
    }
    if (noise->skip > 0) {
        noise->skip--;
        return;
    }
    double fresh[COMFORT_NOISE_POLES + 1];
    correlate(pcm, fresh);
    double part = noise->correlation[0] > 0 ? SMOOTHING : 1;
    for (size_t i = 0; i <= COMFORT_NOISE_POLES; i++) {
        noise->correlation[i] += (fresh[i] - noise->correlation[i]) * part;
    }
    noise->skip = LOOK_EACH - 1;
    noise->shaped = false;
}

float comfort_noise_power(const struct comfort_noise *noise)
{
    return fminf((float)noise->correlation[0], MOST_POWER);
}

/** Levinson and Durbin: predictor and what it leaves, from the correlation. */
static void shape(struct comfort_noise *noise)
{
    double a[COMFORT_NOISE_POLES] = {0};
    double left = noise->correlation[0] * (1 + WHITE_PART);
    for (size_t order = 0; order < COMFORT_NOISE_POLES && left > 0; order++) {
        double next[COMFORT_NOISE_POLES];
        double sum = noise->correlation[order + 1];
        for (size_t i = 0; i < order; i++) {
            sum -= a[i] * noise->correlation[order - i];
        }
        double reflection = sum / left;
        memcpy(next, a, sizeof(next));
        for (size_t i = 0; i < order; i++) {
            next[i] = a[i] - reflection * a[order - 1 - i];
        }
        next[order] = reflection;
        memcpy(a, next, sizeof(a));
        left *= 1 - reflection * reflection;
    }
    for (size_t i = 0; i < COMFORT_NOISE_POLES; i++) {
        noise->predictor[i] = (float)a[i];
    }
    double quieter =
        noise->correlation[0] > 0 ? (double)comfort_noise_power(noise) / noise->correlation[0] : 0;
    noise->excitation = (float)sqrt(fmax(0, left) * quieter);
    noise->shaped = true;
}

/** Uniform, of mean square 1. */
static float white(struct rand *rand)
{
    float even = (float)(rand_u32(rand) >> 8) / (float)(1 << 23) - 1;
    return even * 1.7320508F;
}

/** Up to a frame. */
static void add_some(struct comfort_noise *noise, float *pcm, size_t count, float gain, float step)
{
    float line[COMFORT_NOISE_POLES + PCM_FRAME];
    const float *predictor = noise->predictor;
    memcpy(line, noise->memory, sizeof(noise->memory));
    for (size_t i = 0; i < count; i++) {
        float *sample = line + COMFORT_NOISE_POLES + i;
        float sum = noise->excitation * white(&noise->rand);
        for (size_t j = COMFORT_NOISE_POLES; j > 0; j--) { /* the newest is known last */
            sum += predictor[j - 1] * *(sample - j);
        }
        *sample = sum;
        gain += step;
        pcm[i] += gain * sum;
    }
    memcpy(noise->memory, line + count, sizeof(noise->memory));
}

void comfort_noise_add(struct comfort_noise *noise, float *pcm, size_t count, float from, float to)
{
    if (!noise->shaped) {
        shape(noise);
    }
    float step = count > 0 ? (to - from) / (float)count : 0;
    for (size_t at = 0; at < count; at += PCM_FRAME) {
        size_t some = count - at < PCM_FRAME ? count - at : PCM_FRAME;
        add_some(noise, pcm + at, some, from + step * (float)at, step);
    }
}
