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
          .use_bar = 80, .loss_bar = 10,
          .link = {.rate_bps = 3000000, .queue_us = 40000, .delay_us = 30000})

/** A link that changes: when is four fifths of it used again, and how much of it after that time?
 */
struct change {
    const struct rate_step *schedule;
    size_t count;
    int64_t delay_us;
    int64_t jitter_us;
    uint64_t source_bps;
    int64_t fall_us; /**< to less, -1 = never */
    double fall_kbps;
    int64_t rise_us; /**< to more */
    double rise_kbps;
    double rise_bar; /**< seconds */
};

static double seconds(int64_t at_us, int64_t from_us)
{
    return at_us == INT64_MAX ? 99 : (double)(at_us - from_us) / 1e6;
}

static int run_change(struct quality_run *run, const struct change *change)
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
    struct link_config config = {.delay_us = change->delay_us,
                                 .jitter_us = change->jitter_us,
                                 .rate_bps = change->schedule[0].rate_bps,
                                 .queue_us = 300000,
                                 .schedule = change->schedule,
                                 .schedule_count = change->count};
    struct link_config reverse = {.delay_us = config.delay_us, .jitter_us = config.jitter_us};
    trace_set_kind(&run->trace, "rate/link", TRACE_AREA);
    for (size_t i = 0; i < change->count; i++) {
        trace_append(&run->trace, "rate/link", change->schedule[i].at_us,
                     (double)change->schedule[i].rate_bps / 1000);
    }
    trace_append(&run->trace, "rate/link", run->to_us,
                 (double)change->schedule[change->count - 1].rate_bps / 1000);
    err = network_add_link(flow_world_network(world), &config, &out);
    if (err == 0) {
        err = network_add_link(flow_world_network(world), &reverse, &back);
    }
    if (err == 0) {
        struct flow_config source = {.name = "1",
                                     .source_bps = change->source_bps,
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
    double rise = seconds(
        trace_first_above(&run->trace, "rate/media 1", 0.8 * change->rise_kbps, change->rise_us),
        change->rise_us);
    report_number(&run->report, "rise s", 1, rise);
    report_bar(&run->report, rise <= change->rise_bar, "soon back at four fifths", "%.1f s", rise);
    int64_t back_us = change->rise_us + (int64_t)(change->rise_bar * 1e6);
    double kept =
        100 * trace_mean(&run->trace, "rate/media 1", back_us, back_us + 5 * S) / change->rise_kbps;
    report_number(&run->report, "use after %", 1, kept);
    report_bar(&run->report, kept >= 65, "and keeps 65 %", "%.1f %%", kept);
    if (change->fall_us >= 0) {
        double fall = seconds(
            trace_first_below(&run->trace, "rate/target 1", change->fall_kbps, change->fall_us),
            change->fall_us);
        double use =
            100 *
            trace_mean(&run->trace, "rate/media 1", change->fall_us + 5 * S, change->rise_us) /
            change->fall_kbps;
        report_number(&run->report, "fall s", 2, fall);
        report_number(&run->report, "use %", 1, use);
        report_bar(&run->report, fall <= 1, "below the dropped link within 1.0 s", "%.2f s", fall);
        report_bar(&run->report, use >= 80, "then uses at least 80 %", "%.1f %%", use);
    }
    flow_world_free(&world);
    return 0;
}

QUALITY_CASE(flow_step_down, "estimator", "4 to 0.8 Mbit/s at 20 s, back at 50 s")
{
    static const struct rate_step schedule[] = {{0, 4000000}, {20 * S, 800000}, {50 * S, 4000000}};
    const struct change change = {.schedule = schedule,
                                  .count = 3,
                                  .delay_us = 30000,
                                  .source_bps = 4000000,
                                  .fall_us = 20 * S,
                                  .fall_kbps = 800,
                                  .rise_us = 50 * S,
                                  .rise_kbps = 4000,
                                  .rise_bar = 8};
    return run_change(run, &change);
}

QUALITY_CASE(flow_outage, "estimator", "5 Mbit/s, nothing for 3 s")
{
    static const struct rate_step schedule[] = {{0, 5000000}, {20 * S, 0}, {23 * S, 5000000}};
    const struct change change = {.schedule = schedule,
                                  .count = 3,
                                  .delay_us = 30000,
                                  .source_bps = 3000000,
                                  .fall_us = -1,
                                  .rise_us = 23 * S,
                                  .rise_kbps = 3000,
                                  .rise_bar = 1.5};
    return run_change(run, &change);
}

QUALITY_CASE(flow_long_outage, "estimator", "5 Mbit/s, nothing for 10 s")
{
    static const struct rate_step schedule[] = {{0, 5000000}, {20 * S, 0}, {30 * S, 5000000}};
    const struct change change = {.schedule = schedule,
                                  .count = 3,
                                  .delay_us = 30000,
                                  .source_bps = 3000000,
                                  .fall_us = -1,
                                  .rise_us = 30 * S,
                                  .rise_kbps = 3000,
                                  .rise_bar = 3};
    return run_change(run, &change);
}

QUALITY_CASE(flow_lte, "estimator", "2 to 4 Mbit/s, another each 2 s")
{
    static const uint64_t mbps_10[] = {30, 22, 41, 35, 19, 27, 38, 24, 33, 42, 20, 30};
    static struct rate_step schedule[SECONDS / 2];
    double mean = 0;
    for (size_t i = 0; i < SECONDS / 2; i++) {
        uint64_t rate_bps =
            mbps_10[(i + run->seed) % (sizeof(mbps_10) / sizeof(mbps_10[0]))] * 100000;
        schedule[i] = (struct rate_step){.at_us = (int64_t)i * 2 * S, .rate_bps = rate_bps};
        mean += (double)rate_bps / 1000 / (SECONDS / 2.0);
    }
    const struct path path = {.link = {.rate_bps = schedule[0].rate_bps,
                                       .schedule = schedule,
                                       .schedule_count = SECONDS / 2,
                                       .queue_us = 300000,
                                       .delay_us = 40000,
                                       .jitter_us = 15000,
                                       .loss = 0.002},
                              .kbps = mean,
                              .source_bps = 5000000,
                              .use_bar = 70,
                              .queue_bar = 200};
    return run_path(run, &path);
}
