#include "media/audio_level.h"

/** Weight of a new level: louder counts at once (half), quieter slowly (an eighth), at 50 levels a
 * second. */
enum { RISE_SHIFT = 1, FALL_SHIFT = 3 };

void audio_level_init(struct audio_level *level)
{
    *level = (struct audio_level){.updated_us = INT64_MIN};
}

void audio_level_receive(struct audio_level *level, uint8_t dbov, int64_t now_us)
{
    int32_t loudness = AUDIO_LEVEL_SILENCE - (dbov > AUDIO_LEVEL_SILENCE ? 127 : dbov);
    if (level->updated_us == INT64_MIN || now_us - level->updated_us > AUDIO_LEVEL_EXPIRE_US) {
        level->smooth_q8 = 0;
    }
    int32_t step_q8 = loudness * 256 - level->smooth_q8;
    level->smooth_q8 += step_q8 / (1 << (step_q8 > 0 ? RISE_SHIFT : FALL_SHIFT));
    level->updated_us = now_us;
}

uint8_t audio_level_dbov(const struct audio_level *level, int64_t now_us)
{
    if (level->updated_us == INT64_MIN || now_us - level->updated_us > AUDIO_LEVEL_EXPIRE_US) {
        return AUDIO_LEVEL_SILENCE;
    }
    return (uint8_t)(AUDIO_LEVEL_SILENCE - (level->smooth_q8 + 128) / 256);
}
