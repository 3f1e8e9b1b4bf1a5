/**
 * One received datagram in a pooled buffer with head and tail room.
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
    PACKET_HEADROOM = 64,
    PACKET_MAX_BYTES = 1600, /**< longest datagram taken from the network */
    PACKET_TAILROOM = 160    /**< SRTP trailer and alignment */
};

struct packet {
    struct pool *pool; /**< home */
    uint32_t refs;
    uint32_t len;
    uint8_t *data;                        /**< first valid byte, inside buf */
    int64_t arrival_us;                   /**< monotonic; kernel's receive time where it is known */
    uint64_t note[PACKET_NOTE_BYTES / 8]; /**< a higher floor's struct, aligned to 8; not cleared */
    struct five_tuple from;
    uint8_t buf[PACKET_HEADROOM + PACKET_MAX_BYTES + PACKET_TAILROOM];
};

/** Pool of packets; max is the bound on packets alive. @return 0 or ERR_NO_MEMORY */
int packet_pool_new(struct pool **out, size_t max);

/** A packet with one reference, len 0 and data at PACKET_HEADROOM; NULL when the pool is exhausted.
 */
struct packet *packet_take(struct pool *pool);

static inline struct packet *packet_ref(struct packet *packet)
{
    packet->refs++;
    return packet;
}

/** Drops one reference and clears the pointer; NULL inside is allowed. */
void packet_unref(struct packet **packet);

#endif
