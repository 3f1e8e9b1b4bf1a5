#include "media/timeline.h"
#include "unit/runner.h"

/** NTP time of a publisher's clock, in microseconds. */
static uint64_t ntp(int64_t us)
{
    uint64_t seconds = (uint64_t)us / 1000000;
    uint64_t rest = (uint64_t)us % 1000000;
    return (seconds << 32) | ((rest << 32) / 1000000 + 1);
}

static const int64_t publisher_us = INT64_C(3900000000) * 1000000;

TEST(knows_nothing_at_first)
{
    struct timeline_clock clock;
    struct timeline timeline;
    timeline_clock_init(&clock);
    timeline_init(&timeline, 90000);
    uint32_t timestamp = 0;
    CHECK_INT(timeline_instant_us(&timeline, &clock, 5), INT64_MIN);
    CHECK(!timeline_rtp_at(&timeline, &clock, 5, &timestamp));
    CHECK(!timeline_is_exact(&timeline, &clock));
    timeline_sender_report(&timeline, &clock, 0, 1, 1);
    CHECK(!clock.known);
}

TEST(earliest_arrival_stands_in_before_a_report)
{
    struct timeline_clock clock;
    struct timeline timeline;
    timeline_clock_init(&clock);
    timeline_init(&timeline, 90000);
    timeline_receive(&timeline, 0xfffffff0U, 1000000);
    timeline_receive(&timeline, 0xfffffff0U + 9000, 1130000);  /* 30 ms late */
    timeline_receive(&timeline, 0xfffffff0U + 18000, 1195000); /* 5 ms sooner than the first */
    CHECK_INT(timeline_instant_us(&timeline, &clock, 0xfffffff0U + 18000), 1195000);
    CHECK_INT(timeline_instant_us(&timeline, &clock, 0xfffffff0U), 995000);
    uint32_t timestamp = 0;
    CHECK(timeline_rtp_at(&timeline, &clock, 2195000, &timestamp));
    CHECK_INT(timestamp, 0xfffffff0U + 18000 + 90000);
    CHECK(!timeline_is_exact(&timeline, &clock));
}

TEST(arrival_reference_follows_drift_and_wrap)
{
    struct timeline_clock clock;
    struct timeline timeline;
    timeline_clock_init(&clock);
    timeline_init(&timeline, 48000);
    /* Two days of 20 ms packets (one in fifty looked at), from a clock that is 50 ppm slow. */
    int64_t arrival_us = 0;
    uint32_t timestamp = 0;
    for (int64_t i = 0; i < 2 * 86400; i++) {
        timestamp = (uint32_t)(i * 48000);
        arrival_us = i * 1000000 + i * 50 + (i % 3) * 7000;
        timeline_receive(&timeline, timestamp, arrival_us);
    }
    int64_t error_us = timeline_instant_us(&timeline, &clock, timestamp) - arrival_us;
    CHECK(error_us > -20000 && error_us <= 0);
}

TEST(report_ties_two_streams_to_one_clock)
{
    struct timeline_clock clock;
    struct timeline audio;
    struct timeline video;
    timeline_clock_init(&clock);
    timeline_init(&audio, 48000);
    timeline_init(&video, 90000);
    timeline_receive(&audio, 111, 5000000);
    /* Both reports speak of publisher times 0.5 s apart; the second was 80 ms longer on the way. */
    timeline_sender_report(&audio, &clock, ntp(publisher_us), 1000, 5020000);
    timeline_sender_report(&video, &clock, ntp(publisher_us + 500000), 700000, 5600000);
    CHECK(timeline_is_exact(&audio, &clock));
    /* One instant of the publisher is one instant of ours. */
    int64_t a = timeline_instant_us(&audio, &clock, 1000 + 48000);
    int64_t v = timeline_instant_us(&video, &clock, 700000 + 45000);
    CHECK(a - v <= 25 && v - a <= 25);
    CHECK(a >= 6020000 && a < 6020200);
    /* A quicker way shows the offset better, for both. */
    timeline_sender_report(&video, &clock, ntp(publisher_us + 1000000), 745000, 6000000);
    a = timeline_instant_us(&audio, &clock, 1000);
    v = timeline_instant_us(&video, &clock, 745000);
    CHECK(a >= 5000000 - 5 && a <= 5000000 + 5);
    CHECK(v >= 6000000 - 5 && v <= 6000000 + 5);
    uint32_t timestamp = 0;
    CHECK(timeline_rtp_at(&video, &clock, 7000000, &timestamp));
    CHECK(timestamp >= 745000 + 90000 - 1 && timestamp <= 745000 + 90000 + 1);
}

TEST(stepped_clock_starts_an_era)
{
    struct timeline_clock clock;
    struct timeline audio;
    struct timeline video;
    timeline_clock_init(&clock);
    timeline_init(&audio, 48000);
    timeline_init(&video, 90000);
    timeline_sender_report(&audio, &clock, ntp(publisher_us), 0, 1000000);
    timeline_sender_report(&video, &clock, ntp(publisher_us), 0, 1000000);
    int64_t before_us = timeline_instant_us(&video, &clock, 90000);
    /* The publisher's clock is set forward by an hour. */
    timeline_sender_report(&audio, &clock, ntp(publisher_us + INT64_C(3601000000)), 48000, 2000000);
    CHECK(timeline_is_exact(&audio, &clock));
    CHECK(!timeline_is_exact(&video, &clock));
    int64_t after_us = timeline_instant_us(&video, &clock, 90000);
    CHECK_INT(before_us, after_us);
    timeline_sender_report(&video, &clock, ntp(publisher_us + INT64_C(3601000000)), 90000, 2000000);
    CHECK(timeline_is_exact(&video, &clock));
    CHECK_INT(timeline_instant_us(&video, &clock, 90000), 2000000);
}

TEST(least_delay_creeps_up_with_drifting_clocks)
{
    struct timeline_clock clock;
    struct timeline timeline;
    timeline_clock_init(&clock);
    timeline_init(&timeline, 90000);
    /* Publisher's clock runs 100 ppm slow for three hours; queues add up to 50 ms. */
    int64_t now_us = 0;
    for (int64_t i = 0; i < 3 * 3600; i++) {
        now_us = i * 1000100 + (i % 5) * 12500;
        timeline_sender_report(&timeline, &clock, ntp(publisher_us + i * 1000000),
                               (uint32_t)(i * 90000), now_us);
    }
    int64_t ideal_us = (INT64_C(3) * 3600 - 1) * 1000100;
    int64_t error_us =
        timeline_instant_us(&timeline, &clock, (3 * 3600 - 1) * UINT32_C(90000)) - ideal_us;
    CHECK(error_us > -2000 && error_us < 2000);
    CHECK_INT(clock.era, 1);
}

TEST(hostile_reports_do_no_harm)
{
    struct timeline_clock clock;
    struct timeline timeline;
    timeline_clock_init(&clock);
    timeline_init(&timeline, 90000);
    static const uint64_t times[] = {1, UINT64_MAX, UINT64_C(1) << 63, 0xffffffff};
    uint32_t timestamp = 0;
    for (size_t i = 0; i < 4; i++) {
        timeline_sender_report(&timeline, &clock, times[i], UINT32_MAX, 1000000 * (int64_t)i);
        (void)timeline_instant_us(&timeline, &clock, 0x7fffffff);
        CHECK(timeline_rtp_at(&timeline, &clock, INT64_C(1) << 50, &timestamp));
    }
    timeline_reset(&timeline);
    CHECK(!timeline_is_exact(&timeline, &clock));
}
