#include "allocation.h"

#include <string.h>

#include "base/grid.h"
#include "egress.h"
#include "ladder.h"
#include "streams.h"

enum {
    SOUND_OVERHEAD_BYTES = 60, /**< of a packet: RTP, SRTP, UDP, IP */
    SOUND_PACKETS_PER_S = 50,
    SOUND_USUAL_BPS = 50000, /**< of one voice, before anything was measured */
    MAX_REPAIR_PERCENT = 15,
    FELL_PERCENT = 90, /**< of what is allocated: a target below this cannot wait */
    MOVED_PERCENT = 15,
    FAR_TOO_MUCH = 2, /**< times what was chosen */
    MAY_BE_MORE = 4   /**< times what is usual: what nobody has measured yet */
};

void allocation_init(struct allocation *allocation)
{
    *allocation = (struct allocation){.due_us = INT64_MAX,
                                      .measured_us = INT64_MIN,
                                      .started_us = INT64_MIN,
                                      .target_bps = UINT64_MAX};
}

static bool is_video(const struct slot *slot)
{
    return slot != NULL && slot->allocation != NULL;
}

/** Something to show, were it not for the network. */
static bool shows(const struct slot *slot)
{
    return slot->active && slot->role.track != NULL && !slot->role.offscreen &&
           track_shows(slot->role.track) && slot_takes(slot, track_codec(slot->role.track));
}

bool allocation_is_stale(const struct slot *slot)
{
    const struct allocation_slot *state = slot->allocation;
    return state != NULL && slot->role.track != NULL &&
           (state->stale || state->revision != slot->role.track->revision);
}

static uint64_t per_second(uint64_t count, int64_t elapsed_us)
{
    return count * 1000000 / (uint64_t)elapsed_us;
}

/** What a sum has grown by; a slot that has gone took its part of it along. */
static uint64_t growth(uint64_t sum, uint64_t before)
{
    return sum > before ? sum - before : 0;
}

/** Rates of sound and repairs, once a period. */
static void measure(struct allocation *allocation, const struct streams *streams,
                    const struct egress *egress)
{
    int64_t now_us = egress->context->now_us;
    uint64_t sound = 0;
    uint64_t repairs = 0;
    uint64_t fed = 0;
    for (size_t i = 0; i < streams->count; i++) {
        const struct slot *slot = streams->slots[i];
        if (slot != NULL) {
            bool audio = !is_video(slot);
            sound += audio ? slot->stats.octets + slot->stats.packets * SOUND_OVERHEAD_BYTES : 0;
            fed += audio && slot->feed != NULL;
            repairs += slot->rtx_bytes;
        }
    }
    if (allocation->measured_us == INT64_MIN) {
        allocation->sound_bps = fed * SOUND_USUAL_BPS;
    } else if (now_us - allocation->measured_us < ALLOCATION_PERIOD_US) {
        return;
    } else {
        int64_t elapsed_us = now_us - allocation->measured_us;
        uint64_t sent = egress->bytes_sent - allocation->sent_bytes;
        allocation->sound_bps = per_second(8 * growth(sound, allocation->sound_octets), elapsed_us);
        allocation->repair_share =
            sent == 0 ? 0.0 : (double)growth(repairs, allocation->repair_bytes) / (double)sent;
        allocation->period = (allocation->period + 1) % ALLOCATION_FLOOR_PERIODS;
        allocation->least_bps[allocation->period] = 0;
    }
    allocation->measured_us = now_us;
    allocation->sound_octets = sound;
    allocation->repair_bytes = repairs;
    allocation->sent_bytes = egress->bytes_sent;
}

/** What a target leaves for pictures. */
static uint64_t budget_of(const struct allocation *allocation, uint64_t target_bps)
{
    if (target_bps == UINT64_MAX) {
        return UINT64_MAX;
    }
    double share = allocation->repair_share * 100 > MAX_REPAIR_PERCENT ? MAX_REPAIR_PERCENT / 100.0
                                                                       : allocation->repair_share;
    uint64_t sound = allocation->sound_bps * 12 / 10;
    uint64_t left = (uint64_t)((double)target_bps * (1.0 - share));
    return left > sound ? left - sound : 0;
}

/** What must be the target for pictures to have so much. */
static uint64_t target_for(const struct allocation *allocation, uint64_t budget_bps)
{
    double share = allocation->repair_share * 100 > MAX_REPAIR_PERCENT ? MAX_REPAIR_PERCENT / 100.0
                                                                       : allocation->repair_share;
    uint64_t sound = allocation->sound_bps * 12 / 10;
    return (uint64_t)((double)(budget_bps + sound) / (1.0 - share));
}

/** The period so many before this one. */
static size_t period_before(const struct allocation *allocation, size_t back)
{
    return (allocation->period + ALLOCATION_FLOOR_PERIODS - back) % ALLOCATION_FLOOR_PERIODS;
}

/** Did the budget fall within the last periods, by more than it usually trembles? */
static bool has_fallen(const struct allocation *allocation)
{
    uint64_t most = 0;
    for (size_t back = ALLOCATION_FLOOR_PERIODS; back > 0; back--) {
        size_t period = period_before(allocation, back - 1);
        uint64_t least = allocation->least_bps[period];
        if (least != 0 && least < most / 100 * FELL_PERCENT) {
            return true;
        }
        most = allocation->most_bps[period] > most ? allocation->most_bps[period] : most;
    }
    return false;
}

/** Takes note of a budget. @return what counts for steps up */
static uint64_t note_budget(struct allocation *allocation, uint64_t budget_bps, int64_t now_us)
{
    if (allocation->started_us == INT64_MIN) {
        allocation->started_us = now_us;
    }
    if (now_us - allocation->started_us < ALLOCATION_START_US) {
        return budget_bps; /* what the first probes found holds at once */
    }
    uint64_t *least = &allocation->least_bps[allocation->period];
    uint64_t *most = &allocation->most_bps[allocation->period];
    *most = *least == 0 || budget_bps > *most ? budget_bps : *most;
    *least = *least == 0 || budget_bps < *least ? budget_bps + (budget_bps == 0) : *least;
    size_t periods = has_fallen(allocation) ? ALLOCATION_FLOOR_PERIODS : ALLOCATION_RISEN_PERIODS;
    uint64_t floor = UINT64_MAX;
    for (size_t back = 0; back < periods; back++) {
        uint64_t of_period = allocation->least_bps[period_before(allocation, back)];
        floor = of_period != 0 && of_period < floor ? of_period : floor;
    }
    return floor;
}

/** A layer whose keyframe does not come is left alone for a while, unless there is nothing else. */
static uint32_t find_barred(struct slot *slot, const struct track *track, int64_t now_us)
{
    struct allocation_slot *state = slot->allocation;
    uint32_t barred = 0;
    for (size_t i = 0; i < track->layer_count; i++) {
        if (slot->next == track->layers[i] && slot->feed != NULL &&
            now_us - slot->next_since_us >= ALLOCATION_SWITCH_US) {
            state->barred_us[i] = now_us + ALLOCATION_BAR_US;
        }
        barred |= (state->barred_us[i] > now_us ? 1U : 0U) << i;
    }
    return barred;
}

/** Fills in what the slot could show. */
static void ask(struct slot *slot, int64_t now_us)
{
    struct allocation_slot *state = slot->allocation;
    struct allocator_slot *allocator = &state->allocator;
    const struct track *track = slot->role.track;
    if (state->track != track) {
        allocation_slot_init(state);
        state->track = track;
    }
    state->revision = track->revision;
    state->stale = false;
    allocator->class = slot->class;
    struct ladder_request request = {
        .width = slot->role.view_width,
        .height = slot->role.view_height,
        .fps = slot->role.view_fps,
        .barred = find_barred(slot, track, now_us),
    };
    allocator->step_count = ladder_build(track, &request, allocator->steps);
    if (allocator->step_count == 0 && request.barred != 0) {
        request.barred = 0;
        allocator->step_count = ladder_build(track, &request, allocator->steps);
    }
}

/** Tells a track which of its layers this slot has or may soon have. */
static void utter_wishes(const struct allocation *allocation, const struct slot *slot,
                         uint64_t budget_bps)
{
    const struct allocator_slot *allocator = &slot->allocation->allocator;
    struct track *track = slot->role.track;
    size_t lowest = ladder_lowest(track);
    if (lowest < track->layer_count) {
        track_want(track, lowest, 0);
    }
    if (slot->feed != NULL && slot->feed->track == track) {
        track_want(track, slot->feed->index, slot->temporal.want);
    }
    double chosen =
        allocator->chosen == ALLOCATOR_OFF ? 0.0 : (double)allocator->steps[allocator->chosen].bps;
    double free = 2.0 * (double)budget_bps - (double)allocation->result.used_bps;
    for (size_t i = 0; i < allocator->step_count; i++) {
        const struct allocator_step *step = &allocator->steps[i];
        if ((int)i == allocator->chosen || (double)step->bps - chosen <= free) {
            track_want(track, step->layer, step->temporal);
        }
    }
}

/** What is too much goes on slower until the keyframe of the chosen layer comes; what is far too
 * much stops at once, or it would stand in the way of that keyframe, and of sound. */
static void give_way(struct slot *slot, uint64_t chosen_bps)
{
    slot_set_level(slot, 0);
    if (stream_meter_bps(&slot->feed->meter, 0) > FAR_TOO_MUCH * chosen_bps) {
        slot_suspend(slot);
    }
}

/** Gives a slot what was chosen for it. */
static void apply(struct slot *slot, bool in_want)
{
    const struct allocator_slot *allocator = &slot->allocation->allocator;
    struct track *track = slot->role.track;
    slot->role.starved = allocator->step_count > 0 && allocator->chosen == ALLOCATOR_OFF;
    if (allocator->chosen == ALLOCATOR_OFF) {
        slot_suspend(slot);
        slot_feed(slot, NULL);
        return;
    }
    const struct allocator_step *step = &allocator->steps[allocator->chosen];
    struct layer *layer = track->layers[step->layer];
    slot_feed(slot, layer);
    if (slot->feed == layer) {
        slot_set_level(slot, step->temporal);
    } else {
        slot->next_level = step->temporal;
        if (in_want && slot->feed != NULL) {
            give_way(slot, step->bps);
        }
    }
}

/** What the present feeds bring, until those that wait have gone over. */
static uint64_t flowing_bps(const struct streams *streams)
{
    uint64_t bps = 0;
    for (size_t i = 0; i < streams->count; i++) {
        const struct slot *slot = streams->slots[i];
        if (is_video(slot) && slot->feed != NULL) {
            size_t top = stream_meter_levels(&slot->feed->meter) - 1;
            bps += stream_meter_bps(&slot->feed->meter,
                                    slot->temporal.want < top ? slot->temporal.want : top);
        }
    }
    return bps;
}

/** Is any that is or will be shown still unmeasured? */
static bool is_guess(struct slot *const *shown, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct track *track = shown[i]->role.track;
        bool ready = false;
        for (size_t j = 0; j < track->layer_count; j++) {
            ready = ready || stream_meter_ready(&track->layers[j]->meter);
        }
        if (!ready) {
            return true;
        }
    }
    return false;
}

/** Tells what the path would have to carry, so that probes go just there. */
static void tell_demand(struct allocation *allocation, struct egress *egress, bool guess)
{
    const struct allocator_result *result = &allocation->result;
    allocation->total_bps = target_for(allocation, result->used_bps);
    struct estimator_demand demand = {
        .used_bps = allocation->total_bps,
        .next_bps = result->next_bps != 0 ? target_for(allocation, result->next_budget_bps) : 0,
        .ideal_bps = target_for(allocation, result->ideal_bps),
        .least_bps = target_for(allocation, result->least_bps)};
    if (guess) {
        demand.ideal_bps *= MAY_BE_MORE;
        demand.next_bps = demand.ideal_bps;
    }
    egress_demand(egress, &demand);
}

void allocation_run(struct allocation *allocation, const struct streams *streams,
                    struct egress *egress)
{
    struct allocator_slot *slots[SESSION_MAX_MEDIA];
    struct slot *shown[SESSION_MAX_MEDIA];
    size_t count = 0;
    int64_t now_us = egress->context->now_us;
    measure(allocation, streams, egress);
    allocation->target_bps = egress_target_bps(egress);
    uint64_t budget = budget_of(allocation, allocation->target_bps);
    for (size_t i = 0; i < streams->count; i++) {
        struct slot *slot = streams->slots[i];
        if (!is_video(slot)) {
            continue;
        }
        slot->role.starved = false;
        if (shows(slot)) {
            ask(slot, now_us);
            shown[count] = slot;
            slots[count++] = &slot->allocation->allocator;
        }
    }
    allocator_run(slots, count, budget, note_budget(allocation, budget, now_us), now_us,
                  &allocation->result);
    bool in_want = flowing_bps(streams) > budget;
    for (size_t i = 0; i < count; i++) {
        apply(shown[i], in_want);
        utter_wishes(allocation, shown[i], budget);
    }
    tell_demand(allocation, egress, is_guess(shown, count));
    allocation->due_us = INT64_MAX;
    if (count > 0) {
        allocation->due_us = grid_up(
            now_us + (allocation->result.in_turn ? ALLOCATION_TURN_US : ALLOCATION_PERIOD_US));
    }
}

bool allocation_is_urgent(const struct allocation *allocation, const struct egress *egress)
{
    uint64_t before = allocation->target_bps;
    uint64_t target_bps = egress_target_bps(egress);
    if (target_bps == before || allocation->due_us == INT64_MAX) {
        return false;
    }
    if (target_bps == UINT64_MAX || before == UINT64_MAX ||
        target_bps < allocation->total_bps / 100 * FELL_PERCENT) {
        return true;
    }
    uint64_t moved = target_bps > before ? target_bps - before : before - target_bps;
    return moved > before / 100 * MOVED_PERCENT;
}

void allocation_timeout(struct allocation *allocation, const struct streams *streams,
                        struct egress *egress)
{
    if (egress->context->now_us >= allocation->due_us || allocation_is_urgent(allocation, egress)) {
        allocation_run(allocation, streams, egress);
    }
}

int64_t allocation_next_deadline(const struct allocation *allocation)
{
    return allocation->due_us;
}
