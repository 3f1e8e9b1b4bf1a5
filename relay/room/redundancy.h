/**
 * Which earlier packets of a feed go along in a RED packet (RFC 2198), for a receiver that loses
 * some and is too far away to ask for them.
 */
#ifndef ROOM_REDUNDANCY_H
#define ROOM_REDUNDANCY_H

#include <stdint.h>

#include "layer.h"
#include "sending.h"

/**
 * Fills in before and copies of a sending whose packet, of `layer`, goes out as Opus. Only packets
 * with voice are worth a copy; what is too long, too long ago (DTX) or not at hand is left out.
 *
 * @param distance how far back to look, at most AUDIO_REPAIR_MAX_DISTANCE packets
 * @param from     lower numbers were never sent to this receiver
 */
void redundancy_add(struct sending *sending, const struct layer *layer, uint8_t distance,
                    int64_t from);

#endif
