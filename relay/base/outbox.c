#include "base/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

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
    outbox->round = 1;
    *out = outbox;
    return 0;
}

void outbox_push(struct outbox *outbox, const struct five_tuple *to, const void *data, size_t len)
{
    memcpy(outbox_reserve(outbox, len), data, len);
    outbox_commit(outbox, to, len, NULL);
}

void outbox_clear(struct outbox *outbox)
{
    outbox->count = 0;
    outbox->destination_count = 0;
    outbox->arena_used = 0;
    outbox->mixed = false;
    outbox->round += outbox->round == UINT32_MAX ? 2 : 1;
}

void outbox_free(struct outbox **outbox)
{
    if (*outbox != NULL) {
        free((*outbox)->arena);
        free(*outbox);
        *outbox = NULL;
    }
}
