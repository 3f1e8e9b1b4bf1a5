#include "net/knock.h"
#include "unit/runner.h"

enum { SECOND_US = 1000000 };

TEST(the_first_after_a_silence_goes_at_once)
{
    struct knock knock;
    knock_init(&knock, 1234567);
    CHECK_INT(knock_deadline(&knock), INT64_MAX);
    CHECK(!knock_take(&knock, 1234567));
    knock_sent(&knock, true, 1234567);
    CHECK(knock_take(&knock, 1234567));
    CHECK_INT(knock_deadline(&knock), INT64_MAX);
    knock_sent(&knock, true, 1234567 + KNOCK_EVERY_US + GRID_US);
    CHECK(knock_take(&knock, 1234567 + KNOCK_EVERY_US + GRID_US));
}

TEST(more_wait_for_each_other_on_the_grid)
{
    struct knock knock;
    knock_init(&knock, 0);
    knock_sent(&knock, true, 3000);
    CHECK(knock_take(&knock, 3000));
    knock_sent(&knock, true, 4000);
    CHECK(!knock_take(&knock, 4000));
    CHECK_INT(knock_deadline(&knock), 60000);
    knock_sent(&knock, true, 50000);
    CHECK(!knock_take(&knock, 59999));
    CHECK_INT(knock_deadline(&knock), 60000);
    CHECK(knock_take(&knock, 60000));
}

TEST(what_cannot_wait_takes_the_others_along)
{
    struct knock knock;
    knock_init(&knock, 0);
    knock_sent(&knock, true, 0);
    CHECK(knock_take(&knock, 0));
    knock_sent(&knock, true, 1000);
    knock_sent(&knock, false, 2000);
    knock_sent(&knock, true, 2000); /* takes nothing back */
    CHECK(knock_take(&knock, 2000));
    CHECK(!knock_take(&knock, 60000));
}

TEST(many_cause_few_wake_ups)
{
    struct knock knock;
    int wake_ups = 0;
    knock_init(&knock, 0);
    for (int64_t now_us = 0; now_us < SECOND_US; now_us += 1000) {
        knock_sent(&knock, true, now_us);
        wake_ups += knock_take(&knock, now_us) ? 1 : 0;
    }
    CHECK_INT(wake_ups, SECOND_US / KNOCK_EVERY_US);
}
