#include "peer_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/map.h"

enum { UFRAG_KEY_BYTES = 64 };

struct peer_table {
    struct map *ufrags;
    struct map *tuples;
    struct map *ssrcs;
    struct map *ids;
    struct five_tuple last_tuple;
    void *last_peer; /**< of last_tuple; NULL: nothing is remembered */
};

int peer_table_new(struct peer_table **out, struct rand *rand)
{
    struct peer_table *table = calloc(1, sizeof(*table));
    if (table == NULL) {
        return ERR_NO_MEMORY;
    }
    if (map_new(&table->ufrags, UFRAG_KEY_BYTES, rand_u64(rand)) != 0 ||
        map_new(&table->tuples, sizeof(struct five_tuple), rand_u64(rand)) != 0 ||
        map_new(&table->ssrcs, sizeof(uint32_t), rand_u64(rand)) != 0 ||
        map_new(&table->ids, sizeof(uint32_t), rand_u64(rand)) != 0) {
        peer_table_free(&table);
        return ERR_NO_MEMORY;
    }
    *out = table;
    return 0;
}

void peer_table_free(struct peer_table **table)
{
    struct peer_table *gone = *table;
    if (gone == NULL) {
        return;
    }
    map_free(&gone->ufrags);
    map_free(&gone->tuples);
    map_free(&gone->ssrcs);
    map_free(&gone->ids);
    free(gone);
    *table = NULL;
}

static int add_once(struct map *map, const void *key, void *peer)
{
    const void *owner = map_get(map, key);
    if (owner != NULL) {
        return owner == peer ? 0 : ERR_FULL;
    }
    return map_put(map, key, peer);
}

/** Zero-padded; false when it is too long to be one of ours. */
static bool ufrag_key(struct str_view ufrag, char key[static UFRAG_KEY_BYTES])
{
    memset(key, 0, UFRAG_KEY_BYTES);
    if (ufrag.len == 0 || ufrag.len >= UFRAG_KEY_BYTES) {
        return false;
    }
    memcpy(key, ufrag.at, ufrag.len);
    return true;
}

int peer_table_add_ufrag(struct peer_table *table, const char *ufrag, void *peer)
{
    char key[UFRAG_KEY_BYTES];
    return ufrag_key(str_view_text(ufrag), key) ? add_once(table->ufrags, key, peer) : ERR_INVALID;
}

void *peer_table_find_ufrag(const struct peer_table *table, struct str_view ufrag)
{
    char key[UFRAG_KEY_BYTES];
    return ufrag_key(ufrag, key) ? map_get(table->ufrags, key) : NULL;
}

void peer_table_remove_ufrag(struct peer_table *table, const char *ufrag)
{
    char key[UFRAG_KEY_BYTES];
    if (ufrag_key(str_view_text(ufrag), key)) {
        (void)map_remove(table->ufrags, key);
    }
}

int peer_table_set_tuple(struct peer_table *table, const struct five_tuple *tuple, void *peer)
{
    table->last_peer = NULL;
    return map_put(table->tuples, tuple, peer);
}

void peer_table_prefetch_tuple(const struct peer_table *table, const struct five_tuple *tuple)
{
    map_prefetch(table->tuples, tuple);
}

void *peer_table_find_tuple(struct peer_table *table, const struct five_tuple *tuple)
{
    if (table->last_peer == NULL || !five_tuple_equal(&table->last_tuple, tuple)) {
        table->last_peer = map_get(table->tuples, tuple);
        table->last_tuple = *tuple;
    }
    return table->last_peer;
}

void peer_table_remove_tuple(struct peer_table *table, const struct five_tuple *tuple)
{
    table->last_peer = NULL;
    (void)map_remove(table->tuples, tuple);
}

int peer_table_add_ssrc(struct peer_table *table, struct ssrc_user *user, uint32_t ssrc, void *peer)
{
    struct ssrc_user *first = peer_table_find_ssrc(table, ssrc);
    list_init(&user->link);
    if (first != NULL) {
        list_append(&first->link, &user->link);
    } else if (map_put(table->ssrcs, &ssrc, user) != 0) {
        return ERR_NO_MEMORY;
    }
    user->ssrc = ssrc;
    user->peer = peer;
    return 0;
}

struct ssrc_user *peer_table_find_ssrc(const struct peer_table *table, uint32_t ssrc)
{
    return map_get(table->ssrcs, &ssrc);
}

struct ssrc_user *peer_table_next_ssrc(const struct peer_table *table, struct ssrc_user *user)
{
    struct ssrc_user *next = LIST_ENTRY(user->link.next, struct ssrc_user, link);
    return next == peer_table_find_ssrc(table, user->ssrc) ? NULL : next;
}

void peer_table_remove_ssrc(struct peer_table *table, struct ssrc_user *user)
{
    if (user->peer == NULL) {
        return;
    }
    if (list_empty(&user->link)) {
        (void)map_remove(table->ssrcs, &user->ssrc);
    } else if (peer_table_find_ssrc(table, user->ssrc) == user) {
        /* The key is there: this takes no memory. */
        (void)map_put(table->ssrcs, &user->ssrc,
                      LIST_ENTRY(user->link.next, struct ssrc_user, link));
    }
    list_remove(&user->link);
    user->peer = NULL;
}

int peer_table_add_id(struct peer_table *table, uint32_t id, void *peer)
{
    return add_once(table->ids, &id, peer);
}

void *peer_table_find_id(const struct peer_table *table, uint32_t id)
{
    return map_get(table->ids, &id);
}

void peer_table_remove_id(struct peer_table *table, uint32_t id)
{
    (void)map_remove(table->ids, &id);
}

void *peer_table_next(const struct peer_table *table, size_t *cursor)
{
    return map_next(table->ids, cursor);
}
