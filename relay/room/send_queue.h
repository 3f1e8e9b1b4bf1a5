/**
 * Sendings to one participant that wait for their turn: the pacer's order, and memory for what
 * waits.
 */
#ifndef ROOM_SEND_QUEUE_H
#define ROOM_SEND_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "cc/pacer.h"
#include "sending.h"

enum {
    SEND_QUEUE_MAX = 512,       /**< sendings of one participant */
    SEND_QUEUE_POOL_MAX = 65536 /**< of all participants of a worker */
};

struct send_queue {
    struct pacer pacer;
    struct pool *memory; /**< borrowed */
};

/** What was dropped of a stream, and where it goes on. */
struct send_queue_dropped {
    uint32_t packets;
    uint32_t octets;  /**< of media */
    bool keyframe;    /**< a keyframe waits behind it ... */
    uint16_t restart; /**< ... beginning with this number */
};

/** Memory for the queues of one worker. @return 0 or ERR_NO_MEMORY */
int send_queue_pool_new(struct pool **out);

void send_queue_init(struct send_queue *queue, struct pool *memory);

/**
 * Keeps a copy of the sending with a reference of its own to the packet.
 *
 * @param bytes on the wire, about
 * @return false when there is no room
 */
bool send_queue_push(struct send_queue *queue, struct pacer_flow *flow, enum allocator_class class,
                     const struct sending *sending, uint32_t bytes, int64_t now_us);

/** Takes out what may leave now; the reference to its packet is the caller's. @return false when
 * nothing may */
bool send_queue_pop(struct send_queue *queue, int64_t now_us, struct sending *out);

/** Takes out the oldest of a stream, repeats first, whatever the rate; the reference is the
 * caller's. @return false when nothing of it waits */
bool send_queue_take(struct send_queue *queue, struct pacer_flow *flow, struct sending *out);

/** Drops all that waits of a stream. */
void send_queue_forget(struct send_queue *queue, struct pacer_flow *flow);

/** Drops the first copies that wait of a stream, up to its newest keyframe if one waits. */
void send_queue_drop(struct send_queue *queue, struct pacer_flow *flow,
                     struct send_queue_dropped *out);

/** A stream of which something waits too long, or, when the queue is full, any of which something
 * waits; or NULL. */
struct pacer_flow *send_queue_stale(const struct send_queue *queue, int64_t now_us);

/** Drops everything. */
void send_queue_deinit(struct send_queue *queue);

#endif
