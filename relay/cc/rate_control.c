#include "rate_control.h"

#include <math.h>

/** As libwebrtc has them: `aimd_rate_control.cc`. */
#define BETA             0.85
#define GROWTH_PER_S     0.08
#define MIN_GROWTH_BPS   1000
#define MIN_STEP_BPS     4000
#define DECREASE_EXTRA   5000
#define THROUGHPUT_EXTRA 10000
#define STEP_BPS         24000
#define MIN_REDUCE_US    10000
#define MAX_REDUCE_US    200000
#define DEFAULT_RTT_US   200000

void rate_control_init(struct rate_control *rate, uint64_t start_bps, uint64_t min_bps,
                       uint64_t max_bps, int64_t now_us)
{
    *rate = (struct rate_control){.state = RATE_HOLD,
                                  .rate_bps = start_bps,
                                  .min_bps = min_bps,
                                  .max_bps = max_bps,
                                  .rtt_us = DEFAULT_RTT_US,
                                  .changed_us = now_us,
                                  .decreased_us = INT64_MIN};
    link_capacity_reset(&rate->capacity);
}

static uint64_t bounded(const struct rate_control *rate, double bps)
{
    if (bps >= (double)rate->max_bps) {
        return rate->max_bps;
    }
    return bps <= (double)rate->min_bps ? rate->min_bps : (uint64_t)bps;
}

/**
 * Bit/s that the rate grows each second near the known capacity. Others add a packet per response
 * time, less on slow flows and long ways; the same for all shares a link more evenly.
 */
static double additive_step(const struct rate_control *rate)
{
    return fmax(fmin(STEP_BPS, GROWTH_PER_S * (double)rate->rate_bps), MIN_STEP_BPS);
}

static void increase(struct rate_control *rate, uint64_t acked_bps, int64_t now_us)
{
    if (acked_bps > link_capacity_upper_bps(&rate->capacity)) {
        link_capacity_reset(&rate->capacity);
    }
    double present = (double)rate->rate_bps;
    double limit = 1.5 * (double)acked_bps + THROUGHPUT_EXTRA;
    double span_s = fmin((double)(now_us - rate->changed_us) / 1e6, 1);
    rate->changed_us = now_us;
    if (acked_bps == 0 || present >= limit || span_s <= 0) {
        return;
    }
    double step = rate->capacity.kbps > 0
                      ? additive_step(rate) * span_s
                      : fmax(present * GROWTH_PER_S * span_s, MIN_GROWTH_BPS * span_s);
    rate->rate_bps = bounded(rate, fmin(present + step, limit));
}

/** True when it is long enough since the last decrease to see what it did. */
static bool may_decrease(const struct rate_control *rate, uint64_t acked_bps, int64_t now_us)
{
    if (rate->decreased_us == INT64_MIN) {
        return true;
    }
    int64_t wait_us = rate->rtt_us;
    if (wait_us < MIN_REDUCE_US) {
        wait_us = MIN_REDUCE_US;
    }
    if (wait_us > MAX_REDUCE_US || acked_bps == 0) {
        wait_us = MAX_REDUCE_US;
    }
    return now_us - rate->decreased_us >= wait_us ||
           (acked_bps > 0 && acked_bps < rate->rate_bps / 2);
}

static void decrease(struct rate_control *rate, const struct rate_input *input, int64_t now_us)
{
    if (!may_decrease(rate, input->acked_bps, now_us)) {
        return;
    }
    double present = (double)rate->rate_bps;
    double next = present / 2;
    if (input->acked_bps > 0) {
        double acked = (double)input->acked_bps;
        next = BETA * acked;
        next = next > DECREASE_EXTRA ? next - DECREASE_EXTRA : next;
        if (next > present && rate->capacity.kbps > 0) {
            next = BETA * rate->capacity.kbps * 1000;
        }
        if (input->limited) {
            next = fmax(next, BETA * present);
        }
        if (input->acked_bps < link_capacity_lower_bps(&rate->capacity)) {
            link_capacity_reset(&rate->capacity);
            rate->fell = true;
        }
        if (!input->limited) {
            link_capacity_overuse(&rate->capacity, input->acked_bps);
        }
    }
    rate->rate_bps = bounded(rate, fmin(next, present));
    rate->state = RATE_HOLD;
    rate->changed_us = now_us;
    rate->decreased_us = now_us;
}

void rate_control_update(struct rate_control *rate, const struct rate_input *input, int64_t now_us)
{
    switch (input->usage) {
    case LINK_OVERUSED:
        rate->state = RATE_DECREASE;
        decrease(rate, input, now_us);
        break;
    case LINK_UNDERUSED:
        rate->state = RATE_HOLD;
        rate->changed_us = now_us;
        break;
    case LINK_NORMAL:
        if (rate->state != RATE_INCREASE) {
            rate->state = RATE_INCREASE;
            rate->changed_us = now_us;
        }
        increase(rate, input->acked_bps, now_us);
        break;
    }
}

void rate_control_set(struct rate_control *rate, uint64_t bps, int64_t now_us)
{
    if (bps < rate->rate_bps) {
        rate->decreased_us = now_us;
    } else {
        rate->fell = false;
    }
    rate->rate_bps = bounded(rate, (double)bps);
    rate->changed_us = now_us;
}
