/**
 * The level of sound as RTP header extensions carry it (RFC 6464, RFC 6465): -dBov, where 0 is the
 * overload point, a square wave at full scale (a sine at full scale is 3), and 127 is silence. And
 * a guess whether it is voice (the V bit of RFC 6464).
 */
#ifndef CODEC_PCM_LEVEL_H
#define CODEC_PCM_LEVEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/noise_floor.h"
#include "codec/pcm.h"

enum {
    PCM_LEVEL_SILENCE = 127,
    PCM_LEVEL_HANG_FRAMES = 10 /**< voice lasts so long after its end */
};

/** @return 0 (loudest) .. 127 (silence, and no samples) */
uint8_t pcm_level_dbov(const float *pcm, size_t count);

/** One stream's voice guess. */
struct pcm_level {
    struct noise_floor floor;
    uint8_t hang; /**< frames for which it still counts as voice */
};

void pcm_level_init(struct pcm_level *level);

/**
 * Takes in the next frame.
 * @param pcm PCM_FRAME finite samples
 * @param dbov out: as of pcm_level_dbov
 * @return true when it may be voice: it stands out of the stream's own noise, or did 200 ms ago
 */
bool pcm_level_run(struct pcm_level *level, const float *pcm, uint8_t *dbov);

#endif
