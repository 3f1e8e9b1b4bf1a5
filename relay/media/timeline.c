#include "media/timeline.h"

#include <assert.h>

#include "rtp/seq.h"

/** A sample so much below the least delay, or above it, is no delay: the publisher's clock was set.
 */
static const int64_t step_down_us = 1000000;
static const int64_t step_up_us = 5000000;

/** The least delay may creep up at this rate, for clocks that drift apart (100 ppm each, the worst
 * of cheap crystals). */
static const int64_t drift_ppm = 200;

/** Ticks after which the arrival reference moves on: long enough to meet a packet without queueing,
 * short enough for drift. */
enum { ARRIVAL_WINDOW_TICKS = 1 << 20 };

void timeline_clock_init(struct timeline_clock *clock)
{
    *clock = (struct timeline_clock){0};
}

void timeline_clock_ours(struct timeline_clock *clock)
{
    *clock = (struct timeline_clock){.known = true, .era = 1};
}

void timeline_init(struct timeline *timeline, uint32_t clock_rate)
{
    assert(clock_rate > 0);
    *timeline = (struct timeline){.clock_rate = clock_rate};
}

static int64_t ticks_to_us(const struct timeline *timeline, uint32_t from, uint32_t to)
{
    return (int64_t)seq_diff32(to, from) * 1000000 / timeline->clock_rate;
}

static uint32_t us_to_ticks(const struct timeline *timeline, int64_t us)
{
    /* Whole seconds apart, so that no span of time overflows. */
    int64_t seconds = us / 1000000;
    int64_t rest = us % 1000000;
    return (uint32_t)((uint64_t)seconds * timeline->clock_rate +
                      (uint64_t)(rest * timeline->clock_rate / 1000000));
}

void timeline_receive(struct timeline *timeline, uint32_t timestamp, int64_t arrival_us)
{
    if (timeline->has_report) {
        return;
    }
    int64_t ideal_us =
        timeline->arrival_us + ticks_to_us(timeline, timeline->arrival_rtp, timestamp);
    int64_t late_us = arrival_us - ideal_us;
    if (!timeline->has_arrival || late_us <= 0) {
        timeline->has_arrival = true;
        timeline->arrival_rtp = timestamp;
        timeline->arrival_us = arrival_us;
        timeline->least_late_us = INT64_MAX;
        return;
    }
    if (late_us < timeline->least_late_us) {
        timeline->least_late_us = late_us;
    }
    uint32_t age = timestamp - timeline->arrival_rtp;
    if (age > ARRIVAL_WINDOW_TICKS && age <= INT32_MAX) {
        timeline->arrival_rtp = timestamp;
        timeline->arrival_us = ideal_us + timeline->least_late_us;
        timeline->least_late_us = INT64_MAX;
    }
}

void timeline_reset(struct timeline *timeline)
{
    timeline_init(timeline, timeline->clock_rate);
}

static int64_t ntp_us(uint64_t ntp)
{
    return (int64_t)((ntp >> 32) * 1000000 + (((ntp & UINT32_MAX) * 1000000) >> 32));
}

static void clock_sample(struct timeline_clock *clock, int64_t sample_us, int64_t now_us)
{
    int64_t above_us = sample_us - clock->offset_us;
    if (!clock->known || above_us < -step_down_us || above_us > step_up_us) {
        clock->known = true;
        clock->era++;
        clock->offset_us = sample_us;
    } else if (above_us < 0) {
        clock->offset_us = sample_us;
    } else {
        int64_t creep_us = (now_us - clock->updated_us) * drift_ppm / 1000000;
        clock->offset_us += above_us < creep_us ? above_us : creep_us;
    }
    clock->updated_us = now_us;
}

void timeline_sender_report(struct timeline *timeline, struct timeline_clock *clock, uint64_t ntp,
                            uint32_t timestamp, int64_t now_us)
{
    if (ntp == 0) {
        return;
    }
    int64_t publisher_us = ntp_us(ntp);
    clock_sample(clock, now_us - publisher_us, now_us);
    timeline->has_report = true;
    timeline->era = clock->era;
    timeline->report_rtp = timestamp;
    timeline->report_ntp_us = publisher_us;
    timeline->report_local_us = publisher_us + clock->offset_us;
}

void timeline_state(struct timeline *timeline, const struct timeline_clock *clock,
                    uint32_t timestamp, int64_t local_us)
{
    timeline->has_report = true;
    timeline->era = clock->era;
    timeline->report_rtp = timestamp;
    timeline->report_ntp_us = local_us - clock->offset_us;
    timeline->report_local_us = local_us;
}

bool timeline_is_exact(const struct timeline *timeline, const struct timeline_clock *clock)
{
    return timeline->has_report && timeline->era == clock->era;
}

/** The pair (RTP timestamp, our time) that everything is measured from. */
static bool reference(const struct timeline *timeline, const struct timeline_clock *clock,
                      uint32_t *rtp, int64_t *local_us)
{
    if (timeline->has_report) {
        *rtp = timeline->report_rtp;
        *local_us = timeline->era == clock->era ? timeline->report_ntp_us + clock->offset_us
                                                : timeline->report_local_us;
        return true;
    }
    *rtp = timeline->arrival_rtp;
    *local_us = timeline->arrival_us;
    return timeline->has_arrival;
}

int64_t timeline_instant_us(const struct timeline *timeline, const struct timeline_clock *clock,
                            uint32_t timestamp)
{
    uint32_t rtp = 0;
    int64_t local_us = 0;
    if (!reference(timeline, clock, &rtp, &local_us)) {
        return INT64_MIN;
    }
    return local_us + ticks_to_us(timeline, rtp, timestamp);
}

bool timeline_rtp_at(const struct timeline *timeline, const struct timeline_clock *clock,
                     int64_t now_us, uint32_t *timestamp)
{
    uint32_t rtp = 0;
    int64_t local_us = 0;
    if (!reference(timeline, clock, &rtp, &local_us)) {
        return false;
    }
    *timestamp = rtp + us_to_ticks(timeline, now_us - local_us);
    return true;
}
