#include "load/turn.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/mono.h"

enum { FIRES_IN_A_ROW = 256, WATCHED_STEP = 64 };

struct watched {
    loop_ready *ready;
    void *owner;
};

struct turn {
    struct loop *loop;
    struct wheel *wheel;
    struct watched *watched; /* by descriptor */
    size_t watched_count;
    int64_t now_us;
    struct hist lag_us;
    bool stopped;
};

int turn_new(struct turn **out)
{
    struct turn *turn = calloc(1, sizeof(*turn));
    if (turn == NULL) {
        return ERR_NO_MEMORY;
    }
    turn->now_us = mono_now_us();
    int err = loop_new(&turn->loop);
    if (err == 0) {
        err = wheel_new(&turn->wheel, turn->now_us);
    }
    if (err != 0) {
        turn_free(&turn);
        return err;
    }
    *out = turn;
    return 0;
}

int64_t turn_now_us(const struct turn *turn)
{
    return turn->now_us;
}

int64_t turn_clock_us(void)
{
    return mono_now_us();
}

void turn_timer_init(struct turn_timer *timer, void (*fire)(void *owner, int64_t now_us),
                     void *owner)
{
    wheel_timer_init(&timer->timer);
    timer->due_us = INT64_MAX;
    timer->fire = fire;
    timer->owner = owner;
}

void turn_set(struct turn *turn, struct turn_timer *timer, int64_t at_us)
{
    timer->due_us = at_us > turn->now_us ? at_us : turn->now_us;
    wheel_set(turn->wheel, &timer->timer, at_us);
}

static int grow_to(struct turn *turn, int descriptor)
{
    if ((size_t)descriptor < turn->watched_count) {
        return 0;
    }
    size_t count = (size_t)descriptor + WATCHED_STEP;
    struct watched *watched = realloc(turn->watched, count * sizeof(*watched));
    if (watched == NULL) {
        return ERR_NO_MEMORY;
    }
    turn->watched = watched;
    turn->watched_count = count;
    return 0;
}

/** The clock is read when a callback begins. */
static void on_ready(void *owner, int descriptor, bool readable, bool writable)
{
    struct turn *turn = owner;
    const struct watched watched = turn->watched[descriptor];
    turn->now_us = mono_now_us();
    watched.ready(watched.owner, descriptor, readable, writable);
}

int turn_watch(struct turn *turn, int descriptor, bool write, loop_ready *ready, void *owner)
{
    int err = grow_to(turn, descriptor);
    if (err == 0) {
        turn->watched[descriptor] = (struct watched){.ready = ready, .owner = owner};
        err = loop_watch(turn->loop, descriptor, write, on_ready, turn);
    }
    return err;
}

void turn_watch_write(struct turn *turn, int descriptor, bool write)
{
    loop_watch_write(turn->loop, descriptor, write);
}

void turn_forget(struct turn *turn, int descriptor)
{
    loop_forget(turn->loop, descriptor);
}

/** Those due at the begin; many are served in parts, so that descriptors have their share. */
static void fire_timers(struct turn *turn)
{
    int64_t begin_us = turn->now_us;
    for (int i = 0; i < FIRES_IN_A_ROW && !turn->stopped; i++) {
        struct wheel_timer *timer = wheel_pop(turn->wheel, begin_us);
        if (timer == NULL) {
            return;
        }
        struct turn_timer *due = LIST_ENTRY(timer, struct turn_timer, timer);
        turn->now_us = mono_now_us();
        hist_add(&turn->lag_us, turn->now_us - due->due_us);
        due->fire(due->owner, turn->now_us);
    }
}

void turn_run(struct turn *turn, int64_t until_us)
{
    turn->stopped = false;
    turn->now_us = mono_now_us();
    for (;;) {
        fire_timers(turn); /* after the last wait too, however late that ended */
        if (turn->stopped || turn->now_us >= until_us) {
            break;
        }
        int64_t deadline_us = wheel_next_deadline(turn->wheel);
        turn->now_us = mono_now_us();
        loop_wait(turn->loop, turn->now_us, deadline_us < until_us ? deadline_us : until_us);
        turn->now_us = mono_now_us();
    }
}

void turn_stop(struct turn *turn)
{
    turn->stopped = true;
}

const struct hist *turn_lag_us(const struct turn *turn)
{
    return &turn->lag_us;
}

void turn_lag_reset(struct turn *turn)
{
    turn->lag_us = (struct hist){0};
}

void turn_free(struct turn **turn)
{
    struct turn *gone = *turn;
    if (gone == NULL) {
        return;
    }
    wheel_free(&gone->wheel);
    loop_free(&gone->loop);
    free(gone->watched);
    free(gone);
    *turn = NULL;
}
