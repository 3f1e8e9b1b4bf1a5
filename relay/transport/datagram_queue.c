#include "datagram_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { DATAGRAM_QUEUE_STEP = 256 };

static int queue_grow(struct datagram_queue *queue, size_t needed)
{
    if (needed <= queue->cap) {
        return 0;
    }
    if (needed > DATAGRAM_QUEUE_MAX_BYTES) {
        return ERR_FULL;
    }
    size_t cap = (needed + DATAGRAM_QUEUE_STEP - 1) / DATAGRAM_QUEUE_STEP * DATAGRAM_QUEUE_STEP;
    uint8_t *bytes = realloc(queue->bytes, cap);
    if (bytes == NULL) {
        return ERR_NO_MEMORY;
    }
    queue->bytes = bytes;
    queue->cap = cap;
    return 0;
}

int datagram_queue_add(struct datagram_queue *queue, const uint8_t *data, size_t len,
                       size_t join_up_to)
{
    bool join = queue->count > queue->next && queue->lens[queue->count - 1] + len <= join_up_to;
    if (len > UINT16_MAX || (!join && queue->count == DATAGRAM_QUEUE_MAX)) {
        return ERR_FULL;
    }
    int err = queue_grow(queue, queue->used + len);
    if (err != 0) {
        return err;
    }
    memcpy(queue->bytes + queue->used, data, len);
    queue->used += len;
    if (join) {
        queue->lens[queue->count - 1] = (uint16_t)(queue->lens[queue->count - 1] + len);
    } else {
        queue->lens[queue->count++] = (uint16_t)len;
    }
    return 0;
}

const uint8_t *datagram_queue_take(struct datagram_queue *queue, size_t *len)
{
    if (datagram_queue_empty(queue)) {
        return NULL;
    }
    const uint8_t *at = queue->bytes + queue->next_at;
    *len = queue->lens[queue->next++];
    queue->next_at += *len;
    return at;
}

bool datagram_queue_empty(const struct datagram_queue *queue)
{
    return queue->next == queue->count;
}

void datagram_queue_clear(struct datagram_queue *queue)
{
    queue->used = 0;
    queue->count = 0;
    queue->next = 0;
    queue->next_at = 0;
}

void datagram_queue_deinit(struct datagram_queue *queue)
{
    free(queue->bytes);
    *queue = (struct datagram_queue){0};
}
