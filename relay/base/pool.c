#include "base/pool.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/err.h"

enum {
    POOL_ALIGN = 64,
    FETCH_AHEAD = 6, /**< objects: who takes one often takes many, and those that were not in use
                        for a while have left the cache */
    FIRST_ROOM = 64
};

struct pool {
    size_t object_bytes;
    size_t per_slab;
    size_t max_slabs;
    size_t slab_count;
    size_t in_use;
    void **free_objects; /**< the last one is taken first: not a list through the objects, of which
                            each would have to be there to tell of the next */
    size_t free_count;
    size_t room;   /**< in free_objects: for all objects that there are */
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

/** @return false without memory */
static bool pool_make_room(struct pool *pool, size_t objects)
{
    size_t room = pool->room < FIRST_ROOM ? FIRST_ROOM : pool->room;
    while (room < objects) {
        room *= 2;
    }
    if (room != pool->room) {
        void **wider = realloc(pool->free_objects, room * sizeof(*wider));
        if (wider == NULL) {
            return false;
        }
        pool->free_objects = wider;
        pool->room = room;
    }
    return true;
}

static void pool_grow(struct pool *pool)
{
    if (pool->slab_count == pool->max_slabs ||
        !pool_make_room(pool, (pool->slab_count + 1) * pool->per_slab)) {
        return;
    }
    char *slab = aligned_alloc(POOL_ALIGN, pool->object_bytes * pool->per_slab);
    if (slab == NULL) {
        return;
    }
    pool->slabs[pool->slab_count++] = slab;
    for (size_t i = pool->per_slab; i > 0; i--) {
        pool->free_objects[pool->free_count++] = slab + (i - 1) * pool->object_bytes;
    }
}

void *pool_take(struct pool *pool)
{
    if (pool->free_count == 0) {
        pool_grow(pool);
    }
    if (pool->free_count == 0) {
        return NULL;
    }
    pool->in_use++;
    pool->free_count--;
    if (pool->free_count >= FETCH_AHEAD) {
        __builtin_prefetch(pool->free_objects[pool->free_count - FETCH_AHEAD], 1);
    }
    return pool->free_objects[pool->free_count];
}

void pool_give(struct pool *pool, void *object)
{
    pool->in_use--;
    pool->free_objects[pool->free_count++] = object;
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
    free((*pool)->free_objects);
    free(*pool);
    *pool = NULL;
}
