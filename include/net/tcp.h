/**
 * Passive ICE-TCP (RFC 6544): a listener on the media port, connections that carry RFC 4571 frames.
 *
 *     | LENGTH (16 bits) | STUN, DTLS or SRTP ... |
 *
 * Frames come split and merged as TCP likes. Each connection has a number that is unique in the
 * worker's life and stands in five_tuple.tcp. Output is queued up to a bound; a frame that does not
 * fit is dropped whole and counted.
 */
#ifndef NET_TCP_H
#define NET_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/drop.h"
#include "base/outbox.h"
#include "base/packet.h"
#include "net/loop.h"

enum {
    TCP_MAX_CONNECTIONS = 1024,
    TCP_MAX_PER_HOST = 64,        /**< connections of one remote address */
    TCP_QUEUE_BYTES = 256 * 1024, /**< output waiting per connection: 200 ms at 10 Mbit/s */
    TCP_UNANSWERED_US =
        10 * 1000000, /**< a connection that nothing is sent to proves nothing: closed after so
                         long, and the oldest of them when a newcomer finds no room */
    TCP_IDLE_US = 60 * 1000000 /**< a connection without a frame for so long is closed; checks come
                                  each 2 to 5 s */
};

struct tcp;

struct tcp_config {
    uint16_t port;
    bool ipv4;
    bool ipv6;
    struct addr bind;  /**< family ADDR_NONE: all addresses */
    struct loop *loop; /**< borrowed */
    struct packet_pools packets;
    struct drop_counts *drops;                            /**< borrowed */
    void (*received)(void *owner, struct packet *packet); /**< takes the reference over */
    void (*closed)(void *owner, uint32_t tcp); /**< the connection's five-tuples are dead */
    void *owner;
};

/** @return 0, ERR_NO_MEMORY, or ERR_IO with errno set */
int tcp_open(struct tcp **out, const struct tcp_config *config);

/** Queues and writes all entries of the outbox that go by TCP. Does not clear the outbox. */
void tcp_send(struct tcp *tcp, const struct outbox *outbox);

/** Closes connections that are idle or unanswered. */
void tcp_timeout(struct tcp *tcp, int64_t now_us);
int64_t tcp_next_deadline(const struct tcp *tcp);

size_t tcp_connections(const struct tcp *tcp);

void tcp_close(struct tcp **tcp);

#endif
