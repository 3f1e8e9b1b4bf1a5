#include "relay/signal/placement.h"
#include "unit/runner.h"

enum { SECOND_US = 1000000 };

static void join(struct placement *placement, unsigned worker, unsigned people)
{
    for (unsigned i = 0; i < people; i++) {
        placement_join(placement, worker);
    }
}

/** Seconds in which a worker uses so much of a core. */
static void pass(struct placement *placement, unsigned worker, int64_t permille, int from_s,
                 int to_s, int64_t *cpu_us)
{
    for (int s = from_s; s < to_s; s++) {
        *cpu_us += permille * 1000;
        placement_measure(placement, worker, *cpu_us, (int64_t)(s + 1) * SECOND_US);
    }
}

TEST(light_workers_are_filled_one_after_the_other)
{
    struct placement *placement = NULL;
    int64_t first_us = 0;
    int64_t second_us = 0;
    REQUIRE_OK(placement_new(&placement, 3));
    CHECK_INT(placement_choose(placement), 0);
    join(placement, 0, 100);
    placement_measure(placement, 0, 0, 0);
    placement_measure(placement, 1, 0, 0);
    pass(placement, 0, 250, 0, 5, &first_us);
    CHECK_INT(placement_load(placement, 0), 250);
    CHECK_INT(placement_choose(placement), 0);
    pass(placement, 0, 310, 5, 7, &first_us);
    CHECK_INT(placement_choose(placement), 1);
    pass(placement, 1, 400, 0, 7, &second_us);
    CHECK_INT(placement_choose(placement), 2);
    pass(placement, 0, 100, 7, 20, &first_us);
    CHECK_INT(placement_choose(placement), 0);
out:
    placement_free(&placement);
}

TEST(the_least_loaded_worker_is_taken_when_none_is_light)
{
    struct placement *placement = NULL;
    int64_t used_us[3] = {0};
    static const int64_t permille[3] = {700, 450, 600};
    REQUIRE_OK(placement_new(&placement, 3));
    for (unsigned i = 0; i < 3; i++) {
        placement_measure(placement, i, 0, 0);
        pass(placement, i, permille[i], 0, 5, &used_us[i]);
    }
    CHECK_INT(placement_choose(placement), 1);
out:
    placement_free(&placement);
}

TEST(a_crowd_that_comes_at_once_is_spread_before_its_load_is_seen)
{
    struct placement *placement = NULL;
    unsigned people[2] = {0};
    REQUIRE_OK(placement_new(&placement, 2));
    for (int i = 0; i < 1000; i++) {
        unsigned worker = placement_choose(placement);
        placement_join(placement, worker);
        people[worker]++;
    }
    CHECK(people[0] >= 499 && people[1] >= 499);
out:
    placement_free(&placement);
}

TEST(cameras_that_come_at_once_are_spread_sooner)
{
    struct placement *placement = NULL;
    REQUIRE_OK(placement_new(&placement, 2));
    for (int i = 0; i < 29; i++) {
        placement_join(placement, 0);
        placement_pictures(placement, 0);
    }
    CHECK_INT(placement_load(placement, 0), 290);
    CHECK_INT(placement_choose(placement), 0);
    placement_join(placement, 0);
    placement_pictures(placement, 0);
    CHECK_INT(placement_choose(placement), 1);
out:
    placement_free(&placement);
}

TEST(who_came_a_while_ago_counts_by_what_is_measured)
{
    struct placement *placement = NULL;
    int64_t cpu_us = 0;
    REQUIRE_OK(placement_new(&placement, 2));
    placement_measure(placement, 0, 0, 0);
    join(placement, 0, 160);
    CHECK_INT(placement_choose(placement), 1);
    pass(placement, 0, 170, 0, 1, &cpu_us); /* they came in the window before */
    CHECK_INT(placement_choose(placement), 1);
    pass(placement, 0, 170, 1, 2, &cpu_us);
    CHECK_INT(placement_choose(placement), 0);
    CHECK_INT(placement_load(placement, 0), 170);
out:
    placement_free(&placement);
}

TEST(the_muted_keep_room_for_when_they_speak)
{
    struct placement *placement = NULL;
    int64_t cpu_us = 0;
    REQUIRE_OK(placement_new(&placement, 2));
    placement_measure(placement, 0, 0, 0);
    join(placement, 0, 320);
    pass(placement, 0, 5, 0, 60, &cpu_us);
    CHECK_INT(placement_choose(placement), 1);
    for (int i = 0; i < 100; i++) {
        placement_leave(placement, 0);
    }
    CHECK_INT(placement_choose(placement), 0);
out:
    placement_free(&placement);
}

TEST(those_who_have_gone_weigh_nothing)
{
    struct placement *placement = NULL;
    REQUIRE_OK(placement_new(&placement, 2));
    for (int i = 0; i < 1000; i++) {
        placement_join(placement, 0);
        placement_leave(placement, 0);
    }
    CHECK_INT(placement_load(placement, 0), 0);
    CHECK_INT(placement_choose(placement), 0);
out:
    placement_free(&placement);
}

TEST(a_lull_is_not_believed_at_once)
{
    struct placement *placement = NULL;
    int64_t cpu_us = 0;
    REQUIRE_OK(placement_new(&placement, 1));
    placement_measure(placement, 0, 0, 0);
    pass(placement, 0, 800, 0, 3, &cpu_us);
    pass(placement, 0, 0, 3, 4, &cpu_us);
    CHECK_INT(placement_load(placement, 0), 400);
    placement_measure(placement, 0, cpu_us, 4 * SECOND_US + 1000); /* too soon to tell */
    CHECK_INT(placement_load(placement, 0), 400);
out:
    placement_free(&placement);
}
