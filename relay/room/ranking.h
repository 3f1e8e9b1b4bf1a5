/**
 * Tracks of one kind, the most wanted first: whom to hear, whom to show. Those who are muted or
 * have fallen silent yield to all others.
 */
#ifndef ROOM_RANKING_H
#define ROOM_RANKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "media/active_speaker.h"
#include "track.h"

struct ranking {
    struct track **tracks; /**< owned */
    size_t count;
    size_t capacity; /**< more are left out */
};

/** Does it yield to others? It keeps its slot when there are enough. */
static inline bool ranking_yields(const struct track *track)
{
    return track->muted || track->dormant;
}

/** @return 0 or ERR_NO_MEMORY */
int ranking_grow(struct ranking *ranking, size_t count);

/** Audio, in the order of voices. */
void ranking_by_voice(struct ranking *ranking, const struct active_speaker *speakers);

/**
 * Video: screens, then cameras, each by the last turn that its owner took; who has no audio comes
 * last.
 *
 * @param participants participant.link
 * @param mark         last value used in participant.mark; goes on
 */
void ranking_by_turn(struct ranking *ranking, const struct active_speaker *speakers,
                     const struct list *participants, uint64_t *mark);

void ranking_deinit(struct ranking *ranking);

#endif
