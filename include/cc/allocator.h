/**
 * Which step of its ladder each video slot of one participant gets, within a budget (QUALITY.md
 * 1.7): utility per bit over all ladders, by class; steady by hysteresis and back-off.
 *
 * Values in, values out; the state of one subscription lives in its struct allocator_slot.
 */
#ifndef CC_ALLOCATOR_H
#define CC_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Who is seen there; earlier ones go first (weights 8 : 4 : 2 : 1). */
enum allocator_class { ALLOCATOR_PINNED, ALLOCATOR_DOMINANT, ALLOCATOR_VISIBLE, ALLOCATOR_SPARE };

enum { ALLOCATOR_MAX_STEPS = 16, ALLOCATOR_OFF = -1 };

/** One thing that a slot can show: a layer up to a temporal level. */
struct allocator_step {
    uint64_t bps;
    uint32_t pixels;
    uint8_t fps;
    uint8_t layer;    /**< index in the track */
    uint8_t temporal; /**< highest TID that goes through */
};

/** Filled in by the caller for each run, state below kept by the allocator between runs. */
struct allocator_slot {
    enum allocator_class class;
    struct allocator_step
        steps[ALLOCATOR_MAX_STEPS]; /**< up to what is asked for, cheapest first */
    size_t step_count;              /**< 0 = nothing to show */
    int chosen; /**< result: index into steps, or ALLOCATOR_OFF for want of bandwidth */

    bool had;                      /**< state: something was chosen before */
    struct allocator_step present; /**< state: what it was */
    int64_t switched_us;           /**< state: last change of layer */
    int64_t up_after_us;           /**< state: no step up before this */
    int64_t backoff_us;            /**< state: last wait after a forced step down */
    int64_t forced_us;             /**< state: last forced step down */
};

struct allocator_result {
    uint64_t used_bps;
    uint64_t next_bps;  /**< total with the next step up that somebody wants, 0 = none */
    uint64_t ideal_bps; /**< total if there were no bound */
};

/** A subscription that shows something else from now on (another track): its state starts afresh.
 */
void allocator_slot_reset(struct allocator_slot *slot);

/**
 * @param budget_bps what video may use now (audio, repairs and reserves already taken off)
 * @param floor_bps  least budget of the last 5 s: a higher step must fit 0.9 of it
 */
void allocator_run(struct allocator_slot *const *slots, size_t count, uint64_t budget_bps,
                   uint64_t floor_bps, int64_t now_us, struct allocator_result *out);

#endif
