#include "base/rand.h"
#include "media/delay_tracker.h"
#include "unit/runner.h"

enum { PACKET_US = 20000, SECOND = 50 };

/** So many packets, each late by `late_us` and by up to `jitter_us` more, from a clock that is
 * `drift_ppm` slower than ours. @return time after the last one */
static int64_t feed(struct delay_tracker *tracker, struct rand *rand, int64_t from_us, int count,
                    int64_t late_us, uint32_t jitter_us, int64_t drift_ppm)
{
    for (int i = 0; i < count; i++) {
        int64_t sent_us = from_us + i * (int64_t)PACKET_US;
        int64_t transit_us = late_us + sent_us * drift_ppm / 1000000 +
                             (jitter_us > 0 ? rand_below(rand, jitter_us) : 0);
        delay_tracker_receive(tracker, transit_us, sent_us + transit_us, 1);
    }
    return from_us + count * (int64_t)PACKET_US;
}

TEST(delay_tracker_asks_for_little_on_an_even_link)
{
    struct delay_tracker tracker;
    struct rand rand;
    rand_init(&rand, 1);
    delay_tracker_init(&tracker, DELAY_TRACKER_MAX_US);
    CHECK_INT(delay_tracker_base_us(&tracker), INT64_MAX);
    CHECK_INT(delay_tracker_required_us(&tracker), DELAY_TRACKER_MIN_US);
    feed(&tracker, &rand, 0, 60 * SECOND, 30000, 3000, 0);
    CHECK_INT(delay_tracker_required_us(&tracker), DELAY_TRACKER_MIN_US);
    CHECK(delay_tracker_base_us(&tracker) >= 30000 && delay_tracker_base_us(&tracker) < 30500);
    goto out;
out:;
}

TEST(delay_tracker_covers_jitter)
{
    struct delay_tracker tracker;
    struct rand rand;
    rand_init(&rand, 1);
    delay_tracker_init(&tracker, DELAY_TRACKER_MAX_US);
    feed(&tracker, &rand, 0, 20 * SECOND, 30000, 60000, 0);
    CHECK(delay_tracker_required_us(&tracker) >= 60000);
    CHECK(delay_tracker_required_us(&tracker) <= 75000);
    feed(&tracker, &rand, 20000000, 10 * SECOND, 30000, 600000, 0);
    CHECK_INT(delay_tracker_required_us(&tracker), DELAY_TRACKER_MAX_US);
    goto out;
out:;
}

TEST(delay_tracker_follows_drifting_clocks)
{
    struct rand rand;
    rand_init(&rand, 1);
    for (int drift_ppm = -100; drift_ppm <= 100; drift_ppm += 50) {
        struct delay_tracker tracker;
        delay_tracker_init(&tracker, DELAY_TRACKER_MAX_US);
        feed(&tracker, &rand, 0, 600 * SECOND, 30000, 3000, drift_ppm);
        int64_t base_us = 30000 + 600 * drift_ppm;
        CHECK(delay_tracker_base_us(&tracker) > base_us - 4000);
        CHECK(delay_tracker_base_us(&tracker) < base_us + 2000);
        CHECK(delay_tracker_required_us(&tracker) <= 20000);
    }
    goto out;
out:;
}

/** A longer way: the wait grows within a second, and is not kept on top of the new way. */
TEST(delay_tracker_takes_a_longer_way_as_the_new_one)
{
    struct delay_tracker tracker;
    struct rand rand;
    rand_init(&rand, 1);
    delay_tracker_init(&tracker, DELAY_TRACKER_MAX_US);
    int64_t now_us = feed(&tracker, &rand, 0, 40 * SECOND, 30000, 3000, 0);
    now_us = feed(&tracker, &rand, now_us, 2 * SECOND, 110000, 3000, 0);
    CHECK(delay_tracker_required_us(&tracker) >= 83000);
    CHECK(delay_tracker_base_us(&tracker) < 31000);
    now_us = feed(&tracker, &rand, now_us, 40 * SECOND, 110000, 3000, 0);
    CHECK(delay_tracker_base_us(&tracker) >= 110000);
    CHECK(delay_tracker_required_us(&tracker) <= 20000);
    feed(&tracker, &rand, now_us, 1, 30000, 3000, 0);
    CHECK(delay_tracker_base_us(&tracker) < 34000);
    CHECK(delay_tracker_required_us(&tracker) <= 20000);
    goto out;
out:;
}

TEST(delay_tracker_remembers_peaks_that_come_again)
{
    struct delay_tracker tracker;
    struct rand rand;
    rand_init(&rand, 1);
    delay_tracker_init(&tracker, DELAY_TRACKER_MAX_US);
    int64_t now_us = feed(&tracker, &rand, 0, 30 * SECOND, 30000, 3000, 0);
    now_us = feed(&tracker, &rand, now_us, 1, 130000, 3000, 0);
    CHECK(delay_tracker_required_us(&tracker) <= 20000);
    now_us = feed(&tracker, &rand, now_us, 4 * SECOND, 30000, 3000, 0);
    now_us = feed(&tracker, &rand, now_us, 1, 130000, 3000, 0);
    CHECK(delay_tracker_required_us(&tracker) >= 100000);
    now_us = feed(&tracker, &rand, now_us, 5 * SECOND, 30000, 3000, 0);
    CHECK(delay_tracker_required_us(&tracker) >= 100000);
    feed(&tracker, &rand, now_us, 2 * SECOND, 30000, 3000, 0);
    CHECK(delay_tracker_required_us(&tracker) <= 20000);
    goto out;
out:;
}

TEST(delay_tracker_forgets_what_was_late_once)
{
    struct delay_tracker tracker;
    struct rand rand;
    rand_init(&rand, 1);
    delay_tracker_init(&tracker, DELAY_TRACKER_MAX_US);
    int64_t now_us = feed(&tracker, &rand, 0, 10 * SECOND, 30000, 3000, 0);
    now_us = feed(&tracker, &rand, now_us, 3 * SECOND, 110000, 3000, 0);
    CHECK(delay_tracker_required_us(&tracker) >= 83000);
    now_us = feed(&tracker, &rand, now_us, 10 * SECOND, 30000, 3000, 0);
    CHECK(delay_tracker_required_us(&tracker) >= 83000);
    feed(&tracker, &rand, now_us, 10 * SECOND, 30000, 3000, 0);
    CHECK(delay_tracker_required_us(&tracker) <= 20000);
    goto out;
out:;
}

TEST(delay_tracker_waits_for_repairs_that_come_often)
{
    struct delay_tracker tracker;
    struct rand rand;
    rand_init(&rand, 1);
    delay_tracker_init(&tracker, DELAY_TRACKER_MAX_US);
    int64_t now_us = feed(&tracker, &rand, 0, 20 * SECOND, 30000, 3000, 0);
    for (int i = 0; i < 40; i++) {
        now_us = feed(&tracker, &rand, now_us, SECOND, 30000, 3000, 0);
        delay_tracker_receive(&tracker, 52000, now_us, 3);
    }
    CHECK(delay_tracker_required_us(&tracker) >= 24000);
    goto out;
out:;
}

TEST(delay_tracker_keeps_jitter_over_a_restart)
{
    struct delay_tracker tracker;
    struct rand rand;
    rand_init(&rand, 1);
    delay_tracker_init(&tracker, DELAY_TRACKER_MOST_US);
    feed(&tracker, &rand, 0, 20 * SECOND, 30000, 60000, 0);
    delay_tracker_restart(&tracker);
    CHECK_INT(delay_tracker_base_us(&tracker), INT64_MAX);
    delay_tracker_receive(&tracker, -700000, 20000000, 1);
    CHECK_INT(delay_tracker_base_us(&tracker), -700000);
    CHECK(delay_tracker_required_us(&tracker) >= 60000);
    delay_tracker_restart(&tracker); /* and over a long time in which nothing came */
    delay_tracker_receive(&tracker, -700000, 120000000, 1);
    CHECK(delay_tracker_required_us(&tracker) >= 60000);
    goto out;
out:;
}
