/**
 * The rate by delay (QUALITY.md 1.2): groups, trend and detector steer the AIMD rate; a queue that
 * stands in spite of them is answered at once from its size.
 */
#ifndef CC_DELAY_CONTROL_H
#define CC_DELAY_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "ack_rate.h"
#include "arrival_group.h"
#include "overuse_detector.h"
#include "queue_delay.h"
#include "rate_control.h"
#include "trendline.h"

struct delay_control {
    struct arrival_group group;
    struct trendline trend;
    struct overuse_detector detector;
    struct queue_delay queue;
    struct rate_control rate;
    int64_t least_us;      /**< least way in the present feedback; INT64_MAX = none yet */
    int64_t jitter_us;     /**< smoothed change of the way from group to group */
    int64_t told_us;       /**< last feedback, INT64_MIN = none */
    int64_t reacted_us;    /**< last answer to a standing queue, INT64_MIN = never */
    int64_t drain_us;      /**< since when the queue is being drained; INT64_MIN = it is not */
    int64_t drain_from_us; /**< how long the queue was then */
    uint8_t high;          /**< feedbacks in a row with a long queue */
    bool overused;         /**< by trend, and a queue that bears it out */
};

void delay_control_init(struct delay_control *delay, uint64_t start_bps, uint64_t min_bps,
                        uint64_t max_bps, int64_t now_us);

/** A packet was received; in order of arrival. */
void delay_control_packet(struct delay_control *delay, int64_t sent_us, int64_t arrival_us,
                          int64_t now_us);

/**
 * The packets of one feedback are all told.
 *
 * @param kept    share that the link does not lose by chance
 * @param limited less is sent than might be
 * @param steady  loss holds the rate down: no growth that delay cannot judge
 */
void delay_control_feedback(struct delay_control *delay, const struct ack_rate *acked,
                            uint64_t acked_bps, double kept, bool limited, bool steady,
                            int64_t now_us);

/** No feedback for so long that what the trend said is stale. */
void delay_control_silence(struct delay_control *delay);

/** Feedback comes again after a silence: judging begins afresh, the rate stays. */
void delay_control_resume(struct delay_control *delay);

/** What delay allows now: less than the rate while a queue is drained. */
uint64_t delay_control_bps(const struct delay_control *delay);

/** True when nothing speaks against trying more. */
bool delay_control_calm(const struct delay_control *delay);

#endif
