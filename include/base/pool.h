/**
 * Fixed-size objects with a bound, allocated slab by slab and reused in LIFO order.
 *
 * After warm-up no call allocates.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>

struct pool;

/**
 * @param object_bytes size of each object (rounded up to 64 for cache lines)
 * @param per_slab     objects allocated at a time
 * @param max          bound on objects alive, a multiple of per_slab
 * @return 0 or ERR_NO_MEMORY
 */
int pool_new(struct pool **out, size_t object_bytes, size_t per_slab, size_t max);

/** An object with undefined content, or NULL at the bound or without memory. */
void *pool_take(struct pool *pool);

/** Gives an object back to the pool it came from. */
void pool_give(struct pool *pool, void *object);

/** Objects taken and not given back. */
size_t pool_in_use(const struct pool *pool);

/** All objects must have been given back (assert). */
void pool_free(struct pool **pool);

#endif
