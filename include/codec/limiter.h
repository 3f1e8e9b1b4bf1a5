/**
 * Keeps a mix below full scale without wrapping, clipping or clicks: a look-ahead limiter.
 *
 * The gain is the smallest that any sample of the next LIMITER_DELAY samples needs, released
 * slowly, then averaged over the look-ahead: so it is there in time, and never moves faster than by
 * 1 in 5 ms. Below the ceiling nothing is touched: samples come out bit by bit as they went in,
 * LIMITER_DELAY later.
 *
 * The ceiling is -1 dBFS, since what Opus makes of a sample may overshoot it.
 */
#ifndef CODEC_LIMITER_H
#define CODEC_LIMITER_H

#include <stdint.h>

#include "codec/pcm.h"

enum {
    LIMITER_DELAY = 5 * PCM_MS, /**< samples */
    LIMITER_WINDOW = LIMITER_DELAY + 1
};

#define LIMITER_CEILING 0.891F

/**
 * All of its state: a copy of it goes on as the original does, which is what a listener needs who
 * goes over to an encoder of its own.
 */
struct limiter {
    float delayed[LIMITER_DELAY]; /**< what is to come out, oldest first */
    float gains[LIMITER_WINDOW];  /**< ring: released gains whose mean is applied */
    double sum;                   /**< of gains; exact, since they are few and of 24 bits */
    float released;               /**< the newest of gains */
    uint32_t next;                /**< place in gains */
    uint32_t at;                  /**< samples gone through with care, modulo 2^32 */
    uint32_t first;               /**< place in queue */
    uint32_t queued;
    struct limiter_need {
        float gain;
        uint32_t at;
    } queue[LIMITER_WINDOW]; /**< ring: needs of the window, save those that a later one undercuts
                              */
};

void limiter_init(struct limiter *limiter);

/**
 * @param in PCM_FRAME finite samples; up to ±200 the limiting is smooth
 * @param out PCM_FRAME samples within ±LIMITER_CEILING, late by LIMITER_DELAY; may be `in`
 */
void limiter_run(struct limiter *limiter, const float *in, float *out);

/** Makes dst go on exactly as src. */
static inline void limiter_copy(struct limiter *dst, const struct limiter *src)
{
    *dst = *src;
}

#endif
