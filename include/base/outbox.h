/**
 * Datagrams waiting to be sent in this loop turn: bytes, and where they go.
 *
 * Machines write finished datagrams here; the owner of the sockets (or the simulated network)
 * flushes at the end of the turn. When full in mid-turn, the outbox calls the flush function it was
 * given at birth, so that writers never see it full. Datagrams to one destination keep their order,
 * as long as they are all queued with its place, or all without.
 */
#ifndef BASE_OUTBOX_H
#define BASE_OUTBOX_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

enum {
    OUTBOX_MAX_ENTRIES = 1024,
    OUTBOX_ARENA_BYTES = 128 * 1024,
    OUTBOX_MAX_DATAGRAM = 1760,
    OUTBOX_ALIGN = 4 /**< what libsrtp asks for; more would part datagrams of one size */
};

struct outbox_entry {
    uint8_t *data;
    uint32_t len;
    uint32_t to; /**< index into destinations; equal values can be grouped (GSO) */
};

/** Where a writer's destination is in an outbox; of the writer, all zero at first. */
struct outbox_place {
    uint32_t round; /**< of the outbox when it was last looked up */
    uint32_t to;
};

struct outbox {
    void (*flush)(void *owner,
                  struct outbox *outbox); /**< sends all entries, then calls outbox_clear */
    void *owner;
    size_t count;
    size_t destination_count;
    size_t arena_used;
    uint32_t round; /**< goes on with each outbox_clear, never 0 */
    bool mixed;     /**< entries of one destination are not all neighbours */
    uint8_t *arena;
    struct outbox_entry entries[OUTBOX_MAX_ENTRIES];
    struct five_tuple destinations[OUTBOX_MAX_ENTRIES];
};

/** @return 0 or ERR_NO_MEMORY */
int outbox_new(struct outbox **out, void (*flush)(void *owner, struct outbox *outbox), void *owner);

/**
 * Room for a datagram of up to max_len <= OUTBOX_MAX_DATAGRAM bytes, 4-byte aligned; flushes first
 * when there is none. The pointer is valid until the next reserve. Nothing is queued until
 * outbox_commit. Hot path.
 */
static inline uint8_t *outbox_reserve(struct outbox *outbox, size_t max_len)
{
    assert(max_len <= OUTBOX_MAX_DATAGRAM);
    if (outbox->count == OUTBOX_MAX_ENTRIES || outbox->arena_used + max_len > OUTBOX_ARENA_BYTES) {
        outbox->flush(outbox->owner, outbox);
    }
    return outbox->arena + outbox->arena_used;
}

/** A destination of its own, though it may be there already. */
static inline uint32_t outbox_add_destination(struct outbox *outbox, const struct five_tuple *to)
{
    outbox->destinations[outbox->destination_count] = *to;
    return (uint32_t)outbox->destination_count++;
}

/** Index of `to`: where it was last time, or, without a place, the last one if that is it. */
static inline uint32_t outbox_destination(struct outbox *outbox, const struct five_tuple *to,
                                          struct outbox_place *place)
{
    size_t count = outbox->destination_count;
    bool known = place == NULL ? count > 0 : place->round == outbox->round;
    uint32_t index = place == NULL ? (uint32_t)count - 1 : place->to;
    if (!known || !five_tuple_equal(&outbox->destinations[index], to)) {
        index = outbox_add_destination(outbox, to);
    } else if (index + 1 != count) {
        outbox->mixed = true;
    }
    if (place != NULL) {
        *place = (struct outbox_place){.round = outbox->round, .to = index};
    }
    return index;
}

/** Queues the first len bytes of the last reservation for `to` (copied); place may be NULL. Hot
 * path. */
static inline void outbox_commit(struct outbox *outbox, const struct five_tuple *to, size_t len,
                                 struct outbox_place *place)
{
    assert(outbox->count < OUTBOX_MAX_ENTRIES && outbox->arena_used + len <= OUTBOX_ARENA_BYTES);
    outbox->entries[outbox->count++] = (struct outbox_entry){
        .data = outbox->arena + outbox->arena_used,
        .len = (uint32_t)len,
        .to = outbox_destination(outbox, to, place),
    };
    outbox->arena_used += (len + OUTBOX_ALIGN - 1) / OUTBOX_ALIGN * OUTBOX_ALIGN;
}

/** Reserve, copy and commit in one; datagrams longer than OUTBOX_MAX_DATAGRAM are a bug. */
void outbox_push(struct outbox *outbox, const struct five_tuple *to, const void *data, size_t len);

/** Forgets all entries, for flush functions after they have sent. */
void outbox_clear(struct outbox *outbox);

void outbox_free(struct outbox **outbox);

#endif
