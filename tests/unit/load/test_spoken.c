#include <stdlib.h>

#include "load/spoken.h"
#include "unit/runner.h"

TEST(it_is_known_who_said_what_when)
{
    struct spoken *spoken = NULL;
    struct spoken_voice *rooms = calloc(4, sizeof(*rooms));
    uint64_t place = 0;
    REQUIRE(rooms != NULL);
    REQUIRE_OK(spoken_new(&spoken));
    struct spoken_voice *first = spoken_add(spoken, 1, 5, 0);
    struct spoken_voice *second = spoken_add(spoken, 2, 6, 1);
    REQUIRE(first != NULL && second != NULL);
    spoken_tell(spoken, first, true, 100, 1000000);
    spoken_tell(spoken, first, false, 150, 2000000);
    spoken_tell(spoken, second, true, 3, 1000000);
    REQUIRE(spoken_room(spoken, 5, rooms, 4) == 1);
    CHECK_INT(rooms[0].caller, 1);
    CHECK(!spoken_at(&rooms[0], 979999, &place)); /* a packet is sent when 20 ms are said */
    CHECK(spoken_at(&rooms[0], 980000, &place) && place == 100);
    CHECK(spoken_at(&rooms[0], 1000000, &place) && place == 101);
    CHECK(spoken_at(&rooms[0], 1979999, &place) && place == 149);
    CHECK(!spoken_at(&rooms[0], 1980000, &place));
    CHECK(spoken_room(spoken, 7, rooms, 4) == 0);
out:
    spoken_free(&spoken);
    free(rooms);
}

TEST(only_the_last_changes_are_kept)
{
    struct spoken *spoken = NULL;
    struct spoken_voice *room = calloc(1, sizeof(*room));
    uint64_t place = 0;
    REQUIRE(room != NULL);
    REQUIRE_OK(spoken_new(&spoken));
    struct spoken_voice *voice = spoken_add(spoken, 1, 0, 0);
    REQUIRE(voice != NULL);
    for (int64_t i = 0; i < 3 * SPOKEN_SPURTS; i++) {
        spoken_tell(spoken, voice, i % 2 == 0, (uint64_t)i, i * 1000000);
    }
    REQUIRE(spoken_room(spoken, 0, room, 1) == 1);
    CHECK(spoken_at(room, (3 * SPOKEN_SPURTS - 2) * INT64_C(1000000), &place));
    CHECK(!spoken_at(room, (3 * SPOKEN_SPURTS - 1) * INT64_C(1000000), &place));
    CHECK(!spoken_at(room, 1000000, &place)); /* forgotten */
out:
    spoken_free(&spoken);
    free(room);
}
