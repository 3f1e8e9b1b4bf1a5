/**
 * What the allocation keeps for one video slot between two runs.
 */
#ifndef ROOM_ALLOCATION_SLOT_H
#define ROOM_ALLOCATION_SLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "cc/allocator.h"
#include "room/session.h"

struct allocation_slot {
    const void *track; /**< what `allocator` is about: compared, never followed */
    uint32_t revision; /**< of the track, at the last run */
    bool stale;        /**< what is asked for has changed since */
    int64_t barred_us[SESSION_MAX_LAYERS]; /**< by layer: not before this */
    struct allocator_slot allocator;
};

/** Of a slot that is about nothing yet. */
static inline void allocation_slot_init(struct allocation_slot *slot)
{
    *slot = (struct allocation_slot){.allocator = {.class = ALLOCATOR_VISIBLE}};
    for (size_t i = 0; i < SESSION_MAX_LAYERS; i++) {
        slot->barred_us[i] = INT64_MIN;
    }
    allocator_slot_reset(&slot->allocator);
}

#endif
