#include "base/ring.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/err.h"

struct ring {
    size_t mask;
    _Alignas(64) atomic_size_t head; /**< written by the producer */
    _Alignas(64) atomic_size_t tail; /**< written by the consumer */
    _Alignas(64) void *items[];
};

int ring_new(struct ring **out, size_t capacity)
{
    size_t bytes = sizeof(struct ring) + capacity * sizeof(void *);
    struct ring *ring = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (ring == NULL) {
        return ERR_NO_MEMORY;
    }
    ring->mask = capacity - 1;
    atomic_init(&ring->head, 0);
    atomic_init(&ring->tail, 0);
    *out = ring;
    return 0;
}

bool ring_push(struct ring *ring, void *item)
{
    size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    if (head - tail > ring->mask) {
        return false;
    }
    ring->items[head & ring->mask] = item;
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
    return true;
}

void *ring_pop(struct ring *ring)
{
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    size_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
    if (head == tail) {
        return NULL;
    }
    void *item = ring->items[tail & ring->mask];
    atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
    return item;
}

void ring_free(struct ring **ring)
{
    free(*ring);
    *ring = NULL;
}
