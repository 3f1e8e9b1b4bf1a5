#include "base/outbox.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { OUTBOX_ALIGN = 4 /**< what libsrtp asks for; more would part datagrams of one size */ };

int outbox_new(struct outbox **out, void (*flush)(void *owner, struct outbox *outbox), void *owner)
{
    struct outbox *outbox = calloc(1, sizeof(*outbox));
    if (outbox == NULL) {
        return ERR_NO_MEMORY;
    }
    outbox->arena = aligned_alloc(64, OUTBOX_ARENA_BYTES);
    if (outbox->arena == NULL) {
        free(outbox);
        return ERR_NO_MEMORY;
    }
    outbox->flush = flush;
    outbox->owner = owner;
    *out = outbox;
    return 0;
}

uint8_t *outbox_reserve(struct outbox *outbox, size_t max_len)
{
    assert(max_len <= OUTBOX_MAX_DATAGRAM);
    if (outbox->count == OUTBOX_MAX_ENTRIES || outbox->arena_used + max_len > OUTBOX_ARENA_BYTES) {
        outbox->flush(outbox->owner, outbox);
    }
    return outbox->arena + outbox->arena_used;
}

/** Index of `to`; only the last one is compared, since writers go receiver by receiver. */
static uint32_t outbox_destination(struct outbox *outbox, const struct five_tuple *to)
{
    size_t count = outbox->destination_count;
    if (count == 0 || !five_tuple_equal(&outbox->destinations[count - 1], to)) {
        outbox->destinations[count] = *to;
        outbox->destination_count = ++count;
    }
    return (uint32_t)(count - 1);
}

void outbox_commit(struct outbox *outbox, const struct five_tuple *to, size_t len)
{
    assert(outbox->count < OUTBOX_MAX_ENTRIES && outbox->arena_used + len <= OUTBOX_ARENA_BYTES);
    outbox->entries[outbox->count++] = (struct outbox_entry){
        .data = outbox->arena + outbox->arena_used,
        .len = (uint32_t)len,
        .to = outbox_destination(outbox, to),
    };
    outbox->arena_used += (len + OUTBOX_ALIGN - 1) / OUTBOX_ALIGN * OUTBOX_ALIGN;
}

void outbox_push(struct outbox *outbox, const struct five_tuple *to, const void *data, size_t len)
{
    memcpy(outbox_reserve(outbox, len), data, len);
    outbox_commit(outbox, to, len);
}

void outbox_clear(struct outbox *outbox)
{
    outbox->count = 0;
    outbox->destination_count = 0;
    outbox->arena_used = 0;
}

void outbox_free(struct outbox **outbox)
{
    if (*outbox != NULL) {
        free((*outbox)->arena);
        free(*outbox);
        *outbox = NULL;
    }
}
