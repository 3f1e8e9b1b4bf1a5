#include "base/pool.h"

#include <assert.h>
#include <stdlib.h>

#include "base/err.h"

enum { POOL_ALIGN = 64 };

/** A free object holds the link to the next free one. */
struct pool_link {
    struct pool_link *next;
};

struct pool {
    size_t object_bytes;
    size_t per_slab;
    size_t max_slabs;
    size_t slab_count;
    size_t in_use;
    struct pool_link *free_objects;
    void *slabs[]; /**< max_slabs */
};

int pool_new(struct pool **out, size_t object_bytes, size_t per_slab, size_t max)
{
    size_t max_slabs = (max + per_slab - 1) / per_slab;
    struct pool *pool = calloc(1, sizeof(*pool) + max_slabs * sizeof(pool->slabs[0]));
    if (pool == NULL) {
        return ERR_NO_MEMORY;
    }
    pool->object_bytes = (object_bytes + POOL_ALIGN - 1) / POOL_ALIGN * POOL_ALIGN;
    pool->per_slab = per_slab;
    pool->max_slabs = max_slabs;
    *out = pool;
    return 0;
}

static void pool_link_object(struct pool *pool, void *object)
{
    struct pool_link *link = object;
    link->next = pool->free_objects;
    pool->free_objects = link;
}

static void pool_grow(struct pool *pool)
{
    if (pool->slab_count == pool->max_slabs) {
        return;
    }
    char *slab = aligned_alloc(POOL_ALIGN, pool->object_bytes * pool->per_slab);
    if (slab == NULL) {
        return;
    }
    pool->slabs[pool->slab_count++] = slab;
    for (size_t i = pool->per_slab; i > 0; i--) {
        pool_link_object(pool, slab + (i - 1) * pool->object_bytes);
    }
}

void *pool_take(struct pool *pool)
{
    if (pool->free_objects == NULL) {
        pool_grow(pool);
    }
    struct pool_link *link = pool->free_objects;
    if (link == NULL) {
        return NULL;
    }
    pool->free_objects = link->next;
    pool->in_use++;
    return link;
}

void pool_give(struct pool *pool, void *object)
{
    pool->in_use--;
    pool_link_object(pool, object);
}

size_t pool_in_use(const struct pool *pool)
{
    return pool->in_use;
}

void pool_free(struct pool **pool)
{
    if (*pool == NULL) {
        return;
    }
    assert((*pool)->in_use == 0);
    for (size_t i = 0; i < (*pool)->slab_count; i++) {
        free((*pool)->slabs[i]);
    }
    free(*pool);
    *pool = NULL;
}
