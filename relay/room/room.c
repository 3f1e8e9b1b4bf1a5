#include "room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "announce.h"
#include "base/err.h"
#include "base/minmax.h"
#include "bridge_book.h"

int room_new(struct room **out, struct room_context *context, const char *name)
{
    struct room *room = calloc(1, sizeof(*room));
    if (room == NULL) {
        return ERR_NO_MEMORY;
    }
    int err = bridge_book_new(&room->bridging, context, room, name);
    if (err != 0) {
        free(room);
        return err;
    }
    (void)snprintf(room->name, sizeof(room->name), "%s", name);
    room->context = context;
    list_init(&room->participants);
    list_init(&room->restage_link);
    wheel_timer_init(&room->timer.timer);
    room->timer.kind = ROOM_TIMER_SPEAKERS;
    stage_init(&room->stage);
    active_speaker_init(&room->speakers);
    spotlight_init(&room->spotlight);
    room->announced_us = INT64_MIN;
    room->listen_us = INT64_MAX;
    *out = room;
    return 0;
}

/** New tracks take their places: at the bridge, and audio in the order of speech. */
static void add_tracks(struct room *room, struct participant *participant)
{
    for (size_t i = 0; i < participant->streams.count; i++) {
        struct track *track = participant->streams.tracks[i];
        if (track != NULL && list_empty(&track->source.link)) {
            track->source.name = participant->name;
            bridge_book_add_source(room->bridging, &track->source);
        }
        if (track != NULL && track->media.kind == MEDIA_AUDIO && track->speakers == NULL) {
            track->speakers = &room->speakers;
            active_speaker_add(&room->speakers, &track->speaker, participant->number,
                               track->media.codecs[0].clock_rate);
        }
    }
}

int room_join(struct room *room, struct participant *participant)
{
    list_append(&room->participants, &participant->link);
    int err = stage_grow(&room->stage, &room->participants);
    if (err != 0) {
        list_remove(&participant->link);
        return err;
    }
    room->count++;
    participant->room = room;
    add_tracks(room, participant);
    room_restage(room);
    return 0;
}

static void end_track(struct room *room, struct track *track)
{
    stage_forget_track(&room->participants, track);
    bridge_book_remove_source(room->bridging, &track->source);
    track_detach(track);
    if (track->speakers != NULL) {
        active_speaker_remove(track->speakers, &track->speaker);
        track->speakers = NULL;
    }
}

void room_leave(struct room *room, struct participant *participant)
{
    for (size_t i = 0; i < participant->streams.count; i++) {
        if (participant->streams.tracks[i] != NULL) {
            end_track(room, participant->streams.tracks[i]);
        }
        if (participant->streams.slots[i] != NULL) {
            bridge_book_end_sink(&participant->streams.slots[i]->sink);
            slot_feed(participant->streams.slots[i], NULL);
        }
    }
    list_remove(&participant->link);
    participant->room = NULL;
    room->count--;
    room_restage(room);
}

int room_update(struct room *room, struct participant *participant, const struct session *session)
{
    for (size_t i = 0; i < participant->streams.count; i++) {
        struct track *track = participant_ending_track(participant, session, i);
        if (track != NULL) {
            end_track(room, track);
        }
    }
    int err = participant_update(participant, session);
    if (err == 0) {
        err = stage_grow(&room->stage, &room->participants);
    }
    if (err == 0) {
        add_tracks(room, participant);
    }
    room_restage(room);
    return err;
}

void room_pin(struct room *room, struct participant *participant, const struct command *command)
{
    struct slot *slot = participant_slot(participant, command->mid);
    if (slot != NULL) {
        slot->role.pin = command->target;
        slot->role.wish = command->feed;
        memcpy(slot->role.pin_mid, command->target_mid, sizeof(slot->role.pin_mid));
        room_restage(room);
    }
}

void room_view(struct room *room, struct participant *participant, const struct command *command)
{
    struct slot *slot = participant_slot(participant, command->mid);
    if (slot != NULL) {
        if (slot->allocation != NULL) {
            slot->allocation->stale = true;
        }
        slot->role.view_width = command->width;
        slot->role.view_height = command->height;
        slot->role.view_fps = command->fps;
        slot->sink.view_width = command->width;
        slot->sink.view_height = command->height;
        bridge_book_refresh_sink(&slot->sink);
        slot->role.offscreen = slot->agreed->media.kind == MEDIA_VIDEO && command->height == 0;
        room_restage(room);
    }
}

static struct stage_input stage_input_of(struct room *room)
{
    return (struct stage_input){.participants = &room->participants,
                                .speakers = &room->speakers,
                                .spotlight = &room->spotlight,
                                .bridging = room->bridging};
}

static void arm(struct room *room)
{
    wheel_set(room->context->wheel, &room->timer.timer,
              min_i64(room->listen_us, room->stage.due_us));
}

static void restage(struct room *room, unsigned kinds)
{
    if (room->restage == 0 && kinds != 0) {
        list_append(&room->context->rooms, &room->restage_link);
    }
    room->restage |= kinds;
}

void room_restage(struct room *room)
{
    restage(room, STAGE_ALL);
}

struct track *const *room_rank_video(struct room *room, size_t *count)
{
    const struct stage_input input = stage_input_of(room);
    stage_rank(&room->stage, &input, STAGE_VIDEO);
    *count = room->stage.rankings[MEDIA_VIDEO].count;
    return room->stage.rankings[MEDIA_VIDEO].tracks;
}

void room_follow_bridge(struct room *room)
{
    restage(room, room->bridging->restage);
    room->bridging->restage = 0;
    bridge_book_settle(room->bridging);
}

/** What a bridge may know of a source is as it is now. @return true when it was not */
static bool refresh_source(struct bridge_source *source)
{
    const struct track *track = LIST_ENTRY(source, struct track, source);
    bool live = track->live && !track->dormant;
    bool screen = track_is_screen(track);
    bool speaking = track->speakers != NULL && track->speaker.speaking;
    bool differs = source->live != live || source->muted != track->muted ||
                   source->screen != screen || source->speaking != speaking;
    source->live = live;
    source->muted = track->muted;
    source->screen = screen;
    source->speaking = speaking;
    return differs;
}

/** Nobody looks at them in a room without a bridge. */
static void refresh_sources(struct room *room)
{
    struct bridging *bridging = room->bridging;
    if (!bridge_book_is_open(bridging)) {
        return;
    }
    bool differ = false;
    for (int kind = MEDIA_AUDIO; kind <= MEDIA_VIDEO; kind++) {
        LIST_FOR_EACH(link, &bridging->sources[kind])
        {
            differ = refresh_source(LIST_ENTRY(link, struct bridge_source, link)) || differ;
        }
    }
    bridging->sources_changed += differ ? 1 : 0;
}

void room_stage(struct room *room)
{
    unsigned kinds = room->restage;
    if (kinds != 0) {
        const struct stage_input input = stage_input_of(room);
        room->restage = 0;
        list_remove(&room->restage_link);
        stage_run(&room->stage, &input, kinds);
        refresh_sources(room);
        arm(room);
    }
}

/** Tells who speaks, when it changed and the last word is old enough. @return when to try again,
 * INT64_MAX = not needed */
static int64_t announce_when_due(struct room *room, int64_t now_us)
{
    if (!room->speaking_changed) {
        return INT64_MAX;
    }
    if (room->announced_us != INT64_MIN && now_us < room->announced_us + ANNOUNCE_SPEAKING_US) {
        return room->announced_us + ANNOUNCE_SPEAKING_US;
    }
    room->speaking_changed = false;
    room->announced_us = now_us;
    announce_speaking(room->context, room->name, &room->speakers);
    return INT64_MAX;
}

void room_listen(struct room *room)
{
    int64_t now_us = room->context->now_us;
    unsigned changed = active_speaker_poll(&room->speakers, now_us);
    uint32_t dominant = active_speaker_dominant(&room->speakers);
    bool lit = spotlight_update(&room->spotlight, dominant, now_us);
    if ((changed & SPEAKERS_LIST) != 0) {
        room->speaking_changed = true;
        refresh_sources(room);
    }
    bool due = stage_take_due(&room->stage, now_us);
    restage(room, ((changed & SPEAKERS_VOICES) != 0 || due ? STAGE_AUDIO : 0) |
                      ((changed & SPEAKERS_TURNS) != 0 || lit ? STAGE_VIDEO : 0));
    int64_t next_us = announce_when_due(room, now_us);
    next_us = min_i64(next_us, active_speaker_next_deadline(&room->speakers));
    room->listen_us = min_i64(next_us, spotlight_next_deadline(&room->spotlight));
    arm(room);
}

void room_free(struct room **room)
{
    struct room *old = *room;
    if (old == NULL) {
        return;
    }
    wheel_cancel(old->context->wheel, &old->timer.timer);
    list_remove(&old->restage_link);
    stage_deinit(&old->stage);
    bridge_book_free(&old->bridging);
    free(old);
    *room = NULL;
}
