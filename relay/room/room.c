#include "room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "announce.h"
#include "base/err.h"

int room_new(struct room **out, struct room_context *context, const char *name)
{
    struct room *room = calloc(1, sizeof(*room));
    if (room == NULL) {
        return ERR_NO_MEMORY;
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
    *out = room;
    return 0;
}

/** New audio tracks take their place in the order of speech. */
static void add_speakers(struct room *room, struct participant *participant)
{
    for (size_t i = 0; i < participant->streams.count; i++) {
        struct track *track = participant->streams.tracks[i];
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
    add_speakers(room, participant);
    room_restage(room);
    return 0;
}

static void end_track(struct room *room, struct track *track)
{
    stage_forget_track(&room->participants, track);
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
        add_speakers(room, participant);
    }
    room_restage(room);
    return err;
}

void room_pin(struct room *room, struct participant *participant, const struct command *command)
{
    struct slot *slot = participant_slot(participant, command->mid);
    if (slot != NULL) {
        slot->role.pin = command->target;
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
        slot->role.offscreen = slot->media.kind == MEDIA_VIDEO && command->height == 0;
        room_restage(room);
    }
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

void room_stage(struct room *room)
{
    unsigned kinds = room->restage;
    if (kinds != 0) {
        struct stage_input input = {.participants = &room->participants,
                                    .speakers = &room->speakers,
                                    .spotlight = &room->spotlight};
        room->restage = 0;
        list_remove(&room->restage_link);
        stage_run(&room->stage, &input, kinds);
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

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void room_listen(struct room *room)
{
    int64_t now_us = room->context->now_us;
    unsigned changed = active_speaker_poll(&room->speakers, now_us);
    uint32_t dominant = active_speaker_dominant(&room->speakers);
    bool lit = spotlight_update(&room->spotlight, dominant, now_us);
    room->speaking_changed = room->speaking_changed || (changed & SPEAKERS_LIST) != 0;
    restage(room, ((changed & SPEAKERS_VOICES) != 0 ? STAGE_AUDIO : 0) |
                      ((changed & SPEAKERS_TURNS) != 0 || lit ? STAGE_VIDEO : 0));
    int64_t next_us = announce_when_due(room, now_us);
    next_us = earlier(next_us, active_speaker_next_deadline(&room->speakers));
    next_us = earlier(next_us, spotlight_next_deadline(&room->spotlight));
    wheel_set(room->context->wheel, &room->timer.timer, next_us);
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
    free(old);
    *room = NULL;
}
