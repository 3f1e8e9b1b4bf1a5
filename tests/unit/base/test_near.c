#include "base/near.h"
#include "unit/runner.h"

enum { LINE = NEAR_LINE_BYTES };

static struct {
    _Alignas(NEAR_LINE_BYTES) uint8_t before[4 * NEAR_LINE_BYTES];
    struct near near;
} place;

TEST(notes_each_line_that_is_touched)
{
    place.near.count = 0;
    near_add(&place.near, place.before + 10, LINE);
    REQUIRE(place.near.count == 2); /* across an edge */
    near_add(&place.near, place.before + (size_t)2 * LINE, LINE);
    CHECK_INT(place.near.count, 3);
    CHECK_INT(place.near.lines[0], -4);
    CHECK_INT(place.near.lines[1], -3);
    CHECK_INT(place.near.lines[2], -2);
    near_fetch(&place.near);
out:
    return;
}

TEST(nothing_is_no_line)
{
    place.near.count = 0;
    near_add(&place.near, NULL, LINE);
    near_add(&place.near, place.before, 0);
    REQUIRE(place.near.count == 0);
    near_fetch(&place.near);
out:
    return;
}

TEST(more_than_there_is_room_for_is_left_out)
{
    place.near.count = 0;
    near_add(&place.near, place.before, (size_t)(NEAR_MOST + 10) * LINE);
    REQUIRE(place.near.count == NEAR_MOST);
out:
    return;
}
