/**
 * Whether one layer of a track comes, and whether anybody wants it: what simulcast.h keeps of it.
 */
#ifndef ROOM_LAYER_DEMAND_H
#define ROOM_LAYER_DEMAND_H

#include <stdbool.h>
#include <stdint.h>

enum { LAYER_DEMAND_LEVELS = 4 /**< TID 0..3; the highest stands for all */ };

struct layer_demand {
    bool gone;             /**< it stopped by itself */
    bool wanted;           /**< by somebody; what its sender is to know */
    bool told;             /**< what its sender was told last */
    uint8_t temporal;      /**< highest TID that somebody takes */
    uint8_t told_temporal; /**< as told last */
    int64_t wished_us;     /**< last wish for it, INT64_MIN before its first packet */
    int64_t level_us[LAYER_DEMAND_LEVELS]; /**< last wish for it up to this TID */
    int64_t woken_us;      /**< since when it is wanted again, INT64_MIN = always was */
    uint32_t track_frames; /**< of all layers, when its last packet came */
};

/** Wanted, as every layer is at first. */
static inline void layer_demand_init(struct layer_demand *demand)
{
    *demand = (struct layer_demand){
        .wanted = true,
        .told = true,
        .temporal = LAYER_DEMAND_LEVELS - 1,
        .told_temporal = LAYER_DEMAND_LEVELS - 1,
        .wished_us = INT64_MIN,
        .woken_us = INT64_MIN,
    };
}

#endif
