#include "base/packet.h"

#include <stddef.h>

enum { PACKETS_PER_SLAB = 64 };

int packet_pool_new(struct pool **out, size_t max)
{
    return pool_new(out, sizeof(struct packet), PACKETS_PER_SLAB, max);
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

void packet_unref(struct packet **packet)
{
    struct packet *old = *packet;
    *packet = NULL;
    if (old != NULL && --old->refs == 0) {
        pool_give(old->pool, old);
    }
}
