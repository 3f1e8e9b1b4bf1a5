/**
 * Where the bench's datagrams end: a network device of our own that drops everything, in a network
 * namespace of our own, so that packets really pass the kernel's send path and disturb nobody.
 */
#ifndef BENCH_MICRO_SINK_H
#define BENCH_MICRO_SINK_H

#include <stdint.h>

#include "base/addr.h"
#include "base/outbox.h"

enum sink_kind {
    SINK_DEVICE,   /**< dummy or ifb device: drops whole GSO messages, as a card that segments */
    SINK_LOOPBACK, /**< a loopback socket that is never read */
    SINK_NONE      /**< nothing is sent: the program's own share of the cost */
};

/** What was set up; lives as long as the process. */
struct sink {
    enum sink_kind kind;
    const char *device; /**< "dummy", "ifb", "loopback" or "none" */
    struct addr local;  /**< to send from; port 0 */
    uint16_t port;      /**< of every receiver when not 0 */
    int unread;         /**< descriptor of the socket that is never read, -1 */
};

/**
 * Moves the process into a namespace and makes the device; where that is not permitted, falls back
 * to loopback. Before any thread or socket is made.
 */
void sink_init(struct sink *sink, enum sink_kind wanted);

/** Five-tuple of the index-th receiver, 0..65535. */
struct five_tuple sink_receiver(const struct sink *sink, uint32_t index);

void sink_deinit(struct sink *sink);

#endif
