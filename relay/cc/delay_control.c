#include "delay_control.h"

enum {
    STALE_US = 2000000, /**< without feedback: groups before and after are not comparable */
    /** A trend counts as overuse only when at least this much queue stands: jitter alone, which
     * the least delay of a feedback does not show, makes trends too. */
    PROOF_US = 15000,
    LONG_QUEUE_US = 70000, /**< in two feedbacks in a row: answered at once */
    LATE_US = 50000,       /**< a packet that waited this long saw a busy link */
    DRAINED_US = 30000,
    DRAIN_TIME_US = 500000, /**< the queue is to be gone after this */
    CALM_US = 30000,
    REBASE_US = 2000000, /**< a queue that less sending did not shorten is none */
    MAX_RTT_US = 1000000
};

#define BUSY_SHARE  0.85
#define LEAST_DRAIN 0.5
#define NOT_SHORTER 0.7

void delay_control_init(struct delay_control *delay, uint64_t start_bps, uint64_t min_bps,
                        uint64_t max_bps, int64_t now_us)
{
    arrival_group_init(&delay->group);
    trendline_init(&delay->trend);
    overuse_detector_init(&delay->detector);
    queue_delay_init(&delay->queue);
    rate_control_init(&delay->rate, start_bps, min_bps, max_bps, now_us);
    delay->least_us = INT64_MAX;
    delay->jitter_us = 0;
    delay->told_us = INT64_MIN;
    delay->reacted_us = INT64_MIN;
    delay->drain_us = INT64_MIN;
    delay->drain_from_us = 0;
    delay->high = 0;
    delay->overused = false;
}

void delay_control_packet(struct delay_control *delay, int64_t sent_us, int64_t arrival_us,
                          int64_t now_us)
{
    if (delay->told_us != INT64_MIN && now_us - delay->told_us > STALE_US) {
        arrival_group_init(&delay->group);
        trendline_init(&delay->trend);
    }
    delay->told_us = now_us;
    if (arrival_us - sent_us < delay->least_us) {
        delay->least_us = arrival_us - sent_us;
    }
    struct arrival_delta delta;
    if (arrival_group_add(&delay->group, sent_us, arrival_us, now_us, &delta)) {
        int64_t change_us = delta.arrived_us - delta.sent_us;
        delay->jitter_us += ((change_us < 0 ? -change_us : change_us) - delay->jitter_us) / 16;
        trendline_add(&delay->trend, &delta);
        overuse_detector_update(&delay->detector, delay->trend.slope, delay->trend.count,
                                delta.sent_us, now_us);
    }
}

/** What came out of a busy link is believed up to twice what came of late on the whole (a radio
 * lets go at once of what it held), but up to the present rate in any case: who sent nothing for a
 * while and then a keyframe has a low average and says nothing about the link by it. */
static uint64_t believed(const struct delay_control *delay, uint64_t busy_bps, uint64_t acked_bps)
{
    uint64_t most_bps = 2 * acked_bps;
    if (busy_bps == 0) {
        return acked_bps;
    }
    if (most_bps < delay->rate.rate_bps) {
        most_bps = delay->rate.rate_bps;
    }
    return busy_bps < most_bps ? busy_bps : most_bps;
}

/** The link is full, and its own rate is what comes out of it: go below that, and drain. */
static void answer_queue(struct delay_control *delay, const struct ack_rate *acked,
                         uint64_t acked_bps, double kept, int64_t now_us)
{
    uint64_t busy_bps = ack_rate_busy_bps(acked, delay->queue.base_us + LATE_US);
    busy_bps = believed(delay, busy_bps, acked_bps);
    if (busy_bps == 0) {
        return;
    }
    busy_bps = (uint64_t)((double)busy_bps / kept);
    uint64_t bps = (uint64_t)(BUSY_SHARE * (double)busy_bps);
    int64_t wait_us = delay->rate.rtt_us < MAX_RTT_US ? delay->rate.rtt_us : MAX_RTT_US;
    bool again = delay->reacted_us == INT64_MIN || now_us - delay->reacted_us >= wait_us ||
                 bps < delay->rate.rate_bps / 2;
    if (bps < delay->rate.rate_bps && again) {
        delay->reacted_us = now_us;
        link_capacity_reset(&delay->rate.capacity);
        link_capacity_probe(&delay->rate.capacity, busy_bps);
        rate_control_set(&delay->rate, bps, now_us);
        delay->rate.state = RATE_HOLD;
    }
}

static void queue_judge(struct delay_control *delay, const struct ack_rate *acked,
                        uint64_t acked_bps, double kept, int64_t now_us)
{
    int64_t queue_us = delay->queue.last_us;
    if (queue_us < LONG_QUEUE_US) {
        delay->high = 0;
    } else if (delay->high < UINT8_MAX) {
        delay->high++;
    }
    if (delay->high >= 2) {
        if (delay->drain_us == INT64_MIN) {
            delay->drain_us = now_us;
            delay->drain_from_us = queue_us;
        }
        answer_queue(delay, acked, acked_bps, kept, now_us);
    }
    if (delay->drain_us == INT64_MIN) {
        return;
    }
    if (queue_us < DRAINED_US) {
        delay->drain_us = INT64_MIN;
    } else if (now_us - delay->drain_us >= REBASE_US) {
        if ((double)queue_us > NOT_SHORTER * (double)delay->drain_from_us) {
            queue_delay_rebase(&delay->queue);
        }
        delay->drain_us = INT64_MIN;
        delay->high = 0;
    }
}

/** Throughput that a decrease goes by: that of a link with a queue is known better by what comes
 * out of it now than by the last second, most of which a sender below its target left unused. */
static uint64_t full_bps(const struct delay_control *delay, const struct ack_rate *acked,
                         uint64_t acked_bps, double kept)
{
    uint64_t busy_bps = ack_rate_busy_bps(acked, delay->queue.base_us + PROOF_US);
    busy_bps = (uint64_t)((double)busy_bps / kept);
    busy_bps = believed(delay, busy_bps, acked_bps);
    return busy_bps > acked_bps ? busy_bps : acked_bps;
}

void delay_control_feedback(struct delay_control *delay, const struct ack_rate *acked,
                            uint64_t acked_bps, double kept, bool limited, bool steady,
                            int64_t now_us)
{
    if (delay->least_us == INT64_MAX) {
        return;
    }
    queue_delay_add(&delay->queue, delay->least_us, now_us);
    delay->least_us = INT64_MAX;
    int64_t queue_us = delay->queue.last_us < delay->queue.before_us ? delay->queue.last_us
                                                                     : delay->queue.before_us;
    struct rate_input input = {.usage = delay->detector.usage,
                               .acked_bps = (uint64_t)((double)acked_bps / kept),
                               .limited = limited};
    delay->overused = input.usage == LINK_OVERUSED && queue_us >= PROOF_US;
    if ((input.usage == LINK_OVERUSED && !delay->overused) || delay->drain_us != INT64_MIN) {
        input.usage = delay->overused ? LINK_OVERUSED : LINK_UNDERUSED; /* hold */
    } else if (steady && input.usage == LINK_NORMAL) {
        input.usage = LINK_UNDERUSED;
    }
    if (input.usage == LINK_OVERUSED) {
        input.acked_bps = full_bps(delay, acked, input.acked_bps, kept);
    }
    rate_control_update(&delay->rate, &input, now_us);
    queue_judge(delay, acked, acked_bps, kept, now_us);
}

void delay_control_silence(struct delay_control *delay)
{
    delay->detector.usage = LINK_NORMAL;
    delay->rate.state = RATE_HOLD;
    delay->overused = false;
}

void delay_control_resume(struct delay_control *delay)
{
    arrival_group_init(&delay->group);
    trendline_init(&delay->trend);
    queue_delay_resume(&delay->queue);
    delay_control_silence(delay);
    delay->drain_us = INT64_MIN;
    delay->high = 0;
}

uint64_t delay_control_bps(const struct delay_control *delay)
{
    uint64_t rate_bps = delay->rate.rate_bps;
    if (delay->drain_us == INT64_MIN) {
        return rate_bps;
    }
    double share = 1 - (double)delay->queue.last_us / DRAIN_TIME_US;
    share = share < LEAST_DRAIN ? LEAST_DRAIN : share;
    uint64_t bps = (uint64_t)((double)rate_bps * share);
    return bps < delay->rate.min_bps ? delay->rate.min_bps : bps;
}

bool delay_control_calm(const struct delay_control *delay)
{
    return delay->detector.usage != LINK_OVERUSED && delay->drain_us == INT64_MIN &&
           delay->queue.last_us < CALM_US;
}
