/**
 * Whether less is sent than might be, so that throughput says nothing about the link
 * (application-limited region, QUALITY.md 1.4): a budget that fills with a share of the estimate
 * and is drained by what is sent.
 */
#ifndef CC_APP_LIMITED_H
#define CC_APP_LIMITED_H

#include <stdbool.h>
#include <stdint.h>

struct app_limited {
    double level_bits; /**< of the budget; below 0 when more was sent */
    uint64_t rate_bps;
    int64_t filled_us;
    int64_t left_us; /**< when it last ended, INT64_MIN = never */
    bool limited;
};

void app_limited_init(struct app_limited *app, uint64_t rate_bps, int64_t now_us);

/** The estimate is another. */
void app_limited_rate(struct app_limited *app, uint64_t rate_bps, int64_t now_us);

/** A packet leaves, 0 bytes: only time passes. */
void app_limited_sent(struct app_limited *app, uint32_t bytes, int64_t now_us);

#endif
