#include "wishes.h"

#include <string.h>

#include "room/command.h"
#include "websocket.h"

enum { MAX_PIXELS = 16384, MAX_FPS = 240, SECOND_US = 1000000 };

/** One message of a client while it is handled. */
struct incoming {
    struct events *events;
    struct directory_participant *from;
    const char *type;
    json_t *message; /**< an object */
    int64_t now_us;
};

static void refuse(const struct incoming *in, const char *detail)
{
    telling_one(in->events->sockets, in->from,
                json_pack("{s:s, s:o, s:s}", "type", "error", "about", telling_text(in->type),
                          "detail", detail));
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

/** What a slot is to be fed by; missing and null mean as its policy has it. */
static bool read_feed(const json_t *value, enum media_kind kind, enum feed_kind *out)
{
    static const enum feed_kind kinds[] = {FEED_TRACK, FEED_MIX, FEED_GRID};
    const char *text = json_string_value(value);
    for (size_t i = 0; text != NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(text, feed_kind_name(kinds[i])) == 0) {
            *out = kinds[i];
            return kinds[i] != (kind == MEDIA_AUDIO ? FEED_GRID : FEED_MIX);
        }
    }
    *out = FEED_NONE;
    return value == NULL || json_is_null(value);
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
    enum feed_kind feed = FEED_NONE;
    if (!read_feed(json_object_get(in->message, "feed"), slot->kind, &feed)) {
        refuse(in, "feed must be \"track\", \"mix\" (audio), \"grid\" (video) or null");
        return;
    }
    struct command *made = NULL;
    if (command_new(&made, COMMAND_PIN, in->from->number) != 0) {
        return;
    }
    made->feed = feed;
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
        telling_one(in->events->sockets, target,
                    json_pack("{s:s, s:s, s:b, s:s}", "type", "muted", "kind",
                              media_kind_name(kind), "on", 1, "by", in->from->id));
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
        telling_one(in->events->sockets, target, message);
    } else {
        telling_room(in->events->sockets, in->from->room, in->from, message);
    }
}

/** Raised or lowered: true, false, or an object that says so in `up`. */
static const json_t *hand_of(const struct incoming *in)
{
    const json_t *payload = json_object_get(in->message, "payload");
    const json_t *up = json_is_object(payload) ? json_object_get(payload, "up") : payload;
    return json_is_boolean(up) ? up : NULL;
}

/** A hand is told as chat is, and kept for those who come later. */
static void handle_hand(const struct incoming *in)
{
    const json_t *up = hand_of(in);
    if (up == NULL) {
        refuse(in, "payload of a hand is true or false, or an object with up");
        return;
    }
    if (in->from->grants.can_publish_data && json_object_get(in->message, "to") == NULL) {
        bool raised = in->from->hand_us != 0;
        if (!json_is_true(up)) {
            in->from->hand_us = 0;
        } else if (!raised) {
            in->from->hand_us = in->now_us; /* who says it again keeps the place */
        }
    }
    handle_payload(in);
}

static void handle_stats(const struct incoming *in)
{
    if (!client_stats_read(&in->from->stats, in->message, in->now_us)) {
        refuse(in, "stats are numbers of 0 and more, and no more is concealed than there is");
    }
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

void wishes_receive(struct events *events, struct directory_participant *participant,
                    const char *text, size_t len, int64_t now_us)
{
    static const struct {
        const char *type;
        void (*handle)(const struct incoming *in);
    } handlers[] = {
        {"pin", handle_pin},      {"view", handle_view}, {"mute", handle_mute},
        {"chat", handle_payload}, {"hand", handle_hand}, {"data", handle_payload},
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
    struct incoming in = {.events = events, .from = participant, .now_us = now_us};
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
