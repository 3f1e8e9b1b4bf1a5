#include "net/gather.h"
#include "unit/runner.h"

enum { SECOND_US = 1000000 };

/** Datagrams in bunches, evenly over a span, and a turn after each. @return when the span is over
 */
static int64_t come(struct gather *gather, int64_t now_us, int64_t span_us,
                    int64_t bunches_a_second, int in_a_bunch)
{
    int64_t step_us = SECOND_US / bunches_a_second;
    for (int64_t at_us = now_us; at_us < now_us + span_us; at_us += step_us) {
        for (int i = 0; i < in_a_bunch; i++) {
            gather_arrival(gather, at_us + i * 10);
        }
        gather_turn(gather, at_us);
    }
    return now_us + span_us;
}

static bool waits(const struct gather *gather, int64_t now_us)
{
    return gather_until(gather) > now_us;
}

TEST(few_datagrams_are_not_waited_for)
{
    struct gather gather;
    gather_init(&gather, 1000, 0);
    int64_t now_us = come(&gather, 0, SECOND_US, GATHER_BEGIN - 300, 1);
    CHECK(!waits(&gather, now_us));
}

TEST(many_datagrams_are_waited_for_soon)
{
    struct gather gather;
    gather_init(&gather, 1000, 0);
    int64_t now_us = come(&gather, 0, SECOND_US / 2, 5000, 1);
    CHECK(waits(&gather, now_us - 100));
    gather_turn(&gather, now_us + 300);
    CHECK_INT(gather_until(&gather), now_us + 1000); /* on the grid */
}

TEST(a_burst_of_datagrams_is_one_bunch)
{
    struct gather gather;
    gather_init(&gather, 1000, 0);
    int64_t now_us = come(&gather, 0, SECOND_US, 1000, 10); /* 10,000 datagrams a second */
    CHECK(!waits(&gather, now_us));
}

TEST(a_short_crowd_changes_nothing)
{
    struct gather gather;
    gather_init(&gather, 1000, 0);
    int64_t now_us = come(&gather, 0, SECOND_US, 200, 1);
    now_us = come(&gather, now_us, GATHER_WINDOW_US, 5000, 1);
    now_us = come(&gather, now_us, SECOND_US, 200, 1);
    CHECK(!waits(&gather, now_us - 5000));
}

TEST(waiting_ends_when_fewer_come)
{
    struct gather gather;
    gather_init(&gather, 1000, 0);
    int64_t now_us = come(&gather, 0, SECOND_US, 5000, 1);
    now_us = come(&gather, now_us, SECOND_US, GATHER_BEGIN - 300, 1);
    CHECK(waits(&gather, now_us - 700)); /* not quite so few */
    now_us = come(&gather, now_us, SECOND_US, GATHER_END / 2, 1);
    CHECK(!waits(&gather, now_us - 2000));
}

TEST(full_batches_are_not_waited_for_longer)
{
    struct gather gather;
    gather_init(&gather, 1000, 0);
    int64_t now_us = come(&gather, 0, SECOND_US, 10000, 25); /* 250,000 datagrams a second */
    gather_turn(&gather, now_us);
    CHECK(gather_until(&gather) - now_us <= SECOND_US / (250000 / GATHER_DATAGRAMS) + 10);
    CHECK(waits(&gather, now_us));
}

TEST(silence_ends_waiting_with_the_first_turn_after_it)
{
    struct gather gather;
    gather_init(&gather, 1000, 0);
    int64_t now_us = come(&gather, 0, SECOND_US, 2000, 1);
    now_us += 60 * (int64_t)SECOND_US;
    gather_arrival(&gather, now_us);
    gather_turn(&gather, now_us);
    gather_turn(&gather, now_us + GATHER_WINDOW_US);
    CHECK(!waits(&gather, now_us + GATHER_WINDOW_US));
}

TEST(without_permission_nothing_is_waited_for)
{
    struct gather gather;
    gather_init(&gather, 0, 0);
    int64_t now_us = come(&gather, 0, SECOND_US, 20000, 1);
    CHECK(!waits(&gather, now_us - 40));
}
