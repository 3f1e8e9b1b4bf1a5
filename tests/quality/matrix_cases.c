/**
 * The matrix of QUALITY.md 2.4 as cases: the bars of each path, and what is drawn.
 */
#include <inttypes.h>
#include <stdio.h>

#include "quality/case.h"
#include "sim/matrix.h"
#include "sim/scenario.h"

enum { FRAME_GAP_US = 1000000 /* a line of what is shown breaks where nothing is for so long */ };

static void take_sample(void *owner, const struct matrix_sample *sample)
{
    struct trace *trace = &((struct quality_run *)owner)->trace;
    double kbps = 8e3 / MATRIX_SAMPLE_US;
    int64_t at_us = sample->at_us;
    trace_set_kind(trace, "rate/capacity", TRACE_AREA);
    trace_append(trace, "rate/capacity", at_us, (double)sample->capacity_bps / 1e3);
    if (sample->target_bps != 0 && sample->target_bps != UINT64_MAX) {
        trace_append(trace, "rate/target", at_us, (double)sample->target_bps / 1e3);
    }
    trace_append(trace, "rate/sent", at_us, (double)sample->sent_bytes * kbps);
    trace_append(trace, "rate/arrived", at_us, (double)sample->arrived_bytes * kbps);
    trace_append(trace, "queue/delay", at_us, (double)sample->queue_us / 1e3);
    trace_set_kind(trace, "queue/lost", TRACE_DOTS);
    if (sample->lost > 0) {
        trace_append(trace, "queue/lost", at_us, (double)sample->lost);
    }
}

static void draw_spans(struct trace *trace, const char *name, const struct playback_spans *spans,
                       int64_t joined_us, int64_t to_us)
{
    trace_set_kind(trace, name, TRACE_SPANS);
    for (size_t i = 0; i < spans->count; i++) {
        int64_t end_us = spans->at[i].end_us == 0 ? to_us : spans->at[i].end_us - joined_us;
        trace_span(trace, name, spans->at[i].from_us - joined_us, end_us);
    }
}

/** Height shown in a slot over time, and 0 where nothing is. */
static void draw_slot(struct trace *trace, size_t slot, const struct playback *playback,
                      int64_t joined_us, int64_t to_us)
{
    char picture[TRACE_NAME_BYTES];
    (void)snprintf(picture, sizeof(picture), "picture/slot %zu", slot + 1);
    trace_set_kind(trace, picture, TRACE_STEP);
    for (size_t i = 0; i < playback->frame_count; i++) {
        const struct playback_frame *frame = &playback->frames[i];
        int64_t at_us = frame->shown_us - joined_us;
        if (i > 0 && frame->shown_us - playback->frames[i - 1].shown_us > FRAME_GAP_US) {
            trace_append(trace, picture, playback->frames[i - 1].shown_us - joined_us, 0);
        }
        trace_append(trace, picture, at_us, frame->height);
        trace_append(trace, "latency/frames", at_us,
                     (double)(frame->shown_us - frame->capture_us) / 1e3);
    }
    int64_t last_us = playback->last.shown_us - joined_us;
    if (playback->frame_count > 0 && to_us - last_us > FRAME_GAP_US) {
        trace_append(trace, picture, last_us, 0);
        if (!playback->paused) {
            trace_span(trace, "picture/freezes", last_us, to_us);
        }
    }
}

static void take_end(void *owner, const struct peer *receiver, int64_t joined_us)
{
    struct quality_run *run = owner;
    const struct sink *sink = NULL;
    for (size_t i = 0; (sink = peer_sink(receiver, MEDIA_VIDEO, i)) != NULL; i++) {
        draw_slot(&run->trace, i, &sink->playback, joined_us, run->to_us);
    }
    for (size_t i = 0; (sink = peer_sink(receiver, MEDIA_VIDEO, i)) != NULL; i++) {
        draw_spans(&run->trace, "picture/freezes", &sink->playback.freezes, joined_us, run->to_us);
        draw_spans(&run->trace, "picture/pauses", &sink->playback.told_pauses, joined_us,
                   run->to_us);
    }
    trace_set_kind(&run->trace, "latency/frames", TRACE_DOTS);
}

static void report_numbers(struct report *report, const struct matrix_result *r)
{
    report_number(report, "first frame s", 2, r->first_frame_s);
    report_number(report, "top layer s", 1, r->top_s);
    report_number(report, "freezes /min", 2, r->freezes_per_min);
    report_number(report, "frozen %", 2, r->frozen_share * 100);
    report_number(report, "harmonic fps", 1, r->harmonic_fps);
    report_number(report, "mean lines", 0, r->mean_height);
    report_number(report, "layer changes /min", 1, r->layer_switches_per_min);
    report_number(report, "rate changes /min", 1, r->temporal_switches_per_min);
    report_number(report, "paused %", 1, r->paused_share * 100);
    report_number(report, "pauses told", 0, (double)r->pauses_told);
    report_number(report, "sound concealed %", 2, r->concealed_share * 100);
    report_number(report, "in first 5 s, s", 2, r->concealed_start_s);
    report_number(report, "sound lost", 0, (double)r->sound_lost);
    report_number(report, "latency p50 ms", 0, (double)r->latency_p50_us / 1e3);
    report_number(report, "latency p95 ms", 0, (double)r->latency_p95_us / 1e3);
    report_number(report, "queue p50 ms", 0, (double)r->queue_p50_us / 1e3);
    report_number(report, "queue p95 ms", 0, (double)r->queue_p95_us / 1e3);
    report_number(report, "sent / path %", 0, r->use * 100);
    report_number(report, "target / path %", 0, r->target * 100);
    report_number(report, "shown / fits %", 0, r->fitting * 100);
    report_number(report, "NACK", 0, (double)r->nacks);
    report_number(report, "RTX", 0, (double)r->repaired);
    report_number(report, "probes", 0, (double)r->probes);
    report_number(report, "PLI", 0, (double)r->plis);
}

/** Runs a path; numbers and the bar of all paths are reported. */
static int run_path(struct quality_run *run, const char *name, struct matrix_result *result)
{
    const struct matrix_profile *profile = matrix_profile(name);
    const struct matrix_watch watch = {.sample = take_sample, .end = take_end, .owner = run};
    if (profile == NULL) {
        return -1;
    }
    run->to_us = profile->length_us;
    run->rate_limit = (double)profile->down.rate_bps / 1e3 * 1.5;
    int err = matrix_run(profile, run->seed, &watch, result);
    report_numbers(&run->report, result);
    report_bar(&run->report, result->errors == 0, "the streams never break", "%" PRIu64 " %s",
               result->errors, result->error == NULL ? "" : result->error);
    return err;
}

/** A number that must not be more than a bound, or not less. */
static void at_most(struct quality_run *run, const char *what, double value, double bound,
                    int decimals)
{
    report_bar(&run->report, value <= bound, what, "%.*f", decimals, value);
}

static void at_least(struct quality_run *run, const char *what, double value, double bound)
{
    report_bar(&run->report, value >= bound, what, "%.0f", value);
}

/** A time that must have come, at most a bound. */
static void within(struct quality_run *run, const char *what, double s, double bound_s)
{
    if (s < 0) {
        report_bar(&run->report, false, what, "never");
    } else {
        report_bar(&run->report, s <= bound_s, what, "%.2f", s);
    }
}

/** Seconds from a time until a series crosses a bound; -1 = never. */
static double crosses_s(const struct quality_run *run, const char *name, bool above, double bound,
                        int64_t from_us)
{
    int64_t at_us = above ? trace_first_above(&run->trace, name, bound, from_us)
                          : trace_first_below(&run->trace, name, bound, from_us);
    return at_us == INT64_MAX ? -1 : (double)(at_us - from_us) / 1e6;
}

QUALITY_CASE(clean, "matrix", "10 Mbit/s, 10 ms")
{
    struct matrix_result r;
    int err = run_path(run, "clean", &r);
    within(run, "first picture within 0.5 s", r.first_frame_s, 0.5);
    within(run, "highest layers within 4 s", r.top_s, 4);
    at_most(run, "no freeze, % frozen", r.frozen_share * 100, 0, 2);
    at_most(run, "no sound concealed, %", r.concealed_share * 100, 0, 2);
    at_least(run, "shows at least 90 % of what fits", r.fitting * 100, 90);
    return err;
}

QUALITY_CASE(home_wifi, "matrix",
             "5 Mbit/s, 15 ms, jitter 20 ms and stalls of 60 to 120 ms, loss 0.5 %")
{
    struct matrix_result r;
    int err = run_path(run, "home_wifi", &r);
    at_most(run, "at most 1 freeze a minute", r.freezes_per_min, 1, 2);
    at_most(run, "at most 1 % frozen", r.frozen_share * 100, 1, 2);
    at_most(run, "at most 1 % of sound concealed", r.concealed_share * 100, 1, 2);
    at_least(run, "shows at least 60 % of what fits", r.fitting * 100, 60);
    return err;
}

QUALITY_CASE(lte, "matrix", "3 Mbit/s +-40 % each 2 s, 40 ms, jitter 15 ms, loss 0.2 %")
{
    struct matrix_result r;
    int err = run_path(run, "lte", &r);
    at_most(run, "at most 4 freezes a minute", r.freezes_per_min, 4, 2);
    at_most(run, "at most 2 % frozen", r.frozen_share * 100, 2, 2);
    at_most(run, "at most 2 % of sound concealed", r.concealed_share * 100, 2, 2);
    at_least(run, "shows at least 40 % of what fits", r.fitting * 100, 40);
    return err;
}

QUALITY_CASE(lossy_3, "matrix", "5 Mbit/s, 30 ms, jitter 5 ms, loss 3 %")
{
    struct matrix_result r;
    int err = run_path(run, "lossy_3", &r);
    at_least(run, "estimates at least 75 % of the link", r.target * 100, 75);
    at_least(run, "shows at least 60 % of what fits", r.fitting * 100, 60);
    at_most(run, "at most 2 freezes a minute", r.freezes_per_min, 2, 2);
    at_most(run, "at most 1 % frozen", r.frozen_share * 100, 1, 2);
    return err;
}

QUALITY_CASE(lossy_10, "matrix", "5 Mbit/s, 30 ms, jitter 5 ms, loss 10 %")
{
    struct matrix_result r;
    int err = run_path(run, "lossy_10", &r);
    at_least(run, "estimates at least 75 % of the link", r.target * 100, 75);
    at_least(run, "shows at least 50 % of what fits", r.fitting * 100, 50);
    return err;
}

QUALITY_CASE(lossy_20, "matrix", "5 Mbit/s, 30 ms, jitter 5 ms, loss 20 %")
{
    struct matrix_result r;
    int err = run_path(run, "lossy_20", &r);
    at_least(run, "shows at least 30 % of what fits", r.fitting * 100, 30);
    return err;
}

QUALITY_CASE(burst, "matrix", "5 Mbit/s, 30 ms, jitter 5 ms, 5 % lost in bursts of three")
{
    struct matrix_result r;
    int err = run_path(run, "burst", &r);
    at_least(run, "shows at least 45 % of what fits", r.fitting * 100, 45);
    return err;
}

QUALITY_CASE(long_rtt, "matrix", "5 Mbit/s, 150 ms, jitter 10 ms, loss 2 %")
{
    struct matrix_result r;
    int err = run_path(run, "long_rtt", &r);
    at_least(run, "shows at least 55 % of what fits", r.fitting * 100, 55);
    return err;
}

QUALITY_CASE(step_down, "matrix", "4 Mbit/s, 0.8 from 20 s to 50 s, 30 ms")
{
    struct matrix_result r;
    int err = run_path(run, "step_down", &r);
    within(run, "estimate below the dropped link within 1.0 s",
           crosses_s(run, "rate/target", false, 800, 20 * SECOND_US), 1.0);
    within(run, "80 % of the risen link estimated within 8 s",
           crosses_s(run, "rate/target", true, 3200, 50 * SECOND_US), 8.0);
    at_most(run, "a slot is frozen for 1.5 s at most", r.frozen_share * 80, 1.5, 2);
    at_most(run, "at most 1 % of sound concealed", r.concealed_share * 100, 1, 2);
    return err;
}

/** Sound is kept from the first packet on. */
static void keeps_sound(struct quality_run *run, const struct matrix_result *r)
{
    at_most(run, "no packet of sound is lost", (double)(r->sound_lost_start + r->sound_lost), 0, 0);
    at_most(run, "at most 1 % of sound concealed", r->concealed_all_share * 100, 1, 2);
    at_most(run, "at most 0.1 s of sound concealed in the first 5 s", r->concealed_start_s, 0.1, 2);
}

QUALITY_CASE(starve, "matrix", "150 kbit/s, 50 ms, jitter 10 ms")
{
    struct matrix_result r;
    int err = run_path(run, "starve", &r);
    keeps_sound(run, &r);
    at_most(run, "never 2 s without a picture or a word", (double)r.longest_untold_us / 1e6, 2.0,
            1);
    return err;
}

QUALITY_CASE(starve_audio, "matrix",
             "90 kbit/s, 50 ms, jitter 10 ms: no picture fits beside the sound")
{
    struct matrix_result r;
    int err = run_path(run, "starve_audio", &r);
    keeps_sound(run, &r);
    at_least(run, "video pauses and says so", (double)r.pauses_told, 1);
    at_most(run, "never 2 s without a picture or a word", (double)r.longest_untold_us / 1e6, 2.0,
            1);
    return err;
}

QUALITY_CASE(mid_layer, "matrix", "1.24 Mbit/s: midway between 360 and 720 lines, 30 ms")
{
    struct matrix_result r;
    int err = run_path(run, "mid_layer", &r);
    at_most(run, "at most 1 change of layer a minute", r.layer_switches_per_min, 1, 1);
    at_most(run, "no freeze, % frozen", r.frozen_share * 100, 0, 2);
    return err;
}

QUALITY_CASE(mid_layer_low, "matrix", "420 kbit/s: midway between 180 and 360 lines, 30 ms")
{
    struct matrix_result r;
    int err = run_path(run, "mid_layer_low", &r);
    at_most(run, "at most 1 change of layer a minute", r.layer_switches_per_min, 1, 1);
    at_most(run, "at most 1 % frozen", r.frozen_share * 100, 1, 2);
    return err;
}

QUALITY_CASE(mid_layer_two, "matrix", "1.85 Mbit/s for two publishers: one of them midway, 30 ms")
{
    struct matrix_result r;
    int err = run_path(run, "mid_layer_two", &r);
    at_most(run, "at most 4 changes of layer a minute", r.layer_switches_per_min, 4, 1);
    at_most(run, "at most 2 % frozen", r.frozen_share * 100, 2, 2);
    return err;
}

QUALITY_CASE(outage, "matrix", "5 Mbit/s, nothing from 20 s to 23 s, 20 ms")
{
    struct matrix_result r;
    int err = run_path(run, "outage", &r);
    within(run, "pictures back within 1.5 s after it", r.back_s, 1.5);
    return err;
}

QUALITY_CASE(handover, "matrix", "5 Mbit/s, 20 ms; a new address at 20 s")
{
    struct matrix_result r;
    int err = run_path(run, "handover", &r);
    within(run, "pictures back within 1 s after it", r.back_s, 1);
    return err;
}

QUALITY_CASE(reorder, "matrix",
             "10 Mbit/s, 20 ms; 5 % come 15 ms late, both on the way up and down")
{
    struct matrix_result r;
    int err = run_path(run, "reorder", &r);
    at_most(run, "at most 20 NACKs toward the publisher", (double)r.uplink_nacks, 20, 0);
    at_most(run, "no freeze, % frozen", r.frozen_share * 100, 0, 2);
    return err;
}

QUALITY_CASE(gallery, "matrix",
             "1.2 Mbit/s for eight publishers, 30 ms, jitter 5 ms; unwanted layers stop")
{
    struct matrix_result r;
    int err = run_path(run, "gallery", &r);
    within(run, "everybody seen within 5 s", r.first_frame_s, 5);
    at_most(run, "at most 4 changes of layer a minute", r.layer_switches_per_min, 4, 1);
    return err;
}

QUALITY_CASE(no_feedback, "matrix", "1.5 Mbit/s, 30 ms; the receiver has neither TWCC nor REMB")
{
    struct matrix_result r;
    int err = run_path(run, "no_feedback", &r);
    at_most(run, "at most 10 freezes a minute", r.freezes_per_min, 10, 2);
    at_most(run, "at most 25 % frozen", r.frozen_share * 100, 25, 2);
    return err;
}

QUALITY_CASE(remb, "matrix", "1 Mbit/s, 30 ms; the receiver says 0.9 by REMB, and has no TWCC")
{
    struct matrix_result r;
    int err = run_path(run, "remb", &r);
    at_most(run, "at most 1 % frozen", r.frozen_share * 100, 1, 2);
    at_least(run, "shows at least 70 % of what fits", r.fitting * 100, 70);
    return err;
}
