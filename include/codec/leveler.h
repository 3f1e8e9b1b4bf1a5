/**
 * Brings talkers to one loudness, slowly, before they are mixed.
 *
 * Measured is speech only: frames that stand out of the source's own noise (codec/noise_floor.h),
 * the last 3 s of them. What all are brought to is the mean of their own loudnesses, as long as
 * that is not strange: so people who are alike, or alone, are heard as they would be without a mix,
 * and a slot that goes over to one does not change its loudness.
 *
 * The gain moves by 3 dB/s at most, only while there is speech, and only when it is off by more
 * than LEVELER_SLACK_DB; then it goes all the way. So a talker at the common loudness is not
 * touched (the gain is exactly 1), and tones and noise never are. Noise is not raised above
 * LEVELER_NOISE_DB.
 */
#ifndef CODEC_LEVELER_H
#define CODEC_LEVELER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/noise_floor.h"
#include "codec/pcm.h"

enum {
    LEVELER_LOWEST_DB = -26,  /**< RMS of speech, dBFS: the nominal level of ITU-T P.56 */
    LEVELER_HIGHEST_DB = -18, /**< what browsers that control the level make of a voice, at most */
    LEVELER_RANGE_DB = 12,    /**< gains are within ± this */
    LEVELER_SLACK_DB = 4,
    LEVELER_NOISE_DB = -50,  /**< loudest that amplified noise may get */
    LEVELER_WARM_FRAMES = 25 /**< of speech, before anything moves */
};

/** One source's state; it outlives pauses of the source. */
struct leveler {
    struct noise_floor floor;
    float loudness; /**< mean square of speech */
    float loudness_db;
    float gain_db;
    uint16_t speech_frames; /**< that loudness stands on, up to 3 s of them */
    bool moving;
};

void leveler_init(struct leveler *leveler);

/** True once it knows how loud its source is: loudness_db, dBFS. */
bool leveler_knows(const struct leveler *leveler);

/** What sources are to be brought to. @param sum_db of the loudnesses of count sources */
float leveler_common_db(float sum_db, size_t count);

/**
 * Listens to a source's next frame and says the gain for it.
 * @param pcm    PCM_FRAME samples as decoded; within ±1
 * @param aim_db what it is to be brought to
 * @return linear gain at the end of the frame, 0.25..4; it differs little from the one before, the
 *         mixer ramps
 */
float leveler_run(struct leveler *leveler, const float *pcm, float aim_db);

#endif
