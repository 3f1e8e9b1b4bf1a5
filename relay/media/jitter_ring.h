/**
 * The packets of a jitter buffer, by number; those before `next_seq` are gone.
 */
#ifndef MEDIA_JITTER_RING_H
#define MEDIA_JITTER_RING_H

#include <stdint.h>

#include "media/jitter_packet.h"

struct jitter_held {
    struct jitter_packet facts; /**< facts.packet is NULL: free */
    int64_t time;               /**< timestamp, extended, at 48 kHz */
};

struct jitter_ring {
    struct jitter_held held[JITTER_BUFFER_PACKETS];
    int64_t next_seq; /**< lowest that may still be played */
    int64_t end_seq;  /**< after the highest that came */
};

/** Drops all. @return how many */
uint64_t jitter_ring_clear(struct jitter_ring *ring);

/** NULL when it is not there. */
const struct jitter_held *jitter_ring_find(const struct jitter_ring *ring, int64_t ext_seq);

/** The first one there is from next_seq on, NULL = none. */
struct jitter_held *jitter_ring_lowest(struct jitter_ring *ring);

/** Takes a reference. The number must be free, and within JITTER_BUFFER_PACKETS of next_seq. */
void jitter_ring_put(struct jitter_ring *ring, const struct jitter_packet *packet, int64_t time);

/** Hands its reference over to the caller; next_seq stays. */
struct packet *jitter_ring_take(struct jitter_held *held);

/** next_seq rises to this; what is held before it is dropped. @return how many */
uint64_t jitter_ring_advance(struct jitter_ring *ring, int64_t next_seq);

#endif
