#include <math.h>

#include "relay/cc/trendline.h"
#include "unit/runner.h"

static struct trendline trend;

/** Groups each 30 ms, each taking a little longer than the one before. */
static void run(int groups, int64_t growth_us)
{
    for (int i = 0; i < groups; i++) {
        struct arrival_delta delta = {.sent_us = 30000,
                                      .arrived_us = 30000 + growth_us,
                                      .at_us = 1000000 + i * (30000 + growth_us)};
        trendline_add(&trend, &delta);
    }
}

TEST(trend_is_the_growth_of_delay_over_time)
{
    trendline_init(&trend);
    run(TRENDLINE_WINDOW - 1, 3000);
    CHECK(trend.slope == 0); /* not before the window is full */
    trendline_init(&trend);
    run(200, 3000);
    CHECK(fabs(trend.slope - 3.0 / 33) < 0.002);
    trendline_init(&trend);
    run(200, -1000);
    CHECK(fabs(trend.slope + 1.0 / 29) < 0.002);
    trendline_init(&trend);
    run(200, 0);
    CHECK(fabs(trend.slope) < 1e-9);
}

TEST(trend_stays_when_all_arrive_at_once)
{
    trendline_init(&trend);
    run(40, 3000);
    double before = trend.slope;
    CHECK(before > 0);
    for (int i = 0; i < TRENDLINE_WINDOW * 2; i++) {
        struct arrival_delta delta = {.sent_us = 30000, .arrived_us = 0, .at_us = 9000000};
        trendline_add(&trend, &delta);
    }
    CHECK(isfinite(trend.slope));
}
