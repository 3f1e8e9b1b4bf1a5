/**
 * How late the packets of one stream come, and how long play-out has to wait for them (QUALITY.md
 * 1.13): transit times against the least one of the last half minute, in a histogram that forgets.
 * All but one packet in a hundred should come in time; what was late only longer ago than 20 s does
 * not count.
 *
 * The least transit follows the clocks of sender and receiver as they drift apart. Peaks that come
 * again within ten seconds count even where the histogram calls them rare.
 */
#ifndef MEDIA_DELAY_TRACKER_H
#define MEDIA_DELAY_TRACKER_H

#include <stdbool.h>
#include <stdint.h>

enum {
    DELAY_TRACKER_BIN_US = 5000,
    DELAY_TRACKER_BINS = 101, /**< the last one is for all that is later */
    DELAY_TRACKER_MIN_US = 10000,
    DELAY_TRACKER_MAX_US = 200000,  /**< customary bound of what is waited for */
    DELAY_TRACKER_MOST_US = 500000, /**< the highest bound that can be asked for */
    DELAY_TRACKER_SPANS = 6         /**< the least transit is looked for in so many spans of 5 s */
};

struct delay_tracker {
    int64_t least_us[DELAY_TRACKER_SPANS]; /**< ring of spans; INT64_MAX = nothing came */
    int64_t most_us[DELAY_TRACKER_SPANS];  /**< latest packet of each, 0 = nothing came */
    int64_t span;                          /**< number of the present one */
    int64_t base_us;                       /**< least transit of all, INT64_MAX before the first */
    int64_t rise_us;                       /**< of the base, not yet seen in the histogram */
    int64_t required_us;
    int64_t max_us;                 /**< bound of what is required */
    float bins[DELAY_TRACKER_BINS]; /**< share of packets, sum 1 */
    float samples;                  /**< behind them, with the forgetting */
    int64_t peak_us[2];             /**< heights: of the last peak, of the one before */
    int64_t peak_at_us[2];          /**< when each began, INT64_MIN = none */
    int64_t peak_end_us;            /**< of the last packet of the last peak */
};

/** @param max_us bound of the answer: DELAY_TRACKER_MIN_US..DELAY_TRACKER_MOST_US */
void delay_tracker_init(struct delay_tracker *tracker, int64_t max_us);

/**
 * A packet came.
 *
 * @param transit_us arrival minus the time of its first sample by the sender's clock, any origin
 * @param arrival_us monotonic; a little back is fine
 * @param weight     1, or more for packets that came as repair: what was lost should be waited for
 *                   rather than concealed
 */
void delay_tracker_receive(struct delay_tracker *tracker, int64_t transit_us, int64_t arrival_us,
                           unsigned weight);

/** The sender's clock has a new origin; what is known of its jitter stays, and time until the next
 * packet does not count. */
void delay_tracker_restart(struct delay_tracker *tracker);

/** Least transit; INT64_MAX before the first packet. */
static inline int64_t delay_tracker_base_us(const struct delay_tracker *tracker)
{
    return tracker->base_us;
}

/** How much later than by the least transit a packet may come and still be waited for. */
static inline int64_t delay_tracker_required_us(const struct delay_tracker *tracker)
{
    return tracker->required_us;
}

#endif
