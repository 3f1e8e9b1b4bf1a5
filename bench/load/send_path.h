/**
 * What all senders of a leg share: headers and their extensions, transport-wide numbers, the
 * estimate of what the path carries, the pacer, and the way out.
 */
#ifndef LOAD_SEND_PATH_H
#define LOAD_SEND_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cc/estimator.h"
#include "cc/pacer.h"
#include "load/endpoint.h"
#include "rtp/rtp_ext.h"

enum {
    SEND_PATH_HEAD_BYTES = 128, /**< longest header with extensions */
    SEND_PATH_TAIL_BYTES = 80,  /**< room for AGENT_TRAILER_BYTES and some */
    SEND_PATH_MAX_PAYLOAD = 1460,
    SEND_PATH_PACKET_BYTES = SEND_PATH_HEAD_BYTES + SEND_PATH_MAX_PAYLOAD + SEND_PATH_TAIL_BYTES,
    SEND_PATH_OVERHEAD_BYTES = 38, /**< IPv4, UDP and SRTP tag */
    SEND_PATH_START_BPS = 300000   /**< as browsers begin */
};

struct send_path {
    const struct endpoint_output *output; /**< borrowed */
    struct estimator *estimator;          /**< owned; NULL = nothing adapts */
    struct pacer pacer;                   /**< of pictures; sound only counts */
    int64_t updated_us;                   /**< when the estimator was last asked */
    uint16_t number;                      /**< transport-wide, of the packet before */
    uint64_t packets;                     /**< of all kinds */
};

void send_path_init(struct send_path *path, const struct endpoint_output *output);

/** Pictures are sent: from now on there is an estimate. @return 0 or ERR_NO_MEMORY */
int send_path_adapt(struct send_path *path, bool twcc, int64_t now_us);

/** Feedback or time may have changed the estimate: tells the pacer. */
void send_path_update(struct send_path *path, int64_t now_us);

/** Without what is taken from the pacer. */
int64_t send_path_next_deadline(const struct send_path *path);

void send_path_deinit(struct send_path *path);

/** What stands in a header. */
struct send_head {
    uint8_t pt;
    bool marker;
    uint16_t seq;
    uint32_t timestamp;
    uint32_t ssrc;
    const struct rtp_ext_map *exts;
    const char *mid;      /**< NULL = not told (any more) */
    const char *rid;      /**< likewise */
    const char *repaired; /**< RID of what an RTX packet repairs, NULL = none */
    const uint8_t *level; /**< RFC 6464 octet, NULL = none */
};

/**
 * Writes header and extensions, a fresh transport-wide number among them.
 * @param out SEND_PATH_HEAD_BYTES. @return bytes; the payload goes behind them
 */
size_t send_path_head(struct send_path *path, const struct send_head *head, int64_t now_us,
                      uint8_t *out);

/** Sends what send_path_head began, before it is called again. @param len of the whole packet */
void send_path_send(struct send_path *path, uint8_t *packet, size_t len, enum send_kind kind,
                    uint32_t probe, int64_t now_us);

#endif
