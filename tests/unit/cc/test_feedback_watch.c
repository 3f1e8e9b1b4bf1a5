#include "relay/cc/feedback_watch.h"
#include "unit/runner.h"

enum { BEGIN_US = 7000000, RTT_US = 100000 };

TEST(silence_begins_with_what_is_sent_last_without_a_word)
{
    struct feedback_watch watch;
    feedback_watch_init(&watch);
    CHECK(!feedback_watch_is_silent(&watch, RTT_US, INT64_MAX));
    feedback_watch_sent(&watch, BEGIN_US);
    feedback_watch_sent(&watch, BEGIN_US + 300000);
    CHECK_INT(feedback_watch_silence_us(&watch, BEGIN_US + 700000), 700000);
    CHECK(!feedback_watch_is_silent(&watch, RTT_US, BEGIN_US + 700000));
    CHECK(feedback_watch_is_silent(&watch, RTT_US, BEGIN_US + 700001));
    CHECK(!feedback_watch_is_cut(&watch, RTT_US, BEGIN_US + 1000000));
    CHECK(feedback_watch_is_cut(&watch, RTT_US, BEGIN_US + 1000001));
    CHECK(!feedback_watch_is_cut(&watch, 400000, BEGIN_US + 1300000)); /* a longer way */
    feedback_watch_told(&watch, BEGIN_US + 1100000);
    CHECK_INT(feedback_watch_silence_us(&watch, INT64_MAX), 0);
    goto out;
out:;
}

TEST(who_never_tells_anything_is_known_after_a_while)
{
    struct feedback_watch watch;
    feedback_watch_init(&watch);
    CHECK(!feedback_watch_never(&watch, INT64_MAX));
    feedback_watch_sent(&watch, BEGIN_US);
    CHECK(!feedback_watch_never(&watch, BEGIN_US + FEEDBACK_WATCH_NEVER_US - 1));
    CHECK(feedback_watch_never(&watch, BEGIN_US + FEEDBACK_WATCH_NEVER_US));
    feedback_watch_told(&watch, BEGIN_US + FEEDBACK_WATCH_NEVER_US);
    CHECK(!feedback_watch_never(&watch, INT64_MAX));
    goto out;
out:;
}

TEST(a_dead_link_goes_down_step_by_step_until_it_is_back)
{
    struct feedback_watch watch;
    int64_t dead_us = BEGIN_US + FEEDBACK_WATCH_BACKOFF_US;
    feedback_watch_init(&watch);
    feedback_watch_sent(&watch, BEGIN_US);
    CHECK(!feedback_watch_steps_down(&watch, dead_us - 1));
    CHECK(feedback_watch_steps_down(&watch, dead_us));
    CHECK(!feedback_watch_steps_down(&watch, dead_us + FEEDBACK_WATCH_BACKOFF_STEP_US - 1));
    CHECK(feedback_watch_steps_down(&watch, dead_us + FEEDBACK_WATCH_BACKOFF_STEP_US));
    feedback_watch_resume(&watch, dead_us + 1500000);
    CHECK_INT(watch.began_us, dead_us + 1500000);
    feedback_watch_sent(&watch, dead_us + 1500000);
    CHECK(!feedback_watch_steps_down(&watch, dead_us + 1500000 + FEEDBACK_WATCH_BACKOFF_US - 1));
    CHECK(feedback_watch_steps_down(&watch, dead_us + 1500000 + FEEDBACK_WATCH_BACKOFF_US));
    goto out;
out:;
}
