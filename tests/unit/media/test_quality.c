#include <math.h>

#include "media/quality.h"
#include "unit/runner.h"

static double mos(double lost_percent, double burst, int64_t delay_ms)
{
    struct quality_input input = {
        .lost = lost_percent / 100, .burst = burst, .delay_us = delay_ms * 1000};
    struct quality_score score;
    quality_score(&input, &score);
    return score.mos;
}

/** The values that were worked out beside the formula (design notes, "values with Ie 10.2, Bpl
 * 4.3"). */
TEST(scores_are_those_of_the_table)
{
    static const struct {
        double lost;
        double mos[4]; /* at 100, 200, 300, 400 ms */
    } rows[] = {
        {0, {4.41, 4.34, 3.96, 3.55}}, {0.5, {4.18, 4.08, 3.59, 3.12}},
        {1, {3.93, 3.80, 3.24, 2.76}}, {2, {3.45, 3.30, 2.69, 2.21}},
        {5, {2.52, 2.36, 1.79, 1.41}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int64_t j = 0; j < 4; j++) {
            CHECK(fabs(mos(rows[i].lost, 1, 100 * (j + 1)) - rows[i].mos[j]) < 0.006);
        }
    }
}

TEST(bursts_hurt_and_scores_stay_in_bounds)
{
    CHECK(mos(5, 3, 100) < mos(5, 1, 100));
    CHECK(mos(100, 1, 10000) >= 1);
    CHECK(mos(-1, 0, -5) <= 4.5);
    CHECK(mos(-1, 0, -5) == mos(0, 1, 100));
    double before = 5;
    for (int64_t delay_ms = 0; delay_ms < 2000; delay_ms += 10) {
        double now = mos(1, 1, delay_ms);
        CHECK(now <= before);
        before = now;
    }
    before = 5;
    for (int lost = 0; lost <= 100; lost++) {
        double now = mos(lost, 2, 50);
        CHECK(now <= before);
        before = now;
    }
}

TEST(opus_impairs_the_more_the_fewer_bits_it_has)
{
    CHECK(quality_opus_ie(0) == quality_opus_ie(64000));
    CHECK(fabs(quality_opus_ie(31000) - 16.8) < 1e-9);
    CHECK(fabs(quality_opus_ie(28000) - 18.5) < 1e-9);
    double before = quality_opus_ie(6000);
    for (uint32_t bps = 8000; bps < 96000; bps += 500) {
        double now = quality_opus_ie(bps);
        CHECK(now <= before);
        before = now;
    }
}

TEST(codecs_one_after_the_other_cost_more_than_one)
{
    struct quality_input one = {.burst = 1, .ie = quality_opus_ie(32000)};
    struct quality_input two = {.burst = 1, .ie = 2 * quality_opus_ie(32000)};
    struct quality_score a;
    struct quality_score b;
    quality_score(&one, &a);
    quality_score(&two, &b);
    CHECK(b.mos < a.mos && fabs(a.r - b.r - one.ie) < 1e-9);
    two.ie = 500;
    two.lost = 1;
    quality_score(&two, &b);
    CHECK(b.r == 0 && b.mos == 1);
}
