/**
 * What one outgoing stream has sent and what its receiver reports about it (RFC 3550 6.4.1, 6.4.2).
 */
#ifndef MEDIA_SEND_STATS_H
#define MEDIA_SEND_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "rtp/seq.h"

struct rtcp_report_block;

enum { SEND_STATS_REPORTS = 8 /**< sender reports remembered, to check the LSR that comes back */ };

/** Numbers of a sender report (RFC 3550 6.4.1). */
struct sender_report {
    uint64_t ntp;
    uint32_t timestamp;
    uint32_t packets;
    uint32_t octets; /**< payload only */
};

struct send_stats {
    uint64_t packets;
    uint64_t octets;    /**< payload without header and padding */
    uint32_t timestamp; /**< newest, outgoing */
    int64_t sent_us;    /**< when the first packet with it was sent; INT64_MIN before the first */
    uint32_t clock_rate;
    struct {
        uint32_t mid_ntp; /**< middle 32 bits; 0 = unused */
        int64_t sent_us;
    } reports[SEND_STATS_REPORTS];
    uint32_t report_next;

    /* from the receiver's report blocks */
    bool reported;
    uint8_t fraction_lost; /**< of 256, last interval */
    int32_t cumulative_lost;
    uint32_t highest;       /**< extended highest number received */
    uint32_t jitter;        /**< timestamp units */
    int64_t rtt_us;         /**< smoothed, 0 = unknown */
    int64_t rtt_var_us;     /**< mean deviation */
    bool taken;             /**< send_stats_take_loss was called since it was reported */
    int32_t taken_lost;     /**< cumulative_lost then */
    uint32_t taken_highest; /**< highest then */
};

void send_stats_init(struct send_stats *stats, uint32_t clock_rate);

/** A packet went out. RTX copies and padding of ours are not counted here. Hot path. */
static inline void send_stats_send(struct send_stats *stats, uint32_t timestamp,
                                   uint32_t payload_bytes, int64_t now_us)
{
    stats->packets++;
    stats->octets += payload_bytes;
    if (stats->sent_us == INT64_MIN || seq_newer32(timestamp, stats->timestamp)) {
        stats->timestamp = timestamp;
        stats->sent_us = now_us;
    }
}

/**
 * Numbers for a sender report now, remembered for the RTT.
 *
 * @param wall_us   wall clock of now, microseconds since 1970
 * @param timestamp outgoing RTP timestamp of now, on the publisher's timeline (timeline_rtp_at plus
 *                  stream_rewrite_timestamp_offset), or NULL: extrapolated from the last packet
 * sent
 * @return false when the stream has sent nothing yet: it gets no report
 */
bool send_stats_report(struct send_stats *stats, int64_t now_us, int64_t wall_us,
                       const uint32_t *timestamp, struct sender_report *out);

/**
 * The receiver's report block about this stream came. An LSR that we did not send gives no RTT.
 */
void send_stats_receive(struct send_stats *stats, const struct rtcp_report_block *block,
                        int64_t now_us);

/** 64-bit NTP time of a wall-clock time in microseconds since 1970 (RFC 3550 4). */
uint64_t send_stats_ntp(int64_t wall_us);

/** What the receiver expected and missed since the last call, as far as it has reported; 0 and 0 at
 * first. */
void send_stats_take_loss(struct send_stats *stats, uint32_t *expected, uint32_t *lost);

#endif
