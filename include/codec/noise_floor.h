/**
 * How loud a source is when nobody speaks: the quietest 60 ms of the last 3 seconds.
 *
 * Powers are mean squares of a frame of 20 ms (1 = a square wave at full scale). Digital silence
 * (muting, DTX) tells nothing of the room and is passed over.
 */
#ifndef CODEC_NOISE_FLOOR_H
#define CODEC_NOISE_FLOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NOISE_FLOOR_WINDOWS = 5, NOISE_FLOOR_WINDOW = 30 /**< frames: 5 times 0.6 s */ };

struct noise_floor {
    float minima[NOISE_FLOOR_WINDOWS]; /**< least means of three frames; present window at `at` */
    float before[2];                   /**< powers of the last two frames */
    uint8_t at;
    uint8_t frames; /**< of the present window */
    bool known;     /**< anything but digital silence was ever heard */
};

void noise_floor_init(struct noise_floor *floor);

/** Takes in one frame. @param power mean square, finite */
void noise_floor_add(struct noise_floor *floor, float power);

/** Mean square; 0 while nothing is known. */
float noise_floor_power(const struct noise_floor *floor);

/** Whether a frame is so far above the floor (10 dB) and so loud (-50 dBFS) that it may be speech.
 */
bool noise_floor_exceeded(const struct noise_floor *floor, float power);

#endif
