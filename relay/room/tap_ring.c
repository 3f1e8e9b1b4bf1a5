#include "room/tap_ring.h"

void tap_ring_init(struct tap_ring *ring)
{
    list_init(&ring->link);
    ring->head = 0;
    ring->count = 0;
    ring->life = 0;
    ring->highest = -1;
    ring->overflows = 0;
}

void tap_ring_push(struct tap_ring *ring, const struct tap_entry *entry, int64_t ext_seq)
{
    if (ring->life != entry->life) {
        ring->life = entry->life;
        ring->highest = -1;
    }
    bool late = ext_seq < ring->highest;
    ring->highest = late ? ring->highest : ext_seq;
    if (ring->count == TAP_MAX_PACKETS) {
        ring->overflows++;
        return;
    }
    struct tap_entry *place = &ring->entries[(ring->head + ring->count) % TAP_MAX_PACKETS];
    *place = *entry;
    place->late = late;
    (void)packet_ref(place->packet);
    ring->count++;
}

bool tap_ring_pop(struct tap_ring *ring, struct tap_entry *out)
{
    if (ring->count == 0) {
        return false;
    }
    *out = ring->entries[ring->head];
    ring->head = (ring->head + 1) % TAP_MAX_PACKETS;
    ring->count--;
    return true;
}

void tap_ring_clear(struct tap_ring *ring)
{
    struct tap_entry entry;
    while (tap_ring_pop(ring, &entry)) {
        packet_unref(&entry.packet);
    }
}
