#include "simulcast.h"

enum {
    /** Pictures of the other layers that must have come since, so that a slow source (a shared
       screen at one picture a second) does not look as if its layers stopped in turn. */
    SILENT_FRAMES = 4
};

static bool has_come(const struct layer *layer)
{
    return layer->last_us != INT64_MIN;
}

/** Has this layer stopped while the others go on? */
static bool has_stopped(const struct simulcast *simulcast, const struct layer *layer)
{
    const struct layer_demand *demand = &layer->demand;
    int64_t now_us = simulcast->layers[0]->context->now_us;
    return has_come(layer) && !demand->gone && demand->wanted &&
           now_us - layer->last_us >= SIMULCAST_SILENT_US &&
           (demand->woken_us == INT64_MIN || now_us - demand->woken_us >= SIMULCAST_WAKE_US) &&
           simulcast->frames - demand->track_frames >= SILENT_FRAMES;
}

static bool find_stopped(struct simulcast *simulcast)
{
    bool changed = false;
    for (size_t i = 0; i < simulcast->count; i++) {
        struct layer *layer = simulcast->layers[i];
        if (has_stopped(simulcast, layer)) {
            layer->demand.gone = true;
            changed = true;
        }
    }
    return changed;
}

bool simulcast_receive(struct simulcast *simulcast, struct layer *layer, bool frame)
{
    struct layer_demand *demand = &layer->demand;
    bool changed = demand->gone;
    demand->gone = false;
    simulcast->frames += frame;
    demand->track_frames = simulcast->frames;
    if (demand->wished_us == INT64_MIN) {
        changed = true;
        demand->wished_us =
            simulcast->layers[0]->context->now_us; /* time for somebody to come and want it */
        demand->level_us[LAYER_DEMAND_LEVELS - 1] = simulcast->layers[0]->context->now_us;
    }
    return (frame && simulcast->count > 1 && find_stopped(simulcast)) || changed;
}

bool simulcast_offers(const struct simulcast *simulcast, size_t index)
{
    const struct layer *layer = simulcast->layers[index];
    return has_come(layer) && !layer->demand.gone;
}

bool simulcast_want(struct simulcast *simulcast, size_t index, uint8_t temporal)
{
    struct layer_demand *demand = &simulcast->layers[index]->demand;
    int64_t now_us = simulcast->layers[0]->context->now_us;
    demand->wished_us = now_us;
    demand->level_us[temporal] = now_us;
    bool wakes = !demand->wanted;
    if (wakes) {
        demand->wanted = true;
        demand->temporal = temporal;
        demand->woken_us = now_us;
    } else if (temporal > demand->temporal) {
        demand->temporal = temporal;
    }
    if (simulcast_has_news(simulcast)) {
        layer_touch_publisher(simulcast->layers[0]);
    }
    return wakes;
}

/** Highest level that was wished for lately. */
static uint8_t find_level(const struct layer_demand *demand, int64_t now_us)
{
    uint8_t level = LAYER_DEMAND_LEVELS - 1;
    while (level > 0 && now_us - demand->level_us[level] >= SIMULCAST_HOLD_US) {
        level--;
    }
    return level;
}

void simulcast_timeout(struct simulcast *simulcast)
{
    int64_t now_us = simulcast->layers[0]->context->now_us;
    for (size_t i = 0; i < simulcast->count && simulcast->named; i++) {
        struct layer_demand *demand = &simulcast->layers[i]->demand;
        if (!simulcast_offers(simulcast, i)) {
            continue; /* it may begin when its sender can */
        }
        demand->wanted = demand->wanted && now_us - demand->wished_us < SIMULCAST_HOLD_US;
        demand->temporal = find_level(demand, now_us);
    }
    if (simulcast_has_news(simulcast)) {
        layer_touch_publisher(simulcast->layers[0]);
    }
}

bool simulcast_has_news(const struct simulcast *simulcast)
{
    for (size_t i = 0; i < simulcast->count && simulcast->named; i++) {
        const struct layer_demand *demand = &simulcast->layers[i]->demand;
        if (demand->wanted != demand->told ||
            (demand->wanted && demand->temporal != demand->told_temporal)) {
            return true;
        }
    }
    return false;
}

void simulcast_told(struct simulcast *simulcast)
{
    for (size_t i = 0; i < simulcast->count; i++) {
        struct layer_demand *demand = &simulcast->layers[i]->demand;
        demand->told = demand->wanted;
        demand->told_temporal = demand->temporal;
    }
}

bool simulcast_sleeps(const struct simulcast *simulcast)
{
    bool sleeps = false;
    for (size_t i = 0; i < simulcast->count; i++) {
        if (simulcast_offers(simulcast, i) && simulcast->layers[i]->demand.wanted) {
            return false;
        }
        sleeps = sleeps || simulcast_offers(simulcast, i);
    }
    return sleeps;
}
