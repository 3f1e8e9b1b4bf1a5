/**
 * Who a datagram belongs to: peers by local ufrag, by five-tuple, by inbound SSRC, and by the id in
 * our own checks.
 */
#ifndef RELAY_TRANSPORT_PEER_TABLE_H
#define RELAY_TRANSPORT_PEER_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/list.h"
#include "base/rand.h"
#include "base/str.h"

struct peer_table;

/** @return 0 or ERR_NO_MEMORY */
int peer_table_new(struct peer_table **out, struct rand *rand);
void peer_table_free(struct peer_table **table);

/* Each _add_ function: @return 0, ERR_NO_MEMORY, or ERR_FULL when another peer has the key. Each
 * _find_: NULL when nobody has it. */

int peer_table_add_ufrag(struct peer_table *table, const char *ufrag, void *peer);
void *peer_table_find_ufrag(const struct peer_table *table, struct str_view ufrag);
void peer_table_remove_ufrag(struct peer_table *table, const char *ufrag);

/** Replaces a former owner. @return 0 or ERR_NO_MEMORY */
int peer_table_set_tuple(struct peer_table *table, const struct five_tuple *tuple, void *peer);
/** A tuple will be looked for soon: fetches where it is. */
void peer_table_prefetch_tuple(const struct peer_table *table, const struct five_tuple *tuple);

/** The last answer is remembered: packets come in bursts. */
void *peer_table_find_tuple(struct peer_table *table, const struct five_tuple *tuple);
void peer_table_remove_tuple(struct peer_table *table, const struct five_tuple *tuple);

/**
 * One peer's use of a SSRC. Several peers may use the same: all of libwebrtc's players report as 1.
 */
struct ssrc_user {
    struct list link; /**< the others, in order of coming */
    uint32_t ssrc;
    void *peer; /**< NULL = not in the table */
};

/** user is the peer's memory until removed. @return 0 or ERR_NO_MEMORY */
int peer_table_add_ssrc(struct peer_table *table, struct ssrc_user *user, uint32_t ssrc,
                        void *peer);
/** The first user; NULL when there is none. */
struct ssrc_user *peer_table_find_ssrc(const struct peer_table *table, uint32_t ssrc);
/** The user after this one; NULL after the last. */
struct ssrc_user *peer_table_next_ssrc(const struct peer_table *table, struct ssrc_user *user);
/** Nothing happens to one that is not in the table. */
void peer_table_remove_ssrc(struct peer_table *table, struct ssrc_user *user);

int peer_table_add_id(struct peer_table *table, uint32_t id, void *peer);
void *peer_table_find_id(const struct peer_table *table, uint32_t id);
void peer_table_remove_id(struct peer_table *table, uint32_t id);
/** Walks all peers that have an id: *cursor starts at 0. NULL at the end. */
void *peer_table_next(const struct peer_table *table, size_t *cursor);

#endif
