#include "media/rtx_cache.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/minmax.h"
#include "base/window.h"

/**
 * What is let go was not touched for a second: it is asked for this many packets ahead, so that a
 * burst does not wait for memory once for each.
 */
enum { PREFETCH_AHEAD = 10, FIRST_SIZE = 16 };

struct rtx_cache {
    int64_t max_age_us;
    int64_t oldest; /**< lowest number held, while any is */
    int64_t floor;  /**< lower numbers were let go, and do not come back */
    int64_t newest; /**< highest number ever inserted, -1 before the first */
    size_t count;
    uint32_t most;           /**< slots there may be */
    uint32_t size;           /**< slots there are: 0 before the first packet, then a power of two */
    struct packet **packets; /**< owned; of the numbers from oldest to newest, which all have places
                                of their own; NULL = not here */
};

int rtx_cache_new(struct rtx_cache **out, size_t slots, int64_t max_age_us)
{
    if (slots == 0 || slots > 65536 || (slots & (slots - 1)) != 0 || max_age_us <= 0) {
        return ERR_INVALID;
    }
    struct rtx_cache *cache = calloc(1, sizeof(*cache));
    if (cache == NULL) {
        return ERR_NO_MEMORY;
    }
    cache->max_age_us = max_age_us;
    cache->newest = -1;
    cache->most = (uint32_t)slots;
    *out = cache;
    return 0;
}

static struct packet **place_of(const struct rtx_cache *cache, int64_t ext_seq)
{
    return &cache->packets[(uint32_t)ext_seq & (cache->size - 1)];
}

/** Lets go of all numbers below first. Each number is passed once in the cache's life. */
static void release_below(struct rtx_cache *cache, int64_t first)
{
    while (cache->count > 0 && cache->oldest < first) {
        const struct packet *ahead = *place_of(cache, cache->oldest + PREFETCH_AHEAD);
        if (ahead != NULL) { /* a prefetch of NULL is slow: it walks the page table in vain */
            __builtin_prefetch(ahead, 1);
        }
        struct packet **place = place_of(cache, cache->oldest);
        if (*place != NULL) {
            packet_unref(place);
            cache->count--;
        }
        cache->oldest++;
    }
    cache->floor = max_i64(cache->floor, first);
    while (cache->count > 0 && *place_of(cache, cache->oldest) == NULL) {
        cache->oldest++;
    }
}

static bool is_older(const struct packet *packet, int64_t age_us, int64_t now_us)
{
    return now_us - packet->arrival_us >= age_us;
}

void rtx_cache_let_go(struct rtx_cache *cache, int64_t before_us)
{
    while (cache->count > 0 && (*place_of(cache, cache->oldest))->arrival_us < before_us) {
        release_below(cache, cache->oldest + 1);
    }
}

void rtx_cache_timeout(struct rtx_cache *cache, int64_t now_us)
{
    while (cache->count > 0 &&
           is_older(*place_of(cache, cache->oldest), cache->max_age_us, now_us)) {
        release_below(cache, cache->oldest + 1);
    }
}

/** Makes places for the numbers from low to high, as far as there may be any. @return false without
 * any place at all */
static bool widen(struct rtx_cache *cache, int64_t low, int64_t high)
{
    while (cache->size < cache->most && high - low >= cache->size) {
        uint32_t wider = cache->size != 0           ? 2 * cache->size
                         : cache->most < FIRST_SIZE ? cache->most
                                                    : FIRST_SIZE;
        struct packet **packets = window_widen(cache->packets, sizeof(struct packet *), cache->size,
                                               wider, cache->newest + 1);
        if (packets == NULL) {
            return cache->size > 0;
        }
        cache->packets = packets;
        cache->size = wider;
    }
    return true;
}

void rtx_cache_insert(struct rtx_cache *cache, int64_t ext_seq, struct packet *packet,
                      int64_t now_us)
{
    rtx_cache_timeout(cache, now_us);
    if (ext_seq < cache->floor) {
        return;
    }
    int64_t low = cache->count > 0 ? min_i64(cache->oldest, ext_seq) : ext_seq;
    if (!widen(cache, low, max_i64(ext_seq, cache->newest))) {
        return;
    }
    if (ext_seq > cache->newest) {
        cache->newest = ext_seq;
        release_below(cache, ext_seq - cache->size + 1);
    } else if (cache->newest - ext_seq >= cache->size) {
        return;
    }
    struct packet **place = place_of(cache, ext_seq);
    if (*place != NULL) {
        return;
    }
    *place = packet_ref(packet);
    cache->oldest = cache->count > 0 ? min_i64(cache->oldest, ext_seq) : ext_seq;
    cache->count++;
}

struct packet *rtx_cache_find(const struct rtx_cache *cache, int64_t ext_seq, int64_t now_us)
{
    if (cache->count == 0 || ext_seq < cache->oldest || ext_seq > cache->newest) {
        return NULL;
    }
    struct packet *packet = *place_of(cache, ext_seq);
    return packet == NULL || is_older(packet, cache->max_age_us, now_us) ? NULL : packet;
}

bool rtx_cache_is_past(const struct rtx_cache *cache, int64_t ext_seq)
{
    return cache->count > 0 && ext_seq < cache->oldest;
}

int64_t rtx_cache_next_deadline(const struct rtx_cache *cache)
{
    return cache->count == 0 ? INT64_MAX
                             : (*place_of(cache, cache->oldest))->arrival_us + cache->max_age_us;
}

void rtx_cache_clear(struct rtx_cache *cache)
{
    release_below(cache, cache->newest + 1);
}

size_t rtx_cache_count(const struct rtx_cache *cache)
{
    return cache->count;
}

uint32_t rtx_cache_size(const struct rtx_cache *cache)
{
    return cache->size;
}

void rtx_cache_near(const struct rtx_cache *cache, struct near *near)
{
    near_add(near, cache, sizeof(*cache));
    if (cache->size <= FIRST_SIZE) {
        near_add(near, cache->packets, cache->size * sizeof(struct packet *));
    }
}

void rtx_cache_prefetch(const struct rtx_cache *cache)
{
    if (cache->count > 0) {
        __builtin_prefetch(*place_of(cache, cache->oldest), 1);
        __builtin_prefetch(place_of(cache, cache->newest + 1), 1);
    }
}

void rtx_cache_free(struct rtx_cache **cache)
{
    if (*cache == NULL) {
        return;
    }
    rtx_cache_clear(*cache);
    free((*cache)->packets);
    free(*cache);
    *cache = NULL;
}
