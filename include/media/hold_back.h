/**
 * Holds the packets of a received stream that come behind a hole until it is filled, so that the
 * hole is repaired once, at the relay, and no receiver ever sees it: otherwise each of them asks.
 * A video decoder could not have used them before (QUALITY.md 1.9).
 *
 * Numbers are extended ones (recv_stats). Packets leave in order; a hole that is let go of stays a
 * hole, and what fills it later passes as late. Holds one reference on each packet; bounded by
 * HOLD_BACK_PACKETS, beyond which the first hole is let go of.
 */
#ifndef MEDIA_HOLD_BACK_H
#define MEDIA_HOLD_BACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/packet.h"

struct hold_back;

enum {
    HOLD_BACK_PACKETS = 256, /**< a quarter of a second at 10 Mbit/s */
    HOLD_BACK_TRIES =
        4, /**< requests to make room for: of a loss of 5 % that leaves 6 in a million */
    HOLD_BACK_SLACK_US = 10000,
    HOLD_BACK_MIN_US = 60000,
    HOLD_BACK_MAX_US = 250000,
    HOLD_BACK_MAX_ONE_TRY_US = 450000 /**< slow paths: room for one try, if it is within this */
};

enum hold_back_verdict {
    HOLD_BACK_PASS, /**< next in order: goes on at once */
    HOLD_BACK_LATE, /**< goes on at once, behind higher numbers */
    HOLD_BACK_HELD  /**< a reference is kept; call _poll until it gives nothing more */
};

/**
 * How long a hole is waited for.
 *
 * @param tolerance_us what reordering takes (reorder.h)
 * @param rtt_us       to the source, INT64_MAX when it cannot be asked
 * @param repeat_us    from one request to the next (nack_generator_repeat_us)
 */
int64_t hold_back_wait_us(int64_t tolerance_us, int64_t rtt_us, int64_t repeat_us);

/** @return 0 or ERR_NO_MEMORY */
int hold_back_new(struct hold_back **out);

/** Takes a packet that is no duplicate; without memory it passes. After HOLD_BACK_HELD, _poll must
 * empty what is due before the next one comes. */
enum hold_back_verdict hold_back_receive(struct hold_back *hold, int64_t ext_seq,
                                         struct packet *packet);

/**
 * The next packet whose turn has come: all before it have passed, or were waited for long enough.
 *
 * @param wait_us since the hole was found, 0 = not at all
 * @return a reference, the caller's now; NULL when nothing is due
 */
struct packet *hold_back_poll(struct hold_back *hold, int64_t wait_us, int64_t now_us);

/** The hole that is waited for: numbers *first..*end-1. @return false when there is none */
bool hold_back_hole(const struct hold_back *hold, int64_t *first, int64_t *end);

/** Waits no more for that hole: what is behind it is due. */
void hold_back_let_go(struct hold_back *hold);

/** When to poll, as of the last one; INT64_MAX when nothing is held. */
int64_t hold_back_next_deadline(const struct hold_back *hold);

/** True when nothing is held. */
bool hold_back_empty(const struct hold_back *hold);

/** Highest number that has passed, -1 before the first. */
int64_t hold_back_passed(const struct hold_back *hold);

/** The source restarts: drops what is held, any number may come next. */
void hold_back_reset(struct hold_back *hold);

void hold_back_free(struct hold_back **hold);

#endif
