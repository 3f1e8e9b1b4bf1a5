#include "codec/pcm_level.h"

#include <math.h>

#include "codec/mix_ops.h"

static uint8_t dbov_of(float power)
{
    if (!(power > 0)) {
        return PCM_LEVEL_SILENCE;
    }
    float level = roundf(-10 * log10f(power));
    return (uint8_t)fmaxf(0, fminf(PCM_LEVEL_SILENCE, level));
}

uint8_t pcm_level_dbov(const float *pcm, size_t count)
{
    return count == 0 ? PCM_LEVEL_SILENCE : dbov_of(mix_ops()->energy(pcm, count) / (float)count);
}

void pcm_level_init(struct pcm_level *level)
{
    level->hang = 0;
    noise_floor_init(&level->floor);
}

bool pcm_level_run(struct pcm_level *level, const float *pcm, uint8_t *dbov)
{
    float power = mix_ops()->energy(pcm, PCM_FRAME) / PCM_FRAME;
    *dbov = dbov_of(power);
    noise_floor_add(&level->floor, power);
    if (noise_floor_exceeded(&level->floor, power)) {
        level->hang = PCM_LEVEL_HANG_FRAMES;
        return true;
    }
    if (level->hang == 0) {
        return false;
    }
    level->hang--;
    return true;
}
