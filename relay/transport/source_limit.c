#include "source_limit.h"

#include <string.h>

#include "base/map.h"

enum { SOURCE_LIMIT_WINDOW_US = 1000000 };

void source_limit_init(struct source_limit *limit, uint64_t seed)
{
    memset(limit, 0, sizeof(*limit));
    limit->seed = seed;
}

static uint64_t host_hash(const struct source_limit *limit, const struct addr *from)
{
    return map_hash(from->ip, sizeof(from->ip), limit->seed);
}

bool source_limit_allows(const struct source_limit *limit, const struct addr *from, int64_t now_us)
{
    uint64_t host = host_hash(limit, from);
    const struct source_limit_slot *slot = &limit->slots[host % SOURCE_LIMIT_SLOTS];
    return slot->host != host || slot->failures < SOURCE_LIMIT_PER_SECOND ||
           now_us - slot->start_us >= SOURCE_LIMIT_WINDOW_US;
}

void source_limit_fail(struct source_limit *limit, const struct addr *from, int64_t now_us)
{
    uint64_t host = host_hash(limit, from);
    struct source_limit_slot *slot = &limit->slots[host % SOURCE_LIMIT_SLOTS];
    if (slot->host != host || now_us - slot->start_us >= SOURCE_LIMIT_WINDOW_US) {
        *slot = (struct source_limit_slot){.host = host, .start_us = now_us};
    }
    slot->failures++;
}
