/**
 * The delay-based rate: additive or multiplicative increase, multiplicative decrease, with memory
 * of the link's capacity (AIMD, QUALITY.md 1.2.4).
 */
#ifndef CC_RATE_CONTROL_H
#define CC_RATE_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "link_capacity.h"
#include "overuse_detector.h"

enum rate_state { RATE_HOLD, RATE_INCREASE, RATE_DECREASE };

struct rate_control {
    enum rate_state state;
    uint64_t rate_bps;
    uint64_t min_bps;
    uint64_t max_bps;
    int64_t rtt_us;
    int64_t changed_us;
    int64_t decreased_us; /**< INT64_MIN = never */
    struct link_capacity capacity;
    bool fell; /**< the link became less than was known, and nothing has shown more since */
};

/** What feedback says about the link. */
struct rate_input {
    enum link_usage usage;
    uint64_t acked_bps; /**< 0 = not known */
    bool limited;       /**< less is sent than might be: low throughput proves nothing */
};

void rate_control_init(struct rate_control *rate, uint64_t start_bps, uint64_t min_bps,
                       uint64_t max_bps, int64_t now_us);

void rate_control_update(struct rate_control *rate, const struct rate_input *input, int64_t now_us);

/** Something stronger than the trend says what the rate is: a probe, a standing queue, silence. */
void rate_control_set(struct rate_control *rate, uint64_t bps, int64_t now_us);

#endif
