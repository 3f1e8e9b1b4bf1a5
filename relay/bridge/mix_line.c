#include "mix_line.h"

#include "codec/pcm_level.h"

enum { SILENCE_DBOV = 90 /**< quieter is less than the last bit of most sound cards */ };

void mix_line_init(struct mix_line *line)
{
    *line = (struct mix_line){.level = PCM_LEVEL_SILENCE};
    limiter_init(&line->limiter);
}

void mix_line_copy(struct mix_line *dst, const struct mix_line *src)
{
    *dst = *src;
}

void mix_line_put(struct mix_line *line, const float *sum)
{
    limiter_run(&line->limiter, sum, line->pcm);
    line->level = pcm_level_dbov(line->pcm, PCM_FRAME);
    if (line->level < SILENCE_DBOV) {
        line->silent_frames = 0;
    } else {
        line->silent_frames++;
    }
}

enum mix_line_state mix_line_state(const struct mix_line *line)
{
    if (line->silent_frames <= MIX_LINE_HANG_FRAMES) {
        return MIX_LINE_SOUND;
    }
    uint32_t paused = line->silent_frames - MIX_LINE_HANG_FRAMES - 1;
    return paused % MIX_LINE_REMINDER_FRAMES == 0 ? MIX_LINE_REMINDER : MIX_LINE_PAUSE;
}
