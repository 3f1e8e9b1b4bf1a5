#include "announce.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

/** What a slot shows now. */
static void describe(const struct slot *slot, struct event_slot *out)
{
    *out = (struct event_slot){.media_kind = slot->media.kind};
    memcpy(out->mid, slot->media.mid, sizeof(out->mid));
    const struct layer *feed = slot->feed;
    const struct track *track = slot->role.track;
    if (feed != NULL) {
        out->feed = FEED_TRACK;
        out->participant = feed->number;
        memcpy(out->track, feed->media->mid, sizeof(out->track));
        out->width = feed->width;
        out->height = feed->height;
    } else if (track != NULL) {
        /* paused, or its keyframe is awaited: the client may know already whom it will see */
        out->participant = track->owner->number;
        memcpy(out->track, track->media.mid, sizeof(out->track));
        out->paused = track->muted           ? PAUSE_MUTED
                      : slot->role.offscreen ? PAUSE_OFFSCREEN
                      : slot->role.starved   ? PAUSE_NETWORK
                                             : PAUSE_NONE;
    }
}

static bool same(const struct event_slot *a, const struct event_slot *b)
{
    return a->feed == b->feed && a->participant == b->participant && a->paused == b->paused &&
           a->width == b->width && a->height == b->height && strcmp(a->track, b->track) == 0;
}

/** Nobody needs to hear that a new slot is still empty. */
static bool changed(const struct slot *slot, struct event_slot *now)
{
    describe(slot, now);
    return !same(now, &slot->role.told);
}

void announce_slots(struct participant *participant, const char *room)
{
    const struct streams *streams = &participant->streams;
    struct event_slot now;
    size_t count = 0;
    for (size_t i = 0; i < streams->count; i++) {
        count += streams->slots[i] != NULL && changed(streams->slots[i], &now) ? 1 : 0;
    }
    if (count == 0) {
        return;
    }
    struct event *event = NULL;
    if (event_new(&event, EVENT_SLOTS) != 0) {
        return;
    }
    event->slots = calloc(count, sizeof(*event->slots));
    if (event->slots == NULL) {
        event_free(&event);
        return;
    }
    event->number = participant->number;
    (void)snprintf(event->room, sizeof(event->room), "%s", room);
    for (size_t i = 0; i < streams->count && event->slot_count < count; i++) {
        if (streams->slots[i] != NULL && changed(streams->slots[i], &now)) {
            streams->slots[i]->role.told = now;
            event->slots[event->slot_count++] = now;
        }
    }
    room_context_tell(participant->context, event);
}

/** Layers of all tracks about which there is news. @return how many, written up to `most` */
static size_t list_layers(struct participant *participant, struct event_layer *out, size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < participant->streams.count; i++) {
        const struct track *track = participant->streams.tracks[i];
        for (size_t j = 0;
             track != NULL && simulcast_has_news(&track->simulcast) && j < track->layer_count;
             j++) {
            const struct layer_demand *demand = &track->layers[j]->demand;
            if (count < most) {
                out[count] = (struct event_layer){
                    .index = (uint8_t)j, .wanted = demand->wanted, .temporal = demand->temporal};
                memcpy(out[count].mid, track->media.mid, sizeof(out->mid));
                memcpy(out[count].rid, track->media.rids[j], sizeof(out->rid));
            }
            count++;
        }
    }
    return count;
}

void announce_layers(struct participant *participant, const char *room)
{
    size_t count = list_layers(participant, NULL, 0);
    struct event *event = NULL;
    if (count == 0 || event_new(&event, EVENT_LAYERS) != 0) {
        return;
    }
    event->layers = calloc(count, sizeof(*event->layers));
    if (event->layers == NULL) {
        event_free(&event);
        return;
    }
    event->number = participant->number;
    (void)snprintf(event->room, sizeof(event->room), "%s", room);
    event->layer_count = list_layers(participant, event->layers, count);
    for (size_t i = 0; i < participant->streams.count; i++) {
        if (participant->streams.tracks[i] != NULL) {
            simulcast_told(&participant->streams.tracks[i]->simulcast);
        }
    }
    room_context_tell(participant->context, event);
}

void announce_speaking(struct room_context *context, const char *room,
                       const struct active_speaker *speakers)
{
    size_t count = 0;
    LIST_FOR_EACH(link, &speakers->lively)
    {
        count += LIST_ENTRY(link, struct speaker_member, lively_link)->speaking ? 1 : 0;
    }
    struct event *event = NULL;
    if (event_new(&event, EVENT_SPEAKING) != 0) {
        return;
    }
    event->levels = calloc(count + 1, sizeof(*event->levels));
    if (event->levels == NULL) {
        event_free(&event);
        return;
    }
    (void)snprintf(event->room, sizeof(event->room), "%s", room);
    event->dominant = active_speaker_dominant(speakers);
    LIST_FOR_EACH(link, &speakers->lively)
    {
        const struct speaker_member *member = LIST_ENTRY(link, struct speaker_member, lively_link);
        if (member->speaking && event->level_count < count) {
            event->levels[event->level_count++] = (struct event_level){
                .participant = member->id,
                .level = audio_level_dbov(&member->level, context->now_us),
            };
        }
    }
    room_context_tell(context, event);
}

void announce(struct room_context *context, enum event_kind kind, uint32_t number, const char *room,
              const char *reason)
{
    struct event *event = NULL;
    if (event_new(&event, kind) != 0) {
        log_error("room", "no memory for an event participant=%u", (unsigned)number);
        return;
    }
    event->number = number;
    (void)snprintf(event->room, sizeof(event->room), "%s", room == NULL ? "" : room);
    (void)snprintf(event->reason, sizeof(event->reason), "%s", reason == NULL ? "" : reason);
    room_context_tell(context, event);
}
