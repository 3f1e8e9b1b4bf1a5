/**
 * A few datagrams in one growing buffer, in order.
 */
#ifndef RELAY_TRANSPORT_DATAGRAM_QUEUE_H
#define RELAY_TRANSPORT_DATAGRAM_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DATAGRAM_QUEUE_MAX = 32, DATAGRAM_QUEUE_MAX_BYTES = 24 * 1024 };

/** Zeroed is empty. */
struct datagram_queue {
    uint8_t *bytes;
    size_t used;
    size_t cap;
    uint16_t lens[DATAGRAM_QUEUE_MAX];
    uint8_t count;
    uint8_t next;   /**< first datagram not taken */
    size_t next_at; /**< its first byte */
};

/**
 * Adds one datagram, or lengthens the last one while both together stay within join_up_to bytes (0:
 * never).
 * @return 0, ERR_FULL or ERR_NO_MEMORY
 */
int datagram_queue_add(struct datagram_queue *queue, const uint8_t *data, size_t len,
                       size_t join_up_to);

/** The next datagram, valid until the queue is changed, or NULL. */
const uint8_t *datagram_queue_take(struct datagram_queue *queue, size_t *len);

bool datagram_queue_empty(const struct datagram_queue *queue);

/** Forgets what is in it and keeps the memory. */
void datagram_queue_clear(struct datagram_queue *queue);

void datagram_queue_deinit(struct datagram_queue *queue);

#endif
