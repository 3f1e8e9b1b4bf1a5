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

struct turn;

/** While somebody patient is watched, the turn wakes no more often than this for media: what is due
 * meanwhile, and what came, is served together. How late that makes timers is in turn_lag_us. */
enum { TURN_GATHER_US = 500 };

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

/** Sets or moves it; INT64_MAX cancels. One that is late does not become less so by being set to
 * the same time again. */
void turn_set(struct turn *turn, struct turn_timer *timer, int64_t at_us);

/** Called when the descriptor is ready, now and then when it is not. */
typedef void turn_ready(void *owner, int descriptor, bool readable, bool writable);

/** Watches for reading, and for writing when `write` is set. A descriptor is watched by one at a
 * time. @return 0, ERR_NO_MEMORY or ERR_IO */
int turn_watch(struct turn *turn, int descriptor, bool write, turn_ready *ready, void *owner);

/** Watches one for reading on which much comes that bears the kernel's time of arrival: it may wait
 * for TURN_GATHER_US. */
int turn_watch_patient(struct turn *turn, int descriptor, turn_ready *ready, void *owner);

/** Changes whether writing is watched; not of patient ones. */
void turn_watch_write(struct turn *turn, int descriptor, bool write);

/** Before it is closed. Safe inside callbacks. */
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
