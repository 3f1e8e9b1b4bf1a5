/**
 * How often bytes from one host failed to authenticate, bounded per second (SECURITY.md 2: never
 * per ufrag, which would let a stranger shut its owner out).
 *
 * A fixed table under a keyed hash: a host that is pushed out by another starts from zero.
 */
#ifndef RELAY_TRANSPORT_SOURCE_LIMIT_H
#define RELAY_TRANSPORT_SOURCE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"

enum { SOURCE_LIMIT_PER_SECOND = 50, SOURCE_LIMIT_SLOTS = 512 };

struct source_limit_slot {
    uint64_t host; /**< hash */
    int64_t start_us;
    uint32_t failures; /**< since start_us */
};

/** Embedded in its owner. */
struct source_limit {
    uint64_t seed;
    struct source_limit_slot slots[SOURCE_LIMIT_SLOTS];
};

void source_limit_init(struct source_limit *limit, uint64_t seed);

/** False when the host has failed SOURCE_LIMIT_PER_SECOND times within the second. */
bool source_limit_allows(const struct source_limit *limit, const struct addr *from, int64_t now_us);

/** Takes note of a failure. */
void source_limit_fail(struct source_limit *limit, const struct addr *from, int64_t now_us);

#endif
