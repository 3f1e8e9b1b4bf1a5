/**
 * Who hears which mix of a room: one of the shared ones, or his own while he is heard himself; and
 * how slots come to the mix from what was forwarded, and go back.
 */
#ifndef BRIDGE_MIX_LISTENERS_H
#define BRIDGE_MIX_LISTENERS_H

#include "mix_parts.h"
#include "mix_speakers.h"

/** Follows what became of the room's sinks. */
void mix_listeners_follow(struct mix_room *room, int64_t now_us);

/** New ones begin to wait for the mix. @return count: what those who wait are going to hear */
size_t mix_listeners_enter(struct mix_room *room, struct mix_wish out[MIX_MAX_WISHES],
                           int64_t now_us);

/** Somebody has begun to be heard, and may be a listener himself. */
void mix_listeners_hear(struct mix_room *room);

/**
 * Before the coming frame is played: whoever is heard gets a mix of his own, whoever is not goes
 * back to the shared one, slots come and go. Costs nothing for whom nothing changes.
 */
void mix_listeners_settle(struct mix_room *room, int64_t now_us);

/** Takes losses of the last seconds into account. To be called each second or so. */
void mix_listeners_sweep(struct mix_room *room, int64_t now_us);

void mix_listeners_free(struct mix_room *room);

#endif
