/**
 * A simulated network on virtual time: links with loss, bursts, delay, jitter, stalls, reordering,
 * duplicates, and a bottleneck with a drop-tail queue, whose rate may follow a schedule and which
 * several links may share. Everything random comes from one seed, so a run repeats exactly.
 */
#ifndef LOAD_NETWORK_H
#define LOAD_NETWORK_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

enum {
    NETWORK_MAX_DATAGRAM = 1800,
    NETWORK_OVERHEAD_BYTES = 28 /**< IPv4 and UDP: they need their time at a bottleneck too */
};

/** A bottleneck's rate from a time on. */
struct rate_step {
    int64_t at_us;
    uint64_t rate_bps; /**< 0 = nothing passes: what comes waits, as far as the queue holds it */
};

/** One direction of one path; shares are 0..1. */
struct link_config {
    double loss;        /**< each datagram by itself */
    double burst_enter; /**< Gilbert-Elliott: share of datagrams that begin a burst, in which all
                           are lost */
    double burst_leave; /**< share of datagrams that end it; 0 = no bursts */
    double duplicate;
    double reorder; /**< share that is held back by reorder_us, and so overtaken */
    int64_t reorder_us;
    int64_t delay_us;
    int64_t jitter_us; /**< added, uniform from 0; keeps the order */
    double stall;      /**< share of the time in which nothing comes out (a radio that is busy) */
    int64_t
        stall_min_us; /**< length of one stall, uniform; all that it held comes out at its end */
    int64_t stall_max_us;
    uint64_t rate_bps;  /**< bottleneck, 0 = none; with a schedule: before its first step */
    size_t queue_bytes; /**< before the bottleneck; what does not fit is lost */
    int64_t queue_us;   /**< in place of queue_bytes: the queue holds what the rate of the moment
                           (before: if that is 0) carries in so long */
    const struct rate_step *schedule; /**< of the bottleneck, ascending; borrowed; NULL = none */
    size_t schedule_count;
    size_t through; /**< number of the link whose bottleneck is passed instead of an own one, plus
                       one; 0 = own */
};

enum network_fate { NETWORK_PASSED, NETWORK_LOST, NETWORK_QUEUE_FULL };

/** What became of one datagram, told when it is sent. */
struct network_passage {
    enum network_fate fate;
    size_t link;
    size_t len; /**< overhead included */
    int64_t sent_us;
    int64_t queue_us;   /**< waited before the bottleneck, for PASSED and QUEUE_FULL */
    int64_t arrival_us; /**< for PASSED */
};

/** What a link did. */
struct link_counts {
    uint64_t sent;
    uint64_t lost; /**< by chance or in a burst */
    uint64_t queue_full;
    uint64_t duplicated;
};

/** A datagram that arrives. */
struct network_datagram {
    int64_t arrival_us;
    uint64_t order; /**< ties are broken by order of sending */
    size_t link;
    struct addr from;
    struct addr to;
    size_t len;
    _Alignas(8) uint8_t data[NETWORK_MAX_DATAGRAM];
};

struct network;

/** @return 0 or ERR_NO_MEMORY */
int network_new(struct network **out, uint64_t seed);

/** Adds a link; *link is its number. @return 0 or ERR_NO_MEMORY */
int network_add_link(struct network *network, const struct link_config *config, size_t *link);

void network_set_link(struct network *network, size_t link, const struct link_config *config);
const struct link_config *network_link(const struct network *network, size_t link);
const struct link_counts *network_counts(const struct network *network, size_t link);

/** Everything sent from now on is told to watch as well. */
void network_set_watch(struct network *network,
                       void (*watch)(void *owner, const struct network_passage *passage),
                       void *owner);

/** Rate of a link's bottleneck at a time, UINT64_MAX when it has none. */
uint64_t network_rate_bps(const struct network *network, size_t link, int64_t at_us);

/** Sends a copy over a link. Allocates only while more datagrams are under way than ever before. */
void network_send(struct network *network, size_t link, const struct addr *from,
                  const struct addr *to, const uint8_t *data, size_t len, int64_t now_us);

/** INT64_MAX when nothing is under way. */
int64_t network_next_arrival(const struct network *network);

/** The next datagram that has arrived by now_us, or NULL; give it back after use. */
struct network_datagram *network_take(struct network *network, int64_t now_us);
void network_give_back(struct network *network, struct network_datagram *datagram);

void network_free(struct network **network);

#endif
