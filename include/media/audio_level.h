/**
 * Smoothed loudness of one audio track from its RFC 6464 levels.
 */
#ifndef MEDIA_AUDIO_LEVEL_H
#define MEDIA_AUDIO_LEVEL_H

#include <stdint.h>

enum {
    AUDIO_LEVEL_SILENCE = 127,
    AUDIO_LEVEL_EXPIRE_US =
        500000 /**< no packet for so long (mute, DTX beyond its 400 ms refresh): silence */
};

struct audio_level {
    int32_t smooth_q8;  /**< loudness 127 - level, times 256 */
    int64_t updated_us; /**< INT64_MIN before the first level */
};

void audio_level_init(struct audio_level *level);

/** @param dbov -dBov: 0 loudest, 127 silence; larger values count as 127 */
void audio_level_receive(struct audio_level *level, uint8_t dbov, int64_t now_us);

/** Smoothed level in -dBov, 0..127. */
uint8_t audio_level_dbov(const struct audio_level *level, int64_t now_us);

#endif
