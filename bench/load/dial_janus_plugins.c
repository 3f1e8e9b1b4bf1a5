/* What is particular to each plugin of Janus. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "load/answer.h"
#include "load/dial_janus_leg.h"

static bool says(const json_t *data, const char *key, const char *value)
{
    const char *text = json_string_value(json_object_get(data, key));
    return text != NULL && strcmp(text, value) == 0;
}

static json_int_t room_of(const struct janus_leg *leg)
{
    return (json_int_t)janus_room_number(leg->place.room);
}

/* EchoTest: one message with the offer. */

static bool sends_video(const struct janus_leg *leg)
{
    for (size_t i = 0; i < leg->agreement.stream_count; i++) {
        if (leg->agreement.streams[i].kind == LOAD_VIDEO) {
            return true;
        }
    }
    return false;
}

static int echo_begin(struct janus_leg *leg)
{
    janus_leg_ask(leg, json_pack("{s:b,s:b}", "audio", 1, "video", sends_video(leg)), "offer",
                  leg->offer);
    return 0;
}

static void echo_event(struct janus_leg *leg, const json_t *data, const json_t *jsep)
{
    (void)data;
    janus_leg_answered(leg, jsep);
}

const struct janus_leg_kind janus_echo = {
    .plugin = "janus.plugin.echotest", .begin = echo_begin, .event = echo_event};

/* AudioBridge: join, then the offer. */

static int bridge_begin(struct janus_leg *leg)
{
    janus_leg_ask(
        leg,
        json_pack("{s:s,s:I,s:s}", "request", "join", "room", room_of(leg), "display", leg->name),
        NULL, NULL);
    return 0;
}

static void bridge_event(struct janus_leg *leg, const json_t *data, const json_t *jsep)
{
    /* others' coming is told under the same name, but without an id */
    if (!leg->agreed && says(data, "audiobridge", "joined") &&
        json_object_get(data, "id") != NULL) {
        janus_leg_ask(leg, json_pack("{s:s,s:b}", "request", "configure", "muted", 0), "offer",
                      leg->offer);
        return;
    }
    janus_leg_answered(leg, jsep);
}

const struct janus_leg_kind janus_bridge = {.plugin = "janus.plugin.audiobridge",
                                            .in_room = true,
                                            .begin = bridge_begin,
                                            .event = bridge_event};

/* VideoRoom, the leg that sends. */

static int publisher_begin(struct janus_leg *leg)
{
    janus_leg_ask(leg,
                  json_pack("{s:s,s:s,s:I,s:s}", "request", "joinandconfigure", "ptype",
                            "publisher", "room", room_of(leg), "display", leg->name),
                  "offer", leg->offer);
    return 0;
}

static void note_publishers(struct janus_room *room, const json_t *publishers)
{
    size_t index = 0;
    json_t *one = NULL;
    json_array_foreach(publishers, index, one)
    {
        json_int_t id = json_integer_value(json_object_get(one, "id"));
        const json_t *active = json_object_get(one, "publisher"); /* in lists of participants */
        if (id != 0 && !json_is_false(active)) {
            janus_room_publisher(room, (uint64_t)id, 0, true);
        }
    }
}

static void publisher_event(struct janus_leg *leg, const json_t *data, const json_t *jsep)
{
    struct janus_room *room = leg->place.room;
    json_int_t gone = json_integer_value(json_object_get(data, "unpublished"));
    json_int_t left = json_integer_value(json_object_get(data, "leaving"));
    if (room == NULL) {
        return;
    }
    if (says(data, "videoroom", "joined")) {
        leg->publisher = (uint64_t)json_integer_value(json_object_get(data, "id"));
        janus_room_publisher(room, leg->publisher, leg->caller, false);
    }
    if (gone != 0 || left != 0) {
        janus_room_unpublished(room, (uint64_t)(gone != 0 ? gone : left));
    }
    note_publishers(room, json_object_get(data, "publishers"));
    janus_leg_answered(leg, jsep);
}

static void publisher_up(struct janus_leg *leg)
{
    if (leg->publisher != 0 && leg->place.room != NULL) {
        janus_room_publisher(leg->place.room, leg->publisher, leg->caller, true);
    }
}

const struct janus_leg_kind janus_publisher = {.plugin = "janus.plugin.videoroom",
                                               .in_room = true,
                                               .begin = publisher_begin,
                                               .event = publisher_event,
                                               .up = publisher_up};

/* VideoRoom, the leg that receives: it has a stream for each publisher, and Janus offers. */

enum { PATIENCE = 3 /**< time-outs until somebody must have published */ };

static bool has_feed(const struct janus_leg *leg, uint64_t id)
{
    for (size_t i = 0; i < leg->feed_count; i++) {
        if (leg->feeds[i] == id) {
            return true;
        }
    }
    return false;
}

/** Notes who is to be asked for. @return the list for Janus, NULL when there is nobody new or no
 * memory */
static json_t *new_feeds(struct janus_leg *leg)
{
    const struct janus_feed *feeds = NULL;
    size_t count = janus_room_feeds(leg->place.room, &feeds);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        if (!feeds[i].live || feeds[i].caller == leg->caller || has_feed(leg, feeds[i].id)) {
            continue;
        }
        uint64_t *longer = reallocarray(leg->feeds, leg->feed_count + 1, sizeof(*longer));
        if (longer == NULL) {
            break;
        }
        leg->feeds = longer;
        leg->feeds[leg->feed_count++] = feeds[i].id;
        json_t *one = json_pack("{s:I}", "feed", (json_int_t)feeds[i].id);
        if (leg->audio && !leg->video && feeds[i].caller != 0) {
            (void)json_object_set_new(one, "mid", json_string("0")); /* as offer_write numbers */
        }
        (void)json_array_append_new(list, one);
    }
    if (json_array_size(list) == 0) {
        json_decref(list);
        return NULL;
    }
    return list;
}

static void subscribe(struct janus_leg *leg)
{
    if (!leg->ready || leg->busy) {
        return;
    }
    bool first = leg->feed_count == 0;
    json_t *list = new_feeds(leg);
    if (list == NULL) {
        return;
    }
    leg->busy = true;
    json_t *body = NULL;
    if (first) {
        body = json_pack("{s:s,s:s,s:I,s:o}", "request", "join", "ptype", "subscriber", "room",
                         room_of(leg), "streams", list);
    } else {
        body = json_pack("{s:s,s:o}", "request", "subscribe", "streams", list);
    }
    janus_leg_ask(leg, body, NULL, NULL);
}

static int subscriber_begin(struct janus_leg *leg)
{
    struct dialer *dialer = leg->base.dialer;
    leg->ready = true;
    /* publishers that are not of this run are known by asking only */
    janus_leg_ask(leg, json_pack("{s:s,s:I}", "request", "listparticipants", "room", room_of(leg)),
                  NULL, NULL);
    turn_set(dialer->turn, &leg->timer,
             turn_now_us(dialer->turn) + PATIENCE * dialer->target.timeout_us);
    subscribe(leg);
    return 0;
}

/** Answers an offer of Janus. The leg may be gone afterwards. */
static void answer_offer(struct janus_leg *leg, const char *sdp)
{
    char message[DIAL_MESSAGE_BYTES];
    char *answer = NULL;
    enum load_cause cause = answer_make(&leg->agreement, &leg->base.local, leg->version + 1, sdp,
                                        strlen(sdp), &answer, message);
    if (cause != LOAD_FINE) {
        janus_leg_fail(leg, cause, message);
        return;
    }
    leg->version++;
    janus_leg_ask(leg, json_pack("{s:s}", "request", "start"), "answer", answer);
    free(answer);
    janus_leg_agreed(leg);
}

static void subscriber_event(struct janus_leg *leg, const json_t *data, const json_t *jsep)
{
    const char *offer = janus_leg_sdp(jsep, "offer");
    const json_t *participants = json_object_get(data, "participants");
    if (leg->place.room == NULL) {
        return;
    }
    if (participants != NULL) {
        note_publishers(leg->place.room, participants);
        return;
    }
    if (offer != NULL) {
        leg->busy = true; /* until our answer is taken */
        answer_offer(leg, offer);
        return;
    }
    if (says(data, "started", "ok") || says(data, "videoroom", "updated")) {
        leg->busy = false;
        subscribe(leg);
    }
}

const struct janus_leg_kind janus_subscriber = {.plugin = "janus.plugin.videoroom",
                                                .in_room = true,
                                                .begin = subscriber_begin,
                                                .event = subscriber_event,
                                                .changed = subscribe};
