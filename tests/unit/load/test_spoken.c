#include "load/spoken.h"
#include "unit/runner.h"

TEST(it_is_known_who_said_what_when)
{
    struct spoken *spoken = NULL;
    struct spoken_list room = {.count = 0};
    uint64_t place = 0;
    REQUIRE_OK(spoken_new(&spoken));
    struct spoken_voice *first = spoken_add(spoken, 1, 5, 0);
    struct spoken_voice *second = spoken_add(spoken, 2, 6, 1);
    REQUIRE(first != NULL && second != NULL);
    spoken_tell(spoken, first, true, 100, 1000000);
    spoken_tell(spoken, first, false, 150, 2000000);
    spoken_tell(spoken, second, true, 3, 1000000);
    REQUIRE_OK(spoken_room(spoken, 5, 0, &room));
    REQUIRE(room.count == 1);
    CHECK_INT(room.voices[0].caller, 1);
    CHECK(!spoken_at(&room.voices[0], 979999, &place)); /* a packet is sent when 20 ms are said */
    CHECK(spoken_at(&room.voices[0], 980000, &place) && place == 100);
    CHECK(spoken_at(&room.voices[0], 1000000, &place) && place == 101);
    CHECK(spoken_at(&room.voices[0], 1979999, &place) && place == 149);
    CHECK(!spoken_at(&room.voices[0], 1980000, &place));
    REQUIRE_OK(spoken_room(spoken, 7, 0, &room));
    CHECK(room.count == 0);
    CHECK(spoken_elsewhere(spoken, 1, 6) && !spoken_elsewhere(spoken, 1, 5));
    CHECK(!spoken_elsewhere(spoken, 9, 5)); /* nobody knows it */
out:
    spoken_free(&spoken);
    spoken_list_deinit(&room);
}

TEST(only_the_last_changes_are_kept)
{
    struct spoken *spoken = NULL;
    struct spoken_list room = {.count = 0};
    uint64_t place = 0;
    REQUIRE_OK(spoken_new(&spoken));
    struct spoken_voice *voice = spoken_add(spoken, 1, 0, 0);
    REQUIRE(voice != NULL);
    for (int64_t i = 0; i < 3 * SPOKEN_SPURTS; i++) {
        spoken_tell(spoken, voice, i % 2 == 0, (uint64_t)i, i * 1000000);
    }
    REQUIRE_OK(spoken_room(spoken, 0, 0, &room));
    REQUIRE(room.count == 1);
    CHECK(spoken_at(room.voices, (3 * SPOKEN_SPURTS - 2) * INT64_C(1000000), &place));
    CHECK(!spoken_at(room.voices, (3 * SPOKEN_SPURTS - 1) * INT64_C(1000000), &place));
    CHECK(!spoken_at(room.voices, 1000000, &place)); /* forgotten */
out:
    spoken_free(&spoken);
    spoken_list_deinit(&room);
}

TEST(who_leaves_says_nothing_more_and_is_forgotten_in_time)
{
    struct spoken *spoken = NULL;
    struct spoken_list room = {.count = 0};
    uint64_t place = 0;
    REQUIRE_OK(spoken_new(&spoken));
    struct spoken_voice *gone = spoken_add(spoken, 1, 5, 0);
    struct spoken_voice *next = spoken_add(spoken, 2, 5, 0);
    REQUIRE(gone != NULL && next != NULL);
    spoken_tell(spoken, gone, true, 100, 1000000);
    spoken_leave(spoken, gone, 3000000); /* in the midst of a word */
    spoken_leave(spoken, gone, 9000000);
    spoken_tell(spoken, next, false, 0, 5000000);
    REQUIRE_OK(spoken_room(spoken, 5, 3000000 + SPOKEN_LINGER_US, &room));
    REQUIRE(room.count == 2);
    CHECK(spoken_at(&room.voices[0], 2900000, &place) && place == 196);
    CHECK(!spoken_at(&room.voices[0], 3000000, &place));
    CHECK(spoken_there(&room.voices[0], 2999999, 9000000));
    CHECK(!spoken_there(&room.voices[0], 3000000, 9000000));
    CHECK(!spoken_there(&room.voices[1], 0, 4980000));
    CHECK(spoken_there(&room.voices[1], 0, 4980001));
    REQUIRE_OK(spoken_room(spoken, 5, 3000001 + SPOKEN_LINGER_US, &room));
    REQUIRE(room.count == 1);
    CHECK_INT(room.voices[0].caller, 2);
out:
    spoken_free(&spoken);
    spoken_list_deinit(&room);
}

TEST(a_room_may_be_of_any_size)
{
    struct spoken *spoken = NULL;
    struct spoken_list room = {.count = 0};
    REQUIRE_OK(spoken_new(&spoken));
    for (uint32_t i = 0; i < 200; i++) {
        REQUIRE(spoken_add(spoken, i + 1, 0, 0) != NULL);
    }
    REQUIRE_OK(spoken_room(spoken, 0, 0, &room));
    REQUIRE(room.count == 200);
    CHECK_INT(room.voices[199].caller, 200);
out:
    spoken_free(&spoken);
    spoken_list_deinit(&room);
}
