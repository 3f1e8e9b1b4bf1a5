/**
 * Which layers of a film go out, at which rate and up to which temporal level, for what the path
 * carries: the lowest layer first, as browsers do. Plain values.
 */
#ifndef LOAD_PICTURE_RATES_H
#define LOAD_PICTURE_RATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/content.h"

/** What is sent of one layer. */
struct picture_rate {
    bool on;
    unsigned rate;
    unsigned tid; /**< highest that goes out */
};

/** What each choice costs, overhead included. */
struct picture_costs {
    size_t layers; /**< 1..CONTENT_LAYERS */
    uint64_t bps[CONTENT_LAYERS][CONTENT_RATES][CONTENT_LEVELS];
};

/** @param layers 1 = the highest of the content only, else all */
void picture_costs_of(const struct content *content, size_t layers, struct picture_costs *out);

/**
 * Chooses within a budget. What is more than now must leave a tenth of it free.
 *
 * @param now  what goes out now, [layers]; changed into what is to go out
 * @return what it costs
 */
uint64_t picture_rates_choose(const struct picture_costs *costs, uint64_t budget_bps,
                              struct picture_rate now[static CONTENT_LAYERS]);

/** Total cost of the next step up, 0 when there is none. */
uint64_t picture_rates_next(const struct picture_costs *costs,
                            const struct picture_rate now[static CONTENT_LAYERS]);

/** Total cost of everything. */
uint64_t picture_rates_ideal(const struct picture_costs *costs);

/** The highest temporal level at a rate that costs no more than so much; 0 if none does. */
unsigned picture_rates_level(const struct picture_costs *costs, size_t layer, unsigned rate,
                             uint64_t bps);

#endif
