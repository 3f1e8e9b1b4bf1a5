#include "media/recv_stats.h"

#include <assert.h>
#include <string.h>

#include "rtp/rtcp.h"
#include "rtp/seq.h"

/** Extended numbers begin in cycle 1, so that packets before the first one are not negative. */
static const int64_t cycle = 65536;

void recv_stats_init(struct recv_stats *stats, uint32_t clock_rate)
{
    assert(clock_rate > 0 && clock_rate <= 1000000);
    *stats = (struct recv_stats){
        .highest = -1, .clock_rate = clock_rate, .bad_seq = -1, .taken_highest = -1};
}

static bool window_test(const struct recv_stats *stats, int64_t ext_seq)
{
    uint32_t bit = (uint32_t)ext_seq % RECV_STATS_WINDOW;
    return ((stats->seen[bit / 64] >> (bit % 64)) & 1) != 0;
}

static void window_set(struct recv_stats *stats, int64_t ext_seq)
{
    uint32_t bit = (uint32_t)ext_seq % RECV_STATS_WINDOW;
    stats->seen[bit / 64] |= UINT64_C(1) << (bit % 64);
}

/** Moves the window so that ext_seq is its newest number, seen. */
static void window_advance(struct recv_stats *stats, int64_t ext_seq)
{
    if (ext_seq - stats->highest >= RECV_STATS_WINDOW) {
        memset(stats->seen, 0, sizeof(stats->seen));
    } else {
        for (int64_t seq = stats->highest + 1; seq < ext_seq; seq++) {
            uint32_t bit = (uint32_t)seq % RECV_STATS_WINDOW;
            stats->seen[bit / 64] &= ~(UINT64_C(1) << (bit % 64));
        }
    }
    stats->highest = ext_seq;
    window_set(stats, ext_seq);
}

/** The source begins (again) at ext_seq. */
static void life_begin(struct recv_stats *stats, int64_t ext_seq)
{
    if (stats->restart) { /* another SSRC: its reports begin at nothing */
        stats->lost_before = 0;
        stats->jitter_q4 = 0;
        stats->lsr = 0;
    } else if (stats->highest >= 0) {
        stats->lost_before = recv_stats_lost(stats);
    }
    memset(stats->seen, 0, sizeof(stats->seen));
    stats->highest = ext_seq;
    stats->base = ext_seq;
    stats->epoch_base = ext_seq & ~(cycle - 1);
    stats->packets = 0;
    stats->expected_prior = 0;
    stats->received_prior = 0;
    stats->bad_seq = -1;
    stats->taken_highest = -1;
    stats->taken_packets = 0;
    stats->restart = false;
    window_set(stats, ext_seq);
}

/** RFC 3550 A.8: J += (|D| - J) / 16, kept times 16. */
static void jitter_update(struct recv_stats *stats, uint32_t timestamp, int64_t arrival_us)
{
    int64_t arrival_ticks = (arrival_us - stats->arrival_us) * stats->clock_rate / 1000000;
    int64_t d = arrival_ticks - seq_diff32(timestamp, stats->timestamp);
    if (d < 0) {
        d = -d;
    }
    stats->jitter_q4 += d - ((stats->jitter_q4 + 8) >> 4);
}

static void packet_count(struct recv_stats *stats, uint32_t timestamp, uint32_t bytes,
                         int64_t arrival_us)
{
    stats->packets++;
    stats->bytes += bytes;
    stats->timestamp = timestamp;
    stats->arrival_us = arrival_us;
}

/** Position of seq against the highest: its extended number, or -1 when it is too far off either
 * way. */
static int64_t extend(const struct recv_stats *stats, uint16_t seq)
{
    int16_t delta = seq_diff(seq, (uint16_t)stats->highest);
    if (delta > RECV_STATS_MAX_DROPOUT || delta <= -RECV_STATS_WINDOW) {
        return -1;
    }
    return stats->highest + delta;
}

enum recv_verdict recv_stats_receive(struct recv_stats *stats, uint16_t seq, uint32_t timestamp,
                                     uint32_t bytes, int64_t arrival_us, int64_t *ext_seq)
{
    if (stats->highest < 0) {
        life_begin(stats, cycle + seq);
        packet_count(stats, timestamp, bytes, arrival_us);
        *ext_seq = stats->highest;
        return RECV_IN_ORDER;
    }
    int64_t ext = stats->restart ? -1 : extend(stats, seq);
    if (ext < 0) {
        if (!stats->restart && stats->bad_seq != seq) {
            stats->bad_seq = (uint16_t)(seq + 1);
            return RECV_REFUSED;
        }
        /* Told so, or two in a row at the new place: it is a new life. One whole cycle stays free
         * in between.
         */
        life_begin(stats, (stats->highest & ~(cycle - 1)) + 2 * cycle + seq);
        packet_count(stats, timestamp, bytes, arrival_us);
        *ext_seq = stats->highest;
        return RECV_RESTART;
    }
    *ext_seq = ext;
    enum recv_verdict verdict = RECV_IN_ORDER;
    if (ext <= stats->highest) {
        if (window_test(stats, ext)) {
            stats->duplicates++;
            return RECV_DUPLICATE;
        }
        window_set(stats, ext);
        if (ext < stats->base) {
            stats->base = ext;
        }
        verdict = RECV_LATE;
    } else {
        window_advance(stats, ext);
        stats->bad_seq = -1;
    }
    jitter_update(stats, timestamp, arrival_us);
    packet_count(stats, timestamp, bytes, arrival_us);
    return verdict;
}

enum recv_verdict recv_stats_recover(struct recv_stats *stats, uint16_t seq, int64_t *ext_seq)
{
    if (stats->highest < 0 || stats->restart) {
        return RECV_REFUSED;
    }
    int64_t ext = extend(stats, seq);
    /* A repair is of something asked for, so it is never ahead of what came. */
    if (ext < 0 || ext > stats->highest || ext < stats->base) {
        return RECV_REFUSED;
    }
    *ext_seq = ext;
    if (window_test(stats, ext)) {
        stats->duplicates++;
        return RECV_DUPLICATE;
    }
    window_set(stats, ext);
    return RECV_LATE;
}

void recv_stats_restart(struct recv_stats *stats)
{
    stats->restart = stats->highest >= 0;
}

void recv_stats_sender_report(struct recv_stats *stats, uint64_t ntp, int64_t now_us)
{
    stats->lsr = (uint32_t)(ntp >> 16);
    stats->lsr_us = now_us;
}

bool recv_stats_has(const struct recv_stats *stats, int64_t ext_seq)
{
    return ext_seq >= 0 && ext_seq <= stats->highest &&
           stats->highest - ext_seq < RECV_STATS_WINDOW && window_test(stats, ext_seq);
}

bool recv_stats_active(const struct recv_stats *stats)
{
    return stats->highest >= 0;
}

static uint64_t expected(const struct recv_stats *stats)
{
    return stats->highest < 0 ? 0 : (uint64_t)(stats->highest - stats->base + 1);
}

int64_t recv_stats_lost(const struct recv_stats *stats)
{
    return stats->lost_before + (int64_t)expected(stats) - (int64_t)stats->packets;
}

/** RFC 3550 A.3: share of this interval's packets that did not come, of 256. */
static uint8_t fraction_lost(struct recv_stats *stats)
{
    uint64_t expected_interval = expected(stats) - stats->expected_prior;
    uint64_t received_interval = stats->packets - stats->received_prior;
    stats->expected_prior = expected(stats);
    stats->received_prior = stats->packets;
    if (expected_interval == 0 || received_interval >= expected_interval) {
        return 0;
    }
    uint64_t fraction = ((expected_interval - received_interval) << 8) / expected_interval;
    return fraction > 255 ? 255 : (uint8_t)fraction;
}

void recv_stats_report(struct recv_stats *stats, int64_t now_us, struct rtcp_report_block *out)
{
    enum { LOST_MAX = 0x7fffff };
    int64_t lost = recv_stats_lost(stats);
    if (lost > LOST_MAX) {
        lost = LOST_MAX;
    } else if (lost < -LOST_MAX - 1) {
        lost = -LOST_MAX - 1;
    }
    int64_t jitter = stats->jitter_q4 >> 4;
    out->fraction_lost = fraction_lost(stats);
    out->cumulative_lost = (int32_t)lost;
    out->highest_seq = stats->highest < 0 ? 0 : (uint32_t)(stats->highest - stats->epoch_base);
    out->jitter = jitter > UINT32_MAX ? UINT32_MAX : (uint32_t)jitter;
    out->lsr = stats->lsr;
    out->dlsr = 0;
    if (stats->lsr != 0) {
        int64_t delay = ((now_us - stats->lsr_us) << 16) / 1000000;
        out->dlsr = delay < 0 ? 0 : delay > UINT32_MAX ? UINT32_MAX : (uint32_t)delay;
    }
}

void recv_stats_take_loss(struct recv_stats *stats, uint32_t *expected, uint32_t *lost)
{
    *expected = 0;
    *lost = 0;
    if (stats->highest < 0) {
        return;
    }
    int64_t from = stats->taken_highest < 0 ? stats->base - 1 : stats->taken_highest;
    int64_t numbers = stats->highest - from;
    int64_t came = (int64_t)(stats->packets - stats->taken_packets);
    *expected = (uint32_t)numbers;
    *lost = came < numbers ? (uint32_t)(numbers - came) : 0;
    stats->taken_highest = stats->highest;
    stats->taken_packets = stats->packets;
}

void recv_stats_stretch(const struct recv_stats *stats, uint32_t count, uint32_t skip,
                        struct recv_stretch *out)
{
    *out = (struct recv_stretch){.expected = 0};
    int64_t oldest = stats->highest - RECV_STATS_WINDOW + 1;
    int64_t end = stats->highest - skip;
    int64_t at = end - count + 1;
    at = at < oldest ? oldest : at;
    at = at < stats->base ? stats->base : at;
    bool gone = false;
    for (; stats->highest >= 0 && at <= end; at++) {
        bool lost = !window_test(stats, at);
        out->expected++;
        out->lost += lost ? 1 : 0;
        out->bursts += lost && !gone ? 1 : 0;
        gone = lost;
    }
}

int64_t recv_stats_jitter_us(const struct recv_stats *stats)
{
    return (stats->jitter_q4 >> 4) * 1000000 / stats->clock_rate;
}
