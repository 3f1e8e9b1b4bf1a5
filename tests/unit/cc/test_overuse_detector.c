#include "relay/cc/overuse_detector.h"
#include "unit/runner.h"

static struct overuse_detector detector;
static int64_t now_us;

static bool run(int groups, double slope)
{
    bool overused = false;
    for (int i = 0; i < groups; i++) {
        now_us += 30000;
        overuse_detector_update(&detector, slope, 60, 30000, now_us);
        overused |= detector.usage == LINK_OVERUSED;
    }
    return overused;
}

static void set_up(void)
{
    now_us = 1000000;
    overuse_detector_init(&detector);
}

TEST(detector_wants_a_trend_that_lasts)
{
    set_up();
    CHECK(!run(1, 0.1));
    CHECK(!run(1, 0));
    CHECK(!run(1, 0.1));
    CHECK(run(1, 0.1)); /* the second in a row */
    CHECK(!run(5, 0));
    CHECK(!run(5, -0.1));
    CHECK_INT(detector.usage, LINK_UNDERUSED);
}

TEST(detector_waits_while_the_trend_falls)
{
    set_up();
    (void)run(1, 0.2);
    CHECK(!run(1, 0.15));
    CHECK(!run(1, 0.1));
    CHECK(run(1, 0.1));
}

TEST(detector_gets_used_to_noise)
{
    set_up();
    double calm = detector.threshold;
    for (int i = 0; i < 300; i++) {
        (void)run(1, i % 2 == 0 ? 0.08 : -0.08);
    }
    CHECK(detector.threshold > calm);
    CHECK(!run(1, 0.07));
    (void)run(600, 0.001);
    CHECK(detector.threshold < calm);
    CHECK(detector.threshold >= 6);
}

TEST(detector_does_not_learn_from_a_leap)
{
    set_up();
    double before = detector.threshold;
    (void)run(1, 3);
    CHECK(detector.threshold <= before);
}
