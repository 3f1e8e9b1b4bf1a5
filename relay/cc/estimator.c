#include "cc/estimator.h"

#include <stdlib.h>

#include "ack_rate.h"
#include "app_limited.h"
#include "base/err.h"
#include "base/grid.h"
#include "base/minmax.h"
#include "delay_control.h"
#include "feedback_cover.h"
#include "feedback_walk.h"
#include "feedback_watch.h"
#include "loss_control.h"
#include "path_start.h"
#include "probe_control.h"
#include "report_control.h"
#include "rtp/seq.h"
#include "send_history.h"

enum {
    TICK_US = 250000,
    IDLE_US = 5000,
    SENT_WINDOW_US = 1000000,
    LOSS_PACKETS = 128 /**< memory of the loss that is shown */
};

#define RTT_BACKOFF 0.8

/** What may leave of what can wait while the path is sounded: nothing to speak of. */
static const uint64_t sounding_pace_bps = 1000;

struct estimator {
    struct estimator_config config;
    struct send_history history;
    struct feedback_clock clock;
    struct ack_rate acked;
    struct delay_control delay;
    struct loss_control losses;
    struct report_control report;
    struct app_limited app;
    struct probe_control probe;
    struct path_start start;
    struct estimator_demand demand;
    bool demand_known;

    uint64_t target_bps;
    uint64_t remb_bps;  /* 0 = none */
    uint64_t acked_bps; /* 0 = not known */
    double loss;
    uint64_t unmatched;

    struct feedback_watch watch;
    struct feedback_cover cover;
    int64_t video_us; /* first picture's packet, INT64_MIN = none */
    int64_t heard_us; /* newest packet that there was word of, INT64_MIN = none */
    int64_t tick_us;  /* next look at the time, INT64_MAX = none */
    int64_t rtt_us;
    int64_t window_us; /* measuring what is sent: begin, bytes in it, rate of the last one */
    uint64_t window_bytes;
    uint64_t sent_bps;
    bool reported; /* a report block came */
};

/** Begins to learn a path. */
static void path_init(struct estimator *estimator, uint64_t start_bps, int64_t now_us)
{
    const struct estimator_config *config = &estimator->config;
    ack_rate_clear(&estimator->acked);
    delay_control_init(&estimator->delay, start_bps, config->min_bps, config->max_bps, now_us);
    loss_control_init(&estimator->losses, config->min_bps, config->max_bps);
    report_control_init(&estimator->report, config->min_bps, config->max_bps);
    app_limited_init(&estimator->app, start_bps, now_us);
    probe_control_init(&estimator->probe, start_bps, config->max_bps, now_us);
    path_start_init(&estimator->start);
    estimator->remb_bps = 0;
    estimator->acked_bps = 0;
    estimator->loss = 0;
    estimator->rtt_us = 0;
    feedback_watch_init(&estimator->watch);
    estimator->video_us = INT64_MIN;
    estimator->heard_us = INT64_MIN;
    estimator->tick_us = INT64_MAX;
    estimator->window_us = now_us;
    estimator->window_bytes = 0;
    estimator->sent_bps = 0;
    estimator->reported = false;
    estimator->target_bps = config->twcc ? start_bps : UINT64_MAX;
}

int estimator_new(struct estimator **out, const struct estimator_config *config, int64_t now_us)
{
    struct estimator *estimator = calloc(1, sizeof(*estimator));
    if (estimator == NULL) {
        return ERR_NO_MEMORY;
    }
    estimator->config = *config;
    send_history_init(&estimator->history);
    ack_rate_init(&estimator->acked);
    feedback_cover_init(&estimator->cover, INT64_MIN);
    path_init(estimator, clamp_u64(config->start_bps, config->min_bps, config->max_bps), now_us);
    *out = estimator;
    return 0;
}

/** Whether transport-wide feedback is what to go by: agreed, and not missing while reports come. */
static bool uses_twcc(const struct estimator *estimator, int64_t now_us)
{
    return estimator->config.twcc &&
           !(estimator->reported && feedback_watch_never(&estimator->watch, now_us));
}

static bool is_silent(const struct estimator *estimator, int64_t now_us)
{
    return feedback_watch_is_silent(&estimator->watch, estimator->rtt_us, now_us);
}

int64_t estimator_silence_us(const struct estimator *estimator, int64_t now_us)
{
    return uses_twcc(estimator, now_us) ? feedback_watch_silence_us(&estimator->watch, now_us)
                                        : INT64_MAX;
}

int64_t estimator_arrived_us(const struct estimator *estimator, int64_t now_us)
{
    return uses_twcc(estimator, now_us)
               ? feedback_cover_us(&estimator->cover, estimator->history.highest, now_us)
               : INT64_MIN;
}

static void target_update(struct estimator *estimator, int64_t now_us)
{
    uint64_t target_bps = UINT64_MAX;
    if (uses_twcc(estimator, now_us)) {
        target_bps = delay_control_bps(&estimator->delay);
        uint64_t loss_bps = loss_control_bps(&estimator->losses);
        if (loss_bps < target_bps) {
            target_bps = loss_bps;
        }
    } else {
        target_bps = estimator->report.rate_bps;
    }
    if (estimator->remb_bps > 0 && estimator->remb_bps < target_bps) {
        target_bps = estimator->remb_bps;
    }
    if (target_bps != UINT64_MAX || estimator->config.twcc) {
        target_bps = clamp_u64(target_bps, estimator->config.min_bps, estimator->config.max_bps);
        app_limited_rate(&estimator->app, target_bps, now_us);
    }
    estimator->target_bps = target_bps;
}

static struct probe_context probe_context(const struct estimator *estimator, int64_t now_us)
{
    bool silent = is_silent(estimator, now_us);
    /* Where loss was found to be chance, or comes while little is sent, a probe tells more. */
    bool lossy = estimator->losses.state == LOSS_DECREASING && !estimator->app.limited &&
                 estimator->losses.trial.verdict != LOSS_BY_CHANCE;
    return (struct probe_context){
        .target_bps = estimator->target_bps,
        .demand = estimator->demand,
        .demand_known = estimator->demand_known,
        .calm = !silent && !lossy && delay_control_calm(&estimator->delay),
        .idle = estimator->delay.queue.last_us < IDLE_US,
        .bad = silent || loss_trial_runs(&estimator->losses.trial) || estimator->delay.overused ||
               estimator->delay.drain_us != INT64_MIN,
        .jitter_us = estimator->delay.jitter_us};
}

static void sent_measure(struct estimator *estimator, uint32_t bytes, int64_t now_us)
{
    estimator->window_bytes += bytes;
    int64_t span_us = now_us - estimator->window_us;
    if (span_us >= SENT_WINDOW_US) {
        estimator->sent_bps = estimator->window_bytes * 8000000 / (uint64_t)span_us;
        estimator->window_bytes = 0;
        estimator->window_us = now_us;
    }
}

void estimator_sent(struct estimator *estimator, uint16_t number, uint32_t bytes,
                    enum send_kind kind, uint32_t probe, int64_t now_us)
{
    sent_measure(estimator, bytes, now_us);
    if (!estimator->config.twcc) {
        return;
    }
    feedback_watch_sent(&estimator->watch, now_us);
    if (estimator->tick_us == INT64_MAX) {
        estimator->tick_us = grid_up(now_us + TICK_US);
    }
    if (probe != 0) {
        sounding_sent(&estimator->start.sounding, probe, now_us);
    }
    uint32_t member = probe_control_sent(&estimator->probe, bytes, now_us);
    struct sent_packet packet = {.sent_us = now_us,
                                 .probe = member != 0 ? member : probe,
                                 .bytes = (uint16_t)(bytes < UINT16_MAX ? bytes : UINT16_MAX),
                                 .kind = (uint8_t)kind};
    send_history_add(&estimator->history, number, packet);
    feedback_cover_sent(&estimator->cover, estimator->history.highest);
    if (kind == SEND_VIDEO && estimator->video_us == INT64_MIN) {
        estimator->video_us = now_us;
    }
    app_limited_sent(&estimator->app, kind == SEND_PADDING ? 0 : bytes, now_us);
    if (kind == SEND_VIDEO && !estimator->probe.begun &&
        sounding_is_over(&estimator->start.sounding)) {
        struct probe_context context = probe_context(estimator, now_us);
        probe_control_begin(&estimator->probe, &context, now_us);
    }
}

static void loss_note(struct estimator *estimator, const struct packet_fate *fate)
{
    bool lost = fate->arrival_us == RTCP_TWCC_LOST;
    if (fate->was_lost) {
        estimator->loss -= 1.0 / LOSS_PACKETS;
        estimator->loss = estimator->loss < 0 ? 0 : estimator->loss;
    } else {
        estimator->loss += ((lost ? 1.0 : 0.0) - estimator->loss) / LOSS_PACKETS;
    }
}

/** One packet's fate goes to everybody whom it concerns. */
static void fate_note(struct estimator *estimator, const struct packet_fate *fate, int64_t now_us)
{
    loss_note(estimator, fate);
    /* What a probe loses says what the probed rate does, not the usual one. */
    if (fate->probe == 0) {
        loss_control_packet(&estimator->losses, fate->sent_us, fate->bytes,
                            fate->arrival_us == RTCP_TWCC_LOST, fate->was_lost);
    }
    if (fate->arrival_us == RTCP_TWCC_LOST) {
        if (fate->probe != 0) {
            probe_control_lost(&estimator->probe, fate->probe);
            sounding_lost(&estimator->start.sounding, fate->probe);
        }
        return;
    }
    if (fate->probe != 0) {
        probe_control_acked(&estimator->probe, fate->probe, fate->sent_us, fate->arrival_us,
                            fate->bytes);
        sounding_acked(&estimator->start.sounding, fate->probe, fate->arrival_us, fate->bytes);
    }
    struct acked_packet acked = {
        .sent_us = fate->sent_us, .arrival_us = fate->arrival_us, .bytes = fate->bytes};
    ack_rate_add(&estimator->acked, &acked);
    delay_control_packet(&estimator->delay, fate->sent_us, fate->arrival_us, now_us);
}

static void probe_results(struct estimator *estimator, int64_t now_us)
{
    struct rate_control *rate = &estimator->delay.rate;
    struct probe_result result;
    uint64_t probed_bps = 0;
    while (probe_control_result(&estimator->probe, estimator->loss, estimator->heard_us, now_us,
                                &result, &probed_bps)) {
        if (result.verdict == PROBE_NOT_KNOWN) {
            continue;
        }
        if (result.verdict == PROBE_STRETCHED && result.bps > 0) {
            link_capacity_probe(&rate->capacity, result.bps);
        } else if (result.bps > link_capacity_upper_bps(&rate->capacity)) {
            link_capacity_reset(&rate->capacity);
        }
        if (estimator->delay.drain_us != INT64_MIN) {
            continue;
        }
        if (result.bps > rate->rate_bps) {
            rate_control_set(rate, result.bps, now_us);
        }
        if (result.bps > loss_control_bps(&estimator->losses)) {
            loss_control_set(&estimator->losses, result.bps);
        }
    }
}

void estimator_sound(struct estimator *estimator, int64_t rtt_us, int64_t now_us)
{
    if (estimator->config.twcc) {
        sounding_begin(&estimator->start.sounding, rtt_us, now_us);
    }
}

static void start_follow(struct estimator *estimator, int64_t now_us)
{
    if (!path_start_update(&estimator->start, &estimator->delay, &estimator->probe,
                           estimator->heard_us, now_us)) {
        return;
    }
    target_update(estimator, now_us);
    if (sounding_is_over(&estimator->start.sounding) && !estimator->probe.begun &&
        estimator->demand_known && estimator->demand.ideal_bps > estimator->target_bps) {
        struct probe_context context = probe_context(estimator, now_us);
        probe_control_begin(&estimator->probe, &context, now_us);
    }
}

/** Is there anything that only time can settle? */
static bool needs_tick(const struct estimator *estimator)
{
    return estimator->watch.waiting_us != INT64_MIN ||
           probe_control_next(&estimator->probe) != INT64_MAX;
}

static void probes_update(struct estimator *estimator, int64_t now_us)
{
    if (uses_twcc(estimator, now_us) && sounding_is_over(&estimator->start.sounding)) {
        struct probe_context context = probe_context(estimator, now_us);
        probe_control_update(&estimator->probe, &context, now_us);
    }
    if (estimator->tick_us == INT64_MAX && needs_tick(estimator)) {
        estimator->tick_us = grid_up(now_us + TICK_US);
    }
}

/** Everything that a feedback has told is in: new rates. */
static void feedback_conclude(struct estimator *estimator, int64_t newest_us, int64_t now_us)
{
    feedback_watch_told(&estimator->watch, now_us);
    estimator->heard_us = max_i64(newest_us, estimator->heard_us);
    int64_t rtt_us = now_us - newest_us;
    estimator->rtt_us =
        estimator->rtt_us == 0 ? rtt_us : estimator->rtt_us + (rtt_us - estimator->rtt_us) / 8;
    estimator->delay.rate.rtt_us = estimator->rtt_us;
    estimator->acked_bps = ack_rate_bps(&estimator->acked);
    /* What the link loses by chance was sent over it all the same, and has to be again. */
    double kept = 1 - loss_control_inherent(&estimator->losses);
    bool was_overused = estimator->delay.overused;
    bool was_full = estimator->delay.drain_us != INT64_MIN;
    delay_control_feedback(&estimator->delay, &estimator->acked, estimator->acked_bps, kept,
                           estimator->app.limited, estimator->losses.state != LOSS_DELAY_BASED,
                           now_us);
    if (was_full && estimator->delay.drain_us == INT64_MIN) {
        loss_control_resume(&estimator->losses); /* what a full queue lost was answered by delay */
    }
    struct loss_input input = {.acked_bps = estimator->acked_bps,
                               .delay_bps = estimator->delay.rate.rate_bps,
                               .least_bps = estimator->demand.least_bps,
                               .limited = estimator->app.limited};
    loss_control_feedback(&estimator->losses, &input);
    if (estimator->delay.overused && !was_overused) {
        probe_control_overused(&estimator->probe, now_us);
    }
    start_follow(estimator, now_us);
    probe_results(estimator, now_us);
    target_update(estimator, now_us);
    probes_update(estimator, now_us);
}

/**
 * Feedback comes again after a silence. What was sent meanwhile waited for the link, or is lost
 * with it: that is no congestion, so the rate stays and judging begins with what is sent now.
 */
static void resume(struct estimator *estimator, int64_t now_us)
{
    ack_rate_clear(&estimator->acked);
    delay_control_resume(&estimator->delay);
    loss_control_resume(&estimator->losses);
    estimator->loss = 0;
    feedback_watch_resume(&estimator->watch, now_us);
}

/** A feedback has been walked through. @param whole all that it tells of has arrived */
static void cover_note(struct estimator *estimator, const struct rtcp_twcc *twcc, bool whole,
                       int64_t now_us)
{
    uint16_t last = (uint16_t)(twcc->base_seq + twcc->status_count - 1);
    const struct sent_packet *packet = send_history_find(&estimator->history, last);
    if (packet != NULL) {
        int64_t end = seq_extend(estimator->history.highest, last) + 1;
        feedback_cover_told(&estimator->cover, end - twcc->status_count, end, whole,
                            packet->sent_us, now_us);
    }
}

/** What the feedback says of packets sent on this path. @return true when any of it was news */
static bool fates_note(struct estimator *estimator, struct rtcp_twcc *twcc, int64_t since_us,
                       int64_t *newest_us, int64_t now_us)
{
    if (twcc->status_count > SEND_HISTORY_SIZE) {
        estimator->unmatched += twcc->status_count; /* few bytes, and a walk of milliseconds */
        return false;
    }
    int64_t offset_us = feedback_clock_offset(&estimator->clock, twcc->reference);
    struct packet_fate fates[FEEDBACK_BATCH];
    bool news = false;
    bool whole = true;
    size_t count = 0;
    while ((count = feedback_walk(twcc, &estimator->history, offset_us, fates,
                                  &estimator->unmatched)) > 0) {
        news = true;
        for (size_t i = 0; i < count; i++) {
            whole = whole && fates[i].arrival_us != RTCP_TWCC_LOST;
            if (fates[i].sent_us < since_us) {
                continue;
            }
            fate_note(estimator, &fates[i], now_us);
            if (fates[i].arrival_us != RTCP_TWCC_LOST && fates[i].sent_us > *newest_us) {
                *newest_us = fates[i].sent_us;
            }
        }
    }
    cover_note(estimator, twcc, whole, now_us);
    return news;
}

void estimator_twcc(struct estimator *estimator, struct rtcp_twcc *twcc, int64_t now_us)
{
    if (!estimator->config.twcc) {
        return;
    }
    bool silent = feedback_watch_is_cut(&estimator->watch, estimator->rtt_us, now_us);
    /* What left on the path before this one says nothing about it. */
    int64_t began_us = estimator->watch.began_us;
    bool ignored = silent || began_us == INT64_MIN;
    int64_t newest_us = INT64_MIN;
    bool news = fates_note(estimator, twcc, ignored ? INT64_MAX : began_us, &newest_us, now_us);
    if (silent && news) {
        resume(estimator, now_us);
    } else if (newest_us != INT64_MIN) {
        feedback_conclude(estimator, newest_us, now_us);
    }
}

void estimator_remb(struct estimator *estimator, uint64_t bps, int64_t now_us)
{
    estimator->remb_bps = clamp_u64(bps, estimator->config.min_bps, estimator->config.max_bps);
    target_update(estimator, now_us);
}

void estimator_report(struct estimator *estimator, uint32_t expected, uint32_t lost, int64_t rtt_us,
                      int64_t now_us)
{
    estimator->reported = true;
    report_control_add(&estimator->report, expected, lost, estimator->sent_bps, rtt_us, now_us);
    if (!uses_twcc(estimator, now_us)) {
        estimator->rtt_us = rtt_us > 0 ? rtt_us : estimator->rtt_us;
        estimator->loss = estimator->report.loss;
    }
    target_update(estimator, now_us);
}

void estimator_demand(struct estimator *estimator, const struct estimator_demand *demand,
                      int64_t now_us)
{
    estimator->demand = *demand;
    estimator->demand_known = true;
    probes_update(estimator, now_us);
}

void estimator_path_moved(struct estimator *estimator, int64_t now_us)
{
    uint64_t put_off_bps = path_start_put_off_bps(&estimator->start);
    uint64_t before_bps = put_off_bps != 0 ? put_off_bps : estimator->target_bps;
    uint64_t start_bps = estimator->config.start_bps;
    uint64_t half_bps = before_bps == UINT64_MAX ? start_bps : before_bps / 2;
    if (half_bps < start_bps) { /* a new call would not be more careful */
        half_bps = before_bps < start_bps ? before_bps : start_bps;
    }
    path_init(estimator, clamp_u64(half_bps, estimator->config.min_bps, estimator->config.max_bps),
              now_us);
    feedback_cover_init(&estimator->cover, now_us + FEEDBACK_COVER_DOUBT_US);
}

bool estimator_probe(struct estimator *estimator, int64_t now_us, struct estimator_burst *out)
{
    return sounding_burst(&estimator->start.sounding, out) ||
           probe_control_burst(&estimator->probe, now_us, out);
}

bool estimator_is_probing(const struct estimator *estimator)
{
    return !sounding_is_over(&estimator->start.sounding) ||
           probe_control_next(&estimator->probe) != INT64_MAX;
}

static void be_silent(struct estimator *estimator, int64_t now_us)
{
    struct rate_control *rate = &estimator->delay.rate;
    delay_control_silence(&estimator->delay);
    if (feedback_watch_steps_down(&estimator->watch, now_us)) {
        rate_control_set(rate, (uint64_t)(RTT_BACKOFF * (double)rate->rate_bps), now_us);
    }
}

void estimator_timeout(struct estimator *estimator, int64_t now_us)
{
    probe_control_timeout(&estimator->probe, now_us);
    start_follow(estimator, now_us);
    if (now_us < estimator->tick_us) {
        return;
    }
    if (is_silent(estimator, now_us) && uses_twcc(estimator, now_us)) {
        be_silent(estimator, now_us);
    }
    probe_results(estimator, now_us);
    target_update(estimator, now_us);
    estimator->tick_us = needs_tick(estimator) ? grid_up(now_us + TICK_US) : INT64_MAX;
}

int64_t estimator_next_deadline(const struct estimator *estimator)
{
    int64_t next_us =
        min_i64(probe_control_next(&estimator->probe), sounding_next(&estimator->start.sounding));
    return min_i64(next_us, estimator->tick_us);
}

uint64_t estimator_target_bps(const struct estimator *estimator)
{
    return estimator->target_bps;
}

uint64_t estimator_pace_bps(const struct estimator *estimator)
{
    bool waits = estimator->start.sounding.holds && estimator->target_bps != UINT64_MAX;
    return waits ? sounding_pace_bps : estimator->target_bps;
}

bool estimator_has_room(const struct estimator *estimator)
{
    bool known = estimator->start.sounding.fast ||
                 (sounding_is_over(&estimator->start.sounding) &&
                  estimator->video_us != INT64_MIN && estimator->heard_us >= estimator->video_us);
    return known && !estimator->delay.overused && estimator->delay.rate.capacity.kbps == 0 &&
           !estimator->delay.rate.fell;
}

void estimator_view(const struct estimator *estimator, struct estimator_view *out)
{
    *out = (struct estimator_view){.target_bps = estimator->target_bps,
                                   .delay_bps = delay_control_bps(&estimator->delay),
                                   .loss_bps = loss_control_bps(&estimator->losses),
                                   .remb_bps = estimator->remb_bps,
                                   .acked_bps = estimator->acked_bps,
                                   .rtt_us = estimator->rtt_us,
                                   .queue_us = estimator->delay.queue.smooth_us,
                                   .loss = estimator->loss,
                                   .overuse = estimator->delay.overused,
                                   .limited = estimator->app.limited,
                                   .unmatched = estimator->unmatched,
                                   .probes = estimator->probe.last_id};
}

void estimator_near(const struct estimator *estimator, struct near *near)
{
    if (estimator != NULL) {
        near_add(near, &estimator->history, sizeof(estimator->history));
        near_add(near, &estimator->app, sizeof(estimator->app));
        near_add(near, &estimator->probe, sizeof(estimator->probe));
        near_add(near, &estimator->demand, sizeof(*estimator) - offsetof(struct estimator, demand));
    }
}

void estimator_free(struct estimator **estimator)
{
    struct estimator *gone = *estimator;
    if (gone == NULL) {
        return;
    }
    send_history_deinit(&gone->history);
    ack_rate_deinit(&gone->acked);
    free(gone);
    *estimator = NULL;
}
