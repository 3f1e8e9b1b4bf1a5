/**
 * Two endpoints of tandem-load with an impaired network between them, in virtual time: the first
 * sends, the second receives.
 */
#ifndef TESTS_SUPPORT_LEG_PAIR_H
#define TESTS_SUPPORT_LEG_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/endpoint.h"
#include "load/network.h"

enum { LEG_SENDER, LEG_RECEIVER, LEG_ENDS };

struct leg_pair;

struct leg_end {
    struct leg_pair *pair;
    struct endpoint *endpoint;
    struct agreement agreement;
    size_t link; /**< that it sends into */
    uint64_t rtp;
    uint64_t rtcp;
};

struct leg_pair {
    struct network *network;
    struct leg_end ends[LEG_ENDS];
    int64_t now_us;
    uint32_t drop_each; /**< every so many originals of the sender are lost, 0 = none */
    bool red;           /**< sound goes out with a copy of the packet before it (RFC 2198) */
    uint8_t before[NETWORK_MAX_DATAGRAM]; /**< payload of that one */
    size_t before_len;
    uint64_t originals; /**< RTP on media SSRCs, dropped ones included */
    uint64_t dropped;
};

/** What is agreed: one stream of sound with NACK, RTX, RED and transport-wide feedback, for each
 * end; to be changed before leg_pair_start. */
void leg_pair_sound(struct leg_pair *pair);

/** The same of pictures, one stream without simulcast. */
void leg_pair_pictures(struct leg_pair *pair);

/** @param link NULL = a good one of 20 ms. @return 0 or ERR_NO_MEMORY */
int leg_pair_start(struct leg_pair *pair, const struct content *content,
                   const struct link_config *link, const struct endpoint_tap *tap);

void leg_pair_run(struct leg_pair *pair, int64_t for_us);

void leg_pair_deinit(struct leg_pair *pair);

#endif
