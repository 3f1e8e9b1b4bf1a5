/**
 * RFC 8867: the estimator alone on wired links, with the parameters of QUALITY.md 2.4: one-way
 * 50 ms, drop-tail queue of 300 ms, sources of 30 frames a second that follow the target.
 */
#include <stdio.h>

#include "quality/case.h"
#include "quality/flow.h"

enum { DELAY_US = 50000, QUEUE_US = 300000, SETTLED_US = 10000000, AFTER_DROP_US = 3000000 };

#define S INT64_C(1000000)

/** A phase of constant capacity. */
struct phase {
    int64_t from_us;
    int64_t to_us;
    double kbps;
};

/** One link's schedule as area of the plot, and a link for it. */
static int add_bottleneck(struct flow_world *world, struct trace *trace, const char *name,
                          const struct rate_step *schedule, size_t count, int64_t end_us,
                          struct link_config *config, size_t *link)
{
    config->schedule = schedule;
    config->schedule_count = count;
    config->rate_bps = schedule[0].rate_bps;
    config->queue_us = QUEUE_US;
    char series[TRACE_NAME_BYTES];
    (void)snprintf(series, sizeof(series), "rate/%s", name);
    trace_set_kind(trace, series, TRACE_AREA);
    for (size_t i = 0; i < count; i++) {
        trace_append(trace, series, schedule[i].at_us, (double)schedule[i].rate_bps / 1000);
    }
    trace_append(trace, series, end_us, (double)schedule[count - 1].rate_bps / 1000);
    int err = network_add_link(flow_world_network(world), config, link);
    flow_world_watch(world, *link, name);
    return err;
}

/** A link without a bottleneck of its own. */
static int add_link(struct flow_world *world, int64_t delay_us, size_t through, size_t *link)
{
    struct link_config config = {.delay_us = delay_us, .through = through};
    return network_add_link(flow_world_network(world), &config, link);
}

/** Share of the capacity that is media, settled phase by phase. */
static double use_of(const struct trace *trace, const char *media, const struct phase *phase)
{
    return 100 * trace_mean(trace, media, phase->from_us + SETTLED_US, phase->to_us) / phase->kbps;
}

static double loss_of(const struct flow_world *world, size_t flow)
{
    const struct flow_counts *counts = flow_world_counts(world, flow);
    return 100 * (1 - (double)counts->arrived_packets / (double)counts->packets);
}

static double seconds(int64_t at_us, int64_t from_us)
{
    return at_us == INT64_MAX ? 99 : (double)(at_us - from_us) / 1e6;
}

/** What 95 % of the samples stay below outside the seconds after a drop. */
static double queue_p95(const struct trace *trace, const char *name, const int64_t *drops_us,
                        size_t drops, int64_t end_us)
{
    /* a copy without the excused samples */
    struct trace rest;
    trace_init(&rest);
    const struct trace_series *queue = trace_find(trace, name);
    for (size_t i = 0; queue != NULL && i < queue->count; i++) {
        bool excused = false;
        for (size_t d = 0; d < drops; d++) {
            int64_t since_us = queue->points[i].at_us - drops_us[d];
            excused |= since_us >= 0 && since_us < AFTER_DROP_US;
        }
        if (!excused) {
            trace_append(&rest, "q", queue->points[i].at_us, queue->points[i].value);
        }
    }
    double value = trace_percentile(&rest, "q", 0.95, 0, end_us);
    trace_deinit(&rest);
    return value;
}

static const struct rate_step variable_5_1[] = {
    {0, 1000000}, {40 * S, 2500000}, {60 * S, 600000}, {80 * S, 1000000}};

/** 5.1 with what the link does besides; use_bars are least shares for the four phases, 0 = none. */
static int run_5_1(struct quality_run *run, struct link_config config, const double use_bars[4],
                   bool strict)
{
    static const struct phase phases[] = {
        {0, 40 * S, 1000}, {40 * S, 60 * S, 2500}, {60 * S, 80 * S, 600}, {80 * S, 100 * S, 1000}};
    struct flow_world *world = NULL;
    size_t out = 0;
    size_t back = 0;
    size_t flow = 0;
    run->to_us = 100 * S;
    int err = flow_world_new(&world, run->seed, &run->trace);
    if (err == 0) {
        config.delay_us = DELAY_US;
        err =
            add_bottleneck(world, &run->trace, "link", variable_5_1, 4, run->to_us, &config, &out);
    }
    if (err == 0) {
        err = add_link(world, DELAY_US, 0, &back);
    }
    if (err == 0) {
        struct flow_config source = {.name = "1",
                                     .source_bps = 2500000,
                                     .link_out = out,
                                     .link_back = back,
                                     .stop_us = INT64_MAX};
        err = flow_world_add(world, &source, &flow);
    }
    if (err != 0) {
        flow_world_free(&world);
        return err;
    }
    flow_world_run(world, run->to_us);
    for (size_t i = 0; i < 4; i++) {
        char name[REPORT_NAME_BYTES];
        double use = use_of(&run->trace, "rate/media 1", &phases[i]);
        (void)snprintf(name, sizeof(name), "use %.1f M %%", phases[i].kbps / 1000);
        if (i == 3) {
            (void)snprintf(name, sizeof(name), "use 1.0 M again %%");
        }
        report_number(&run->report, name, 1, use);
        if (use_bars[i] > 0) {
            char what[REPORT_TEXT_BYTES];
            (void)snprintf(what, sizeof(what), "phase %zu: uses at least %.0f %%", i + 1,
                           use_bars[i]);
            report_bar(&run->report, use >= use_bars[i], what, "%.1f %%", use);
        }
    }
    double start = seconds(trace_first_above(&run->trace, "rate/target 1", 800, 0), 0);
    double rise = seconds(
        trace_first_above(&run->trace, "rate/media 1", 2000 * (1 - config.loss), 40 * S), 40 * S);
    double fall = seconds(trace_first_below(&run->trace, "rate/target 1", 600, 60 * S), 60 * S);
    const int64_t drops_us[] = {60 * S};
    double p95 = queue_p95(&run->trace, "queue/link", drops_us, 1, run->to_us);
    report_number(&run->report, "start s", 1, start);
    report_number(&run->report, "rise s", 1, rise);
    report_number(&run->report, "fall s", 2, fall);
    report_number(&run->report, "queue p50 ms", 0,
                  trace_percentile(&run->trace, "queue/link", 0.5, 0, run->to_us));
    report_number(&run->report, "queue p95 ms", 0, p95);
    report_number(&run->report, "loss %", 2, loss_of(world, flow));
    const struct flow_counts *counts = flow_world_counts(world, flow);
    report_number(&run->report, "padding %", 1,
                  100 * (double)counts->padding_bytes / (double)counts->media_bytes);
    if (strict) {
        report_bar(&run->report, rise <= 8, "80 % of the risen link within 8 s", "%.1f s", rise);
        report_bar(&run->report, fall <= 1.0, "below the dropped link within 1.0 s", "%.2f s",
                   fall);
        report_bar(&run->report, p95 < 120, "queue p95 below 120 ms", "%.0f ms", p95);
    }
    flow_world_free(&world);
    return 0;
}

QUALITY_CASE(rmcat_5_1, "rfc8867", "5.1 variable capacity, one flow")
{
    return run_5_1(run, (struct link_config){0}, (const double[4]){85, 80, 80, 80}, true);
}

QUALITY_CASE(rmcat_5_1_jitter, "rfc8867", "5.1 with 8 ms jitter")
{
    return run_5_1(run, (struct link_config){.jitter_us = 8000}, (const double[4]){80, 75, 75, 75},
                   true);
}

QUALITY_CASE(rmcat_5_1_lossy, "rfc8867", "5.1 with 12 % random loss")
{
    return run_5_1(run, (struct link_config){.loss = 0.12}, (const double[4]){75, 75, 75, 75},
                   false);
}

enum { MAX_FLOWS = 5 };

/** Several flows over one bottleneck; links and flows are made from what differs. */
struct shared {
    const struct rate_step *schedule;
    size_t schedule_count;
    size_t flow_count;
    uint64_t source_bps;
    int64_t end_us;
    struct flow_config flows[MAX_FLOWS]; /* times only */
    int64_t delay_us[MAX_FLOWS];         /* one way */
};

static int shared_add(struct flow_world *world, struct trace *trace, const struct shared *shared)
{
    static const char *const names[MAX_FLOWS] = {"1", "2", "3", "4", "5"};
    struct link_config config = {.delay_us = 0};
    size_t bottleneck = 0;
    int err = add_bottleneck(world, trace, "link", shared->schedule, shared->schedule_count,
                             shared->end_us, &config, &bottleneck);
    for (size_t i = 0; err == 0 && i < shared->flow_count; i++) {
        struct flow_config flow = shared->flows[i];
        size_t index = 0;
        flow.name = names[i];
        flow.source_bps = shared->source_bps;
        err = add_link(world, shared->delay_us[i], bottleneck + 1, &flow.link_out);
        if (err == 0) {
            err = add_link(world, shared->delay_us[i], 0, &flow.link_back);
        }
        if (err == 0) {
            err = flow_world_add(world, &flow, &index);
        }
    }
    return err;
}

static double mean_kbps(const struct trace *trace, size_t flow, int64_t from_us, int64_t to_us)
{
    char name[TRACE_NAME_BYTES];
    (void)snprintf(name, sizeof(name), "rate/media %zu", flow + 1);
    return trace_mean(trace, name, from_us, to_us);
}

/** Jain's index of some flows' shares, 1 = equal; *total_kbps is their sum. */
static double fairness(const struct trace *trace, size_t flows, int64_t from_us, int64_t to_us,
                       double *total_kbps)
{
    double sum = 0;
    double squares = 0;
    for (size_t i = 0; i < flows; i++) {
        double kbps = mean_kbps(trace, i, from_us, to_us);
        sum += kbps;
        squares += kbps * kbps;
    }
    *total_kbps = sum;
    return squares > 0 ? sum * sum / ((double)flows * squares) : 0;
}

static void report_queue(struct quality_run *run, const struct flow_world *world,
                         const struct shared *shared)
{
    int64_t drops_us[8];
    size_t drops = 0;
    for (size_t i = 1; i < shared->schedule_count; i++) {
        if (shared->schedule[i].rate_bps < shared->schedule[i - 1].rate_bps) {
            drops_us[drops++] = shared->schedule[i].at_us;
        }
    }
    double loss = 0;
    for (size_t i = 0; i < shared->flow_count; i++) {
        loss += loss_of(world, i) / (double)shared->flow_count;
    }
    double p95 = queue_p95(&run->trace, "queue/link", drops_us, drops, shared->end_us);
    report_number(&run->report, "queue p50 ms", 0,
                  trace_percentile(&run->trace, "queue/link", 0.5, 0, shared->end_us));
    report_number(&run->report, "queue p95 ms", 0, p95);
    report_number(&run->report, "loss %", 2, loss);
    report_bar(&run->report, p95 < 120, "queue p95 below 120 ms", "%.0f ms", p95);
}

/** Runs the flows; the caller reports and frees the world. */
static int run_shared(struct quality_run *run, const struct shared *shared,
                      struct flow_world **world)
{
    run->to_us = shared->end_us;
    int err = flow_world_new(world, run->seed, &run->trace);
    if (err == 0) {
        err = shared_add(*world, &run->trace, shared);
    }
    if (err != 0) {
        flow_world_free(world);
        return err;
    }
    flow_world_run(*world, shared->end_us);
    return 0;
}

QUALITY_CASE(rmcat_5_2, "rfc8867", "5.2 variable capacity, two flows")
{
    static const struct rate_step schedule[] = {
        {0, 4000000}, {25 * S, 2000000}, {50 * S, 3500000}, {75 * S, 1000000}, {100 * S, 2000000}};
    const struct shared shared = {.schedule = schedule,
                                  .schedule_count = 5,
                                  .flow_count = 2,
                                  .source_bps = 2500000,
                                  .end_us = 125 * S,
                                  .flows = {{.stop_us = INT64_MAX}, {.stop_us = INT64_MAX}},
                                  .delay_us = {DELAY_US, DELAY_US}};
    struct flow_world *world = NULL;
    int err = run_shared(run, &shared, &world);
    if (err != 0) {
        return err;
    }
    double use = 0;
    double fair = 1;
    for (size_t i = 0; i < 5; i++) {
        int64_t from_us = schedule[i].at_us + SETTLED_US;
        int64_t to_us = schedule[i].at_us + 25 * S;
        double total = 0;
        double now_fair = fairness(&run->trace, 2, from_us, to_us, &total);
        fair = now_fair < fair ? now_fair : fair;
        use += 100 * total / ((double)schedule[i].rate_bps / 1000) / 5;
    }
    report_number(&run->report, "use %", 1, use);
    report_number(&run->report, "fairness", 2, fair);
    report_queue(run, world, &shared);
    report_bar(&run->report, use >= 80, "uses at least 80 %", "%.1f %%", use);
    report_bar(&run->report, fair >= 0.75, "fairness at least 0.75 in each phase", "%.2f", fair);
    flow_world_free(&world);
    return 0;
}

QUALITY_CASE(rmcat_5_3, "rfc8867", "5.3 congested feedback, both ways")
{
    static const struct rate_step forth[] = {
        {0, 2000000}, {20 * S, 1000000}, {40 * S, 500000}, {60 * S, 2000000}};
    static const struct rate_step back[] = {{0, 2000000}, {35 * S, 800000}, {70 * S, 2000000}};
    static const struct phase phases[2][4] = {
        {{0, 20 * S, 2000}, {20 * S, 40 * S, 1000}, {40 * S, 60 * S, 500}, {60 * S, 100 * S, 2000}},
        {{0, 35 * S, 2000}, {35 * S, 70 * S, 800}, {70 * S, 100 * S, 2000}}};
    static const size_t phase_count[2] = {4, 3};
    struct flow_world *world = NULL;
    run->to_us = 100 * S;
    int err = flow_world_new(&world, run->seed, &run->trace);
    size_t neck[2] = {0, 0};
    for (size_t i = 0; err == 0 && i < 2; i++) {
        struct link_config config = {.delay_us = DELAY_US};
        err = i == 0 ? add_bottleneck(world, &run->trace, "forth", forth, 4, run->to_us, &config,
                                      &neck[0])
                     : add_bottleneck(world, &run->trace, "back", back, 3, run->to_us, &config,
                                      &neck[1]);
    }
    for (size_t i = 0; err == 0 && i < 2; i++) {
        struct flow_config flow = {.name = i == 0 ? "1" : "2",
                                   .source_bps = 2500000,
                                   .link_out = neck[i],
                                   .stop_us = INT64_MAX};
        size_t index = 0;
        err = add_link(world, DELAY_US, neck[1 - i] + 1, &flow.link_back);
        if (err == 0) {
            err = flow_world_add(world, &flow, &index);
        }
    }
    if (err != 0) {
        flow_world_free(&world);
        return err;
    }
    flow_world_run(world, run->to_us);
    double use[2] = {0, 0};
    for (size_t i = 0; i < 2; i++) {
        for (size_t p = 0; p < phase_count[i]; p++) {
            const struct phase *phase = &phases[i][p];
            use[i] += 100 * mean_kbps(&run->trace, i, phase->from_us + SETTLED_US, phase->to_us) /
                      phase->kbps / (double)phase_count[i];
        }
    }
    const int64_t forth_drops_us[] = {20 * S, 40 * S};
    const int64_t back_drops_us[] = {35 * S};
    double forth_p95 = queue_p95(&run->trace, "queue/forth", forth_drops_us, 2, run->to_us);
    double back_p95 = queue_p95(&run->trace, "queue/back", back_drops_us, 1, run->to_us);
    report_number(&run->report, "use %", 1, (use[0] + use[1]) / 2);
    report_number(&run->report, "queue p95 ms", 0, forth_p95 > back_p95 ? forth_p95 : back_p95);
    report_number(&run->report, "loss %", 2, (loss_of(world, 0) + loss_of(world, 1)) / 2);
    report_bar(&run->report, use[0] >= 80 && use[1] >= 80, "both ways use at least 80 %",
               "%.1f %%, %.1f %%", use[0], use[1]);
    report_bar(&run->report, forth_p95 < 120 && back_p95 < 120, "queue p95 below 120 ms",
               "%.0f ms, %.0f ms", forth_p95, back_p95);
    flow_world_free(&world);
    return 0;
}

QUALITY_CASE(rmcat_5_4, "rfc8867", "5.4 three flows, one after the other")
{
    static const struct rate_step schedule[] = {{0, 3500000}};
    const struct shared shared = {.schedule = schedule,
                                  .schedule_count = 1,
                                  .flow_count = 3,
                                  .source_bps = 3500000,
                                  .end_us = 119 * S,
                                  .flows = {{.start_us = 0, .stop_us = INT64_MAX},
                                            {.start_us = 20 * S, .stop_us = INT64_MAX},
                                            {.start_us = 40 * S, .stop_us = INT64_MAX}},
                                  .delay_us = {DELAY_US, DELAY_US, DELAY_US}};
    struct flow_world *world = NULL;
    int err = run_shared(run, &shared, &world);
    if (err != 0) {
        return err;
    }
    double total = 0;
    double soon = fairness(&run->trace, 3, 50 * S, 70 * S, &total);
    double fair = fairness(&run->trace, 3, 70 * S, 119 * S, &total);
    double use = 100 * total / 3500;
    report_number(&run->report, "use %", 1, use);
    report_number(&run->report, "fairness", 2, fair);
    report_number(&run->report, "fairness soon", 2, soon);
    report_queue(run, world, &shared);
    report_bar(&run->report, use >= 80, "uses at least 80 %", "%.1f %%", use);
    report_bar(&run->report, fair >= 0.75, "fairness at least 0.75 after 30 s", "%.2f", fair);
    flow_world_free(&world);
    return 0;
}

QUALITY_CASE(rmcat_5_5, "rfc8867", "5.5 five flows, round trips from 20 to 300 ms")
{
    static const struct rate_step schedule[] = {{0, 4000000}};
    const struct shared shared = {.schedule = schedule,
                                  .schedule_count = 1,
                                  .flow_count = 5,
                                  .source_bps = 4000000,
                                  .end_us = 300 * S,
                                  .flows = {{.start_us = 0, .stop_us = INT64_MAX},
                                            {.start_us = 10 * S, .stop_us = INT64_MAX},
                                            {.start_us = 20 * S, .stop_us = INT64_MAX},
                                            {.start_us = 30 * S, .stop_us = INT64_MAX},
                                            {.start_us = 40 * S, .stop_us = INT64_MAX}},
                                  .delay_us = {10000, 25000, 50000, 100000, 150000}};
    struct flow_world *world = NULL;
    int err = run_shared(run, &shared, &world);
    if (err != 0) {
        return err;
    }
    double total = 0;
    double fair = fairness(&run->trace, 5, 100 * S, 300 * S, &total);
    double use = 100 * total / 4000;
    double least = 1e9;
    for (size_t i = 0; i < 5; i++) {
        double kbps = mean_kbps(&run->trace, i, 100 * S, 300 * S);
        least = kbps < least ? kbps : least;
    }
    report_number(&run->report, "use %", 1, use);
    report_number(&run->report, "fairness", 2, fair);
    report_number(&run->report, "least kbit/s", 0, least);
    report_queue(run, world, &shared);
    report_bar(&run->report, use >= 80, "uses at least 80 %", "%.1f %%", use);
    report_bar(&run->report, fair >= 0.7, "fairness at least 0.7", "%.2f", fair);
    flow_world_free(&world);
    return 0;
}

QUALITY_CASE(rmcat_5_8, "rfc8867", "5.8 three flows, one pauses from 40 to 60 s")
{
    static const struct rate_step schedule[] = {{0, 3500000}};
    const struct shared shared = {
        .schedule = schedule,
        .schedule_count = 1,
        .flow_count = 3,
        .source_bps = 3500000,
        .end_us = 119 * S,
        .flows = {{.stop_us = INT64_MAX, .pause_from_us = 40 * S, .pause_to_us = 60 * S},
                  {.stop_us = INT64_MAX},
                  {.stop_us = INT64_MAX}},
        .delay_us = {DELAY_US, DELAY_US, DELAY_US}};
    struct flow_world *world = NULL;
    int err = run_shared(run, &shared, &world);
    if (err != 0) {
        return err;
    }
    double total = 0;
    (void)fairness(&run->trace, 3, 45 * S, 60 * S, &total);
    double paused = 100 * total / 3500;
    double fair = fairness(&run->trace, 3, 70 * S, 119 * S, &total);
    double use = 100 * total / 3500;
    report_number(&run->report, "use %", 1, use);
    report_number(&run->report, "use paused %", 1, paused);
    report_number(&run->report, "fairness", 2, fair);
    report_queue(run, world, &shared);
    report_bar(&run->report, use >= 80, "uses at least 80 %", "%.1f %%", use);
    report_bar(&run->report, paused >= 75, "the others use at least 75 % in the pause", "%.1f %%",
               paused);
    report_bar(&run->report, fair >= 0.75, "fairness at least 0.75 after it", "%.2f", fair);
    flow_world_free(&world);
    return 0;
}
