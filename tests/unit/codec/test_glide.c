#include "codec/glide.h"
#include "unit/runner.h"

static const struct picture_rect here = {.x = 0, .y = 0, .width = 100, .height = 50};
static const struct picture_rect there = {.x = 400, .y = 200, .width = 300, .height = 150};

TEST(stands_still_until_it_is_sent_out)
{
    struct glide glide;
    glide_init(&glide, &here);
    struct picture_rect at = glide_at(&glide, 12345);
    CHECK(glide_same(&at, &here));
    CHECK(!glide_is_moving(&glide, 12345));
    glide_to(&glide, &here, 20000, 300000);
    CHECK(!glide_is_moving(&glide, 20000));
    goto out;
out:
    return;
}

TEST(arrives_in_time_and_slows_down)
{
    struct glide glide;
    glide_init(&glide, &here);
    glide_to(&glide, &there, 1000, 300000);
    struct picture_rect at = glide_at(&glide, 1000);
    CHECK(glide_same(&at, &here));
    int before = 0;
    for (int64_t t = 1000; t < 301000; t += 10000) {
        at = glide_at(&glide, t);
        CHECK_INT((at.x | at.y | at.width | at.height) & 1, 0);
        CHECK(at.x >= before);
        before = at.x;
        CHECK(glide_is_moving(&glide, t));
    }
    at = glide_at(&glide, 1000 + 150000);
    CHECK(at.x > 300);
    at = glide_at(&glide, 301000);
    CHECK(glide_same(&at, &there));
    CHECK(!glide_is_moving(&glide, 301000));
    goto out;
out:
    return;
}

TEST(may_change_its_mind_on_the_way)
{
    struct glide glide;
    glide_init(&glide, &here);
    glide_to(&glide, &there, 0, 300000);
    struct picture_rect on_the_way = glide_at(&glide, 100000);
    glide_to(&glide, &here, 100000, 300000);
    struct picture_rect at = glide_at(&glide, 100000);
    CHECK(glide_same(&at, &on_the_way));
    at = glide_at(&glide, 400000);
    CHECK(glide_same(&at, &here));
    goto out;
out:
    return;
}
