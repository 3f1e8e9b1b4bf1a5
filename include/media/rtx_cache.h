/**
 * The packets of one source stream that can be sent again: a ring of references by extended
 * sequence number, which begins small (base/window.h).
 *
 * One cache per received stream serves all its receivers. Holds a reference on each packet and lets
 * go by age and by number, so that a stream that falls silent gives its memory back.
 */
#ifndef MEDIA_RTX_CACHE_H
#define MEDIA_RTX_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/near.h"
#include "base/packet.h"

struct rtx_cache;

enum {
    RTX_CACHE_VIDEO_SLOTS = 1024,
    RTX_CACHE_VIDEO_AGE_US = 1250000, /**< the longest that receivers ask, and the time held back
                                         before they saw anything (hold_back.h) */
    RTX_CACHE_AUDIO_SLOTS = 64,
    RTX_CACHE_AUDIO_AGE_US = 200000
};

/**
 * @param slots      power of two: most packets held
 * @param max_age_us packets older than this (by arrival_us) are let go and not found
 * @return 0, ERR_INVALID or ERR_NO_MEMORY
 */
int rtx_cache_new(struct rtx_cache **out, size_t slots, int64_t max_age_us);

/** Lets go of the packets that arrived before this time, though they are not too old. */
void rtx_cache_let_go(struct rtx_cache *cache, int64_t before_us);

/** Keeps a reference of its own on packet. Duplicates and packets older than the ring are passed
 * over; without memory the ring stays as long as it is. */
void rtx_cache_insert(struct rtx_cache *cache, int64_t ext_seq, struct packet *packet,
                      int64_t now_us);

/** Borrowed until the next insert or timeout; NULL when gone or never there. */
struct packet *rtx_cache_find(const struct rtx_cache *cache, int64_t ext_seq, int64_t now_us);

/** True when the packets of this number's time have been let go, whether it came or not. */
bool rtx_cache_is_past(const struct rtx_cache *cache, int64_t ext_seq);

/** Lets go of what is too old. */
void rtx_cache_timeout(struct rtx_cache *cache, int64_t now_us);

/** When the oldest packet gets too old, INT64_MAX when empty. */
int64_t rtx_cache_next_deadline(const struct rtx_cache *cache);

/** Lets go of everything. */
void rtx_cache_clear(struct rtx_cache *cache);

/** Packets held. */
size_t rtx_cache_count(const struct rtx_cache *cache);

/** Numbers that may be held now: rises with need. */
uint32_t rtx_cache_size(const struct rtx_cache *cache);

/** Notes what every insert reads. */
void rtx_cache_near(const struct rtx_cache *cache, struct near *near);

/** An insert comes soon: fetches the packets that it lets go. */
void rtx_cache_prefetch(const struct rtx_cache *cache);

void rtx_cache_free(struct rtx_cache **cache);

#endif
