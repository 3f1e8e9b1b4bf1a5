/**
 * Brings talkers to one loudness, slowly, before they are mixed.
 *
 * Measured is speech only: frames that stand out of the source's own noise (codec/noise_floor.h),
 * the last 3 s of them. The gain moves by 3 dB/s at most, only while there is speech, and only when
 * it is off by more than LEVELER_SLACK_DB; then it goes all the way. So a talker at nominal
 * loudness is not touched (the gain is exactly 1), and tones and noise never are. Noise is not
 * raised above LEVELER_NOISE_DB.
 */
#ifndef CODEC_LEVELER_H
#define CODEC_LEVELER_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/noise_floor.h"
#include "codec/pcm.h"

enum {
    LEVELER_TARGET_DB = -20, /**< RMS of speech, dBFS: about what browsers make of a voice */
    LEVELER_RANGE_DB = 12,   /**< gains are within ± this */
    LEVELER_SLACK_DB = 4,
    LEVELER_NOISE_DB = -50,  /**< loudest that amplified noise may get */
    LEVELER_WARM_FRAMES = 25 /**< of speech, before anything moves */
};

/** One source's state; it outlives pauses of the source. */
struct leveler {
    struct noise_floor floor;
    float loudness; /**< mean square of speech */
    float gain_db;
    uint16_t speech_frames; /**< that loudness stands on, up to 3 s of them */
    bool moving;
};

void leveler_init(struct leveler *leveler);

/**
 * Listens to a source's next frame and says the gain for it.
 * @param pcm PCM_FRAME samples as decoded; within ±1
 * @return linear gain at the end of the frame, 0.25..4; it differs little from the one before, the
 *         mixer ramps
 */
float leveler_run(struct leveler *leveler, const float *pcm);

#endif
