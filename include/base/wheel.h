/**
 * Hashed timer wheel: many deadlines, each set, moved and cancelled in constant time.
 *
 * Resolution 1 ms; timers further than one turn stay in their bucket and are passed over.
 */
#ifndef BASE_WHEEL_H
#define BASE_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

/** Lives inside its owner; set up by wheel_timer_init. */
struct wheel_timer {
    struct list link;
    int64_t deadline_us; /**< INT64_MAX while not set */
};

struct wheel;

/** @return 0 or ERR_NO_MEMORY */
int wheel_new(struct wheel **out, int64_t now_us);

void wheel_timer_init(struct wheel_timer *timer);

/** Sets or moves the timer; INT64_MAX cancels it. A deadline in the past fires at the next
 * wheel_pop. */
void wheel_set(struct wheel *wheel, struct wheel_timer *timer, int64_t deadline_us);

void wheel_cancel(struct wheel *wheel, struct wheel_timer *timer);

/** Takes out one timer whose deadline is <= now_us, or NULL. Call until NULL. */
struct wheel_timer *wheel_pop(struct wheel *wheel, int64_t now_us);

/** Lower bound of the earliest deadline (exact to 1 ms when within a turn), INT64_MAX when none. */
int64_t wheel_next_deadline(const struct wheel *wheel);

/** Timers still set are forgotten. */
void wheel_free(struct wheel **wheel);

#endif
