#include <unistd.h>

#include "base/err.h"
#include "load/turn.h"
#include "unit/runner.h"

struct note {
    struct turn *turn;
    struct turn_timer timer;
    unsigned fired;
    unsigned limit; /**< sets itself again at once until so often */
    int64_t fired_us;
    unsigned readable;
    unsigned *others; /**< fired when this one was read */
    unsigned others_then;
};

static void on_fire(void *owner, int64_t now_us)
{
    struct note *note = owner;
    note->fired++;
    note->fired_us = now_us;
    if (note->fired < note->limit) {
        turn_set(note->turn, &note->timer, now_us);
    }
}

static void on_ready(void *owner, int descriptor, bool readable, bool writable)
{
    struct note *note = owner;
    char byte = 0;
    (void)writable;
    note->readable += readable && read(descriptor, &byte, 1) == 1;
    note->others_then = note->others != NULL ? *note->others : 0;
}

TEST(timers_fire_once_when_due_and_not_when_cancelled)
{
    struct turn *turn = NULL;
    REQUIRE_OK(turn_new(&turn));
    struct note soon = {.turn = turn};
    struct note cancelled = {.turn = turn};
    struct note later = {.turn = turn};
    int64_t now_us = turn_clock_us();
    turn_timer_init(&soon.timer, on_fire, &soon);
    turn_timer_init(&cancelled.timer, on_fire, &cancelled);
    turn_timer_init(&later.timer, on_fire, &later);
    turn_set(turn, &soon.timer, now_us + 2000);
    turn_set(turn, &cancelled.timer, now_us + 1000);
    turn_set(turn, &later.timer, now_us + 3600000000);
    turn_set(turn, &cancelled.timer, INT64_MAX);
    turn_run(turn, now_us + 4000);
    CHECK_INT(soon.fired, 1);
    CHECK(soon.fired_us >= now_us + 2000);
    CHECK_INT(cancelled.fired, 0);
    CHECK_INT(later.fired, 0);
    CHECK_INT(hist_count(turn_lag_us(turn)), 1);
    turn_lag_reset(turn);
    CHECK_INT(hist_count(turn_lag_us(turn)), 0);
out:
    turn_free(&turn);
}

TEST(lag_of_a_timer_set_into_the_past_counts_from_when_it_was_set)
{
    struct turn *turn = NULL;
    REQUIRE_OK(turn_new(&turn));
    struct note note = {.turn = turn};
    turn_timer_init(&note.timer, on_fire, &note);
    turn_set(turn, &note.timer, 1);
    turn_run(turn, turn_clock_us() + 1);
    CHECK_INT(note.fired, 1);
    CHECK(turn_lag_us(turn)->sum < 10000000);
out:
    turn_free(&turn);
}

TEST(descriptors_are_served_though_timers_are_always_due)
{
    struct turn *turn = NULL;
    int ends[2] = {-1, -1};
    REQUIRE_OK(turn_new(&turn));
    REQUIRE_OK(pipe(ends));
    struct note busy = {.turn = turn, .limit = 2000};
    struct note reader = {.turn = turn, .others = &busy.fired};
    turn_timer_init(&busy.timer, on_fire, &busy);
    turn_set(turn, &busy.timer, 1);
    REQUIRE_OK(turn_watch(turn, ends[0], false, on_ready, &reader));
    REQUIRE_INT(write(ends[1], "x", 1), 1);
    while (busy.fired < busy.limit) {
        turn_run(turn, turn_clock_us() + 1000);
    }
    CHECK_INT(reader.readable, 1);
    CHECK(reader.others_then < busy.limit);
    turn_forget(turn, ends[0]);
    REQUIRE_INT(write(ends[1], "x", 1), 1);
    turn_run(turn, turn_clock_us() + 1000);
    CHECK_INT(reader.readable, 1);
out:
    turn_free(&turn);
    for (int i = 0; i < 2; i++) {
        if (ends[i] >= 0) {
            (void)close(ends[i]);
        }
    }
}

enum { LATE_US = 3000 };

static void be_slow(void *owner, int64_t now_us)
{
    (void)owner;
    while (turn_clock_us() < now_us + LATE_US) {
    }
}

static void set_again(void *owner, int64_t now_us)
{
    struct note *note = owner;
    (void)now_us;
    turn_set(note->turn, &note->timer, note->timer.due_us);
}

TEST(a_late_timer_stays_late_when_it_is_set_to_the_same_time_again)
{
    struct turn *turn = NULL;
    struct turn_timer slow;
    struct turn_timer setter;
    REQUIRE_OK(turn_new(&turn));
    struct note note = {.turn = turn};
    int64_t due_us = turn_clock_us() + 1000;
    turn_timer_init(&note.timer, on_fire, &note);
    turn_timer_init(&slow, be_slow, NULL);
    turn_timer_init(&setter, set_again, &note);
    turn_set(turn, &slow, due_us - 1000);
    turn_set(turn, &setter, due_us - 1000);
    turn_set(turn, &note.timer, due_us);
    while (note.fired == 0) {
        turn_run(turn, turn_clock_us() + 1000);
    }
    CHECK(turn_lag_us(turn)->sum >= LATE_US - 1000);
    CHECK(note.timer.due_us == due_us);
out:
    turn_free(&turn);
}

static void once_more(void *owner, int64_t now_us)
{
    struct note *note = owner;
    note->fired++;
    turn_set(note->turn, &note->timer, now_us + 1);
}

TEST(what_is_due_is_gathered_while_somebody_patient_is_watched)
{
    struct turn *turn = NULL;
    int ends[2] = {-1, -1};
    REQUIRE_OK(turn_new(&turn));
    REQUIRE_OK(pipe(ends));
    struct note ticker = {.turn = turn};
    struct note reader = {.turn = turn};
    turn_timer_init(&ticker.timer, once_more, &ticker);
    turn_set(turn, &ticker.timer, 1);
    REQUIRE_OK(turn_watch_patient(turn, ends[0], on_ready, &reader));
    REQUIRE_INT(write(ends[1], "x", 1), 1);
    int64_t begin_us = turn_clock_us();
    turn_run(turn, begin_us + 20 * TURN_GATHER_US);
    CHECK_INT(reader.readable, 1);
    CHECK(ticker.fired > 0);
    CHECK(ticker.fired <= (turn_clock_us() - begin_us) / TURN_GATHER_US + 2);
    turn_forget(turn, ends[0]);
    REQUIRE_INT(write(ends[1], "x", 1), 1);
    turn_run(turn, turn_clock_us() + 1000);
    CHECK_INT(reader.readable, 1);
out:
    turn_free(&turn);
    for (int i = 0; i < 2; i++) {
        if (ends[i] >= 0) {
            (void)close(ends[i]);
        }
    }
}

static void stop(void *owner, int64_t now_us)
{
    (void)now_us;
    turn_stop(owner);
}

TEST(stop_ends_a_run_at_once)
{
    struct turn *turn = NULL;
    struct turn_timer first;
    REQUIRE_OK(turn_new(&turn));
    struct note second = {.turn = turn};
    turn_timer_init(&first, stop, turn);
    turn_timer_init(&second.timer, on_fire, &second);
    turn_set(turn, &first, 1);
    turn_set(turn, &second.timer, 2);
    turn_run(turn, INT64_MAX);
    CHECK_INT(second.fired, 0);
    turn_set(turn, &first, turn_clock_us() + 1000);
    turn_run(turn, INT64_MAX);
    CHECK_INT(second.fired, 1);
out:
    turn_free(&turn);
}
