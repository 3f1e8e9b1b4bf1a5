/**
 * The set of participants that hear each other: membership, the stage, the speakers.
 */
#ifndef ROOM_ROOM_H
#define ROOM_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/wheel.h"
#include "context.h"
#include "media/active_speaker.h"
#include "participant.h"
#include "room/command.h"
#include "room/session.h"
#include "stage.h"

struct room {
    char name[SESSION_ROOM_BYTES]; /**< zero-filled: key of the exchange's map */
    struct room_context *context;  /**< borrowed */
    struct list participants; /**< participant.link, in order of joining; owned by the exchange */
    size_t count;
    struct stage stage;
    unsigned restage;         /**< STAGE_*: what is to be staged at the end of this loop turn */
    struct list restage_link; /**< in room_context.rooms while restage */
    struct active_speaker speakers;
    struct spotlight spotlight;
    struct bridging *bridging; /**< owned, but outlives the room while a bridge holds it */
    struct room_timer timer;   /**< of the speakers and the stage */
    int64_t listen_us;         /**< when to look at the speakers, INT64_MAX = not due */
    bool speaking_changed;     /**< to be announced */
    int64_t announced_us;      /**< last EVENT_SPEAKING, INT64_MIN = never */
};

/** @return 0 or ERR_NO_MEMORY */
int room_new(struct room **out, struct room_context *context, const char *name);

/** Takes a new participant in. @return 0 or ERR_NO_MEMORY (then it is not in) */
int room_join(struct room *room, struct participant *participant);

/** Takes a participant out; nobody has its tracks any more. */
void room_leave(struct room *room, struct participant *participant);

/** A re-offer of a participant. @return 0 or ERR_NO_MEMORY: the participant is to be ended */
int room_update(struct room *room, struct participant *participant, const struct session *session);

/** PIN and VIEW of a participant's slot. */
void room_pin(struct room *room, struct participant *participant, const struct command *command);
void room_view(struct room *room, struct participant *participant, const struct command *command);

/** Everything is to be staged anew before the next forwarding. */
void room_restage(struct room *room);

/** Runs the stage when it is due. */
void room_stage(struct room *room);

/** Has sound come that room_listen has not looked at? */
static inline bool room_has_heard(const struct room *room)
{
    return room->speakers.changed != 0 || room->speakers.next_us < room->timer.timer.deadline_us;
}

/** All video tracks that may be shown, the most wanted first; valid until the stage runs. */
struct track *const *room_rank_video(struct room *room, size_t *count);

/** Follows what a bridge has done with the room's slots. */
void room_follow_bridge(struct room *room);

/** Looks at the speakers after they were heard, or its timer fired. */
void room_listen(struct room *room);

void room_free(struct room **room);

#endif
