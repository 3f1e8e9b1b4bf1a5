#include "media/rtx_cache.h"

#include <stdlib.h>

#include "base/err.h"

/**
 * What is let go was not touched for a second: it is asked for this many packets ahead, so that a
 * burst does not wait for memory once for each.
 */
enum { PREFETCH_AHEAD = 10 };

struct rtx_cache_slot {
    struct packet *packet; /**< NULL = empty */
    int64_t ext_seq;
};

struct rtx_cache {
    int64_t max_age_us;
    int64_t oldest; /**< lowest number held; when none is held, lower numbers are refused */
    int64_t newest; /**< highest number ever inserted, -1 before the first */
    size_t count;
    uint32_t mask; /**< slots - 1 */
    struct rtx_cache_slot slots[];
};

int rtx_cache_new(struct rtx_cache **out, size_t slots, int64_t max_age_us)
{
    if (slots == 0 || slots > 65536 || (slots & (slots - 1)) != 0 || max_age_us <= 0) {
        return ERR_INVALID;
    }
    struct rtx_cache *cache = calloc(1, sizeof(*cache) + slots * sizeof(cache->slots[0]));
    if (cache == NULL) {
        return ERR_NO_MEMORY;
    }
    cache->max_age_us = max_age_us;
    cache->newest = -1;
    cache->mask = (uint32_t)slots - 1;
    *out = cache;
    return 0;
}

static struct rtx_cache_slot *slot_of(struct rtx_cache *cache, int64_t ext_seq)
{
    return &cache->slots[(uint32_t)ext_seq & cache->mask];
}

static void slot_release(struct rtx_cache *cache, struct rtx_cache_slot *slot)
{
    if (slot->packet != NULL) {
        packet_unref(&slot->packet);
        cache->count--;
    }
}

/** Lets go of all numbers below first. Each number is passed once in the cache's life. */
static void release_below(struct rtx_cache *cache, int64_t first)
{
    while (cache->count > 0 && cache->oldest < first) {
        const struct packet *ahead = slot_of(cache, cache->oldest + PREFETCH_AHEAD)->packet;
        if (ahead != NULL) { /* a prefetch of NULL is slow: it walks the page table in vain */
            __builtin_prefetch(ahead, 1);
        }
        slot_release(cache, slot_of(cache, cache->oldest));
        cache->oldest++;
    }
    if (cache->oldest < first) {
        cache->oldest = first;
    }
    while (cache->count > 0 && slot_of(cache, cache->oldest)->packet == NULL) {
        cache->oldest++;
    }
}

static bool too_old(const struct rtx_cache *cache, const struct packet *packet, int64_t now_us)
{
    return now_us - packet->arrival_us >= cache->max_age_us;
}

void rtx_cache_timeout(struct rtx_cache *cache, int64_t now_us)
{
    while (cache->count > 0 && too_old(cache, slot_of(cache, cache->oldest)->packet, now_us)) {
        release_below(cache, cache->oldest + 1);
    }
}

void rtx_cache_insert(struct rtx_cache *cache, int64_t ext_seq, struct packet *packet,
                      int64_t now_us)
{
    rtx_cache_timeout(cache, now_us);
    if (ext_seq > cache->newest) {
        cache->newest = ext_seq;
        release_below(cache, ext_seq - cache->mask);
    } else if (ext_seq < cache->oldest || cache->newest - ext_seq > cache->mask) {
        return;
    }
    struct rtx_cache_slot *slot = slot_of(cache, ext_seq);
    if (slot->packet != NULL) {
        return;
    }
    slot->packet = packet_ref(packet);
    slot->ext_seq = ext_seq;
    if (cache->count == 0) {
        cache->oldest = ext_seq;
    }
    cache->count++;
}

struct packet *rtx_cache_find(const struct rtx_cache *cache, int64_t ext_seq, int64_t now_us)
{
    const struct rtx_cache_slot *slot = &cache->slots[(uint32_t)ext_seq & cache->mask];
    if (slot->packet == NULL || slot->ext_seq != ext_seq || too_old(cache, slot->packet, now_us)) {
        return NULL;
    }
    return slot->packet;
}

bool rtx_cache_is_past(const struct rtx_cache *cache, int64_t ext_seq)
{
    return cache->count > 0 && ext_seq < cache->oldest;
}

int64_t rtx_cache_next_deadline(const struct rtx_cache *cache)
{
    if (cache->count == 0) {
        return INT64_MAX;
    }
    const struct packet *oldest = cache->slots[(uint32_t)cache->oldest & cache->mask].packet;
    return oldest->arrival_us + cache->max_age_us;
}

void rtx_cache_clear(struct rtx_cache *cache)
{
    release_below(cache, cache->newest + 1);
}

size_t rtx_cache_count(const struct rtx_cache *cache)
{
    return cache->count;
}

void rtx_cache_free(struct rtx_cache **cache)
{
    if (*cache == NULL) {
        return;
    }
    rtx_cache_clear(*cache);
    free(*cache);
    *cache = NULL;
}
