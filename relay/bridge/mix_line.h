/**
 * One sum of voices on its way to encoders: limited, with its level, and in longer silence paused:
 * then nothing is sent but a reminder now and then (DTX).
 */
#ifndef BRIDGE_MIX_LINE_H
#define BRIDGE_MIX_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/limiter.h"
#include "codec/pcm.h"

enum {
    MIX_LINE_HANG_FRAMES = 20,    /**< silence that is still sent: 400 ms */
    MIX_LINE_REMINDER_FRAMES = 20 /**< between two of a pause */
};

enum mix_line_state {
    MIX_LINE_SOUND,    /**< the frame is to be encoded */
    MIX_LINE_REMINDER, /**< it is not, but listeners are to be told that the pause goes on */
    MIX_LINE_PAUSE     /**< nothing is to be sent */
};

struct mix_line {
    struct limiter limiter;
    uint32_t silent_frames;
    uint8_t level; /**< of pcm, -dBov */
    float pcm[PCM_FRAME];
};

void mix_line_init(struct mix_line *line);

/** Makes dst go on exactly as src. */
void mix_line_copy(struct mix_line *dst, const struct mix_line *src);

/** The next frame of the sum. @param sum PCM_FRAME samples of any size */
void mix_line_put(struct mix_line *line, const float *sum);

/** What the present frame is. */
enum mix_line_state mix_line_state(const struct mix_line *line);

#endif
