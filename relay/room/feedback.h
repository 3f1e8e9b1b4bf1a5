/**
 * RTCP from one participant: reports, requests, goodbyes (RFC 3550 6, RFC 4585, RFC 5104, RFC
 * 3611). Counts only for streams that this participant sends or is sent; everything else is dropped
 * and counted (SECURITY.md 2).
 */
#ifndef ROOM_FEEDBACK_H
#define ROOM_FEEDBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/token_bucket.h"
#include "context.h"
#include "egress.h"
#include "rtp/demux.h"
#include "rtp/rtcp.h"
#include "streams.h"

enum {
    FEEDBACK_NACK_BURST = 1024, /**< numbers asked for at once: a second of video */
    FEEDBACK_NACK_COST_US = 500 /**< and 2,000 a second: 10 Mbit/s of which every other is lost. One
                                   datagram may name 5,000 */
};

struct feedback {
    struct room_context *context; /**< borrowed */
    struct egress *egress;        /**< borrowed */
    struct streams *streams;      /**< borrowed */
    struct demux *demux;          /**< borrowed */
    uint32_t rrtr_ssrc;           /**< who asked for our answer in DLRR; 0 = nobody */
    uint32_t rrtr_ntp;            /**< middle 32 bits of its reference time */
    int64_t rrtr_us;              /**< when it came */
    uint64_t twcc_received;
    uint64_t nacks_received; /**< numbers asked for */
    struct token_bucket nack_rate;
};

void feedback_init(struct feedback *feedback, struct room_context *context, struct egress *egress,
                   struct streams *streams, struct demux *demux);

/**
 * Takes one datagram of plain RTCP. Round trips and clocks are judged by when it arrived, which may
 * be some time ago.
 *
 * @return true when there was more in it than what the estimator takes: then anything may follow
 */
bool feedback_receive(struct feedback *feedback, const uint8_t *data, size_t len,
                      int64_t arrival_us);

#endif
