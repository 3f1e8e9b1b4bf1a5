/**
 * Who feeds which slot (DESIGN.md 1): pins first, then those who spoke last; a track stays in its
 * slot as long as it stays in the chosen set; nobody gets his own. Audio and video are staged
 * apart.
 */
#ifndef ROOM_STAGE_H
#define ROOM_STAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "media/active_speaker.h"
#include "participant.h"
#include "room/session.h"

/** Tracks of one kind, the most wanted first. */
struct stage_ranking {
    struct track **tracks; /**< owned */
    size_t count;
    size_t capacity;
};

struct stage {
    struct stage_ranking rankings[2]; /**< by enum media_kind */
    uint64_t mark;                    /**< last value used in track.mark */
};

void stage_init(struct stage *stage);

/** Makes room for the tracks of these participants (participant.link). @return 0 or ERR_NO_MEMORY
 */
int stage_grow(struct stage *stage, const struct list *participants);

/** Decides anew for all slots of all connected participants of a room. */
void stage_run(struct stage *stage, const struct list *participants,
               const struct active_speaker *speakers);

/** A track ends: no slot is to have it. */
void stage_forget_track(const struct list *participants, const struct track *track);

void stage_deinit(struct stage *stage);

#endif
