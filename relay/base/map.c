#include "base/map.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { MAP_FIRST_SLOTS = 16, MAP_MAX_KEY = 80 };

struct map {
    size_t key_len;
    size_t slots; /**< power of two */
    size_t count;
    uint64_t seed;
    uint8_t *keys;
    void **values; /**< NULL = free slot */
};

/** SipHash-1-3 round on four words; keyed, so that chosen keys cannot be made to collide. */
#define MAP_ROTATE(x, b) (((x) << (b)) | ((x) >> (64 - (b))))

struct map_sip {
    uint64_t v0;
    uint64_t v1;
    uint64_t v2;
    uint64_t v3;
};

static inline void map_sip_round(struct map_sip *s)
{
    s->v0 += s->v1;
    s->v1 = MAP_ROTATE(s->v1, 13) ^ s->v0;
    s->v0 = MAP_ROTATE(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = MAP_ROTATE(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = MAP_ROTATE(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = MAP_ROTATE(s->v1, 17) ^ s->v2;
    s->v2 = MAP_ROTATE(s->v2, 32);
}

uint64_t map_hash(const void *data, size_t len, uint64_t seed)
{
    const uint8_t *at = data;
    uint64_t k1 = seed * 0x9E3779B97F4A7C15u + 0xD1B54A32D192ED03u;
    struct map_sip s = {seed ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du,
                        seed ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u};
    size_t left = len;
    for (; left >= 8; left -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        s.v3 ^= word;
        map_sip_round(&s);
        s.v0 ^= word;
    }
    uint64_t last = (uint64_t)len << 56;
    memcpy(&last, at, left); /* little-endian: the length stays in the top byte */
    s.v3 ^= last;
    map_sip_round(&s);
    s.v0 ^= last;
    s.v2 ^= 0xff;
    for (int i = 0; i < 3; i++) {
        map_sip_round(&s);
    }
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

int map_new(struct map **out, size_t key_len, uint64_t seed)
{
    assert(key_len >= 1 && key_len <= MAP_MAX_KEY);
    struct map *map = calloc(1, sizeof(*map));
    if (map == NULL) {
        return ERR_NO_MEMORY;
    }
    map->key_len = key_len;
    map->seed = seed;
    *out = map;
    return 0;
}

static size_t map_home(const struct map *map, const void *key)
{
    return (size_t)map_hash(key, map->key_len, map->seed) & (map->slots - 1);
}

/** Slot of key, or the free slot where it would go; map->slots > count. */
static size_t map_find(const struct map *map, const void *key)
{
    size_t slot = map_home(map, key);
    while (map->values[slot] != NULL &&
           memcmp(map->keys + slot * map->key_len, key, map->key_len) != 0) {
        slot = (slot + 1) & (map->slots - 1);
    }
    return slot;
}

static void map_set(struct map *map, size_t slot, const void *key, void *value)
{
    memcpy(map->keys + slot * map->key_len, key, map->key_len);
    map->values[slot] = value;
}

static int map_grow(struct map *map)
{
    struct map bigger = *map;
    bigger.slots = map->slots == 0 ? MAP_FIRST_SLOTS : map->slots * 2;
    bigger.keys = malloc(bigger.slots * map->key_len);
    bigger.values = calloc(bigger.slots, sizeof(bigger.values[0]));
    if (bigger.keys == NULL || bigger.values == NULL) {
        free(bigger.keys);
        free(bigger.values);
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < map->slots; i++) {
        if (map->values[i] != NULL) {
            const uint8_t *key = map->keys + i * map->key_len;
            map_set(&bigger, map_find(&bigger, key), key, map->values[i]);
        }
    }
    free(map->keys);
    free(map->values);
    map->keys = bigger.keys;
    map->values = bigger.values;
    map->slots = bigger.slots;
    return 0;
}

void *map_get(const struct map *map, const void *key)
{
    return map->count == 0 ? NULL : map->values[map_find(map, key)];
}

void map_prefetch(const struct map *map, const void *key)
{
    if (map->count > 0) {
        size_t slot = map_home(map, key);
        __builtin_prefetch(map->keys + slot * map->key_len);
        __builtin_prefetch(map->values + slot);
    }
}

int map_put(struct map *map, const void *key, void *value)
{
    assert(value != NULL);
    if (map_get(map, key) != NULL) {
        map->values[map_find(map, key)] = value; /* never fails */
        return 0;
    }
    /* grown at three quarters, so that probes stay short */
    if ((map->count + 1) * 4 > map->slots * 3) {
        int err = map_grow(map);
        if (err != 0) {
            return err;
        }
    }
    map_set(map, map_find(map, key), key, value);
    map->count++;
    return 0;
}

void *map_remove(struct map *map, const void *key)
{
    if (map->count == 0) {
        return NULL;
    }
    size_t hole = map_find(map, key);
    void *value = map->values[hole];
    if (value == NULL) {
        return NULL;
    }
    map->values[hole] = NULL;
    map->count--;
    /* close the hole: whatever was pushed past it by probing moves back */
    for (size_t next = (hole + 1) & (map->slots - 1); map->values[next] != NULL;
         next = (next + 1) & (map->slots - 1)) {
        size_t home = map_home(map, map->keys + next * map->key_len);
        bool stays = ((next - home) & (map->slots - 1)) < ((next - hole) & (map->slots - 1));
        if (!stays) {
            map_set(map, hole, map->keys + next * map->key_len, map->values[next]);
            map->values[next] = NULL;
            hole = next;
        }
    }
    return value;
}

size_t map_count(const struct map *map)
{
    return map->count;
}

void *map_next(const struct map *map, size_t *cursor)
{
    while (*cursor < map->slots) {
        void *value = map->values[(*cursor)++];
        if (value != NULL) {
            return value;
        }
    }
    return NULL;
}

void map_free(struct map **map)
{
    if (*map != NULL) {
        free((*map)->keys);
        free((*map)->values);
        free(*map);
        *map = NULL;
    }
}
