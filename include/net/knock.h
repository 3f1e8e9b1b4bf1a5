/**
 * When another thread is woken for messages that it was sent: at once for those that cannot wait,
 * and for others at most once each KNOCK_EVERY_US. The first after a silence goes at once as well,
 * so only where there are many does anybody hear later of anything, and by that much at most.
 *
 * A wake-up of a thread that sleeps costs some fifty times what the message does.
 */
#ifndef NET_KNOCK_H
#define NET_KNOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/grid.h"
#include "base/minmax.h"

enum { KNOCK_EVERY_US = 5 * GRID_US };

struct knock {
    int64_t due_us;  /**< of the next one, INT64_MAX = nothing was sent since the last */
    int64_t last_us; /**< when it was last done */
};

static inline void knock_init(struct knock *knock, int64_t now_us)
{
    *knock = (struct knock){.due_us = INT64_MAX, .last_us = now_us - KNOCK_EVERY_US - GRID_US};
}

/** A message was sent. @param patient it can wait */
static inline void knock_sent(struct knock *knock, bool patient, int64_t now_us)
{
    /* on the grid, where the sender is awake anyway */
    int64_t due_us = patient ? grid_up(knock->last_us + KNOCK_EVERY_US) : now_us;
    knock->due_us = min_i64(knock->due_us, due_us);
}

/** When to wake the other, INT64_MAX = not at all. */
static inline int64_t knock_deadline(const struct knock *knock)
{
    return knock->due_us;
}

/** @return true when the other is to be woken now */
static inline bool knock_take(struct knock *knock, int64_t now_us)
{
    bool due = now_us >= knock->due_us;
    if (due) {
        knock->due_us = INT64_MAX;
        knock->last_us = now_us;
    }
    return due;
}

#endif
