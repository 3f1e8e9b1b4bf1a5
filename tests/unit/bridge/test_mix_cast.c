#include "base/rand.h"
#include "relay/bridge/mix_cast.h"
#include "unit/runner.h"

enum { PEOPLE = 40, FRAME_US = 20000 };

struct stage {
    struct mix_cast cast;
    struct mix_cast_entry people[PEOPLE];
    struct mix_cast_changes changes;
    int64_t now_us;
};

static void set_up(struct stage *stage, size_t most)
{
    stage->now_us = 1000000;
    mix_cast_init(&stage->cast, most);
    for (size_t i = 0; i < PEOPLE; i++) {
        mix_cast_entry_init(&stage->people[i]);
    }
}

/** Chooses from people by number, -1 at the end. */
static void choose(struct stage *stage, const int *numbers)
{
    struct mix_cast_entry *wanted[PEOPLE];
    size_t count = 0;
    for (; numbers[count] >= 0; count++) {
        wanted[count] = &stage->people[numbers[count]];
    }
    stage->now_us += FRAME_US;
    mix_cast_choose(&stage->cast, wanted, count, stage->now_us, &stage->changes);
}

static bool is_on(const struct stage *stage, size_t number)
{
    return !list_empty(&stage->people[number].link);
}

TEST(the_first_few_are_heard)
{
    static struct stage stage;
    set_up(&stage, 3);
    choose(&stage, (const int[]){4, 2, 7, 9, -1});
    CHECK_INT(stage.changes.begun_count, 3);
    CHECK_INT(stage.changes.ended_count, 0);
    CHECK(is_on(&stage, 4) && is_on(&stage, 2) && is_on(&stage, 7) && !is_on(&stage, 9));
    choose(&stage, (const int[]){2, 7, 4, -1});
    CHECK_INT(stage.changes.begun_count, 0);
    CHECK_INT(stage.changes.ended_count, 0);
}

TEST(a_pause_costs_nobody_his_place)
{
    static struct stage stage;
    set_up(&stage, 3);
    choose(&stage, (const int[]){1, 2, -1});
    for (int i = 0; i < MIX_CAST_HANG_US / FRAME_US - 1; i++) {
        choose(&stage, (const int[]){2, -1});
        CHECK_INT(stage.changes.ended_count, 0);
    }
    CHECK(is_on(&stage, 1));
    choose(&stage, (const int[]){2, -1});
    CHECK_INT(stage.changes.ended_count, 1);
    CHECK(stage.changes.ended[0] == &stage.people[1]);
    CHECK_INT(stage.cast.count, 1);
}

TEST(who_speaks_takes_the_place_of_who_has_been_silent_for_longest)
{
    static struct stage stage;
    set_up(&stage, 3);
    choose(&stage, (const int[]){1, 2, 3, -1});
    choose(&stage, (const int[]){1, 3, -1});
    choose(&stage, (const int[]){1, -1});
    choose(&stage, (const int[]){1, 4, -1});
    CHECK_INT(stage.changes.ended_count, 1);
    CHECK(stage.changes.ended[0] == &stage.people[2]);
    CHECK(is_on(&stage, 1) && is_on(&stage, 3) && is_on(&stage, 4));
    CHECK_INT(stage.cast.count, 3);
}

/** Three are heard and go on when a fourth begins; then one of them pauses. */
TEST(who_begins_waits_for_nobody)
{
    static struct stage stage;
    set_up(&stage, 3);
    for (size_t i = 1; i <= 4; i++) {
        stage.people[i].sounds = true;
    }
    choose(&stage, (const int[]){1, 2, 3, -1});
    choose(&stage, (const int[]){1, 2, 3, 4, -1});
    CHECK_INT(stage.changes.begun_count, 1);
    CHECK_INT(stage.changes.ended_count, 0);
    CHECK(is_on(&stage, 4));
    CHECK_INT(stage.cast.count, 4);
    stage.people[2].sounds = false;
    choose(&stage, (const int[]){1, 3, 4, 2, -1});
    CHECK_INT(stage.changes.ended_count, 1);
    CHECK(stage.changes.ended[0] == &stage.people[2]);
    CHECK_INT(stage.cast.count, 3);
}

/** All go on: only three are heard in the end, and no fifth at any time. */
TEST(one_more_is_heard_for_a_moment_only)
{
    static struct stage stage;
    int frames = 1;
    set_up(&stage, 3);
    for (size_t i = 1; i <= 5; i++) {
        stage.people[i].sounds = true;
    }
    choose(&stage, (const int[]){1, 2, 3, -1});
    choose(&stage, (const int[]){1, 2, 3, 4, 5, -1});
    while (is_on(&stage, 4) && frames < PEOPLE) {
        CHECK(!is_on(&stage, 5));
        choose(&stage, (const int[]){1, 2, 3, 4, 5, -1});
        frames += is_on(&stage, 4) ? 1 : 0;
    }
    CHECK_INT(frames, MIX_CAST_TAKEOVER_US / FRAME_US);
    CHECK(stage.changes.ended[0] == &stage.people[4]);
    for (int i = 0; i < MIX_CAST_SPURT_US / FRAME_US - 2; i++) {
        choose(&stage, (const int[]){1, 2, 3, -1});
    }
    choose(&stage, (const int[]){1, 2, 3, 4, -1}); /* in what he has been saying */
    CHECK(!is_on(&stage, 4));
    for (int i = 0; i < MIX_CAST_SPURT_US / FRAME_US; i++) {
        choose(&stage, (const int[]){1, 2, 3, -1});
    }
    choose(&stage, (const int[]){1, 2, 3, 4, -1});
    CHECK(is_on(&stage, 4));
}

/** Who only may be there, as one who goes on hearing is promised, or lies, is no beginner. */
TEST(no_more_are_heard_than_places_of_those_who_make_no_sound)
{
    static struct stage stage;
    set_up(&stage, 3);
    for (size_t i = 1; i <= 3; i++) {
        stage.people[i].sounds = true;
    }
    choose(&stage, (const int[]){1, 2, 3, 4, -1});
    CHECK(!is_on(&stage, 4));
    stage.people[4].sounds = true;
    stage.people[4].last_resort = true;
    choose(&stage, (const int[]){1, 2, 3, 4, -1});
    CHECK(!is_on(&stage, 4));
}

TEST(those_of_last_resort_wait_for_a_free_place)
{
    static struct stage stage;
    set_up(&stage, 2);
    stage.people[1].last_resort = true;
    choose(&stage, (const int[]){1, 2, 3, -1});
    CHECK(!is_on(&stage, 1) && is_on(&stage, 2) && is_on(&stage, 3));
    choose(&stage, (const int[]){1, 2, -1});
    CHECK(is_on(&stage, 1) && is_on(&stage, 2) && !is_on(&stage, 3));
}

TEST(the_dropped_are_chosen_anew)
{
    static struct stage stage;
    set_up(&stage, 2);
    choose(&stage, (const int[]){1, -1});
    mix_cast_drop(&stage.cast, &stage.people[1]);
    mix_cast_drop(&stage.cast, &stage.people[1]);
    CHECK_INT(stage.cast.count, 0);
    choose(&stage, (const int[]){1, -1});
    CHECK_INT(stage.changes.begun_count, 1);
}

/** Any order, at every frame: never more than there is room for, and who is first is heard. */
TEST(whatever_is_wanted_the_number_holds)
{
    static struct stage stage;
    struct rand rand;
    rand_init(&rand, 5);
    set_up(&stage, MIX_CAST_MOST);
    for (int frame = 0; frame < 2000; frame++) {
        int numbers[PEOPLE + 1];
        size_t count = 0;
        for (int i = 0; i < PEOPLE; i++) {
            if (rand_below(&rand, 3) == 0) {
                numbers[count++] = (int)((uint32_t)(i + frame * 7) % PEOPLE);
            }
        }
        numbers[count] = -1;
        for (size_t i = 0; i < PEOPLE; i++) {
            stage.people[i].sounds = rand_below(&rand, 2) == 0;
        }
        choose(&stage, numbers);
        size_t on = 0;
        for (size_t i = 0; i < PEOPLE; i++) {
            on += is_on(&stage, i) ? 1 : 0;
        }
        CHECK_INT(on, stage.cast.count);
        CHECK(on <= MIX_CAST_PLACES);
        for (size_t i = 0; i < count && i < MIX_CAST_MOST; i++) {
            CHECK(is_on(&stage, (size_t)numbers[i]));
        }
    }
}
