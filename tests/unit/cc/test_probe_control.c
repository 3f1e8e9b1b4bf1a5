#include "relay/cc/probe_control.h"
#include "unit/runner.h"

static struct probe_control probe;
static struct probe_context context;
static int64_t now_us;
static uint64_t link_bps;
static int64_t free_us;

static void set_up(uint64_t next_bps, uint64_t ideal_bps)
{
    now_us = 1000000;
    link_bps = 100000000;
    free_us = 0;
    context = (struct probe_context){
        .target_bps = 1000000,
        .demand = {.used_bps = 500000, .next_bps = next_bps, .ideal_bps = ideal_bps},
        .demand_known = true,
        .calm = true};
    probe_control_init(&probe, 1000000, 10000000, now_us);
}

/** Sends what is due and lets the link answer at once; returns the highest rate probed. */
static uint64_t run(int64_t ms)
{
    uint64_t highest_bps = 0;
    for (int64_t end_us = now_us + ms * 1000; now_us < end_us; now_us += 1000) {
        probe_control_update(&probe, &context, now_us);
        struct estimator_burst burst;
        while (probe_control_burst(&probe, now_us, &burst)) {
            while (burst.bytes > 0) {
                uint32_t bytes = burst.bytes < 250 ? burst.bytes : 250;
                burst.bytes -= bytes;
                uint32_t id = probe_control_sent(&probe, bytes, now_us);
                free_us = (free_us > now_us ? free_us : now_us) +
                          (int64_t)(bytes * UINT64_C(8000000) / link_bps);
                probe_control_acked(&probe, id, now_us, free_us, bytes);
            }
        }
        struct probe_result result;
        uint64_t rate_bps = 0;
        while (probe_control_result(&probe, 0, INT64_MIN, now_us, &result, &rate_bps)) {
            highest_bps = rate_bps > highest_bps ? rate_bps : highest_bps;
            if (result.bps > context.target_bps) {
                context.target_bps = result.bps;
            }
        }
    }
    return highest_bps;
}

TEST(start_is_probed_at_three_and_six_times)
{
    set_up(2000000, 5000000);
    CHECK_INT(run(2000), 0); /* no video yet */
    probe_control_begin(&probe, &context, now_us);
    CHECK_INT(run(100), 6000000);
    CHECK(context.target_bps > 5000000);
}

TEST(start_is_not_probed_beyond_twice_the_wishes)
{
    set_up(1200000, 1300000);
    probe_control_begin(&probe, &context, now_us);
    CHECK_INT(run(100), 2600000);
    set_up(0, 400000);
    probe_control_begin(&probe, &context, now_us);
    CHECK_INT(run(3000), 0);
}

TEST(demand_is_probed_after_a_second_and_at_once_while_it_succeeds)
{
    set_up(1500000, 8000000);
    probe.begun = true;
    CHECK_INT(run(900), 0);
    CHECK_INT(run(200), 1800000);
    context.demand.next_bps = 2500000;
    CHECK_INT(run(100), 3000000);
    context.demand.next_bps = 0;
    CHECK_INT(run(10000), 0);
}

TEST(demand_is_probed_for_200_kbit_more_at_least_and_twice_at_most)
{
    set_up(1010000, 8000000);
    probe.begun = true;
    CHECK_INT(run(1100), 1212000);
    set_up(1000100, 8000000);
    context.target_bps = 400000;
    probe.begun = true;
    CHECK_INT(run(1030), 800000);
    CHECK_INT(run(100), 1200120);
}

TEST(failures_are_followed_by_longer_waits)
{
    set_up(2000000, 8000000);
    probe.begun = true;
    link_bps = 900000;
    int probes = 0;
    for (int i = 0; i < 300; i++) {
        probes += run(100) > 0;
    }
    CHECK(probes >= 6 && probes <= 10); /* 1, 1.5, 2.3, 3.4, then each 5 s */
    link_bps = 100000000;
    CHECK(run(6000) > 0);
    CHECK(context.target_bps > 1900000);
}

TEST(no_probe_while_the_link_is_not_calm)
{
    set_up(2000000, 8000000);
    probe.begun = true;
    context.calm = false;
    CHECK_INT(run(14000), 0);
    CHECK(run(2000) > 0); /* but stagnation is not for ever */
    context.bad = true;
    context.demand.next_bps = 6000000;
    CHECK_INT(run(40000), 0);
}

TEST(burst_that_nobody_takes_is_offered_again_later)
{
    set_up(2000000, 8000000);
    probe.begun = true;
    now_us += 1000000;
    probe_control_update(&probe, &context, now_us - 1000000);
    probe_control_update(&probe, &context, now_us);
    CHECK_INT(probe_control_next(&probe), now_us);
    probe_control_timeout(&probe, now_us);
    CHECK(probe_control_next(&probe) > now_us);
    struct estimator_burst burst;
    CHECK(probe_control_burst(&probe, now_us, &burst));
    CHECK(burst.probe != 0 && burst.bytes > 0);
    CHECK(probe_control_next(&probe) > now_us + 1); /* taken, but nothing of it was sent */
    CHECK_INT(probe_control_sent(&probe, burst.bytes, now_us), burst.probe);
    CHECK_INT(probe.retry_us, INT64_MIN);
}

TEST(second_cluster_waits_for_the_first)
{
    set_up(2000000, 5000000);
    probe_control_begin(&probe, &context, now_us);
    struct estimator_burst burst;
    CHECK(probe_control_burst(&probe, now_us, &burst));
    (void)probe_control_sent(&probe, burst.bytes, now_us);
    CHECK(!probe_control_burst(&probe, now_us, &burst));
    CHECK(probe_control_next(&probe) > now_us);
}

TEST(late_owner_is_asked_for_no_more_than_the_cluster)
{
    set_up(2000000, 5000000);
    probe_control_begin(&probe, &context, now_us);
    struct estimator_burst burst;
    CHECK(probe_control_burst(&probe, now_us, &burst));
    (void)probe_control_sent(&probe, burst.bytes, now_us);
    uint32_t first = burst.bytes;
    CHECK(probe_control_burst(&probe, now_us + 900000, &burst));
    CHECK(first + burst.bytes <= 3000000 / 8 * 15 / 1000);
}

TEST(easy_success_is_followed_to_the_end_of_the_wishes)
{
    set_up(1200000, 6000000);
    context.idle = true;
    probe.begun = true;
    CHECK(run(1500) > 6000000);
    CHECK(context.target_bps > 6000000);
    CHECK_INT(run(10000), 0);
}

TEST(far_probe_that_fails_raises_nothing_and_is_tried_once_nearer)
{
    set_up(1200000, 6000000);
    context.idle = true;
    probe.begun = true;
    link_bps = 2300000;
    CHECK_INT(run(1050), 1440000);
    CHECK(run(100) > 2800000); /* twice, which the link does not take */
    CHECK_INT(context.target_bps, 1440000);
    uint64_t nearer_bps = 0;
    for (int i = 0; i < 200 && nearer_bps == 0; i++) {
        nearer_bps = run(10);
    }
    CHECK(nearer_bps > 1900000 && nearer_bps < 2100000);
    CHECK(context.target_bps > 1900000);
}
