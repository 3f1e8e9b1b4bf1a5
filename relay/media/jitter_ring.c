#include "jitter_ring.h"

#include <assert.h>
#include <stddef.h>

enum { MASK = JITTER_BUFFER_PACKETS - 1 };

uint64_t jitter_ring_clear(struct jitter_ring *ring)
{
    uint64_t dropped = 0;
    for (size_t i = 0; i < JITTER_BUFFER_PACKETS; i++) {
        if (ring->held[i].facts.packet != NULL) {
            packet_unref(&ring->held[i].facts.packet);
            dropped++;
        }
    }
    ring->next_seq = 0;
    ring->end_seq = 0;
    return dropped;
}

const struct jitter_held *jitter_ring_find(const struct jitter_ring *ring, int64_t ext_seq)
{
    const struct jitter_held *held = &ring->held[ext_seq & MASK];
    return held->facts.packet != NULL && held->facts.ext_seq == ext_seq ? held : NULL;
}

struct jitter_held *jitter_ring_lowest(struct jitter_ring *ring)
{
    for (int64_t seq = ring->next_seq; seq < ring->end_seq; seq++) {
        if (jitter_ring_find(ring, seq) != NULL) {
            return &ring->held[seq & MASK];
        }
    }
    return NULL;
}

void jitter_ring_put(struct jitter_ring *ring, const struct jitter_packet *packet, int64_t time)
{
    struct jitter_held *held = &ring->held[packet->ext_seq & MASK];
    assert(held->facts.packet == NULL);
    held->facts = *packet;
    held->facts.packet = packet_ref(packet->packet);
    held->time = time;
    ring->end_seq = packet->ext_seq >= ring->end_seq ? packet->ext_seq + 1 : ring->end_seq;
}

struct packet *jitter_ring_take(struct jitter_held *held)
{
    struct packet *packet = held->facts.packet;
    held->facts.packet = NULL;
    return packet;
}

uint64_t jitter_ring_advance(struct jitter_ring *ring, int64_t next_seq)
{
    uint64_t dropped = 0;
    if (next_seq - ring->next_seq > JITTER_BUFFER_PACKETS) {
        ring->next_seq = next_seq - JITTER_BUFFER_PACKETS;
    }
    for (; ring->next_seq < next_seq; ring->next_seq++) {
        struct jitter_held *held = &ring->held[ring->next_seq & MASK];
        if (held->facts.packet != NULL && held->facts.ext_seq < next_seq) {
            packet_unref(&held->facts.packet);
            dropped++;
        }
    }
    return dropped;
}
