/**
 * Hash map from fixed-length byte keys to pointers.
 *
 * Open addressing; the hash is keyed, so that outsiders who choose keys (SSRCs,
 * ufrags, addresses) cannot make them collide. Keys are copied, values borrowed.
 * Grows when filled (allocation), so only set-up paths put; `map_get` never allocates.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map;

/**
 * @param key_len bytes of every key, 1..80
 * @param seed    secret of the hash, from struct rand
 * @return 0 or ERR_NO_MEMORY
 */
int map_new(struct map **out, size_t key_len, uint64_t seed);

/** Value of key, or NULL. */
void *map_get(const struct map *map, const void *key);

/** A key will be looked for soon: fetches where it would be. */
void map_prefetch(const struct map *map, const void *key);

/** Adds or replaces; value must not be NULL. @return 0 or ERR_NO_MEMORY (map unchanged; never when
 * it replaces) */
int map_put(struct map *map, const void *key, void *value);

/** Removes key and returns its value, or NULL when it was not there. */
void *map_remove(struct map *map, const void *key);

size_t map_count(const struct map *map);

/**
 * Walks all entries in no particular order: *cursor starts at 0; returns the next value or NULL at
 * the end. The map must not be changed during the walk.
 */
void *map_next(const struct map *map, size_t *cursor);

void map_free(struct map **map);

/** Keyed 64-bit hash of bytes, the one the map uses. */
uint64_t map_hash(const void *data, size_t len, uint64_t seed);

#endif
