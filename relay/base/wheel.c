#include "base/wheel.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { WHEEL_BUCKETS = 2048, WHEEL_TICK_US = 1000, WORD_BITS = 64 };

struct wheel {
    int64_t tick; /**< the next one to be emptied, deadline / WHEEL_TICK_US */
    size_t count; /**< timers set */
    uint64_t used[WHEEL_BUCKETS / WORD_BITS]; /**< bit of each bucket that may not be empty */
    struct list buckets[WHEEL_BUCKETS];
};

int wheel_new(struct wheel **out, int64_t now_us)
{
    struct wheel *wheel = malloc(sizeof(*wheel));
    if (wheel == NULL) {
        return ERR_NO_MEMORY;
    }
    wheel->tick = now_us / WHEEL_TICK_US;
    wheel->count = 0;
    memset(wheel->used, 0, sizeof(wheel->used));
    for (size_t i = 0; i < WHEEL_BUCKETS; i++) {
        list_init(&wheel->buckets[i]);
    }
    *out = wheel;
    return 0;
}

void wheel_timer_init(struct wheel_timer *timer)
{
    list_init(&timer->link);
    timer->deadline_us = INT64_MAX;
}

void wheel_cancel(struct wheel *wheel, struct wheel_timer *timer)
{
    if (timer->deadline_us != INT64_MAX) {
        list_remove(&timer->link);
        timer->deadline_us = INT64_MAX;
        wheel->count--;
    }
}

void wheel_set(struct wheel *wheel, struct wheel_timer *timer, int64_t deadline_us)
{
    if (timer->deadline_us == deadline_us) {
        return;
    }
    wheel_cancel(wheel, timer);
    if (deadline_us == INT64_MAX) {
        return;
    }
    int64_t tick = deadline_us / WHEEL_TICK_US;
    if (tick < wheel->tick) {
        tick = wheel->tick; /* already due */
    }
    timer->deadline_us = deadline_us;
    size_t bucket = (size_t)(tick % WHEEL_BUCKETS);
    list_append(&wheel->buckets[bucket], &timer->link);
    wheel->used[bucket / WORD_BITS] |= UINT64_C(1) << bucket % WORD_BITS;
    wheel->count++;
}

/** From `tick` on, the first one before `end` whose bucket may not be empty, or one not before it.
 * Looks into no bucket: each would be a cache miss. */
static int64_t find_marked(const struct wheel *wheel, int64_t tick, int64_t end)
{
    while (tick < end) {
        size_t bucket = (size_t)(tick % WHEEL_BUCKETS);
        uint64_t bits = wheel->used[bucket / WORD_BITS] >> bucket % WORD_BITS;
        if (bits != 0) {
            return tick + __builtin_ctzll(bits);
        }
        tick += WORD_BITS - (int64_t)(bucket % WORD_BITS);
    }
    return tick;
}

/** From `tick` on, the first one up to `last` whose bucket is not empty, or one behind `last`. */
static int64_t find_used(struct wheel *wheel, int64_t tick, int64_t last)
{
    while ((tick = find_marked(wheel, tick, last + 1)) <= last) {
        size_t bucket = (size_t)(tick % WHEEL_BUCKETS);
        if (!list_empty(&wheel->buckets[bucket])) {
            return tick;
        }
        wheel->used[bucket / WORD_BITS] &= ~(UINT64_C(1) << bucket % WORD_BITS);
    }
    return last + 1;
}

struct wheel_timer *wheel_pop(struct wheel *wheel, int64_t now_us)
{
    int64_t now_tick = now_us / WHEEL_TICK_US;
    if (wheel->count == 0) {
        wheel->tick = now_tick > wheel->tick ? now_tick : wheel->tick;
        return NULL;
    }
    /* after a long pause one turn sees every bucket */
    if (now_tick - wheel->tick > WHEEL_BUCKETS) {
        wheel->tick = now_tick - WHEEL_BUCKETS;
    }
    int64_t last = now_tick > wheel->tick ? now_tick : wheel->tick;
    for (int64_t tick = wheel->tick; (tick = find_used(wheel, tick, last)) <= last; tick++) {
        wheel->tick = tick;
        LIST_FOR_EACH(link, &wheel->buckets[tick % WHEEL_BUCKETS])
        {
            struct wheel_timer *timer = LIST_ENTRY(link, struct wheel_timer, link);
            if (timer->deadline_us <= now_us) {
                wheel_cancel(wheel, timer);
                return timer;
            }
        }
    }
    wheel->tick = last;
    return NULL;
}

/** Of those in a bucket whose turn is at `tick`, the earliest; INT64_MAX without one. */
static int64_t earliest_of(const struct list *bucket, int64_t tick)
{
    int64_t earliest = INT64_MAX;
    LIST_FOR_EACH(link, bucket)
    {
        int64_t deadline_us = LIST_ENTRY(link, const struct wheel_timer, link)->deadline_us;
        if (deadline_us / WHEEL_TICK_US <= tick && deadline_us < earliest) {
            earliest = deadline_us;
        }
    }
    return earliest;
}

int64_t wheel_next_deadline(const struct wheel *wheel)
{
    if (wheel->count == 0) {
        return INT64_MAX;
    }
    int64_t end = wheel->tick + WHEEL_BUCKETS;
    for (int64_t tick = wheel->tick; (tick = find_marked(wheel, tick, end)) < end; tick++) {
        int64_t earliest = earliest_of(&wheel->buckets[tick % WHEEL_BUCKETS], tick);
        if (earliest != INT64_MAX) {
            return earliest;
        }
    }
    return end * WHEEL_TICK_US;
}

void wheel_free(struct wheel **wheel)
{
    free(*wheel);
    *wheel = NULL;
}
