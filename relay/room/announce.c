#include "announce.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

/** What a slot shows now; a view, since it is looked at in every loop turn and hardly ever new. */
struct shown {
    const char *track; /**< mid */
    uint32_t participant;
    enum feed_kind feed;
    enum pause_cause paused;
    uint16_t width;
    uint16_t height;
};

static struct shown look(const struct slot *slot)
{
    const struct layer *feed = slot->feed;
    const struct track *track = slot->role.track;
    if (feed != NULL && layer_is_made(feed)) {
        return (struct shown){.feed =
                                  slot->agreed->media.kind == MEDIA_AUDIO ? FEED_MIX : FEED_GRID,
                              .track = "",
                              .width = feed->width,
                              .height = feed->height};
    }
    if (feed != NULL) {
        return (struct shown){.feed = FEED_TRACK,
                              .participant = feed->number,
                              .track = feed->media->mid,
                              .width = feed->width,
                              .height = feed->height};
    }
    if (track == NULL || track->owner == NULL) {
        return (struct shown){.track = "",
                              .paused = slot->role.starved ? PAUSE_NETWORK : PAUSE_NONE};
    }
    /* paused, or its keyframe is awaited: the client may know already whom it will see */
    return (struct shown){.participant = track->owner->number,
                          .track = track->media.mid,
                          .paused = track->muted           ? PAUSE_MUTED
                                    : slot->role.offscreen ? PAUSE_OFFSCREEN
                                    : slot->role.starved   ? PAUSE_NETWORK
                                                           : PAUSE_NONE};
}

/** Nobody needs to hear that a new slot is still empty, or one that goes over to the mix. */
static bool changed(const struct slot *slot)
{
    if (slot->sink.hushed) {
        return false;
    }
    const struct event_slot *told = &slot->role.told;
    struct shown now = look(slot);
    return told->participant != now.participant || told->feed != now.feed ||
           told->paused != now.paused || told->width != now.width || told->height != now.height ||
           strcmp(told->track, now.track) != 0;
}

static void describe(const struct slot *slot, struct event_slot *out)
{
    struct shown now = look(slot);
    *out = (struct event_slot){.media_kind = slot->agreed->media.kind,
                               .participant = now.participant,
                               .feed = now.feed,
                               .paused = now.paused,
                               .width = now.width,
                               .height = now.height};
    memcpy(out->mid, slot->mid, sizeof(out->mid));
    (void)snprintf(out->track, sizeof(out->track), "%s", now.track);
}

void announce_slots(struct participant *participant, const char *room)
{
    const struct streams *streams = &participant->streams;
    size_t count = 0;
    for (size_t i = 0; i < streams->count; i++) {
        count += streams->slots[i] != NULL && changed(streams->slots[i]) ? 1 : 0;
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
        if (streams->slots[i] != NULL && changed(streams->slots[i])) {
            struct event_slot *told = &streams->slots[i]->role.told;
            describe(streams->slots[i], told);
            event->slots[event->slot_count++] = *told;
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
