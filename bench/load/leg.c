#include "load/leg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "load/descriptors.h"

enum { PAYLOAD_TYPES = 128 };

struct leg {
    struct leg_config config;
    struct dial_wish wish;
    enum leg_state state;
    enum load_cause cause;
    char message[DIAL_MESSAGE_BYTES];
    struct agent *agent;
    struct dial *dial;
    struct agreement *agreement; /* until there is an endpoint */
    struct endpoint *endpoint;
    struct turn_timer timer; /* of the endpoint */
    struct leg_times times;
    bool speaks;
    bool gone;                    /* everything toward the server is closed */
    uint8_t kinds[PAYLOAD_TYPES]; /* bits of enum load_kind that a payload type may be */
    bool has[LOAD_VIDEO + 1];
};

static void set_state(struct leg *leg, enum leg_state state)
{
    leg->state = state;
    if (state != LEG_ENDED) {
        leg->config.changed(leg->config.owner, leg);
    }
}

static void hang_up(struct leg *leg)
{
    if (leg->gone) {
        return;
    }
    leg->gone = true;
    turn_set(leg->config.turn, &leg->timer, INT64_MAX);
    if (leg->endpoint != NULL) {
        endpoint_end(leg->endpoint, turn_now_us(leg->config.turn));
    }
    agent_close(leg->agent);
    dial_hang_up(&leg->dial);
}

static void fail(struct leg *leg, enum load_cause cause, const char *message)
{
    if (leg->state == LEG_FAILED || leg->state == LEG_ENDED) {
        return;
    }
    leg->cause = cause;
    if (cause == LOAD_NO_RESOURCES && message == NULL) {
        message = descriptors_shortage();
    }
    (void)snprintf(leg->message, sizeof(leg->message), "%s", message != NULL ? message : "");
    hang_up(leg);
    set_state(leg, LEG_FAILED);
}

static enum load_cause own_cause(int err)
{
    return err == ERR_INVALID ? LOAD_NO_CANDIDATES : LOAD_NO_RESOURCES;
}

/* Media. */

static void set_timer(struct leg *leg)
{
    if (!leg->gone) {
        turn_set(leg->config.turn, &leg->timer, endpoint_next_deadline(leg->endpoint));
    }
}

static void on_timer(void *owner, int64_t now_us)
{
    struct leg *leg = owner;
    endpoint_timeout(leg->endpoint, now_us);
    set_timer(leg);
}

static void on_send_rtp(void *owner, uint8_t *data, size_t len)
{
    const struct leg *leg = owner;
    agent_send_rtp(leg->agent, data, len);
}

static void on_send_rtcp(void *owner, uint8_t *data, size_t len)
{
    const struct leg *leg = owner;
    agent_send_rtcp(leg->agent, data, len);
}

static void note_kind(struct leg *leg, uint8_t payload_type)
{
    uint8_t kinds = leg->kinds[payload_type % PAYLOAD_TYPES];
    leg->has[LOAD_AUDIO] = leg->has[LOAD_AUDIO] || (kinds & 1 << LOAD_AUDIO) != 0;
    leg->has[LOAD_VIDEO] = leg->has[LOAD_VIDEO] || (kinds & 1 << LOAD_VIDEO) != 0;
}

static void on_rtp(void *owner, uint8_t *data, size_t len, int64_t arrived_us)
{
    struct leg *leg = owner;
    if (leg->endpoint != NULL && !leg->gone && len > 1) {
        note_kind(leg, data[1] & 0x7f);
        endpoint_receive_rtp(leg->endpoint, data, len, arrived_us, turn_now_us(leg->config.turn));
        set_timer(leg);
    }
}

static void on_rtcp(void *owner, uint8_t *data, size_t len, int64_t arrived_us)
{
    struct leg *leg = owner;
    if (leg->endpoint != NULL && !leg->gone) {
        endpoint_receive_rtcp(leg->endpoint, data, len, arrived_us, turn_now_us(leg->config.turn));
        set_timer(leg);
    }
}

static void note_payload_types(struct leg *leg, const struct agreement *agreement)
{
    for (size_t i = 0; i < agreement->stream_count; i++) {
        const struct agreement_stream *stream = &agreement->streams[i];
        if (stream->receives) {
            leg->kinds[stream->pt % PAYLOAD_TYPES] |= (uint8_t)(1 << stream->kind);
            if (stream->red_pt != 0) {
                leg->kinds[stream->red_pt % PAYLOAD_TYPES] |= (uint8_t)(1 << stream->kind);
            }
        }
    }
}

static int make_endpoint(struct leg *leg)
{
    const struct endpoint_config config = {.agreement = leg->agreement,
                                           .content = leg->config.content,
                                           .caller = leg->wish.caller,
                                           .tone = leg->config.tone,
                                           .tap = leg->config.tap,
                                           .seed = leg->config.seed};
    const struct endpoint_output output = {.rtp = on_send_rtp, .rtcp = on_send_rtcp, .owner = leg};
    int64_t now_us = turn_now_us(leg->config.turn);
    int err = endpoint_new(&leg->endpoint, &config, &output, now_us);
    if (err == 0) {
        free(leg->agreement);
        leg->agreement = NULL;
        endpoint_speak(leg->endpoint, leg->speaks, now_us);
        set_timer(leg);
    }
    return err;
}

/* Signalling. */

static void on_agreed(void *owner, const struct agreement *agreement)
{
    struct leg *leg = owner;
    note_payload_types(leg, agreement);
    if (leg->endpoint != NULL) {
        if (endpoint_grow(leg->endpoint, agreement, turn_now_us(leg->config.turn)) != 0) {
            fail(leg, LOAD_NO_RESOURCES, NULL);
            return;
        }
        set_timer(leg);
        return;
    }
    if (leg->agreement == NULL) {
        leg->agreement = malloc(sizeof(*leg->agreement));
    }
    if (leg->agreement == NULL) {
        fail(leg, LOAD_NO_RESOURCES, NULL);
        return;
    }
    *leg->agreement = *agreement;
    if (leg->state != LEG_DIALING) {
        return; /* it has grown before we were up */
    }
    leg->times.answer_us = turn_now_us(leg->config.turn);
    int err = agent_connect(leg->agent, &agreement->remote);
    if (err != 0) {
        fail(leg, own_cause(err), NULL);
        return;
    }
    set_state(leg, LEG_CONNECTING);
}

static void on_refused(void *owner, enum load_cause cause, const char *message)
{
    fail(owner, cause, message);
}

static void on_ended(void *owner, const char *message)
{
    fail(owner, LOAD_DROPPED, message);
}

static void dial_server(struct leg *leg)
{
    const struct dial_handler handler = {
        .agreed = on_agreed, .failed = on_refused, .ended = on_ended, .owner = leg};
    leg->state = LEG_DIALING;
    int err =
        dial_new(&leg->dial, leg->config.dialer, &leg->wish, agent_local(leg->agent), &handler);
    if (err != 0) {
        fail(leg, LOAD_NO_RESOURCES, NULL);
        return;
    }
    set_state(leg, LEG_DIALING);
}

/* The path. */

static void on_path_state(void *owner, enum agent_state state, enum load_cause cause)
{
    struct leg *leg = owner;
    switch (state) {
    case AGENT_READY:
        dial_server(leg);
        break;
    case AGENT_CONNECTED: {
        const struct agent_times *times = agent_times(leg->agent);
        leg->times.path_us = times->path_us;
        leg->times.keys_us = times->keys_us;
        if (make_endpoint(leg) != 0) {
            fail(leg, LOAD_NO_RESOURCES, NULL);
            return;
        }
        set_state(leg, LEG_UP);
        break;
    }
    case AGENT_HANDSHAKE:
        leg->times.path_us = agent_times(leg->agent)->path_us;
        break;
    case AGENT_CLOSED:
    case AGENT_FAILED:
        fail(leg, cause, cause == LOAD_NO_RESOURCES ? NULL : agent_reason(leg->agent));
        break;
    case AGENT_GATHERING:
    case AGENT_CHECKING:
        break;
    }
}

/* Life. */

int leg_new(struct leg **out, const struct leg_config *config)
{
    struct leg *leg = calloc(1, sizeof(*leg));
    if (leg == NULL) {
        return ERR_NO_MEMORY;
    }
    const struct agent_handler handler = {
        .state = on_path_state, .rtp = on_rtp, .rtcp = on_rtcp, .owner = leg};
    leg->config = *config;
    leg->wish = *config->wish;
    leg->config.wish = NULL;
    turn_timer_init(&leg->timer, on_timer, leg);
    int err = agent_new(&leg->agent, config->agents, config->impairment, &handler);
    leg->config.impairment = NULL;
    if (err != 0) {
        free(leg);
        return err;
    }
    *out = leg;
    return 0;
}

enum leg_state leg_state(const struct leg *leg)
{
    return leg->state;
}

enum load_cause leg_cause(const struct leg *leg)
{
    return leg->cause;
}

const char *leg_message(const struct leg *leg)
{
    return leg->message;
}

const struct leg_times *leg_times(const struct leg *leg)
{
    return &leg->times;
}

const struct agent_counts *leg_counts(const struct leg *leg)
{
    return agent_counts(leg->agent);
}

bool leg_has(const struct leg *leg, enum load_kind kind)
{
    return leg->has[kind];
}

struct endpoint *leg_endpoint(const struct leg *leg)
{
    return leg->endpoint;
}

void leg_speak(struct leg *leg, bool on)
{
    leg->speaks = on;
    if (leg->endpoint != NULL && !leg->gone) {
        endpoint_speak(leg->endpoint, on, turn_now_us(leg->config.turn));
        set_timer(leg);
    }
}

void leg_end(struct leg *leg)
{
    hang_up(leg);
    if (leg->state != LEG_FAILED) {
        set_state(leg, LEG_ENDED);
    }
}

void leg_free(struct leg **leg)
{
    struct leg *gone = *leg;
    if (gone == NULL) {
        return;
    }
    hang_up(gone);
    agent_free(&gone->agent);
    endpoint_free(&gone->endpoint);
    free(gone->agreement);
    free(gone);
    *leg = NULL;
}
