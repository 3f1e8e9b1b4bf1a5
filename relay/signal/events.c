#include "events.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "quality_message.h"
#include "websocket.h"

static json_t *tracks_json(const struct directory_participant *p)
{
    json_t *tracks = json_array();
    for (size_t i = 0; p->session != NULL && i < p->session->media_count; i++) {
        const struct session_media *media = &p->session->media[i];
        if (!media->rejected && media->client_sends) {
            bool muted = p->muted[media->kind] && strcmp(media->source, "screen") != 0;
            (void)json_array_append_new(tracks,
                                        json_pack("{s:s, s:s, s:s, s:b}", "id", media->mid, "kind",
                                                  media_kind_name(media->kind), "source",
                                                  media->source, "muted", (int)muted));
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

static json_t *slot_json(struct events *events, const struct event_slot *slot)
{
    const struct directory_participant *from =
        slot->participant == 0 ? NULL : directory_by_number(events->directory, slot->participant);
    json_t *layer = slot->width == 0 ? json_null()
                                     : json_pack("{s:i, s:i}", "width", (int)slot->width, "height",
                                                 (int)slot->height);
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "mid", slot->mid, "kind",
                     media_kind_name(slot->media_kind), "feed",
                     telling_text(feed_kind_name(slot->feed)), "participant",
                     telling_text(from == NULL ? NULL : from->id), "track",
                     telling_text(slot->track), "layer", layer, "paused",
                     telling_text(pause_cause_name(slot->paused)));
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

static bool raised_before(const struct directory_participant *a,
                          const struct directory_participant *b)
{
    return a->hand_us != b->hand_us ? a->hand_us < b->hand_us : a->number < b->number;
}

/** Ids of those whose hands are up, the first one first. */
static json_t *hands_json(const struct directory_room *room)
{
    json_t *hands = json_array();
    const struct directory_participant *last = NULL;
    for (;;) {
        const struct directory_participant *next = NULL;
        LIST_FOR_EACH(link, &room->participants)
        {
            const struct directory_participant *p =
                LIST_ENTRY(link, struct directory_participant, link);
            bool up = p->hand_us != 0 && !p->grants.hidden;
            if (up && (last == NULL || raised_before(last, p)) &&
                (next == NULL || raised_before(p, next))) {
                next = p;
            }
        }
        if (next == NULL) {
            return hands;
        }
        (void)json_array_append_new(hands, json_string(next->id));
        last = next;
    }
}

void events_attach(struct events *events, struct directory_participant *participant, void *socket)
{
    void *older = participant->socket;
    participant->socket = socket;
    if (older != NULL) {
        events->sockets->close(older, WEBSOCKET_REPLACED, "a newer events connection was opened");
    }
    telling_one(events->sockets, participant,
                json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "type", "welcome", "participant",
                          participant->id, "room", participant->room->name, "participants",
                          events_roster(participant->room), "slots",
                          slots_json(events, participant), "hands", hands_json(participant->room)));
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
        telling_room(events->sockets, p->room, p,
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
    telling_one(events->sockets, participant,
                json_pack("{s:s, s:o}", "type", "removed", "by", telling_text(by)));
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
        telling_room(events->sockets, room, NULL,
                     json_pack("{s:s, s:n}", "type", "closing", "url"));
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
    telling_one(events->sockets, p, json_pack("{s:s, s:o}", "type", "slots", "slots", slots));
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
    telling_one(events->sockets, p, json_pack("{s:s, s:o}", "type", "layers", "layers", layers));
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
    telling_room(events->sockets, room, NULL,
                 json_pack("{s:s, s:o, s:o}", "type", "speaking", "dominant",
                           telling_text(visible_id(events, event->dominant)), "levels", levels));
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
        log_info("signal", "left room=%s participant=%u reason=\"%s\"", p->room->name, p->number,
                 event->reason);
        events_leave(events, &p, now_us);
        break;
    case EVENT_SLOTS:
        take_slots(events, p, event);
        break;
    case EVENT_LAYERS:
        take_layers(events, p, event);
        break;
    case EVENT_REPORT:
        telling_one(events->sockets, p, quality_message(&event->report, &p->stats, now_us));
        break;
    case EVENT_SPEAKING:
    case EVENT_COUNTERS:
    default:
        break;
    }
}
