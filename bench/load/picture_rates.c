#include "load/picture_rates.h"

enum {
    STEPS = CONTENT_LEVELS + CONTENT_RATES - 1, /* levels of the lowest rate, then rates */
    TOP_LEVEL = CONTENT_LEVELS - 1,
    OVERHEAD_PERCENT = 108,
    RESERVE_PERCENT = 110
};

/** Steps of a layer, ascending. */
static const struct picture_rate steps[STEPS] = {
    {true, 0, 0}, {true, 0, 1}, {true, 0, 2}, {true, 1, 2}, {true, 2, 2}};

void picture_costs_of(const struct content *content, size_t layers, struct picture_costs *out)
{
    out->layers = layers;
    for (size_t i = 0; i < layers; i++) {
        unsigned layer = (unsigned)(CONTENT_LAYERS - layers + i);
        for (unsigned rate = 0; rate < CONTENT_RATES; rate++) {
            for (unsigned tid = 0; tid < CONTENT_LEVELS; tid++) {
                out->bps[i][rate][tid] =
                    content_bps(content, layer, rate, tid) * OVERHEAD_PERCENT / 100;
            }
        }
    }
}

static uint64_t cost_of(const struct picture_costs *costs, size_t layer,
                        const struct picture_rate *rate)
{
    return rate->on ? costs->bps[layer][rate->rate][rate->tid] : 0;
}

/** Place of what is sent among the steps, -1 = nothing. */
static int step_of(const struct picture_rate *rate)
{
    for (int i = 0; rate->on && i < STEPS; i++) {
        if (steps[i].rate == rate->rate && steps[i].tid >= rate->tid) {
            return i;
        }
    }
    return rate->on ? STEPS - 1 : -1;
}

/** The highest step within a budget; fewer pictures than all only of the lowest layer. */
static int best_step(const struct picture_costs *costs, size_t layer, int held, uint64_t left_bps)
{
    int least = layer == 0 ? 0 : TOP_LEVEL;
    for (int i = STEPS - 1; i >= least; i--) {
        uint64_t cost = cost_of(costs, layer, &steps[i]);
        uint64_t needed = i > held ? cost / 100 * RESERVE_PERCENT : cost;
        if (needed <= left_bps) {
            return i;
        }
    }
    return layer == 0 ? 0 : -1;
}

uint64_t picture_rates_choose(const struct picture_costs *costs, uint64_t budget_bps,
                              struct picture_rate now[static CONTENT_LAYERS])
{
    uint64_t used = 0;
    bool stopped = false;
    for (size_t i = 0; i < costs->layers; i++) {
        uint64_t left_bps = budget_bps > used ? budget_bps - used : 0;
        int step = stopped ? -1 : best_step(costs, i, step_of(&now[i]), left_bps);
        now[i] = step < 0 ? (struct picture_rate){0} : steps[step];
        stopped = stopped || step < 0;
        used += cost_of(costs, i, &now[i]);
    }
    return used;
}

uint64_t picture_rates_next(const struct picture_costs *costs,
                            const struct picture_rate now[static CONTENT_LAYERS])
{
    uint64_t used = 0;
    uint64_t more = 0;
    for (size_t i = 0; i < costs->layers; i++) {
        uint64_t cost = cost_of(costs, i, &now[i]);
        int step = step_of(&now[i]);
        int next = step < 0 && i > 0 ? TOP_LEVEL : step + 1;
        used += cost;
        if (more == 0 && next < STEPS) {
            more = cost_of(costs, i, &steps[next]) - cost;
        }
    }
    return more == 0 ? 0 : (used + more) / 100 * RESERVE_PERCENT;
}

uint64_t picture_rates_ideal(const struct picture_costs *costs)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < costs->layers; i++) {
        sum += cost_of(costs, i, &steps[STEPS - 1]);
    }
    return sum;
}

unsigned picture_rates_level(const struct picture_costs *costs, size_t layer, unsigned rate,
                             uint64_t bps)
{
    unsigned tid = TOP_LEVEL;
    while (tid > 0 && costs->bps[layer][rate][tid] > bps) {
        tid--;
    }
    return tid;
}
