/**
 * Which step of its ladder each video slot of one participant gets, within a budget (QUALITY.md
 * 1.7): utility per bit over all ladders, by class; steady by hysteresis and back-off.
 *
 * The utility of a step is its class's weight times log2(pixels * sqrt(fps)). Again and again the
 * step is taken that brings most per bit and still fits: a small picture for everybody goes before
 * a large one for anybody. What a slot shows already is held more firmly than it was won: it has
 * the whole budget and is worth half as much again, a higher step must leave a tenth of the least
 * recent budget free, or a fifth within a minute of having been forced down. Classes differ by
 * twice, so they prevail over that.
 *
 * Values in, values out; the state of one subscription lives in its struct allocator_slot. Cost:
 * slots times steps taken, a few thousand operations for fifty slots.
 */
#ifndef CC_ALLOCATOR_H
#define CC_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Who is seen there; earlier ones go first (weights 8 : 4 : 2 : 1). */
enum allocator_class { ALLOCATOR_PINNED, ALLOCATOR_DOMINANT, ALLOCATOR_VISIBLE, ALLOCATOR_SPARE };

enum {
    ALLOCATOR_MAX_STEPS = 16,
    ALLOCATOR_OFF = -1,
    ALLOCATOR_BACKOFF_US = 3000000,      /**< first wait after a forced step down */
    ALLOCATOR_BACKOFF_MAX_US = 60000000, /**< and the longest, also the calm that forgets it */
    ALLOCATOR_SPATIAL_US = 2000000,      /**< least time between a change of layer and one upward */
    ALLOCATOR_PATIENCE_US = 1000000,     /**< a want must last so long to pause a picture */
    ALLOCATOR_BEGIN_US = 1000000         /**< changes so soon do not count: layers are appearing */
};

/** One thing that a slot can show: a layer up to a temporal level. */
struct allocator_step {
    uint64_t bps;
    uint32_t pixels; /**< > 0 */
    uint8_t fps;
    uint8_t layer;    /**< index in the track */
    uint8_t temporal; /**< highest TID that goes through */
};

/** What one run works with; nothing is kept in it. */
struct allocator_scratch {
    double value[ALLOCATOR_MAX_STEPS]; /**< utility of each step */
    int held;                          /**< the step shown so far, in this run's ladder */
    bool raised;                       /**< its class is better than at the last run */
    int best;                          /**< step that brings most per bit from `chosen` on */
    double gain;                       /**< of that step, utility per bit/s */
};

/** Filled in by the caller for each run, state below kept by the allocator between runs. */
struct allocator_slot {
    enum allocator_class class;
    struct allocator_step steps[ALLOCATOR_MAX_STEPS]; /**< up to what is asked for, any order */
    size_t step_count;                                /**< 0 = nothing to show */
    int chosen; /**< result: index into steps, or ALLOCATOR_OFF for want of bandwidth */

    bool had;                      /**< state: there was a run before */
    bool climbed;                  /**< state: it went up since the last forced step down */
    enum allocator_class was;      /**< state: its class at the last run */
    int64_t raised_us;             /**< state: last rise of its class, INT64_MIN = never */
    struct allocator_step present; /**< state: what was chosen; pixels 0 = off */
    int64_t begun_us;              /**< state: first run */
    int64_t switched_us;           /**< state: last change of layer, INT64_MIN = never */
    int64_t up_after_us;           /**< state: no step up before this */
    int64_t backoff_us;            /**< state: last wait after a forced step down */
    int64_t forced_us;             /**< state: last forced step down, INT64_MIN = never */
    uint64_t forced_bps;           /**< state: total that did not fit then */
    int64_t short_us; /**< state: since when what is shown does not fit, INT64_MAX = it does */
    struct allocator_scratch scratch;
};

struct allocator_result {
    uint64_t used_bps;
    uint64_t next_bps; /**< total with the next step up that somebody wants, that back-off allows
                          soon, and for which the budget is too small even if it lasts; 0 = none */
    uint64_t next_budget_bps; /**< least budget that allows it, if it lasts */
    uint64_t ideal_bps;       /**< total if there were no bound */
    uint64_t least_bps;       /**< of all that is shown, each in its cheapest step */
    bool in_turn;             /**< one slot has gone up, others may when its keyframe has passed */
};

/** A subscription that shows something else from now on (another track): its state starts afresh.
 */
void allocator_slot_reset(struct allocator_slot *slot);

/**
 * Chooses for all slots anew. A slot goes up beside what the others hold; at their cost only when
 * it is new, comes back, or has just become more important. Within the budget, but for two cases: a
 * picture that has only one step and is shown already stays up to a quarter beyond it, since half a
 * picture is not to be had; and for the first second of a want, pictures stay in their cheapest
 * form up to twice the budget.
 *
 * Of slots that have been shown for a while, one at a time goes to a higher layer or comes back:
 * keyframes of several at once would fill the path. After a step down for want of bandwidth nothing
 * goes up for 3 s; that slot not for twice as long as the last time, when it had gone up meanwhile,
 * up to 60 s; unless the budget has grown to twice what did not fit. What was paused may come back,
 * in its cheapest form, after a third of that, when it fits 0.8 of the present budget.
 *
 * @param slots initialized by allocator_slot_reset once
 * @param budget_bps what video may use now (audio, repairs and reserves already taken off)
 * @param floor_bps  least budget of the last seconds, as many as the caller thinks fit: what counts
 *                   for higher steps
 */
void allocator_run(struct allocator_slot *const *slots, size_t count, uint64_t budget_bps,
                   uint64_t floor_bps, int64_t now_us, struct allocator_result *out);

#endif
