#include "base/rand.h"
#include "base/wheel.h"
#include "unit/runner.h"

TEST(timers_fire_in_time_and_once)
{
    enum { TIMERS = 300 };
    struct wheel *wheel = NULL;
    struct wheel_timer timers[TIMERS];
    int64_t deadlines[TIMERS];
    struct rand rand;
    rand_init(&rand, 7);
    REQUIRE_OK(wheel_new(&wheel, 1000000));
    for (size_t i = 0; i < TIMERS; i++) {
        wheel_timer_init(&timers[i]);
        /* up to 10 s: several turns of the wheel */
        deadlines[i] = 1000000 + rand_below(&rand, 10000000);
        wheel_set(wheel, &timers[i], deadlines[i]);
    }
    size_t fired = 0;
    for (int64_t now_us = 1000000; now_us <= 11001000; now_us += 5000) {
        struct wheel_timer *timer;
        while ((timer = wheel_pop(wheel, now_us)) != NULL) {
            size_t i = (size_t)(timer - timers);
            CHECK(deadlines[i] <= now_us && deadlines[i] > now_us - 5000 - 1000);
            CHECK(timer->deadline_us == INT64_MAX);
            fired++;
        }
    }
    REQUIRE_INT(fired, TIMERS);
    CHECK(wheel_next_deadline(wheel) == INT64_MAX);
out:
    wheel_free(&wheel);
}

TEST(timer_moves_and_is_cancelled)
{
    struct wheel *wheel = NULL;
    struct wheel_timer timer;
    REQUIRE_OK(wheel_new(&wheel, 0));
    wheel_timer_init(&timer);
    wheel_set(wheel, &timer, 5000);
    wheel_set(wheel, &timer, 90000);
    CHECK(wheel_pop(wheel, 20000) == NULL);
    CHECK_INT(wheel_next_deadline(wheel), 90000);
    wheel_set(wheel, &timer, INT64_MAX);
    CHECK(wheel_pop(wheel, 100000) == NULL);
    wheel_set(wheel, &timer, 10); /* in the past: due at once */
    CHECK(wheel_pop(wheel, 100000) == &timer);
out:
    wheel_free(&wheel);
}

TEST(long_pause_loses_no_timer)
{
    struct wheel *wheel = NULL;
    struct wheel_timer near;
    struct wheel_timer far;
    REQUIRE_OK(wheel_new(&wheel, 0));
    wheel_timer_init(&near);
    wheel_timer_init(&far);
    wheel_set(wheel, &near, 3000);
    wheel_set(wheel, &far, 30000000);
    /* an hour later both are due */
    bool first = wheel_pop(wheel, 3600000000) != NULL;
    bool second = wheel_pop(wheel, 3600000000) != NULL;
    CHECK(first && second);
    CHECK(wheel_pop(wheel, 3600000000) == NULL);
out:
    wheel_free(&wheel);
}

TEST(next_deadline_is_never_late)
{
    struct wheel *wheel = NULL;
    struct wheel_timer timer;
    REQUIRE_OK(wheel_new(&wheel, 0));
    wheel_timer_init(&timer);
    wheel_set(wheel, &timer, 60000000);
    CHECK(wheel_next_deadline(wheel) <= 60000000);
    CHECK(wheel_next_deadline(wheel) > 0);
    wheel_set(wheel, &timer, 12345);
    CHECK_INT(wheel_next_deadline(wheel), 12345);
out:
    wheel_free(&wheel);
}
