/**
 * Which layer of its track, up to which temporal level, each video slot of one participant gets
 * (QUALITY.md 1.7). The stage has put the tracks into the slots; here it is decided what of them
 * the path can carry, and applied.
 *
 * Sound goes first: what is left of the target after it and after repairs is divided by
 * cc/allocator. Runs when the stage has changed something, when the target has fallen below what is
 * allocated or moved far, and each second, or sooner while slots go up in turn.
 */
#ifndef ROOM_ALLOCATION_H
#define ROOM_ALLOCATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cc/allocator.h"

struct egress;
struct slot;
struct streams;

enum {
    ALLOCATION_PERIOD_US = 1000000,
    ALLOCATION_TURN_US = 300000,    /**< from one slot's keyframe to the next one's */
    ALLOCATION_FLOOR_PERIODS = 5,   /**< the least budget of these counts for steps up ... */
    ALLOCATION_RISEN_PERIODS = 2,   /**< ... and of these, when it only rose */
    ALLOCATION_START_US = 3000000,  /**< a leg is so young that steps up need no patience */
    ALLOCATION_SWITCH_US = 2000000, /**< without the new layer's keyframe: it stays as it is ... */
    ALLOCATION_BAR_US = 5000000     /**< ... and that layer is not tried again for so long */
};

struct allocation {
    int64_t due_us;        /**< next regular run, INT64_MAX before the first */
    int64_t started_us;    /**< first run, INT64_MIN = none yet */
    int64_t measured_us;   /**< when the rates below were taken, INT64_MIN = never */
    uint64_t sound_octets; /**< sent by then */
    uint64_t repair_bytes;
    uint64_t sent_bytes;
    uint64_t sound_bps;                           /**< of the last period, on the wire */
    double repair_share;                          /**< of what was sent in the last period */
    uint64_t target_bps;                          /**< at the last run */
    uint64_t total_bps;                           /**< what it took: sound, repairs and pictures */
    uint64_t least_bps[ALLOCATION_FLOOR_PERIODS]; /**< least budget of each of the last periods, 0 =
                                                     none */
    uint64_t most_bps[ALLOCATION_FLOOR_PERIODS];
    size_t period; /**< present one */
    struct allocator_result result;
};

void allocation_init(struct allocation *allocation);

/** True when a video slot's track has other layers, or its wish is another, than at the last run.
 */
bool allocation_is_stale(const struct slot *slot);

/** Decides anew for all video slots, and applies it. */
void allocation_run(struct allocation *allocation, const struct streams *streams,
                    struct egress *egress);

/** Has the target moved since so that it cannot wait for the next regular run? */
bool allocation_is_urgent(const struct allocation *allocation, const struct egress *egress);

/** Decides anew when the time or the target asks for it. */
void allocation_timeout(struct allocation *allocation, const struct streams *streams,
                        struct egress *egress);

int64_t allocation_next_deadline(const struct allocation *allocation);

#endif
