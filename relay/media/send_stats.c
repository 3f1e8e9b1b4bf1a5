#include "media/send_stats.h"

#include <assert.h>

#include "rtp/rtcp.h"

/** A longer round trip than this is a mistake of the receiver. */
static const int64_t rtt_max_us = 30000000;

/** Seconds from 1900 to 1970. */
static const uint64_t ntp_unix_offset_s = 2208988800;

uint64_t send_stats_ntp(int64_t wall_us)
{
    uint64_t seconds = (uint64_t)wall_us / 1000000 + ntp_unix_offset_s;
    uint64_t rest_us = (uint64_t)wall_us % 1000000;
    return (seconds << 32) + (rest_us << 32) / 1000000;
}

void send_stats_init(struct send_stats *stats, uint32_t clock_rate)
{
    assert(clock_rate > 0);
    *stats = (struct send_stats){.clock_rate = clock_rate, .sent_us = INT64_MIN};
}

bool send_stats_report(struct send_stats *stats, int64_t now_us, int64_t wall_us,
                       const uint32_t *timestamp, struct sender_report *out)
{
    if (stats->sent_us == INT64_MIN) {
        return false;
    }
    out->ntp = send_stats_ntp(wall_us);
    if (timestamp != NULL) {
        out->timestamp = *timestamp;
    } else {
        int64_t since_us = now_us - stats->sent_us;
        int64_t ticks = since_us / 1000000 * stats->clock_rate +
                        since_us % 1000000 * stats->clock_rate / 1000000;
        out->timestamp = stats->timestamp + (uint32_t)ticks;
    }
    out->packets = (uint32_t)stats->packets;
    out->octets = (uint32_t)stats->octets;
    uint32_t mid_ntp = (uint32_t)(out->ntp >> 16);
    stats->reports[stats->report_next].mid_ntp = mid_ntp;
    stats->reports[stats->report_next].sent_us = now_us;
    stats->report_next = (stats->report_next + 1) % SEND_STATS_REPORTS;
    return true;
}

/** Round trip by a report of ours that came back, or -1 (RFC 3550 6.4.1). */
static int64_t round_trip(const struct send_stats *stats, uint32_t lsr, uint32_t dlsr,
                          int64_t now_us)
{
    if (lsr == 0) {
        return -1;
    }
    for (uint32_t i = 0; i < SEND_STATS_REPORTS; i++) {
        if (stats->reports[i].mid_ntp == lsr) {
            int64_t held_us = ((int64_t)dlsr * 1000000) >> 16;
            int64_t rtt_us = now_us - stats->reports[i].sent_us - held_us;
            return rtt_us > rtt_max_us ? -1 : rtt_us;
        }
    }
    return -1;
}

/** Smoothing as of TCP (RFC 6298 2). */
static void rtt_update(struct send_stats *stats, int64_t rtt_us)
{
    if (stats->rtt_us == 0) {
        stats->rtt_us = rtt_us;
        stats->rtt_var_us = rtt_us / 2;
        return;
    }
    int64_t off_us = rtt_us > stats->rtt_us ? rtt_us - stats->rtt_us : stats->rtt_us - rtt_us;
    stats->rtt_var_us += (off_us - stats->rtt_var_us) / 4;
    stats->rtt_us += (rtt_us - stats->rtt_us) / 8;
}

void send_stats_receive(struct send_stats *stats, const struct rtcp_report_block *block,
                        int64_t now_us)
{
    stats->reported = true;
    stats->fraction_lost = block->fraction_lost;
    stats->cumulative_lost = block->cumulative_lost;
    stats->highest = block->highest_seq;
    stats->jitter = block->jitter;
    int64_t rtt_us = round_trip(stats, block->lsr, block->dlsr, now_us);
    if (rtt_us >= 0) {
        /* A round trip of nothing (same machine, coarse units) still is known. */
        rtt_update(stats, rtt_us < 1 ? 1 : rtt_us);
    }
}

void send_stats_take_loss(struct send_stats *stats, uint32_t *expected, uint32_t *lost)
{
    int32_t packets = (int32_t)(stats->highest - stats->taken_highest);
    int64_t missed = (int64_t)stats->cumulative_lost - stats->taken_lost;
    bool known = stats->taken && packets > 0;
    *expected = known ? (uint32_t)packets : 0;
    *lost = known && missed > 0 ? (uint32_t)(missed < packets ? missed : packets) : 0;
    stats->taken = stats->reported;
    stats->taken_lost = stats->cumulative_lost;
    stats->taken_highest = stats->highest;
}
