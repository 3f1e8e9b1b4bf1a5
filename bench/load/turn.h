/**
 * The tool's one thread: descriptors, timers, and how late they were served.
 */
#ifndef LOAD_TURN_H
#define LOAD_TURN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hist.h"
#include "base/wheel.h"
#include "net/loop.h"

struct turn;

/** A timer that lives inside its owner; fires once for each time it is set. */
struct turn_timer {
    struct wheel_timer timer;
    int64_t due_us; /**< when it was to fire, or was set if that was later */
    void (*fire)(void *owner, int64_t now_us);
    void *owner;
};

/** @return 0, ERR_NO_MEMORY or ERR_IO */
int turn_new(struct turn **out);

/** Monotonic time as read at the begin of the callback under way; turn_clock_us reads the clock. */
int64_t turn_now_us(const struct turn *turn);
int64_t turn_clock_us(void);

void turn_timer_init(struct turn_timer *timer, void (*fire)(void *owner, int64_t now_us),
                     void *owner);

/** Sets or moves it; INT64_MAX cancels. */
void turn_set(struct turn *turn, struct turn_timer *timer, int64_t at_us);

/** See loop.h. A descriptor is watched by one at a time. */
int turn_watch(struct turn *turn, int descriptor, bool write, loop_ready *ready, void *owner);
void turn_watch_write(struct turn *turn, int descriptor, bool write);
void turn_forget(struct turn *turn, int descriptor);

/** Serves until turn_stop or until_us. Descriptors have their share however many timers are due. */
void turn_run(struct turn *turn, int64_t until_us);
void turn_stop(struct turn *turn);

/** Microseconds from when a timer was due to when it was served, since turn_lag_reset. */
const struct hist *turn_lag_us(const struct turn *turn);
void turn_lag_reset(struct turn *turn);

/** Timers still set are forgotten, as are descriptors. */
void turn_free(struct turn **turn);

#endif
