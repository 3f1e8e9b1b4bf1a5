/**
 * Who feeds which slot (DESIGN.md 1): pins first; then, for audio, those whose voices are heard,
 * and for video, screens before cameras, those who took the last turns first. A track stays in its
 * slot as long as it stays in the chosen set, so a newcomer takes the place of the least wanted one
 * and moves nobody else; nobody gets his own. Audio and video are staged apart.
 *
 * Here it is decided, too, who is to hear the mix and to see the composed picture (mixing.h, pins,
 * policies): his slot becomes a sink (bridge_book.h), and is filled as if there were none until a
 * bridge takes it.
 */
#ifndef ROOM_STAGE_H
#define ROOM_STAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "media/active_speaker.h"
#include "participant.h"
#include "ranking.h"
#include "room/bridge_ends.h"
#include "room/session.h"
#include "spotlight.h"

/** What is to be staged. */
enum { STAGE_AUDIO = 1, STAGE_VIDEO = 2, STAGE_ALL = 3 };

/** What decides beside the tracks themselves; borrowed. */
struct stage_input {
    const struct list *participants; /**< participant.link */
    const struct active_speaker *speakers;
    const struct spotlight *spotlight;
    struct bridging *bridging;
};

struct stage {
    struct ranking rankings[2]; /**< by enum media_kind */
    uint64_t mark;              /**< last value used in track.mark */
    int64_t due_us; /**< when to run it for audio though nothing has changed, INT64_MAX = never */
};

void stage_init(struct stage *stage);

/** Makes room for the tracks of these participants (participant.link). @return 0 or ERR_NO_MEMORY
 */
int stage_grow(struct stage *stage, const struct list *participants);

/** Puts the tracks of the kinds (STAGE_*) in order: rankings. */
void stage_rank(struct stage *stage, const struct stage_input *input, unsigned kinds);

/** Decides anew for all slots of the kinds (STAGE_*) of all connected participants of a room.
 * Touches those for whom something changed, and lets their allocation follow. */
void stage_run(struct stage *stage, const struct stage_input *input, unsigned kinds);

/** Is it time to run it for audio? True once. */
bool stage_take_due(struct stage *stage, int64_t now_us);

/** A track ends: no slot is to have it. */
void stage_forget_track(const struct list *participants, const struct track *track);

void stage_deinit(struct stage *stage);

#endif
