#include "quality_message.h"

#include <math.h>

#include "media/quality.h"

enum {
    LEAST_BUFFER_US = 40000, /* what players keep at least */
    MOST_BUFFER_US = 200000
};

/** So that numbers are short: 0.12345 becomes 0.1235. */
static json_t *rounded(double value, double steps)
{
    return json_real(round(value * steps) / steps);
}

static void set(json_t *object, const char *field, json_t *value)
{
    (void)json_object_set_new(object, field, value); /* without memory the field is left out */
}

/** What a player keeps to be safe from this jitter. */
static int64_t buffer_us(int64_t jitter_us)
{
    int64_t us = 20000 + 2 * jitter_us;
    return us < LEAST_BUFFER_US ? LEAST_BUFFER_US : us > MOST_BUFFER_US ? MOST_BUFFER_US : us;
}

/** One direction. */
struct leg {
    double loss;     /* of all packets */
    double residual; /* of speech; negative = unknown */
    double burst;
    int64_t jitter_us;
    int64_t buffer_us;
};

static json_t *leg_json(const struct leg *leg, int64_t rtt_us)
{
    json_t *object = json_object();
    if (leg->residual >= 0) {
        struct quality_input input = {.lost = leg->residual,
                                      .burst = leg->burst,
                                      .delay_us = QUALITY_ENCODER_US + rtt_us / 2 + leg->buffer_us};
        struct quality_score score;
        quality_score(&input, &score);
        set(object, "mos", rounded(score.mos, 100));
        set(object, "r", rounded(score.r, 10));
        set(object, "residual", rounded(leg->residual, 10000));
    }
    set(object, "loss", rounded(leg->loss, 10000));
    set(object, "jitter_ms", json_integer(leg->jitter_us / 1000));
    return object;
}

static json_t *receive_json(const struct event_report *report, const struct client_stats *stats)
{
    const struct event_audio *audio = &report->audio_sent;
    struct leg leg = {.loss = report->sent_lost,
                      .residual = audio->expected > 0 ? audio->lost : -1,
                      .burst = audio->burst,
                      .jitter_us = report->jitter_us,
                      .buffer_us = buffer_us(audio->jitter_us)};
    if (stats != NULL && stats->concealed >= 0) {
        leg.residual = stats->concealed; /* it knows better what was heard */
        leg.buffer_us = (int64_t)stats->jitter_buffer_ms * 1000;
    }
    json_t *object = leg_json(&leg, report->rtt_us);
    if (report->available_bps != 0 && report->available_bps < INT64_MAX) {
        set(object, "available_bps", json_integer((json_int_t)report->available_bps));
    }
    if (stats != NULL) {
        set(object, "freezes", json_integer(stats->freezes));
        set(object, "freeze_ms", json_integer(stats->freeze_ms));
    }
    return object;
}

static json_t *send_json(const struct event_report *report)
{
    const struct event_audio *audio = &report->audio_received;
    struct leg leg = {.loss = report->received_lost,
                      .residual = audio->expected > 0 ? audio->lost : -1,
                      .burst = audio->burst,
                      .jitter_us = audio->jitter_us,
                      .buffer_us = buffer_us(audio->jitter_us)};
    return leg_json(&leg, report->rtt_us);
}

json_t *quality_message(const struct event_report *report, const struct client_stats *stats,
                        int64_t now_us)
{
    bool fresh = stats->told && now_us - stats->told_us < CLIENT_STATS_FRESH_US;
    json_t *message =
        json_pack("{s:s, s:s, s:o, s:o}", "type", "quality", "version", QUALITY_VERSION, "receive",
                  receive_json(report, fresh ? stats : NULL), "send", send_json(report));
    if (message != NULL && report->rtt_us > 0) {
        set(message, "rtt_ms", json_integer((report->rtt_us + 500) / 1000));
    }
    return message;
}
