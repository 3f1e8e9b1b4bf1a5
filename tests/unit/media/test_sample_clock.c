#include "media/sample_clock.h"
#include "unit/runner.h"

/** Packets of 20 ms whose timestamps step by `step`, `apart_us` after each other, until the rate is
 * found wrong. @return packets it took, 0 = never */
static int feed(struct sample_clock *clock, uint32_t step, int64_t apart_us, int count)
{
    for (int i = 0; i < count; i++) {
        if (sample_clock_receive(clock, 70000 + i, 5000 + (uint32_t)i * step, 960, true,
                                 i * apart_us)) {
            return i + 1;
        }
    }
    return 0;
}

TEST(sample_clock_takes_right_timestamps_as_they_are)
{
    struct sample_clock clock;
    sample_clock_init(&clock);
    CHECK_INT(feed(&clock, 960, 20000, 1000), 0);
    CHECK_INT((uint32_t)sample_clock_time(&clock, 5000 + 1000 * 960), 5000 + 1000 * 960);
    CHECK_INT(sample_clock_timestamp(&clock, (INT64_C(1) << 32) + 77), 77);
    goto out;
out:;
}

TEST(sample_clock_finds_clocks_that_are_too_slow_or_too_fast)
{
    static const uint32_t steps[] = {160, 320, 480, 882, 1920};
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct sample_clock clock;
        sample_clock_init(&clock);
        CHECK_INT(feed(&clock, steps[i], 20000, 100), 11);
        sample_clock_restart(&clock);
        CHECK_INT(feed(&clock, steps[i], 20000, 100), 0);
        int64_t from = sample_clock_time(&clock, 5000 + 50 * steps[i]);
        int64_t to = sample_clock_time(&clock, 5000 + 150 * steps[i]);
        CHECK_INT(to - from, 100 * 960);
        CHECK_INT(sample_clock_timestamp(&clock, to), 5000 + 150 * steps[i]);
        sample_clock_restart(&clock);
        CHECK_INT(feed(&clock, 960, 20000, 100), 11);
    }
    goto out;
out:;
}

/** Packets with even pauses between them are no wrong clock; nor are absurd ones. */
TEST(sample_clock_knows_pauses_from_wrong_rates)
{
    struct sample_clock clock;
    sample_clock_init(&clock);
    CHECK_INT(feed(&clock, 1920, 40000, 100), 0);
    CHECK_INT(feed(&clock, 0, 20000, 100), 0);
    CHECK_INT(feed(&clock, 10, 20000, 100), 0);
    CHECK_INT(feed(&clock, 48000, 20000, 100), 0);
    goto out;
out:;
}
