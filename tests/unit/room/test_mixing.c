#include "relay/room/mixing.h"
#include "unit/runner.h"

static const int64_t start_us = 5000000;

TEST(begins_at_once_where_nothing_was_heard)
{
    struct mixing mixing;
    mixing_init(&mixing);
    CHECK(!mixing_update(&mixing, &(struct mixing_input){.silent = true}, start_us));
    CHECK_INT(mixing_next_deadline(&mixing), INT64_MAX);
    CHECK(mixing_update(&mixing, &(struct mixing_input){.needed = true, .silent = true}, start_us));
    CHECK_INT(mixing_next_deadline(&mixing), INT64_MAX);
    goto out;
out:;
}

TEST(waits_for_a_pause_or_for_what_would_be_missed)
{
    const struct mixing_input idle = {.needed = true};
    const struct mixing_input pause = {.needed = true, .paused = true};
    const struct mixing_input miss = {.needed = true, .missed = true};
    struct mixing mixing;
    mixing_init(&mixing);
    CHECK(!mixing_update(&mixing, &idle, start_us));
    CHECK_INT(mixing_next_deadline(&mixing), start_us + MIXING_ENTER_US);
    CHECK(mixing_update(&mixing, &pause, start_us + 1000));
    mixing_init(&mixing);
    CHECK(!mixing_update(&mixing, &idle, start_us));
    CHECK(mixing_update(&mixing, &miss, start_us + 1000));
    mixing_init(&mixing);
    CHECK(!mixing_update(&mixing, &idle, start_us));
    CHECK(!mixing_update(&mixing, &idle, start_us + MIXING_ENTER_US - 1));
    CHECK(mixing_update(&mixing, &idle, start_us + MIXING_ENTER_US));
    goto out;
out:;
}

TEST(does_not_follow_every_coming_and_going)
{
    const struct mixing_input needed = {.needed = true, .paused = true};
    const struct mixing_input enough = {.paused = true};
    struct mixing mixing;
    mixing_init(&mixing);
    CHECK(mixing_update(&mixing, &needed, start_us));
    CHECK(mixing_update(&mixing, &enough, start_us));
    CHECK_INT(mixing_next_deadline(&mixing), start_us + MIXING_LEAVE_US);
    CHECK(mixing_update(&mixing, &needed, start_us + 1000000)); /* somebody else has come */
    CHECK_INT(mixing_next_deadline(&mixing), INT64_MAX);
    CHECK(mixing_update(&mixing, &enough, start_us + 3000000));
    CHECK(mixing_update(&mixing, &enough, start_us + 3000000 + MIXING_LEAVE_US - 1));
    CHECK(!mixing_update(&mixing, &enough, start_us + 3000000 + MIXING_LEAVE_US));
    goto out;
out:;
}
