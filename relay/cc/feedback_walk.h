/**
 * Transport-wide feedback matched with what was sent: each packet's fate is told once, but for one
 * reported lost first and received later.
 */
#ifndef CC_FEEDBACK_WALK_H
#define CC_FEEDBACK_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rtp/rtcp_twcc.h"
#include "send_history.h"

enum { FEEDBACK_BATCH = 256 };

struct packet_fate {
    int64_t sent_us;
    int64_t arrival_us; /**< receiver's clock without wraps, RTCP_TWCC_LOST = lost */
    uint32_t probe;
    uint16_t bytes;
    uint8_t kind;
    bool was_lost; /**< reported so before */
};

/** Follows the receiver's clock over many feedbacks. Zeroed memory is ready for use. */
struct feedback_clock {
    int64_t reference; /**< unwrapped, in 64 ms */
    bool started;
};

/** @return what to add to the arrival times of this feedback */
int64_t feedback_clock_offset(struct feedback_clock *clock, int32_t reference);

/**
 * The next packets of a feedback whose fate is news, in order of arrival, lost ones last.
 *
 * @param unmatched counts numbers never sent or forgotten
 * @return how many; 0 at the end
 */
size_t feedback_walk(struct rtcp_twcc *twcc, struct send_history *history, int64_t offset_us,
                     struct packet_fate out[static FEEDBACK_BATCH], uint64_t *unmatched);

#endif
