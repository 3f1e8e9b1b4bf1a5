/**
 * What a slot sends once more: packets that its receiver misses (RFC 4588, or plainly under their
 * own number), and packets and padding as probes.
 */
#ifndef RELAY_ROOM_SLOT_REPEAT_H
#define RELAY_ROOM_SLOT_REPEAT_H

#include <stdbool.h>
#include <stdint.h>

#include "cc/estimator.h"
#include "slot.h"

/** The receiver misses this outgoing number: sends the packet again when it is there and the budget
 * allows. */
void slot_resend(struct slot *slot, uint16_t out_seq);

/** Can probes go out here? Not without RTX; but before pictures do. */
bool slot_can_probe(const struct slot *slot);

/** Sends about so many bytes at once as part of a probe: the newest packets again by RTX, which
 * repairs what was lost of them, then padding. @return false when nothing can be sent */
bool slot_probe(struct slot *slot, const struct estimator_burst *burst);

#endif
