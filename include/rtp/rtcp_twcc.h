/**
 * Transport-wide feedback, RTCP PT 205 FMT 15
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01 3.1; QUALITY.md 1.1.2-1.1.4).
 *
 *    |                     SSRC of packet sender                     |
 *    |                     SSRC of media source                      |
 *    |      base sequence number     |      packet status count      |
 *    |      reference time (64 ms, 24 bits signed)   | fb pkt. count |
 *    |          packet chunk         |              ...              |
 *    |   recv delta (250 us), 1 or 2 bytes per received packet, 0s   |
 */
#ifndef RTP_RTCP_TWCC_H
#define RTP_RTCP_TWCC_H

#include <stddef.h>
#include <stdint.h>

#include "rtp/rtcp_fb.h"

/** In place of an arrival time: not received. */
#define RTCP_TWCC_LOST INT64_MIN

enum {
    RTCP_TWCC_REFERENCE_US = 64000,
    RTCP_TWCC_TICK_US = 250,
    RTCP_TWCC_MIN_BYTES = 24 /**< smallest feedback packet */
};

/** One transport-wide number and what became of it. */
struct rtcp_twcc_status {
    uint16_t seq;
    int64_t arrival_us; /**< RTCP_TWCC_LOST, or time of arrival */
};

/** Parsed feedback: view and cursor. */
struct rtcp_twcc {
    uint16_t base_seq;
    uint16_t status_count;
    int32_t reference;      /**< in 64 ms, -2^23..2^23-1 */
    uint8_t feedback_count; /**< a gap means that feedback was lost, not media */
    const uint8_t *chunks;  /**< read position and bounds, for _next */
    const uint8_t *deltas;
    const uint8_t *end;
    uint16_t chunk;       /**< present chunk */
    uint16_t chunk_left;  /**< symbols of it not yet read */
    uint16_t status_next; /**< index of the next status */
    int64_t time_us;      /**< running arrival time */
};

/**
 * Checks a feedback message wholly and prepares the walk.
 *
 * @return 0, or ERR_MALFORMED: no statuses, chunks that do not cover them, a reserved symbol, or a
 *         missing delta
 */
int rtcp_twcc_parse(const struct rtcp_fb *fb, struct rtcp_twcc *out);

/**
 * The next status. Arrival times are those of the other side's clock: (reference * 64 ms + deltas),
 * for differences within one feedback; over several see rtcp_twcc_unwrap_reference.
 * @return 1, or 0 at the end
 */
int rtcp_twcc_next(struct rtcp_twcc *twcc, struct rtcp_twcc_status *out);

/** Reference time that continues `previous` (unwrapped, in 64 ms) with the wire's 24-bit value. */
int64_t rtcp_twcc_unwrap_reference(int64_t previous, int32_t reference);

/**
 * Writes one feedback packet about the first statuses of an array.
 *
 * It ends early when a delta does not fit 16 bits, or when the packet is full: the caller then
 * writes the next feedback from statuses[*covered] on. Arrivals may be out of order.
 *
 * @param statuses consecutive numbers, at least one received; leading lost ones are covered too
 * @param count    1..65535
 * @param covered  out: statuses told
 * @return bytes written, 0 when cap is too small or no status is received (then *covered is 0)
 */
size_t rtcp_twcc_write(uint8_t *out, size_t cap, uint32_t sender_ssrc, uint32_t media_ssrc,
                       uint8_t feedback_count, const struct rtcp_twcc_status *statuses,
                       size_t count, size_t *covered);

#endif
