/**
 * The one thing compared: takes a publisher's datagrams and sends each to every receiver.
 *
 * `ideal` does what cannot be left out; `tandem` is the relay's whole path. Both get the same bytes
 * and send to the same sink. Loading (putting datagrams where the kernel would have put them) is
 * not timed, running is.
 */
#ifndef BENCH_MICRO_FORWARDER_H
#define BENCH_MICRO_FORWARDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audience.h"
#include "publisher.h"
#include "sink.h"
#include "transport/transport.h"

enum { CHUNK_DATAGRAMS = 64 };

/** One row of the comparison. */
struct workload {
    const char *name;
    bool video;
    size_t rooms;        /**< each with a publisher of its own; bursts go to them in turn */
    size_t receivers;    /**< in each room */
    size_t burst;        /**< datagrams that arrive together */
    size_t packet_bytes; /**< plain RTP packet */
    enum srtp_profile profile;
    /** Packets at the start of each burst that are one byte shorter: most of Chromium's frames. */
    size_t shorter;
};

/** Datagrams that arrive at one instant. */
struct arrival {
    struct datagram *datagrams; /**< borrowed */
    size_t count;
    size_t room;
    int64_t now_us; /**< virtual time */
};

struct forwarder_setup {
    const struct workload *workload;
    const struct sink *sink;
    struct publisher **publishers; /**< by room; borrowed, for their sender reports */
    int64_t now_us;
};

struct forwarder {
    const char *name;
    int (*open)(void **state, const struct forwarder_setup *setup);
    /** Not timed: takes over what arrives, and lets housekeeping (checks, reports) come in. */
    int (*load)(void *state, const struct arrival *arrivals, size_t count);
    /** Timed: forwards what was loaded. */
    void (*run)(void *state);
    /** From now on, what is sent is also shown to these (one audience for each room); NULL: no
     * more. */
    void (*watch)(void *state, struct audience **audiences);
    /** Datagrams that were lost on the way or refused by the socket, since open. */
    uint64_t (*lost)(void *state);
    void (*close)(void *state);
};

extern const struct forwarder forwarder_ideal;
extern const struct forwarder forwarder_tandem;

/** Master key and salt of what the publisher of a room sends. */
void forwarder_publisher_key(size_t room, uint8_t key[AUDIENCE_KEY_BYTES]);

#endif
