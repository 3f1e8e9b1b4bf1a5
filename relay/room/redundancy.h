/**
 * Which earlier packets of a feed go along in a RED packet (RFC 2198), for a receiver that loses
 * some and is too far away to ask for them, or loses very much.
 */
#ifndef ROOM_REDUNDANCY_H
#define ROOM_REDUNDANCY_H

#include <stdbool.h>
#include <stdint.h>

#include "layer.h"
#include "sending.h"

/**
 * Fills in before and copies of a sending whose packet, of `layer`, goes out as Opus. Only packets
 * with voice are worth a copy; what is too long, too long ago (DTX) or not at hand is left out.
 *
 * @param distance how many copies at most, up to AUDIO_REPAIR_MAX_DISTANCE
 * @param from     lower numbers were never sent to this receiver
 * @return which they are, 0 = none
 */
uint8_t redundancy_add(struct sending *sending, const struct layer *layer, uint8_t distance,
                       int64_t from);

/** The same copies once more. @return false when one of them is gone */
bool redundancy_repeat(struct sending *sending, const struct layer *layer, uint8_t copied);

#endif
