#include "relay/cc/rate_control.h"
#include "unit/runner.h"

static struct rate_control rate;
static int64_t now_us;

static void set_up(uint64_t start_bps)
{
    now_us = 1000000;
    rate_control_init(&rate, start_bps, 30000, 10000000, now_us);
    rate.rtt_us = 100000;
}

/** Feedback each 50 ms for some time; throughput 0 = all that is allowed. */
static void run(enum link_usage usage, uint64_t acked_bps, int64_t ms)
{
    for (int64_t end_us = now_us + ms * 1000; now_us < end_us; now_us += 50000) {
        struct rate_input input = {.usage = usage,
                                   .acked_bps = acked_bps == 0 ? rate.rate_bps : acked_bps};
        rate_control_update(&rate, &input, now_us);
    }
}

TEST(rate_grows_by_8_percent_a_second)
{
    set_up(1000000);
    run(LINK_NORMAL, 0, 10000);
    CHECK(rate.rate_bps > 2050000 && rate.rate_bps < 2250000);
}

TEST(rate_stays_near_what_gets_through)
{
    set_up(1000000);
    run(LINK_NORMAL, 500000, 20000);
    CHECK_INT(rate.rate_bps, 1000000); /* not lowered, not raised */
    set_up(300000);
    run(LINK_NORMAL, 400000, 60000);
    CHECK_INT(rate.rate_bps, 610000);
}

TEST(overuse_takes_it_below_throughput)
{
    set_up(1000000);
    run(LINK_OVERUSED, 800000, 50);
    CHECK_INT(rate.rate_bps, 675000);
    run(LINK_OVERUSED, 700000, 50); /* too soon to see what the first one did */
    CHECK_INT(rate.rate_bps, 675000);
    run(LINK_OVERUSED, 300000, 50); /* but less than half is an emergency */
    CHECK_INT(rate.rate_bps, 250000);
}

TEST(growth_is_additive_near_the_known_capacity)
{
    set_up(1000000);
    run(LINK_OVERUSED, 1000000, 50);
    uint64_t after_bps = rate.rate_bps;
    run(LINK_NORMAL, 0, 3000);
    /* frames of 28 kbit in packets of 9.4 kbit, one in 400 ms: 22 kbit/s each second */
    CHECK(rate.rate_bps > after_bps + 50000);
    CHECK(rate.rate_bps < after_bps + 90000);
    run(LINK_NORMAL, 1200000, 2000); /* far above: the capacity was another one */
    CHECK(rate.capacity.kbps == 0);
}

TEST(underuse_holds)
{
    set_up(1000000);
    run(LINK_UNDERUSED, 0, 5000);
    CHECK_INT(rate.rate_bps, 1000000);
}

TEST(low_throughput_of_an_idle_sender_proves_little)
{
    set_up(2000000);
    struct rate_input input = {.usage = LINK_OVERUSED, .acked_bps = 200000, .limited = true};
    rate_control_update(&rate, &input, now_us);
    CHECK_INT(rate.rate_bps, 1700000);
}

TEST(rate_keeps_its_bounds)
{
    set_up(50000);
    run(LINK_OVERUSED, 1000, 5000);
    CHECK_INT(rate.rate_bps, 30000);
    rate_control_set(&rate, 1, now_us);
    CHECK_INT(rate.rate_bps, 30000);
    rate_control_set(&rate, UINT64_MAX, now_us);
    CHECK_INT(rate.rate_bps, 10000000);
    run(LINK_NORMAL, 0, 5000);
    CHECK_INT(rate.rate_bps, 10000000);
}
