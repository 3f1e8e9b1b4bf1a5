#include "cc/allocator.h"

#include <math.h>

#include "base/minmax.h"

/** Of the least recent budget, what higher steps may fill; and when that went wrong lately. */
static const double climb_share = 0.9;
static const double wary_share = 0.8;

/** Of the present budget, what the return of a paused picture may fill. */
static const double resume_share = 0.8;

/** Of the budget, what pictures may fill for a moment that are in their cheapest form already: to
 * pause one and bring it back costs a keyframe, more than the moment. */
static const double patient_share = 2.0;

/** What the budget must have grown to, of what did not fit, for waiting to be vain. */
static const double grown_share = 2.0;

/** Of the budget, what a picture of one step that is shown may fill. */
static const double rigid_share = 1.25;

/** How much more a step is worth that is shown already. */
static const double hold_worth = 1.5;

/** Back-off that ends so soon does not keep a step from being probed for. */
static const int64_t soon_us = 1000000;

enum { RAISED_US = 5000000 /**< who has become more important may take from others for so long */ };

static const double class_weights[] = {8.0, 4.0, 2.0, 1.0};

struct run {
    struct allocator_slot *const *slots;
    size_t count;
    double budget;
    double least; /**< budget that counts for higher steps */
    bool forced;  /**< what is shown does not fit: nothing goes up */
    int64_t now_us;
    double used;
    double reserved; /**< what held steps will take that were not reached yet */
    bool displaced;  /**< somebody went up at the cost of what others hold */
    const struct allocator_slot *switcher; /**< the one that goes to a higher layer in this run */
};

void allocator_slot_reset(struct allocator_slot *slot)
{
    slot->chosen = ALLOCATOR_OFF;
    slot->had = false;
    slot->climbed = false;
    slot->was = slot->class;
    slot->present = (struct allocator_step){0};
    slot->switched_us = INT64_MIN;
    slot->up_after_us = INT64_MIN;
    slot->backoff_us = ALLOCATOR_BACKOFF_US;
    slot->forced_us = INT64_MIN;
    slot->forced_bps = 0;
    slot->short_us = INT64_MAX;
    slot->raised_us = INT64_MIN;
}

static double value_of(const struct allocator_slot *slot, const struct allocator_step *step)
{
    return class_weights[slot->class] *
           log2(1.0 + (double)step->pixels * sqrt(step->fps > 0 ? step->fps : 1));
}

static double value_at(const struct allocator_slot *slot, int step)
{
    return step == ALLOCATOR_OFF ? 0.0 : slot->scratch.value[step];
}

static double bps_at(const struct allocator_slot *slot, int step)
{
    return step == ALLOCATOR_OFF ? 0.0 : (double)slot->steps[step].bps;
}

static int cheapest(const struct allocator_slot *slot)
{
    int best = 0;
    for (int i = 1; i < (int)slot->step_count; i++) {
        best = slot->steps[i].bps < slot->steps[best].bps ? i : best;
    }
    return best;
}

/** The step of this run's ladder that stands for what was chosen last: itself, the best that is no
 * larger, or the cheapest. */
static int find_held(const struct allocator_slot *slot)
{
    if (!slot->had || slot->present.pixels == 0 || slot->step_count == 0) {
        return ALLOCATOR_OFF;
    }
    int held = ALLOCATOR_OFF;
    for (int i = 0; i < (int)slot->step_count; i++) {
        const struct allocator_step *step = &slot->steps[i];
        if (step->layer == slot->present.layer && step->temporal == slot->present.temporal) {
            return i;
        }
        if (step->pixels <= slot->present.pixels &&
            (held == ALLOCATOR_OFF || slot->scratch.value[i] > slot->scratch.value[held])) {
            held = i;
        }
    }
    return held == ALLOCATOR_OFF ? cheapest(slot) : held;
}

/** Is this how a picture comes back that was paused? */
static bool resumes(const struct allocator_slot *slot, int step)
{
    return slot->had && slot->scratch.held == ALLOCATOR_OFF && step == cheapest(slot);
}

/** Is this step on another layer than what is shown, and above it? */
static bool switches_up(const struct allocator_slot *slot, int step)
{
    int held = slot->scratch.held;
    return held != ALLOCATOR_OFF && slot->steps[step].layer != slot->steps[held].layer &&
           slot->scratch.value[step] > slot->scratch.value[held];
}

/** Does it begin with a keyframe that nobody has to have, but would like to? */
static bool needs_keyframe(const struct allocator_slot *slot, int step)
{
    return switches_up(slot, step) || resumes(slot, step);
}

/** When a step above the held one may be taken. */
static int64_t ready_us(const struct allocator_slot *slot, int step)
{
    int64_t ready_us = slot->up_after_us;
    if (ready_us != INT64_MIN && resumes(slot, step)) {
        return ready_us - (slot->backoff_us - slot->backoff_us / 3);
    }
    if (switches_up(slot, step) && slot->switched_us != INT64_MIN &&
        slot->switched_us + ALLOCATOR_SPATIAL_US > ready_us) {
        ready_us = slot->switched_us + ALLOCATOR_SPATIAL_US;
    }
    return ready_us;
}

static bool fell_lately(const struct run *run, const struct allocator_slot *slot)
{
    return slot->forced_us != INT64_MIN && run->now_us - slot->forced_us < ALLOCATOR_BACKOFF_MAX_US;
}

/** Share of the budget that the total with this higher step must fit. */
static double share_of(const struct run *run, const struct allocator_slot *slot, int step)
{
    if (resumes(slot, step) && slot->forced_us != INT64_MIN) {
        return resume_share;
    }
    return fell_lately(run, slot) ? wary_share : climb_share;
}

/** Total that may be reached by taking a step; negative when it may not be taken now. */
static double limit_of(const struct run *run, const struct allocator_slot *slot, int step)
{
    int held = slot->scratch.held;
    if (held != ALLOCATOR_OFF && slot->scratch.value[step] <= slot->scratch.value[held]) {
        bool patient = run->forced && run->now_us - slot->short_us < ALLOCATOR_PATIENCE_US;
        double share = slot->step_count == 1 ? rigid_share : 1.0;
        if (run->displaced) {
            return run->least * climb_share;
        }
        return run->budget * (patient && step == cheapest(slot) ? patient_share : share);
    }
    if (run->now_us < ready_us(slot, step) || (run->forced && slot->had && !slot->scratch.raised)) {
        return -1.0;
    }
    if (run->switcher != NULL && run->switcher != slot && needs_keyframe(slot, step)) {
        return -1.0;
    }
    return share_of(run, slot, step) * (resumes(slot, step) ? run->budget : run->least);
}

/** Utility per bit of going from one step to another; 0 when that brings nothing. */
static double gain_over(const struct allocator_slot *slot, int from, int step)
{
    double value = slot->scratch.value[step] - value_at(slot, from);
    double bps = bps_at(slot, step) - bps_at(slot, from);
    if (value <= 0.0) {
        return 0.0;
    }
    return value / (bps < 1.0 ? 1.0 : bps);
}

/** What a slot's held step takes beyond the chosen one. */
static double reserve_of(const struct allocator_slot *slot)
{
    double bps = bps_at(slot, slot->scratch.held) - bps_at(slot, slot->chosen);
    return bps > 0.0 ? bps : 0.0;
}

static bool is_climb(const struct allocator_slot *slot, int step)
{
    int held = slot->scratch.held;
    return held == ALLOCATOR_OFF || slot->scratch.value[step] > slot->scratch.value[held];
}

/** May this slot go up at the cost of what others hold? */
static bool may_displace(const struct run *run, const struct allocator_slot *slot, int step)
{
    return !slot->had || resumes(slot, step) ||
           (slot->raised_us != INT64_MIN && run->now_us - slot->raised_us < RAISED_US);
}

/** Total with this step, and with what is not to be taken from others for it. */
static double total_with(const struct run *run, const struct allocator_slot *slot, int step)
{
    double total = run->used - bps_at(slot, slot->chosen) + bps_at(slot, step);
    if (is_climb(slot, step) && !may_displace(run, slot, step)) {
        total += run->reserved - reserve_of(slot);
    }
    return total;
}

/** Finds the step that brings most per bit among those that fit. */
static void find_best(const struct run *run, struct allocator_slot *slot)
{
    struct allocator_scratch *scratch = &slot->scratch;
    scratch->best = ALLOCATOR_OFF;
    scratch->gain = 0.0;
    for (int i = 0; i < (int)slot->step_count; i++) {
        double gain = gain_over(slot, slot->chosen, i);
        if (scratch->held != ALLOCATOR_OFF && scratch->value[i] <= scratch->value[scratch->held]) {
            gain *= hold_worth;
        }
        if (gain > scratch->gain && total_with(run, slot, i) <= limit_of(run, slot, i)) {
            scratch->best = i;
            scratch->gain = gain;
        }
    }
}

/** Would what is shown now fit the budget? */
static bool holds(const struct run *run)
{
    double total = 0.0;
    double rigid = 0.0;
    for (size_t i = 0; i < run->count; i++) {
        const struct allocator_slot *slot = run->slots[i];
        double bps = bps_at(slot, slot->scratch.held);
        total += bps;
        rigid += slot->step_count == 1 ? bps : 0.0;
    }
    return total <= run->budget || (total == rigid && total <= run->budget * rigid_share);
}

/** Total of what is shown. */
static double held_bps(const struct run *run)
{
    double total = 0.0;
    for (size_t i = 0; i < run->count; i++) {
        total += bps_at(run->slots[i], run->slots[i]->scratch.held);
    }
    return total;
}

static void prepare(struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        struct allocator_slot *slot = run->slots[i];
        for (size_t j = 0; j < slot->step_count; j++) {
            slot->scratch.value[j] = value_of(slot, &slot->steps[j]);
        }
        slot->scratch.held = find_held(slot);
        slot->scratch.raised = slot->class < slot->was;
        slot->chosen = ALLOCATOR_OFF;
        if (slot->scratch.raised) {
            slot->raised_us = run->now_us;
        }
        if (slot->scratch.raised || run->least > grown_share * (double)slot->forced_bps) {
            slot->up_after_us = INT64_MIN; /* it matters more than when it had to wait, or fits */
        }
        slot->was = slot->class;
    }
    run->forced = !holds(run);
    for (size_t i = 0; i < run->count; i++) {
        struct allocator_slot *slot = run->slots[i];
        if (!run->forced) {
            slot->short_us = INT64_MAX;
        } else if (slot->short_us == INT64_MAX) {
            slot->short_us = run->now_us;
        }
    }
}

/** The slot whose best step brings most, or NULL when nothing more is to be had. */
static struct allocator_slot *find_neediest(const struct run *run)
{
    struct allocator_slot *neediest = NULL;
    for (size_t i = 0; i < run->count; i++) {
        struct allocator_slot *slot = run->slots[i];
        if (slot->scratch.best != ALLOCATOR_OFF &&
            (neediest == NULL || slot->scratch.gain > neediest->scratch.gain)) {
            neediest = slot;
        }
    }
    return neediest;
}

/** Shown for long enough that its layers are known, on a path that has a bound. */
static bool is_settled(const struct run *run, const struct allocator_slot *slot)
{
    return run->budget < (double)UINT64_MAX && run->now_us - slot->begun_us >= ALLOCATOR_BEGIN_US;
}

static void take(struct run *run, struct allocator_slot *slot, int step)
{
    run->used += bps_at(slot, step) - bps_at(slot, slot->chosen);
    run->reserved -= reserve_of(slot);
    slot->chosen = step;
    run->reserved += reserve_of(slot);
    run->displaced = run->displaced || (is_climb(slot, step) && slot->had &&
                                        run->used + run->reserved > run->least * climb_share);
}

static void fill(struct run *run)
{
    run->reserved = held_bps(run);
    for (size_t i = 0; i < run->count; i++) {
        find_best(run, run->slots[i]);
    }
    struct allocator_slot *slot;
    while ((slot = find_neediest(run)) != NULL) {
        int step = slot->scratch.best;
        if (total_with(run, slot, step) <= limit_of(run, slot, step)) {
            take(run, slot, step);
            if (needs_keyframe(slot, step) && is_settled(run, slot)) {
                run->switcher = slot;
            }
        }
        find_best(run, slot); /* the next one, or a lesser one that fits */
    }
}

/** A step down for want of bandwidth: longer waits for those who come back too soon. */
static void back_off(const struct run *run, struct allocator_slot *slot)
{
    if (!fell_lately(run, slot)) {
        slot->backoff_us = ALLOCATOR_BACKOFF_US;
    } else if (slot->climbed) {
        slot->backoff_us = min_i64(2 * slot->backoff_us, ALLOCATOR_BACKOFF_MAX_US);
    }
    slot->forced_us = run->now_us;
    slot->up_after_us = run->now_us + slot->backoff_us;
    slot->climbed = false;
}

/** Keeps what the next run needs to know. */
static void settle(const struct run *run)
{
    double total = held_bps(run);
    for (size_t i = 0; i < run->count; i++) {
        struct allocator_slot *slot = run->slots[i];
        double held = value_at(slot, slot->scratch.held);
        double value = value_at(slot, slot->chosen);
        struct allocator_step chosen = {0};
        if (slot->chosen != ALLOCATOR_OFF) {
            chosen = slot->steps[slot->chosen];
        }
        if (run->forced && value < held) {
            back_off(run, slot);
            slot->forced_bps = (uint64_t)total;
        } else if (run->forced) {
            slot->forced_bps = (uint64_t)total;
            slot->up_after_us = max_i64(slot->up_after_us, run->now_us + ALLOCATOR_BACKOFF_US);
        }
        slot->climbed = slot->climbed || (slot->had && value > held);
        if (!slot->had) {
            slot->begun_us = run->now_us;
        }
        if (slot->present.pixels != 0 && chosen.pixels != 0 &&
            slot->present.layer != chosen.layer &&
            run->now_us - slot->begun_us >= ALLOCATOR_BEGIN_US) {
            slot->switched_us = run->now_us;
        }
        slot->present = chosen;
        slot->had = true;
    }
}

/** A step up from what was reached in thought, and what it would take. */
struct prospect {
    struct allocator_slot *slot; /**< NULL = none */
    int step;
    double gain;
    double share;
};

/** The best step up, soon to be had, from scratch->best on. */
static struct prospect find_prospect(const struct run *run)
{
    struct prospect best = {.slot = NULL};
    for (size_t i = 0; i < run->count; i++) {
        struct allocator_slot *slot = run->slots[i];
        for (int j = 0; j < (int)slot->step_count; j++) {
            double gain = gain_over(slot, slot->scratch.best, j);
            if (gain > best.gain && ready_us(slot, j) <= run->now_us + soon_us) {
                best = (struct prospect){
                    .slot = slot, .step = j, .gain = gain, .share = share_of(run, slot, j)};
            }
        }
    }
    return best;
}

/** Climbs in thought, as far as the present budget would allow if it had lasted; the step after
 * that is the next one. */
static void look_ahead(const struct run *run, struct allocator_result *out)
{
    double total = run->used;
    double ideal = 0.0;
    double least = 0.0;
    for (size_t i = 0; i < run->count; i++) {
        struct allocator_slot *slot = run->slots[i];
        slot->scratch.best = slot->chosen;
        int top = ALLOCATOR_OFF;
        for (int j = 0; j < (int)slot->step_count; j++) {
            top = value_at(slot, j) > value_at(slot, top) ? j : top;
        }
        ideal += bps_at(slot, top);
        least += slot->chosen == ALLOCATOR_OFF ? 0.0 : bps_at(slot, cheapest(slot));
    }
    *out = (struct allocator_result){.used_bps = (uint64_t)run->used,
                                     .ideal_bps = (uint64_t)ideal,
                                     .least_bps = (uint64_t)least,
                                     .in_turn = run->switcher != NULL};
    for (struct prospect next = find_prospect(run); next.slot != NULL; next = find_prospect(run)) {
        total += bps_at(next.slot, next.step) - bps_at(next.slot, next.slot->scratch.best);
        next.slot->scratch.best = next.step;
        if (total > next.share * run->budget) {
            out->next_bps = (uint64_t)total;
            out->next_budget_bps = (uint64_t)ceil(total / next.share);
            return;
        }
    }
}

void allocator_run(struct allocator_slot *const *slots, size_t count, uint64_t budget_bps,
                   uint64_t floor_bps, int64_t now_us, struct allocator_result *out)
{
    uint64_t least = floor_bps < budget_bps ? floor_bps : budget_bps;
    struct run run = {.slots = slots,
                      .count = count,
                      .budget = (double)budget_bps,
                      .least = (double)least,
                      .now_us = now_us};
    prepare(&run);
    fill(&run);
    settle(&run);
    look_ahead(&run, out);
}
