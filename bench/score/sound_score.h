/**
 * How well somebody heard what was said: both put in step, and all scores of QUALITY.md 2.3.
 */
#ifndef SCORE_SOUND_SCORE_H
#define SCORE_SOUND_SCORE_H

#include <stddef.h>

#include "score/alignment.h"

struct sound_score {
    double estoi;
    double lsd_db;
    double gain_db;     /**< heard over said */
    double delay_ms;    /**< from mouth to ear, at the beginning */
    double inserted_ms; /**< see alignment.h */
    double removed_ms;
    double gap_ms;  /**< longest */
    double unheard; /**< share of spoken blocks of 200 ms that are not in it */
};

/**
 * @param said      48 kHz mono
 * @param heard     from the same moment on
 * @param in_step   out: what was heard, moved to when it was said
 * @param alignment out: by what; alignment_deinit, on success
 * @return 0, ERR_NO_MEMORY, ERR_NOT_FOUND or ERR_INVALID (too little sound in one of them)
 */
int sound_score(const float *said, const float *heard, size_t count, float *in_step,
                struct alignment *alignment, struct sound_score *out);

#endif
