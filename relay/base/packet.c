#include "base/packet.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

enum { PACKETS_PER_SLAB = 16, SMALL_PER_SLAB = 32 };

static_assert(offsetof(struct packet, buf) + PACKET_HEADROOM == 192, "data begins a cache line");

static size_t packet_bytes(size_t room)
{
    return offsetof(struct packet, buf) + PACKET_HEADROOM + room + PACKET_TAILROOM;
}

int packet_pool_new(struct pool **out, size_t max)
{
    return pool_new(out, packet_bytes(PACKET_MAX_BYTES), PACKETS_PER_SLAB, max);
}

int packet_usual_pool_new(struct pool **out, size_t max)
{
    return pool_new(out, packet_bytes(PACKET_USUAL_BYTES), PACKETS_PER_SLAB, max);
}

int packet_small_pool_new(struct pool **out, size_t max)
{
    return pool_new(out, packet_bytes(PACKET_SMALL_BYTES), SMALL_PER_SLAB, max);
}

struct packet *packet_take(struct pool *pool)
{
    struct packet *packet = pool_take(pool);
    if (packet != NULL) {
        packet->pool = pool;
        packet->refs = 1;
        packet->len = 0;
        packet->data = packet->buf + PACKET_HEADROOM;
        packet->arrival_us = 0;
    }
    return packet;
}

struct packet *packet_take_for(const struct packet_pools *pools, size_t bytes)
{
    struct packet *packet = bytes <= PACKET_SMALL_BYTES ? packet_take(pools->small) : NULL;
    if (packet == NULL && bytes <= PACKET_USUAL_BYTES) {
        packet = packet_take(pools->usual);
    }
    return packet != NULL ? packet : packet_take(pools->large);
}

void packet_shrink(struct packet **packet, struct pool *small)
{
    struct packet *large = *packet;
    if (large->len > PACKET_SMALL_BYTES || large->refs > 1) {
        return;
    }
    struct packet *copy = packet_take(small);
    if (copy != NULL) {
        copy->len = large->len;
        copy->arrival_us = large->arrival_us;
        copy->from = large->from;
        memcpy(copy->data, large->data, large->len);
        packet_unref(packet);
        *packet = copy;
    }
}

void packet_unref(struct packet **packet)
{
    struct packet *old = *packet;
    *packet = NULL;
    if (old != NULL && --old->refs == 0) {
        pool_give(old->pool, old);
    }
}
