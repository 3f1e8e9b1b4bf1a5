#include "load/picture_rates.h"
#include "unit/runner.h"

/** Three layers of 100, 300 and 1000 kbit/s at most. */
static struct picture_costs three(void)
{
    struct picture_costs costs = {.layers = 3};
    static const uint64_t most_bps[CONTENT_LAYERS] = {100000, 300000, 1000000};
    static const uint64_t rates[CONTENT_RATES] = {40, 65, 100};
    static const uint64_t levels[CONTENT_LEVELS] = {45, 65, 100};
    for (size_t layer = 0; layer < 3; layer++) {
        for (size_t rate = 0; rate < CONTENT_RATES; rate++) {
            for (size_t level = 0; level < CONTENT_LEVELS; level++) {
                costs.bps[layer][rate][level] =
                    most_bps[layer] * rates[rate] / 100 * levels[level] / 100;
            }
        }
    }
    return costs;
}

TEST(lower_layers_go_first)
{
    const struct picture_costs costs = three();
    struct picture_rate now[CONTENT_LAYERS] = {{.on = false}};
    CHECK_INT(picture_rates_choose(&costs, UINT64_MAX, now), 1400000);
    CHECK(now[0].on && now[1].on && now[2].on);
    CHECK_INT(picture_rates_choose(&costs, 600000, now), 400000);
    CHECK(now[0].rate == 2 && now[1].rate == 2 && !now[2].on);
    CHECK_INT(picture_rates_choose(&costs, 90000, now), 65000);
    CHECK(now[0].on && now[0].rate == 1 && !now[1].on && !now[2].on);
    CHECK_INT(picture_rates_choose(&costs, 30000, now), 26000);
    CHECK(now[0].on && now[0].rate == 0 && now[0].tid == 1);
    CHECK_INT(picture_rates_choose(&costs, 0, now), 18000);
    CHECK(now[0].on && now[0].tid == 0);
}

TEST(what_is_held_needs_no_reserve)
{
    const struct picture_costs costs = three();
    struct picture_rate fresh[CONTENT_LAYERS] = {{.on = false}};
    struct picture_rate held[CONTENT_LAYERS] = {{true, 2, 2}, {true, 2, 2}, {true, 0, 2}};
    (void)picture_rates_choose(&costs, 810000, fresh);
    (void)picture_rates_choose(&costs, 810000, held);
    CHECK(!fresh[2].on);
    CHECK(held[2].on);
}

TEST(the_next_step_is_told)
{
    const struct picture_costs costs = three();
    struct picture_rate now[CONTENT_LAYERS] = {{true, 2, 2}, {true, 2, 2}, {.on = false}};
    CHECK_INT(picture_rates_next(&costs, now), 880000);
    CHECK_INT(picture_rates_ideal(&costs), 1400000);
    now[2] = (struct picture_rate){true, 2, 2};
    CHECK_INT(picture_rates_next(&costs, now), 0);
    CHECK_INT(picture_rates_level(&costs, 2, 2, 700000), 1);
    CHECK_INT(picture_rates_level(&costs, 2, 2, 1), 0);
}
