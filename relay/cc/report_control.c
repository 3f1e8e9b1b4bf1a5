#include "report_control.h"

enum { MIN_PACKETS = 20, DECREASE_US = 300000, MAX_SPAN_US = 2000000 };

#define LOW_LOSS     0.02
#define HIGH_LOSS    0.10
#define GROWTH_PER_S 0.08
#define EXTRA_BPS    1000

void report_control_init(struct report_control *report, uint64_t min_bps, uint64_t max_bps)
{
    *report = (struct report_control){.rate_bps = UINT64_MAX,
                                      .min_bps = min_bps,
                                      .max_bps = max_bps,
                                      .judged_us = INT64_MIN,
                                      .decreased_us = INT64_MIN};
}

static void increase(struct report_control *report, int64_t now_us)
{
    if (report->rate_bps == UINT64_MAX) {
        return;
    }
    int64_t span_us = now_us - report->judged_us;
    if (span_us > MAX_SPAN_US) {
        span_us = MAX_SPAN_US;
    }
    double bps = (double)report->rate_bps;
    bps += (bps * GROWTH_PER_S + EXTRA_BPS) * (double)span_us / 1e6;
    report->rate_bps = bps >= (double)report->max_bps ? UINT64_MAX : (uint64_t)bps;
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
        increase(report, now_us);
    }
    report->judged_us = now_us;
}
