/**
 * The estimator alone on the paths of QUALITY.md 2.4 and on a policer: one source that follows the
 * target.
 */
#include <stdio.h>

#include "quality/case.h"
#include "quality/flow.h"

#define S INT64_C(1000000)

struct path {
    struct link_config link;
    double kbps;         /**< what it carries */
    uint64_t source_bps; /**< 0 = as much as it carries */
    double use_bar;      /**< %, 0 = none */
    double loss_bar;     /**< % beyond what the link loses anyhow, 0 = none */
    double queue_bar;    /**< ms, 0 = none */
};

enum { SECONDS = 60, SETTLED = 10 };

static int run_path(struct quality_run *run, const struct path *path)
{
    struct flow_world *world = NULL;
    size_t out = 0;
    size_t back = 0;
    size_t flow = 0;
    run->to_us = SECONDS * S;
    int err = flow_world_new(&world, run->seed, &run->trace);
    if (err != 0) {
        return err;
    }
    struct link_config config = path->link;
    struct link_config reverse = {.delay_us = config.delay_us, .jitter_us = config.jitter_us};
    trace_set_kind(&run->trace, "rate/link", TRACE_AREA);
    trace_append(&run->trace, "rate/link", 0, path->kbps);
    trace_append(&run->trace, "rate/link", run->to_us, path->kbps);
    err = network_add_link(flow_world_network(world), &config, &out);
    if (err == 0) {
        err = network_add_link(flow_world_network(world), &reverse, &back);
    }
    if (err == 0) {
        struct flow_config source = {
            .name = "1",
            .source_bps = path->source_bps > 0 ? path->source_bps : (uint64_t)(path->kbps * 1000),
            .link_out = out,
            .link_back = back,
            .stop_us = INT64_MAX};
        err = flow_world_add(world, &source, &flow);
    }
    if (err != 0) {
        flow_world_free(&world);
        return err;
    }
    flow_world_watch(world, out, "link");
    flow_world_run(world, run->to_us);
    double kbps = path->source_bps > 0 && (double)path->source_bps / 1000 < path->kbps
                      ? (double)path->source_bps / 1000
                      : path->kbps;
    double use = 100 * trace_mean(&run->trace, "rate/media 1", SETTLED * S, run->to_us) / kbps;
    double p95 = trace_percentile(&run->trace, "queue/link", 0.95, SETTLED * S, run->to_us);
    const struct flow_counts *counts = flow_world_counts(world, flow);
    double loss = 100 * (1 - (double)counts->arrived_packets / (double)counts->packets);
    report_number(&run->report, "use %", 1, use);
    report_number(
        &run->report, "least target %", 0,
        100 * trace_percentile(&run->trace, "rate/target 1", 0.01, SETTLED * S, run->to_us) / kbps);
    report_number(&run->report, "queue p95 ms", 0, p95);
    report_number(&run->report, "loss %", 2, loss);
    report_number(&run->report, "padding %", 1,
                  100 * (double)counts->padding_bytes / (double)counts->media_bytes);
    if (path->use_bar > 0) {
        char what[REPORT_TEXT_BYTES];
        (void)snprintf(what, sizeof(what), "uses at least %.0f %%", path->use_bar);
        report_bar(&run->report, use >= path->use_bar, what, "%.1f %%", use);
    }
    if (path->loss_bar > 0) {
        char what[REPORT_TEXT_BYTES];
        (void)snprintf(what, sizeof(what), "adds at most %.0f %% of loss", path->loss_bar);
        double added = loss - 100 * path->link.loss;
        report_bar(&run->report, added <= path->loss_bar, what, "%.1f %%", added);
    }
    if (path->queue_bar > 0) {
        char what[REPORT_TEXT_BYTES];
        (void)snprintf(what, sizeof(what), "queue p95 below %.0f ms", path->queue_bar);
        report_bar(&run->report, p95 < path->queue_bar, what, "%.0f ms", p95);
    }
    flow_world_free(&world);
    return 0;
}

#define PATH_CASE(name, about, ...)                                                                \
    QUALITY_CASE(name, "estimator", about)                                                         \
    {                                                                                              \
        const struct path path = {__VA_ARGS__};                                                    \
        return run_path(run, &path);                                                               \
    }

PATH_CASE(flow_clean, "5 Mbit/s, 30 ms", .kbps = 5000, .use_bar = 90, .queue_bar = 120,
          .link = {.rate_bps = 5000000, .queue_us = 300000, .delay_us = 30000})
PATH_CASE(flow_idle, "10 Mbit/s, source of 2 Mbit/s", .kbps = 10000, .source_bps = 2000000,
          .use_bar = 95, .queue_bar = 20,
          .link = {.rate_bps = 10000000, .queue_us = 300000, .delay_us = 30000})
PATH_CASE(flow_wifi, "5 Mbit/s, spiky delay, 0.5 % loss", .kbps = 5000, .use_bar = 75,
          .queue_bar = 120,
          .link = {.rate_bps = 5000000,
                   .queue_us = 300000,
                   .delay_us = 15000,
                   .jitter_us = 20000,
                   .stall = 0.02,
                   .stall_min_us = 60000,
                   .stall_max_us = 120000,
                   .loss = 0.005})
PATH_CASE(flow_jitter_30, "2 Mbit/s, 30 ms jitter", .kbps = 2000, .use_bar = 75, .queue_bar = 120,
          .link = {.rate_bps = 2000000, .queue_us = 300000, .delay_us = 50000, .jitter_us = 30000})
PATH_CASE(flow_lossy_3, "5 Mbit/s, 3 % random loss", .kbps = 5000, .use_bar = 80, .queue_bar = 120,
          .link = {.rate_bps = 5000000,
                   .queue_us = 300000,
                   .delay_us = 30000,
                   .jitter_us = 5000,
                   .loss = 0.03})
PATH_CASE(flow_lossy_10, "5 Mbit/s, 10 % random loss", .kbps = 5000, .use_bar = 75,
          .queue_bar = 120,
          .link = {.rate_bps = 5000000,
                   .queue_us = 300000,
                   .delay_us = 30000,
                   .jitter_us = 5000,
                   .loss = 0.10})
PATH_CASE(flow_lossy_20, "5 Mbit/s, 20 % random loss", .kbps = 5000, .use_bar = 50,
          .queue_bar = 120,
          .link = {.rate_bps = 5000000,
                   .queue_us = 300000,
                   .delay_us = 30000,
                   .jitter_us = 5000,
                   .loss = 0.20})
PATH_CASE(flow_burst, "5 Mbit/s, 5 % loss in bursts of 3", .kbps = 5000, .use_bar = 75,
          .queue_bar = 120,
          .link = {.rate_bps = 5000000,
                   .queue_us = 300000,
                   .delay_us = 30000,
                   .jitter_us = 5000,
                   .burst_enter = 0.0175,
                   .burst_leave = 0.333})
PATH_CASE(flow_long_rtt, "5 Mbit/s, 150 ms, 2 % loss", .kbps = 5000, .use_bar = 75,
          .queue_bar = 120,
          .link = {.rate_bps = 5000000,
                   .queue_us = 300000,
                   .delay_us = 150000,
                   .jitter_us = 10000,
                   .loss = 0.02})
PATH_CASE(flow_starve, "150 kbit/s", .kbps = 150, .source_bps = 2500000, .use_bar = 70,
          .queue_bar = 150,
          .link = {.rate_bps = 150000, .queue_us = 300000, .delay_us = 50000, .jitter_us = 10000})
PATH_CASE(flow_reorder, "10 Mbit/s, 5 % held back 15 ms", .kbps = 10000, .source_bps = 5000000,
          .use_bar = 90,
          .link = {.rate_bps = 10000000,
                   .queue_us = 300000,
                   .delay_us = 20000,
                   .reorder = 0.05,
                   .reorder_us = 15000})
PATH_CASE(flow_policer, "1 Mbit/s, hardly a queue", .kbps = 1000, .source_bps = 2500000,
          .use_bar = 70, .loss_bar = 12,
          .link = {.rate_bps = 1000000, .queue_bytes = 6000, .delay_us = 30000})
PATH_CASE(flow_short_queue, "3 Mbit/s, queue of 40 ms", .kbps = 3000, .source_bps = 5000000,
          .use_bar = 80, .loss_bar = 8,
          .link = {.rate_bps = 3000000, .queue_us = 40000, .delay_us = 30000})
