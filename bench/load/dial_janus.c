/* Janus' HTTP API: EchoTest, VideoRoom, AudioBridge. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "load/answer.h"
#include "load/dial_janus_leg.h"
#include "load/dial_url.h"
#include "load/offer.h"

enum { NO_SUCH_FEED = 428 };

struct janus_shared {
    struct janus_session *session;
    struct janus_rooms *rooms;
};

static struct janus_leg *leg_of(struct dial *dial)
{
    return (struct janus_leg *)(void *)dial;
}

/* The way. */

static void close_way(struct dialer *dialer)
{
    struct janus_shared *shared = dialer->shared;
    janus_rooms_free(&shared->rooms);
    janus_session_free(&shared->session);
    free(shared);
    dialer->shared = NULL;
}

static int open_way(struct dialer *dialer, const char **reason)
{
    const struct dial_target *target = &dialer->target;
    if (target->url == NULL) {
        *reason = "Janus needs the URL of its HTTP API";
        return ERR_INVALID;
    }
    int err = dial_url_check(target->url, reason);
    if (err != 0) {
        return err;
    }
    struct janus_shared *shared = calloc(1, sizeof(*shared));
    if (shared == NULL) {
        return ERR_NO_MEMORY;
    }
    dialer->shared = shared;
    const char *plugin =
        target->kind == DIAL_JANUS_AUDIOBRIDGE ? janus_bridge.plugin : janus_publisher.plugin;
    err = janus_session_new(&shared->session, dialer, target->url);
    if (err == 0) {
        err = janus_rooms_new(&shared->rooms, dialer, shared->session, plugin);
    }
    if (err != 0) {
        close_way(dialer);
    }
    return err;
}

static void finish_way(struct dialer *dialer)
{
    struct janus_shared *shared = dialer->shared;
    janus_rooms_finish(shared->rooms);
    janus_session_finish(shared->session);
}

/** EchoTest gives back what it gets: who only listens sends sound to have something to hear. */
static size_t echo_legs(const struct dial_wish *whole, struct dial_wish *leg)
{
    *leg = *whole;
    leg->send_audio = whole->send_audio || !whole->send_video;
    leg->receive_audio = leg->send_audio ? 1 : 0;
    leg->receive_video = leg->send_video ? 1 : 0;
    return 1;
}

static size_t bridge_legs(const struct dial_wish *whole, struct dial_wish *leg)
{
    *leg = *whole;
    leg->send_video = false;
    leg->simulcast = false;
    leg->receive_audio = 1;
    leg->receive_video = 0;
    return 1;
}

static size_t legs_of(const struct dialer *dialer, const struct dial_wish *whole,
                      struct dial_wish legs[static DIAL_MAX_LEGS])
{
    size_t count = 0;
    if (dialer->target.kind == DIAL_JANUS_ECHO) {
        return echo_legs(whole, legs);
    }
    if (dialer->target.kind == DIAL_JANUS_AUDIOBRIDGE) {
        return bridge_legs(whole, legs);
    }
    if (whole->send_audio || whole->send_video) {
        legs[count] = *whole;
        legs[count].receive_audio = 0;
        legs[count].receive_video = 0;
        count++;
    }
    if (whole->receive_audio > 0 || whole->receive_video > 0) {
        legs[count] = *whole;
        legs[count].send_audio = false;
        legs[count].send_video = false;
        legs[count].simulcast = false;
        count++;
    }
    return count;
}

static const struct janus_leg_kind *kind_of(const struct dialer *dialer,
                                            const struct dial_wish *wish)
{
    if (dialer->target.kind == DIAL_JANUS_ECHO) {
        return &janus_echo;
    }
    if (dialer->target.kind == DIAL_JANUS_AUDIOBRIDGE) {
        return &janus_bridge;
    }
    return wish->send_audio || wish->send_video ? &janus_publisher : &janus_subscriber;
}

/* What a leg hears. */

void janus_leg_fail(struct janus_leg *leg, enum load_cause cause, const char *message)
{
    turn_set(leg->base.dialer->turn, &leg->timer, INT64_MAX);
    if (!leg->agreed) {
        dial_fail(&leg->base, cause, message);
    } else if (leg->base.handler.ended != NULL) {
        leg->base.handler.ended(leg->base.handler.owner, message);
    }
}

void janus_leg_agreed(struct janus_leg *leg)
{
    turn_set(leg->base.dialer->turn, &leg->timer, INT64_MAX);
    leg->agreed = true;
    dial_agree(&leg->base, &leg->agreement);
}

void janus_leg_ask(struct janus_leg *leg, json_t *body, const char *type, const char *sdp)
{
    struct dialer *dialer = leg->base.dialer;
    if (!leg->agreed) {
        turn_set(dialer->turn, &leg->timer, turn_now_us(dialer->turn) + dialer->target.timeout_us);
    }
    if (janus_message(leg->handle, body, type, sdp) != 0) {
        turn_set(dialer->turn, &leg->timer, turn_now_us(dialer->turn)); /* told from the turn */
    }
}

const char *janus_leg_sdp(const json_t *jsep, const char *type)
{
    const char *says = json_string_value(json_object_get(jsep, "type"));
    return says != NULL && strcmp(says, type) == 0 ? json_string_value(json_object_get(jsep, "sdp"))
                                                   : NULL;
}

void janus_leg_answered(struct janus_leg *leg, const json_t *jsep)
{
    char message[DIAL_MESSAGE_BYTES];
    const char *sdp = janus_leg_sdp(jsep, "answer");
    if (sdp == NULL || leg->agreed) {
        return; /* about something else */
    }
    enum load_cause cause = answer_read(&leg->agreement, sdp, strlen(sdp), message);
    free(leg->offer);
    leg->offer = NULL;
    if (cause == LOAD_FINE) {
        janus_leg_agreed(leg);
    } else {
        janus_leg_fail(leg, cause, message);
    }
}

static void on_timer(void *owner, int64_t now_us)
{
    (void)now_us;
    janus_leg_fail(owner, LOAD_HTTP_TIMEOUT, "Janus did not answer in time");
}

static void begin(struct janus_leg *leg)
{
    if (leg->kind->begin(leg) != 0) {
        janus_leg_fail(leg, LOAD_NO_RESOURCES, "out of memory");
    }
}

static void on_room(void *owner)
{
    begin(owner);
}

static void on_changed(void *owner)
{
    struct janus_leg *leg = owner;
    if (leg->kind->changed != NULL) {
        leg->kind->changed(leg);
    }
}

static void on_failed(void *owner, enum load_cause cause, const char *message)
{
    janus_leg_fail(owner, cause, message);
}

static void on_attached(void *owner)
{
    struct janus_leg *leg = owner;
    struct janus_shared *shared = leg->base.dialer->shared;
    if (!leg->kind->in_room) {
        begin(leg);
        return;
    }
    if (janus_rooms_enter(shared->rooms, leg->room, &leg->place) != 0) {
        janus_leg_fail(leg, LOAD_NO_RESOURCES, "out of memory");
    }
}

/** What Janus' plugins mean by their error codes. */
static enum load_cause cause_of(json_int_t code)
{
    switch (code) {
    case 426: /* VideoRoom, AudioBridge: no such room */
    case 485:
        return LOAD_NOT_FOUND;
    case 432: /* VideoRoom: as many publishers as it takes */
        return LOAD_SERVER_BUSY;
    case 433: /* unauthorized */
    case 489:
        return LOAD_REFUSED;
    default:
        return LOAD_HTTP_ERROR;
    }
}

static void on_event(void *owner, const json_t *data, const json_t *jsep)
{
    struct janus_leg *leg = owner;
    json_int_t error = json_integer_value(json_object_get(data, "error_code"));
    const char *words = json_string_value(json_object_get(data, "error"));
    if (error == 0) {
        leg->kind->event(leg, data, jsep);
        return;
    }
    leg->busy = false;
    if (leg->agreed) {
        return; /* what was agreed stays */
    }
    if (error == NO_SUCH_FEED) { /* it left before we came: another may be there */
        leg->feed_count = 0;
        return;
    }
    janus_leg_fail(leg, cause_of(error), words != NULL ? words : "an error without words");
}

static void on_up(void *owner)
{
    struct janus_leg *leg = owner;
    if (leg->kind->up != NULL) {
        leg->kind->up(leg);
    }
}

static void on_gone(void *owner, const char *reason)
{
    janus_leg_fail(owner, LOAD_HTTP_ERROR, reason);
}

/* Life. */

static void hang_up(struct dial **dial)
{
    struct janus_leg *leg = leg_of(*dial);
    *dial = NULL;
    turn_set(leg->base.dialer->turn, &leg->timer, INT64_MAX);
    if (leg->publisher != 0 && leg->place.room != NULL) {
        janus_room_unpublished(leg->place.room, leg->publisher);
    }
    janus_rooms_leave(&leg->place);
    janus_detach(&leg->handle);
    free(leg->offer);
    free(leg->feeds);
    free(leg);
}

static int make(struct dial **out, const struct dial *base, const struct dial_wish *wish)
{
    struct dialer *dialer = base->dialer;
    struct janus_shared *shared = dialer->shared;
    struct janus_leg *leg = calloc(1, sizeof(*leg));
    if (leg == NULL) {
        return ERR_NO_MEMORY;
    }
    leg->base = *base;
    leg->kind = kind_of(dialer, wish);
    leg->caller = wish->caller;
    (void)snprintf(leg->room, sizeof(leg->room), "%s", wish->room);
    (void)snprintf(leg->name, sizeof(leg->name), "%s", wish->name);
    leg->audio = wish->receive_audio > 0;
    leg->video = wish->receive_video > 0;
    leg->place = (struct janus_place){
        .ready = on_room, .failed = on_failed, .changed = on_changed, .owner = leg};
    turn_timer_init(&leg->timer, on_timer, leg);
    const struct janus_ear ear = {.attached = on_attached,
                                  .event = on_event,
                                  .up = on_up,
                                  .failed = on_failed,
                                  .gone = on_gone,
                                  .owner = leg};
    int err = 0;
    if (leg->kind == &janus_subscriber) {
        offer_plan_init(&leg->agreement, &dialer->rand);
    } else {
        err = offer_write(wish, &base->local, &dialer->rand, &leg->agreement, &leg->offer);
    }
    if (err == 0) {
        err = janus_attach(&leg->handle, shared->session, leg->kind->plugin, &ear);
    }
    if (err != 0) {
        free(leg->offer);
        free(leg);
        return err;
    }
    turn_set(dialer->turn, &leg->timer, turn_now_us(dialer->turn) + dialer->target.timeout_us);
    *out = &leg->base;
    return 0;
}

const struct dial_way dial_janus = {
    .open = open_way,
    .legs = legs_of,
    .make = make,
    .hang_up = hang_up,
    .finish = finish_way,
    .close = close_way,
};
