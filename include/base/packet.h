/**
 * One received datagram in a pooled buffer. Pictures are most of what a relay keeps, so there are
 * buffers of three sizes: whatever comes, what usually comes, and sound.
 *
 * Counted references inside one worker (plain integers): the receive path, a track's cache
 * and pending queues may hold the same packet. Contents are immutable once more than one holds it.
 * `note` is for whoever parsed the packet: what was found out once stays beside the bytes.
 */
#ifndef BASE_PACKET_H
#define BASE_PACKET_H

#include <stdint.h>

#include "base/addr.h"
#include "base/pool.h"

enum {
    PACKET_NOTE_BYTES = 96,
    PACKET_HEADROOM = 12,      /**< so that data begins a cache line */
    PACKET_MAX_BYTES = 1600,   /**< longest datagram taken from the network */
    PACKET_USUAL_BYTES = 1280, /**< payload of 1200 bytes, header, SRTP: nearly all that comes */
    PACKET_SMALL_BYTES = 256,  /**< nearly all sound */
    PACKET_TAILROOM = 64       /**< may be read, not written: what lies there is no matter */
};

struct packet {
    struct pool *pool; /**< home */
    uint32_t refs;
    uint32_t len;
    uint8_t *data;                        /**< first valid byte, inside buf */
    int64_t arrival_us;                   /**< monotonic; kernel's receive time where it is known */
    uint64_t note[PACKET_NOTE_BYTES / 8]; /**< a higher floor's struct, aligned to 8; not cleared */
    struct five_tuple from;
    uint8_t buf[]; /**< head room, what its pool's packets hold, and tail room */
};

/** Pool of packets; max is the bound on packets alive. @return 0 or ERR_NO_MEMORY */
int packet_pool_new(struct pool **out, size_t max);

/** Pool of packets of PACKET_USUAL_BYTES. @return 0 or ERR_NO_MEMORY */
int packet_usual_pool_new(struct pool **out, size_t max);

/** Pool of small packets, for packet_shrink. @return 0 or ERR_NO_MEMORY */
int packet_small_pool_new(struct pool **out, size_t max);

/** One of each; borrowed. */
struct packet_pools {
    struct pool *small;
    struct pool *usual;
    struct pool *large;
};

/** A packet with one reference, len 0 and data at PACKET_HEADROOM; NULL when the pool is exhausted.
 */
struct packet *packet_take(struct pool *pool);

/** As packet_take, of the smallest size that holds so many bytes, up to PACKET_MAX_BYTES, or, where
 * there is none left, of a larger one. */
struct packet *packet_take_for(const struct packet_pools *pools, size_t bytes);

/**
 * Puts a small one in place of a packet that fits into it and that nobody else holds: most of what
 * comes is sound, is kept for a while, and would keep ten times its size. The note is not copied.
 * What does not fit, or finds the pool empty, stays as it is.
 */
void packet_shrink(struct packet **packet, struct pool *small);

static inline struct packet *packet_ref(struct packet *packet)
{
    packet->refs++;
    return packet;
}

/** Drops one reference and clears the pointer; NULL inside is allowed. */
void packet_unref(struct packet **packet);

#endif
