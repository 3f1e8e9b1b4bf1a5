#include "report_control.h"

enum {
    MIN_PACKETS = 20,
    DECREASE_US = 300000,
    MAX_SPAN_US = 2000000,
    WAIT_US = 10000000, /**< below the ceiling, doubled when it was too soon again */
    MAX_WAIT_US = 120000000
};

#define LOW_LOSS     0.02
#define HIGH_LOSS    0.10
#define GROWTH_PER_S 0.08
#define EXTRA_BPS    1000
#define CEILING      0.95
#define MOST_GROWTH  2 /**< times what is sent: the rest is not known to fit */

void report_control_init(struct report_control *report, uint64_t min_bps, uint64_t max_bps)
{
    *report = (struct report_control){.rate_bps = UINT64_MAX,
                                      .min_bps = min_bps,
                                      .max_bps = max_bps,
                                      .judged_us = INT64_MIN,
                                      .decreased_us = INT64_MIN,
                                      .ceiling_us = INT64_MIN,
                                      .wait_us = WAIT_US};
}

/** Rate up to which it may grow. */
static double find_limit(const struct report_control *report, uint64_t sent_bps, int64_t now_us)
{
    double limit = sent_bps > 0 ? (double)(MOST_GROWTH * sent_bps) : (double)report->max_bps;
    if (now_us < report->ceiling_us && CEILING * (double)report->ceiling_bps < limit) {
        limit = CEILING * (double)report->ceiling_bps;
    }
    return limit;
}

static void increase(struct report_control *report, uint64_t sent_bps, int64_t now_us)
{
    if (report->rate_bps == UINT64_MAX) {
        return;
    }
    int64_t span_us = now_us - report->judged_us;
    if (span_us > MAX_SPAN_US) {
        span_us = MAX_SPAN_US;
    }
    double bps = (double)report->rate_bps;
    if (bps >= find_limit(report, sent_bps, now_us)) {
        return;
    }
    bps += (bps * GROWTH_PER_S + EXTRA_BPS) * (double)span_us / 1e6;
    report->rate_bps = bps >= (double)report->max_bps ? UINT64_MAX : (uint64_t)bps;
}

/** The path is full: what comes through is what it carries. */
static void set_ceiling(struct report_control *report, uint64_t from_bps, int64_t now_us)
{
    if (report->ceiling_us == INT64_MIN || now_us - report->ceiling_us > report->wait_us) {
        report->wait_us = WAIT_US;
    } else if (now_us > report->ceiling_us) {
        report->wait_us =
            2 * report->wait_us < MAX_WAIT_US ? 2 * report->wait_us : (int64_t)MAX_WAIT_US;
    }
    report->ceiling_bps = (uint64_t)((double)from_bps * (1 - report->loss));
    report->ceiling_us = now_us + report->wait_us;
}

static void decrease(struct report_control *report, uint64_t sent_bps, int64_t rtt_us,
                     int64_t now_us)
{
    if (report->decreased_us != INT64_MIN && now_us - report->decreased_us < DECREASE_US + rtt_us) {
        return;
    }
    uint64_t from_bps = sent_bps > 0 && sent_bps < report->rate_bps ? sent_bps : report->rate_bps;
    if (from_bps > report->max_bps) {
        from_bps = report->max_bps;
    }
    report->rate_bps = (uint64_t)((double)from_bps * (1 - report->loss / 2));
    if (report->rate_bps < report->min_bps) {
        report->rate_bps = report->min_bps;
    }
    report->decreased_us = now_us;
    set_ceiling(report, from_bps, now_us);
}

void report_control_add(struct report_control *report, uint32_t expected, uint32_t lost,
                        uint64_t sent_bps, int64_t rtt_us, int64_t now_us)
{
    if (expected > UINT16_MAX) {
        return; /* no report tells of so many: a restart, or a lie */
    }
    report->expected += expected;
    report->lost += lost < expected ? lost : expected;
    if (report->expected < MIN_PACKETS) {
        return;
    }
    report->loss = (double)report->lost / (double)report->expected;
    report->expected = 0;
    report->lost = 0;
    if (report->loss > HIGH_LOSS) {
        decrease(report, sent_bps, rtt_us, now_us);
    } else if (report->loss <= LOW_LOSS && report->judged_us != INT64_MIN) {
        increase(report, sent_bps, now_us);
    }
    report->judged_us = now_us;
}
