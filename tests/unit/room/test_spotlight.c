#include "../../../relay/room/spotlight.h"
#include "unit/runner.h"

enum { MS = 1000 };

TEST(first_speaker_is_lit_at_once)
{
    struct spotlight light;
    spotlight_init(&light);
    CHECK(!spotlight_update(&light, 0, 0));
    CHECK_INT(spotlight_next_deadline(&light), INT64_MAX);
    CHECK(spotlight_update(&light, 7, 0));
    CHECK(spotlight_is_on(&light, 7, 1));
    CHECK(!spotlight_is_on(&light, 0, 1));
    CHECK_INT(spotlight_next_deadline(&light), INT64_MAX);
}

TEST(light_comes_late_and_goes_late)
{
    struct spotlight light;
    spotlight_init(&light);
    (void)spotlight_update(&light, 7, 0);
    CHECK(!spotlight_update(&light, 8, 1000 * MS));
    CHECK(!spotlight_is_on(&light, 8, 1));
    CHECK_INT(spotlight_next_deadline(&light), 1300 * MS);
    CHECK(spotlight_update(&light, 8, 1300 * MS));
    CHECK(spotlight_is_on(&light, 8, 1));
    CHECK(spotlight_is_on(&light, 7, 1));
    CHECK_INT(spotlight_next_deadline(&light), 3300 * MS);
    CHECK(spotlight_update(&light, 8, 3300 * MS));
    CHECK(!spotlight_is_on(&light, 7, 1));
    CHECK_INT(spotlight_next_deadline(&light), INT64_MAX);
    /* who is in the light himself goes on looking at who was there before */
    CHECK(spotlight_is_on(&light, 7, 8));
}

TEST(a_word_thrown_in_moves_nothing)
{
    struct spotlight light;
    spotlight_init(&light);
    (void)spotlight_update(&light, 7, 0);
    CHECK(!spotlight_update(&light, 8, 1000 * MS));
    CHECK(!spotlight_update(&light, 7, 1200 * MS));
    CHECK_INT(spotlight_next_deadline(&light), INT64_MAX);
    CHECK(!spotlight_update(&light, 7, 5000 * MS));
    CHECK(!spotlight_is_on(&light, 8, 1));
}

TEST(two_who_take_turns_keep_it_both)
{
    struct spotlight light;
    spotlight_init(&light);
    for (int64_t s = 0; s < 10; s++) {
        uint32_t dominant = s % 2 == 0 ? 7 : 8;
        (void)spotlight_update(&light, dominant, s * 1000 * MS);
        (void)spotlight_update(&light, dominant, s * 1000 * MS + SPOTLIGHT_RISE_US);
        CHECK(spotlight_is_on(&light, 7, 1));
        CHECK(s == 0 || spotlight_is_on(&light, 8, 1));
    }
    /* who left says nothing any more */
    CHECK(!spotlight_update(&light, 0, 10000 * MS));
    CHECK(spotlight_is_on(&light, 8, 1));
}
