/**
 * Three people who talk for a second, over and over: their sound, and what an encoder makes of it.
 */
#ifndef BENCH_MICRO_TALKERS_H
#define BENCH_MICRO_TALKERS_H

#include <stddef.h>
#include <stdint.h>

#include "codec/audio_packet.h"
#include "codec/pcm.h"

enum { TALKERS = 3, TALKERS_FRAMES = 50, TALKERS_FRAME_US = 20000 };

struct talkers_packet {
    uint8_t data[AUDIO_PACKET_MAX_BYTES];
    size_t len;
    uint8_t level; /**< -dBov */
};

struct talkers {
    float pcm[TALKERS][TALKERS_FRAMES][PCM_FRAME];
    struct talkers_packet packets[TALKERS][TALKERS_FRAMES];
};

/** A buzz of many harmonics that swells five times a second, above a little noise. */
void talkers_speak(float pcm[TALKERS][TALKERS_FRAMES][PCM_FRAME]);

/** Mono, the customary rate. @return 0 or an error; to be freed by free */
int talkers_new(struct talkers **out);

#endif
