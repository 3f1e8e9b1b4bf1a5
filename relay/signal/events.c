#include "events.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "room/command.h"
#include "websocket.h"

enum { MAX_PIXELS = 16384, MAX_FPS = 240, SECOND_US = 1000000 };

/* ---- writing ---- */

/** Sends a message to one participant; takes the message's reference, NULL (no memory) is passed
 * over. */
static void tell(struct events *events, const struct directory_participant *to, json_t *message)
{
    if (to->socket != NULL && message != NULL) {
        char *text = json_dumps(message, JSON_COMPACT);
        if (text != NULL) {
            events->sockets->send(to->socket, text, strlen(text));
        }
        free(text);
    }
    json_decref(message);
}

/** Sends a message to everybody in the room but one (NULL: to everybody); takes the reference. */
static void tell_room(struct events *events, const struct directory_room *room,
                      const struct directory_participant *except, json_t *message)
{
    char *text = message == NULL ? NULL : json_dumps(message, JSON_COMPACT);
    json_decref(message);
    if (text == NULL) {
        return;
    }
    size_t len = strlen(text);
    LIST_FOR_EACH(link, &room->participants)
    {
        const struct directory_participant *p =
            LIST_ENTRY(link, struct directory_participant, link);
        if (p != except && p->socket != NULL) {
            events->sockets->send(p->socket, text, len);
        }
    }
    free(text);
}

static json_t *tracks_json(const struct directory_participant *p)
{
    json_t *tracks = json_array();
    for (size_t i = 0; p->session != NULL && i < p->session->media_count; i++) {
        const struct session_media *media = &p->session->media[i];
        if (!media->rejected && media->client_sends) {
            (void)json_array_append_new(tracks, json_pack("{s:s, s:s, s:s, s:b}", "id", media->mid,
                                                          "kind", media_kind_name(media->kind),
                                                          "source", media->source, "muted",
                                                          (int)p->muted[media->kind]));
        }
    }
    return tracks;
}

static json_t *participant_json(const struct directory_participant *p)
{
    return json_pack("{s:s, s:I, s:s, s:o}", "id", p->id, "number", (json_int_t)p->number, "name",
                     p->name, "tracks", tracks_json(p));
}

json_t *events_roster(const struct directory_room *room)
{
    json_t *all = json_array();
    LIST_FOR_EACH(link, &room->participants)
    {
        const struct directory_participant *p =
            LIST_ENTRY(link, struct directory_participant, link);
        if (!p->grants.hidden) {
            (void)json_array_append_new(all, participant_json(p));
        }
    }
    return all;
}

/** Text or null. */
static json_t *text_or_null(const char *text)
{
    return text == NULL || text[0] == '\0' ? json_null() : json_string(text);
}

static json_t *slot_json(struct events *events, const struct event_slot *slot)
{
    const struct directory_participant *from =
        slot->participant == 0 ? NULL : directory_by_number(events->directory, slot->participant);
    json_t *layer = slot->width == 0 ? json_null()
                                     : json_pack("{s:i, s:i}", "width", (int)slot->width, "height",
                                                 (int)slot->height);
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "mid", slot->mid, "kind",
                     media_kind_name(slot->media_kind), "feed",
                     text_or_null(feed_kind_name(slot->feed)), "participant",
                     text_or_null(from == NULL ? NULL : from->id), "track",
                     slot->feed == FEED_TRACK ? json_string(slot->track) : json_null(), "layer",
                     layer, "paused", text_or_null(pause_cause_name(slot->paused)));
}

static const struct event_slot *known_slot(const struct directory_participant *p, const char *mid)
{
    for (size_t i = 0; i < p->slot_count; i++) {
        if (strcmp(p->slots[i].mid, mid) == 0) {
            return &p->slots[i];
        }
    }
    return NULL;
}

/** All slots of a participant, also those that nothing is known of. */
static json_t *slots_json(struct events *events, const struct directory_participant *p)
{
    json_t *slots = json_array();
    for (size_t i = 0; p->session != NULL && i < p->session->media_count; i++) {
        const struct session_media *media = &p->session->media[i];
        if (media->rejected || !media->client_receives) {
            continue;
        }
        struct event_slot empty = {.media_kind = media->kind, .feed = FEED_NONE};
        memcpy(empty.mid, media->mid, sizeof(empty.mid));
        const struct event_slot *slot = known_slot(p, media->mid);
        (void)json_array_append_new(slots, slot_json(events, slot == NULL ? &empty : slot));
    }
    return slots;
}

void events_attach(struct events *events, struct directory_participant *participant, void *socket)
{
    void *older = participant->socket;
    participant->socket = socket;
    if (older != NULL) {
        events->sockets->close(older, WEBSOCKET_REPLACED, "a newer events connection was opened");
    }
    tell(events, participant,
         json_pack("{s:s, s:s, s:s, s:o, s:o}", "type", "welcome", "participant", participant->id,
                   "room", participant->room->name, "participants",
                   events_roster(participant->room), "slots", slots_json(events, participant)));
}

void events_detach(struct directory_participant *participant, const void *socket)
{
    if (participant->socket == socket) {
        participant->socket = NULL;
    }
}

static void announce(struct events *events, const struct directory_participant *p, const char *type)
{
    if (!p->grants.hidden) {
        tell_room(events, p->room, p,
                  json_pack("{s:s, s:o}", "type", type, "participant", participant_json(p)));
    }
}

void events_joined(struct events *events, const struct directory_participant *participant)
{
    announce(events, participant, "joined");
}

void events_updated(struct events *events, const struct directory_participant *participant)
{
    announce(events, participant, "updated");
}

void events_removed(struct events *events, const struct directory_participant *participant,
                    const char *by)
{
    tell(events, participant, json_pack("{s:s, s:o}", "type", "removed", "by", text_or_null(by)));
}

void events_leave(struct events *events, struct directory_participant **participant, int64_t now_us)
{
    struct directory_participant *p = *participant;
    announce(events, p, "left");
    if (p->socket != NULL) {
        events->sockets->close(p->socket, WEBSOCKET_LEFT, "the participant has left");
        p->socket = NULL;
    }
    directory_leave(events->directory, participant, now_us);
}

void events_closing(struct events *events)
{
    size_t cursor = 0;
    for (const struct directory_room *room = directory_next_room(events->directory, &cursor);
         room != NULL; room = directory_next_room(events->directory, &cursor)) {
        tell_room(events, room, NULL, json_pack("{s:s, s:n}", "type", "closing", "url"));
    }
}

/* ---- from the workers ---- */

/** Keeps what the slots show, for the next welcome. */
static void remember_slot(struct directory_participant *p, const struct event_slot *slot)
{
    for (size_t i = 0; i < p->slot_count; i++) {
        if (strcmp(p->slots[i].mid, slot->mid) == 0) {
            p->slots[i] = *slot;
            return;
        }
    }
    if (p->slot_count == SESSION_MAX_MEDIA) {
        return;
    }
    struct event_slot *grown = realloc(p->slots, (p->slot_count + 1) * sizeof(p->slots[0]));
    if (grown != NULL) {
        p->slots = grown;
        p->slots[p->slot_count++] = *slot;
    }
}

static void take_slots(struct events *events, struct directory_participant *p,
                       const struct event *event)
{
    json_t *slots = json_array();
    for (size_t i = 0; i < event->slot_count; i++) {
        remember_slot(p, &event->slots[i]);
        (void)json_array_append_new(slots, slot_json(events, &event->slots[i]));
    }
    tell(events, p, json_pack("{s:s, s:o}", "type", "slots", "slots", slots));
}

/** Tells a publisher which of its encodings anybody wants: it may stop the others. */
static void take_layers(struct events *events, const struct directory_participant *p,
                        const struct event *event)
{
    json_t *layers = json_array();
    for (size_t i = 0; i < event->layer_count; i++) {
        const struct event_layer *layer = &event->layers[i];
        (void)json_array_append_new(
            layers, json_pack("{s:s, s:s, s:i, s:b, s:i}", "mid", layer->mid, "rid", layer->rid,
                              "index", (int)layer->index, "wanted", (int)layer->wanted, "temporal",
                              (int)layer->temporal));
    }
    tell(events, p, json_pack("{s:s, s:o}", "type", "layers", "layers", layers));
}

/** Id of a participant by number, NULL for nobody and for those who are hidden. */
static const char *visible_id(struct events *events, uint32_t number)
{
    const struct directory_participant *p =
        number == 0 ? NULL : directory_by_number(events->directory, number);
    return p == NULL || p->grants.hidden ? NULL : p->id;
}

static void take_speaking(struct events *events, const struct event *event)
{
    const struct directory_room *room = directory_room(events->directory, event->room);
    if (room == NULL) {
        return;
    }
    json_t *levels = json_object();
    for (size_t i = 0; i < event->level_count; i++) {
        const char *id = visible_id(events, event->levels[i].participant);
        if (id != NULL) {
            (void)json_object_set_new(levels, id, json_integer(event->levels[i].level));
        }
    }
    tell_room(events, room, NULL,
              json_pack("{s:s, s:o, s:o}", "type", "speaking", "dominant",
                        text_or_null(visible_id(events, event->dominant)), "levels", levels));
}

void events_worker(struct events *events, const struct event *event, int64_t now_us)
{
    if (event->kind == EVENT_SPEAKING) {
        take_speaking(events, event);
        return;
    }
    struct directory_participant *p = directory_by_number(events->directory, event->number);
    if (p == NULL) {
        return; /* it left while the event was under way */
    }
    switch (event->kind) {
    case EVENT_CONNECTED:
        p->connected = true;
        log_info("signal", "connected room=%s participant=%u after_ms=%lld", p->room->name,
                 p->number, (long long)((now_us - p->joined_us) / 1000));
        break;
    case EVENT_LEFT:
        log_info("signal", "left room=%s participant=%u reason=%s", p->room->name, p->number,
                 event->reason);
        events_leave(events, &p, now_us);
        break;
    case EVENT_SLOTS:
        take_slots(events, p, event);
        break;
    case EVENT_LAYERS:
        take_layers(events, p, event);
        break;
    case EVENT_SPEAKING:
    case EVENT_REPORT:
    case EVENT_COUNTERS:
    default:
        break;
    }
}

/* ---- from the clients ---- */

/** One message of a client while it is handled. */
struct incoming {
    struct events *events;
    struct directory_participant *from;
    const char *type;
    json_t *message; /**< an object */
};

static void refuse(const struct incoming *in, const char *detail)
{
    tell(in->events, in->from,
         json_pack("{s:s, s:o, s:s}", "type", "error", "about", text_or_null(in->type), "detail",
                   detail));
}

/** Gives a command to the participant's worker; false after an error was sent. */
static bool command(const struct incoming *in, const struct directory_participant *to,
                    struct command *made)
{
    if (in->events->relay->send(in->events->relay->owner, to->room->worker, made) != 0) {
        refuse(in, "the relay is too busy, try again");
        return false;
    }
    return true;
}

/** The participant that a field names, in the sender's room; NULL when there is none. */
static struct directory_participant *named(const struct incoming *in, const char *field)
{
    const char *id = json_string_value(json_object_get(in->message, field));
    return id == NULL ? NULL : directory_find(in->events->directory, in->from->room->name, id);
}

/** The sender's slot that "mid" names, or NULL after an error was sent. */
static const struct session_media *named_slot(const struct incoming *in)
{
    const char *mid = json_string_value(json_object_get(in->message, "mid"));
    const struct session *session = in->from->session;
    for (size_t i = 0; mid != NULL && session != NULL && i < session->media_count; i++) {
        const struct session_media *media = &session->media[i];
        if (!media->rejected && media->client_receives && strcmp(media->mid, mid) == 0) {
            return media;
        }
    }
    refuse(in, "mid does not name an m-line on which you receive");
    return NULL;
}

static void handle_pin(const struct incoming *in)
{
    const struct session_media *slot = named_slot(in);
    if (slot == NULL) {
        return;
    }
    const json_t *participant = json_object_get(in->message, "participant");
    const json_t *track = json_object_get(in->message, "track");
    const struct directory_participant *target = named(in, "participant");
    if (target == NULL && !json_is_null(participant)) {
        refuse(in, "participant is neither null nor the id of somebody in the room");
        return;
    }
    const char *track_mid = json_is_string(track) ? json_string_value(track) : "";
    if ((track != NULL && !json_is_string(track) && !json_is_null(track)) ||
        strlen(track_mid) >= SESSION_MID_BYTES) {
        refuse(in, "track is not the id of a track");
        return;
    }
    struct command *made = NULL;
    if (command_new(&made, COMMAND_PIN, in->from->number) != 0) {
        return;
    }
    memcpy(made->mid, slot->mid, sizeof(made->mid));
    made->target = target == NULL ? 0 : target->number;
    memcpy(made->target_mid, track_mid, strlen(track_mid) + 1);
    (void)command(in, in->from, made);
}

/** An integer field of 0 to most; a missing one is 0 when it may be. */
static bool read_count(const struct incoming *in, const char *field, bool may_miss, json_int_t most,
                       uint32_t *out)
{
    const json_t *value = json_object_get(in->message, field);
    if (value == NULL && may_miss) {
        *out = 0;
        return true;
    }
    /* pages compute sizes as reals */
    double number = json_is_number(value) ? json_number_value(value) : -1;
    if (number < 0 || number > (double)most) {
        return false;
    }
    *out = (uint32_t)number;
    return true;
}

static void handle_view(const struct incoming *in)
{
    const struct session_media *slot = named_slot(in);
    uint32_t width = 0;
    uint32_t height = 0;
    uint32_t fps = 0;
    if (slot == NULL) {
        return;
    }
    if (!read_count(in, "width", false, MAX_PIXELS, &width) ||
        !read_count(in, "height", false, MAX_PIXELS, &height) ||
        !read_count(in, "fps", true, MAX_FPS, &fps)) {
        refuse(in, "width and height must be 0 to 16384, fps 0 to 240");
        return;
    }
    struct command *made = NULL;
    if (command_new(&made, COMMAND_VIEW, in->from->number) != 0) {
        return;
    }
    memcpy(made->mid, slot->mid, sizeof(made->mid));
    made->width = width;
    made->height = height;
    made->fps = fps;
    (void)command(in, in->from, made);
}

static bool read_kind(const json_t *value, enum media_kind *out)
{
    const char *text = json_string_value(value);
    for (int kind = MEDIA_AUDIO; text != NULL && kind <= MEDIA_VIDEO; kind++) {
        if (strcmp(text, media_kind_name((enum media_kind)kind)) == 0) {
            *out = (enum media_kind)kind;
            return true;
        }
    }
    return false;
}

static void handle_mute(const struct incoming *in)
{
    enum media_kind kind = MEDIA_AUDIO;
    const json_t *on = json_object_get(in->message, "on");
    struct directory_participant *target = in->from;
    if (!read_kind(json_object_get(in->message, "kind"), &kind) || !json_is_boolean(on)) {
        refuse(in, "kind must be \"audio\" or \"video\" and on true or false");
        return;
    }
    if (json_object_get(in->message, "participant") != NULL) {
        target = named(in, "participant");
    }
    if (target == NULL) {
        refuse(in, "participant is not the id of somebody in the room");
        return;
    }
    if (target != in->from && !grants_moderate(&in->from->grants, in->from->room->name)) {
        refuse(in, "only a moderator may mute others");
        return;
    }
    if (target != in->from && json_is_false(on)) {
        refuse(in, "people can only unmute themselves");
        return;
    }
    struct command *made = NULL;
    if (command_new(&made, COMMAND_MUTE, target->number) != 0) {
        return;
    }
    made->media_kind = kind;
    made->on = json_is_true(on);
    if (!command(in, target, made)) {
        return;
    }
    target->muted[kind] = json_is_true(on);
    if (target != in->from) {
        tell(in->events, target,
             json_pack("{s:s, s:s, s:b, s:s}", "type", "muted", "kind", media_kind_name(kind), "on",
                       1, "by", in->from->id));
    }
    events_updated(in->events, target);
}

/** chat, hand and data: passed on to one or to all others. */
static void handle_payload(const struct incoming *in)
{
    json_t *payload = json_object_get(in->message, "payload");
    const json_t *to = json_object_get(in->message, "to");
    if (!in->from->grants.can_publish_data) {
        refuse(in, "your token does not allow messages");
        return;
    }
    if (payload == NULL ||
        json_dumpb(payload, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY) > EVENTS_MAX_PAYLOAD_BYTES) {
        refuse(in, "payload is missing or longer than 4096 bytes");
        return;
    }
    const struct directory_participant *target = named(in, "to");
    if (to != NULL && !json_is_null(to) && target == NULL) {
        refuse(in, "to is not the id of somebody in the room");
        return;
    }
    json_t *message =
        json_pack("{s:s, s:s, s:O}", "type", in->type, "from", in->from->id, "payload", payload);
    if (target != NULL) {
        tell(in->events, target, message);
    } else {
        tell_room(in->events, in->from->room, in->from, message);
    }
}

static void handle_stats(const struct incoming *in)
{
    (void)in; /* taken from the client; scores are made of it when there are any */
}

/** True when the participant sends no more messages than is decent. */
static bool within_rate(struct directory_participant *p, int64_t now_us)
{
    if (now_us - p->messages_since_us >= SECOND_US) {
        p->messages_since_us = now_us;
        p->messages = 0;
    }
    return ++p->messages <= EVENTS_MAX_MESSAGES_PER_SECOND;
}

void events_receive(struct events *events, struct directory_participant *participant,
                    const char *text, size_t len, int64_t now_us)
{
    static const struct {
        const char *type;
        void (*handle)(const struct incoming *in);
    } handlers[] = {
        {"pin", handle_pin},      {"view", handle_view},    {"mute", handle_mute},
        {"chat", handle_payload}, {"hand", handle_payload}, {"data", handle_payload},
        {"stats", handle_stats},
    };
    if (participant->socket == NULL) {
        return;
    }
    if (!within_rate(participant, now_us)) {
        events->sockets->close(participant->socket, WEBSOCKET_POLICY, "too many messages");
        participant->socket = NULL;
        return;
    }
    struct incoming in = {.events = events, .from = participant};
    in.message = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    in.type = json_string_value(json_object_get(in.message, "type"));
    if (in.type == NULL) {
        refuse(&in, "a message is one JSON object with a type");
        json_decref(in.message);
        return;
    }
    for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
        if (strcmp(in.type, handlers[i].type) == 0) {
            handlers[i].handle(&in);
            json_decref(in.message);
            return;
        }
    }
    if (strlen(in.type) > 32) {
        in.type = NULL; /* not worth repeating */
    }
    refuse(&in, "there is no such type of message");
    json_decref(in.message);
}
