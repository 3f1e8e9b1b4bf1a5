/** The estimator alone on the links that its numbers are stated for; `make quality` has the rest.
 */
#include "quality/flow.h"
#include "unit/runner.h"

#define S INT64_C(1000000)

static struct trace trace;

/** One flow of at most 2.5 Mbit/s over a link, 50 ms each way; 0 or an error. */
static int run_one(uint64_t seed, const struct link_config *link, uint64_t source_bps,
                   int64_t until_us)
{
    struct flow_world *world = NULL;
    struct flow_config flow = {.name = "1", .source_bps = source_bps, .stop_us = INT64_MAX};
    const struct link_config back = {.delay_us = link->delay_us};
    size_t index = 0;
    trace_init(&trace);
    int err = flow_world_new(&world, seed, &trace);
    if (err == 0) {
        err = network_add_link(flow_world_network(world), link, &flow.link_out);
    }
    if (err == 0) {
        err = network_add_link(flow_world_network(world), &back, &flow.link_back);
    }
    if (err == 0) {
        flow_world_watch(world, flow.link_out, "link");
        err = flow_world_add(world, &flow, &index);
    }
    if (err == 0) {
        flow_world_run(world, until_us);
    }
    flow_world_free(&world);
    return err;
}

static double use(double kbps, int64_t from_us, int64_t to_us)
{
    return trace_mean(&trace, "rate/media 1", from_us, to_us) / kbps;
}

TEST_NO_OOM(variable_capacity_is_followed)
{
    static const struct rate_step schedule[] = {
        {0, 1000000}, {40 * S, 2500000}, {60 * S, 600000}, {80 * S, 1000000}};
    const struct link_config link = {.rate_bps = 1000000,
                                     .schedule = schedule,
                                     .schedule_count = 4,
                                     .queue_us = 300000,
                                     .delay_us = 50000};
    for (uint64_t seed = 1; seed <= 2; seed++) {
        REQUIRE_OK(run_one(seed, &link, 2500000, 100 * S));
        CHECK(use(1000, 10 * S, 40 * S) > 0.85);
        CHECK(use(2500, 50 * S, 60 * S) > 0.80);
        CHECK(use(600, 70 * S, 80 * S) > 0.80);
        CHECK(use(1000, 90 * S, 100 * S) > 0.80);
        CHECK(trace_first_above(&trace, "rate/media 1", 2000, 40 * S) < 48 * S);
        CHECK(trace_first_below(&trace, "rate/target 1", 600, 60 * S) < 61 * S);
        CHECK(trace_percentile(&trace, "queue/link", 0.95, 0, 60 * S) < 120);
        CHECK(trace_percentile(&trace, "queue/link", 0.95, 63 * S, 100 * S) < 120);
        trace_deinit(&trace);
    }
out:
    trace_deinit(&trace);
}

TEST_NO_OOM(random_loss_leaves_three_quarters_of_the_link)
{
    const struct link_config link = {.rate_bps = 5000000,
                                     .queue_us = 300000,
                                     .delay_us = 30000,
                                     .jitter_us = 5000,
                                     .loss = 0.10};
    for (uint64_t seed = 1; seed <= 2; seed++) {
        REQUIRE_OK(run_one(seed, &link, 5000000, 60 * S));
        CHECK(use(5000, 10 * S, 60 * S) > 0.75);
        trace_deinit(&trace);
    }
out:
    trace_deinit(&trace);
}

TEST_NO_OOM(policer_is_not_taken_for_chance)
{
    const struct link_config link = {.rate_bps = 1000000, .queue_bytes = 6000, .delay_us = 30000};
    REQUIRE_OK(run_one(1, &link, 2500000, 60 * S));
    CHECK(use(1000, 10 * S, 60 * S) > 0.75);
    CHECK(trace_mean(&trace, "rate/target 1", 10 * S, 60 * S) < 1200);
out:
    trace_deinit(&trace);
}
