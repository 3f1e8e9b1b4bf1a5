/**
 * Packets of one layer between their coming and their being taken by a tap: a ring of references,
 * with what must be known of them when the layer may be gone.
 */
#ifndef ROOM_TAP_RING_H
#define ROOM_TAP_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/packet.h"

enum { TAP_MAX_PACKETS = 256 /**< of the time between two polls; more are lost, and counted */ };

struct tap_entry {
    struct packet *packet; /**< one reference */
    uint32_t life;
    uint8_t codec; /**< enum codec_kind */
    uint8_t block_pt;
    bool late;
};

struct tap_ring {
    struct list link; /**< in the layer's taps; in none: closed, or the source has ended */
    struct tap_entry entries[TAP_MAX_PACKETS];
    uint32_t head;
    uint32_t count;
    uint32_t life;   /**< of the newest, with `highest` */
    int64_t highest; /**< number so far in this life, -1 = none */
    uint64_t overflows;
};

/** Empty, in no list. */
void tap_ring_init(struct tap_ring *ring);

/** Keeps a reference of its own to the packet; when the ring is full, the packet is lost. late is
 * found here. */
void tap_ring_push(struct tap_ring *ring, const struct tap_entry *entry, int64_t ext_seq);

/** Takes out the oldest; its reference is the caller's. @return false when there is none */
bool tap_ring_pop(struct tap_ring *ring, struct tap_entry *out);

/** Lets go of all packets. */
void tap_ring_clear(struct tap_ring *ring);

#endif
