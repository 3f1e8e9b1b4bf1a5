/**
 * What a caller received in all: its streams added up, as reports tell it for each caller.
 */
#ifndef LOAD_STREAM_SUMS_H
#define LOAD_STREAM_SUMS_H

#include <stdint.h>

#include "base/hist.h"
#include "load/stats.h"

struct stream_sums {
    uint64_t packets;
    uint64_t lost_before;
    uint64_t lost_after;
    uint64_t repaired;
    double loss_before; /**< shares of the numbers that came or never did, 0 when there were none */
    double loss_after;
    double concealed; /**< share of the sound that was due */
    uint64_t frames;
    uint64_t freezes;
    uint64_t frozen_us;
    struct hist delay_us;
    int64_t jitter_us; /**< the most of a stream of sound */
    double fps;        /**< harmonic, mean of the pictures that move, 0 = none does */
    uint64_t frames_backward;
};

void stream_sums(const struct stats *stats, struct stream_sums *out);

#endif
