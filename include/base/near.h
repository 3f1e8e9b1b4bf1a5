/**
 * Cache lines that a piece of work will read, noted once and fetched together before it begins.
 *
 * State that was not used for some milliseconds is in memory, and what finds one part of it by a
 * pointer in another waits for each in turn. Fetched together they come in the time of a few. A
 * wrong or outdated address does no harm: it is never read, so nothing need be told when memory
 * goes.
 */
#ifndef BASE_NEAR_H
#define BASE_NEAR_H

#include <stddef.h>
#include <stdint.h>

enum {
    NEAR_LINE_BYTES = 64,
    NEAR_MOST = 127 /**< lines; more are left out */
};

/** Zeroed: none. */
struct near {
    uint32_t count;
    int32_t lines[NEAR_MOST]; /**< as distances from this struct, in lines */
};

/** Notes the lines of `bytes` at `at`. */
void near_add(struct near *near, const void *at, size_t bytes);

static inline void near_fetch(const struct near *near)
{
    const char *here = (const char *)near;
    for (uint32_t i = 0; i < near->count; i++) {
        __builtin_prefetch(here + (ptrdiff_t)near->lines[i] * NEAR_LINE_BYTES);
    }
}

/** Fetches what near_fetch() will read. */
static inline void near_prepare(const struct near *near)
{
    enum { LINES = sizeof(struct near) / NEAR_LINE_BYTES };
    for (size_t i = 0; i < LINES; i++) {
        __builtin_prefetch((const char *)near + i * NEAR_LINE_BYTES);
    }
}

#endif
