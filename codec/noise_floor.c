#include "codec/noise_floor.h"

#include <math.h>

#define SILENCE       1e-10F /* -100 dBFS: below what 16 bits hold */
#define SPEECH_RATIO  10.0F
#define STEADY_RATIO  4.0F
#define SPEECH_LEAST  1e-5F /* -50 dBFS */
#define NOTHING_HEARD INFINITY

void noise_floor_init(struct noise_floor *floor)
{
    *floor = (struct noise_floor){.known = false};
    for (size_t i = 0; i < NOISE_FLOOR_WINDOWS; i++) {
        floor->minima[i] = NOTHING_HEARD;
    }
}

void noise_floor_add(struct noise_floor *floor, float power)
{
    if (!(power > SILENCE)) {
        return;
    }
    if (!floor->known) {
        floor->before[0] = power;
        floor->before[1] = power;
        floor->known = true;
    }
    float mean = (power + floor->before[0] + floor->before[1]) / 3;
    floor->before[1] = floor->before[0];
    floor->before[0] = power;
    if (floor->frames == NOISE_FLOOR_WINDOW) {
        floor->frames = 0;
        floor->at = (uint8_t)((floor->at + 1) % NOISE_FLOOR_WINDOWS);
        floor->minima[floor->at] = NOTHING_HEARD;
    }
    floor->frames++;
    floor->minima[floor->at] = fminf(floor->minima[floor->at], mean);
}

float noise_floor_power(const struct noise_floor *floor)
{
    float least = NOTHING_HEARD;
    for (size_t i = 0; i < NOISE_FLOOR_WINDOWS; i++) {
        least = fminf(least, floor->minima[i]);
    }
    return floor->known ? least : 0;
}

/** The least of the last 0.6 to 1.2 seconds. */
static float recent_power(const struct noise_floor *floor)
{
    uint8_t last = (uint8_t)((floor->at + NOISE_FLOOR_WINDOWS - 1) % NOISE_FLOOR_WINDOWS);
    return fminf(floor->minima[floor->at], floor->minima[last]);
}

bool noise_floor_exceeded(const struct noise_floor *floor, float power)
{
    return floor->known && power > SPEECH_LEAST &&
           power > SPEECH_RATIO * noise_floor_power(floor) &&
           power > STEADY_RATIO * recent_power(floor);
}
