/**
 * How an audio slot goes over between a track that is forwarded and a mix in which that track is
 * heard, to the sample: the mix runs behind what is forwarded by its play-out delay.
 */
#ifndef ROOM_SLOT_MIX_H
#define ROOM_SLOT_MIX_H

#include <stdbool.h>
#include <stdint.h>

#include "slot.h"

/** Has something of a track that is forwarded gone out, and may more come? */
bool slot_mix_is_forwarded(const struct slot *slot);

/** Samples in the newest packet that went out. */
uint32_t slot_mix_samples(const struct slot *slot);

/** From its next packet on, this layer feeds the slot. @param seam NULL = by the time that passes
 */
void slot_mix_enter(struct slot *slot, struct layer *layer, const struct bridge_seam *seam);

/** Begin of the first packet of a layer that is kept and does not begin before this place.
 * @return false: there is none */
bool slot_mix_find(const struct layer *layer, uint32_t timestamp, uint32_t *begin);

/**
 * The track of this layer is forwarded, from the packet on that is nearest to a place in it; those
 * that have come since then go out now. What that packet is off by (half of it at most, mostly
 * nothing) is not told to the receiver: it would make up sound for it, or throw a packet away.
 */
void slot_mix_leave(struct slot *slot, struct layer *layer, const struct bridge_return *at);

#endif
