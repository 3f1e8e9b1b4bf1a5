#include "ack_rate.h"

#include <stdlib.h>

#include "base/minmax.h"
#include "base/window.h"

/** As libwebrtc has them: `robust_throughput_estimator.h`. */
enum {
    MAX_PACKETS = 500,
    MAX_WINDOW_US = 5000000,
    MIN_PACKETS = 20,
    MIN_WINDOW_US = 1000000,
    NEEDED_PACKETS = 10,
    MIN_SPAN_US = 1000,
    BUSY_PACKETS = 5,
    BUSY_SPAN_US = 30000,
    BUSY_WINDOW_US = 250000
};

void ack_rate_init(struct ack_rate *rate)
{
    *rate =
        (struct ack_rate){.forgotten_us = INT64_MIN, .newest_us = INT64_MIN, .untidy = INT64_MIN};
}

void ack_rate_deinit(struct ack_rate *rate)
{
    free(rate->notes);
    ack_rate_init(rate);
}

void ack_rate_clear(struct ack_rate *rate)
{
    rate->first = 0;
    rate->count = 0;
    rate->forgotten_us = INT64_MIN;
    rate->sums = (struct acked_sums){0};
    rate->gaps_stale = false;
    rate->newest_us = INT64_MIN;
    rate->untidy = INT64_MIN;
}

static struct acked_note *note_at(const struct ack_rate *rate, uint32_t index)
{
    return &rate->notes[((uint64_t)rate->first + index) & (rate->size - 1)];
}

static void note_gap(struct acked_sums *sums, int64_t gap_us)
{
    if (gap_us > sums->widest_us) {
        sums->second_us = sums->widest_us;
        sums->widest_us = gap_us;
    } else if (gap_us > sums->second_us) {
        sums->second_us = gap_us;
    }
}

/** Time between a packet and the one before. */
static int64_t gap_before(const struct ack_rate *rate, uint32_t index)
{
    return ack_rate_at(rate, index).arrival_us - ack_rate_at(rate, index - 1).arrival_us;
}

static void forget_first(struct ack_rate *rate)
{
    const struct acked_packet first = ack_rate_at(rate, 0);
    if (first.sent_us > rate->forgotten_us) {
        rate->forgotten_us = first.sent_us;
    }
    if (rate->count > 1) {
        int64_t gap_us = gap_before(rate, 1);
        rate->gaps_stale = rate->gaps_stale || (gap_us > 0 && gap_us >= rate->sums.second_us);
    }
    rate->sums.bytes -= first.bytes;
    rate->first++;
    rate->count--;
}

/** Room for one more. @return false when there is none at all */
static bool make_room(struct ack_rate *rate)
{
    if (rate->count < rate->size) {
        return true;
    }
    uint32_t wider = rate->size == 0 ? ACK_RATE_FIRST_SIZE : 2 * rate->size;
    struct acked_note *notes = NULL;
    if (wider <= ACK_RATE_SIZE) {
        notes =
            window_widen(rate->notes, sizeof(*notes), rate->size, wider, rate->first + rate->count);
    }
    if (notes != NULL) {
        rate->notes = notes;
        rate->size = wider;
    } else if (rate->size > 0) {
        forget_first(rate);
    }
    return rate->size > 0;
}

void ack_rate_add(struct ack_rate *rate, const struct acked_packet *packet)
{
    if (!make_room(rate)) {
        return;
    }
    uint32_t at = rate->count++;
    while (at > 0 && ack_rate_at(rate, at - 1).arrival_us > packet->arrival_us) {
        *note_at(rate, at) = *note_at(rate, at - 1);
        at--;
    }
    *note_at(rate, at) = (struct acked_note){
        .sent_us = packet->sent_us,
        .arrival_and_bytes = (uint64_t)packet->arrival_us << ACK_RATE_BYTES_BITS | packet->bytes};
    rate->sums.bytes += packet->bytes;
    bool last = at + 1 == rate->count;
    if (last && at > 0) {
        note_gap(&rate->sums, gap_before(rate, at));
    }
    rate->gaps_stale = rate->gaps_stale || !last;
    if (!last || packet->sent_us < rate->newest_us) {
        rate->untidy = rate->first + rate->count - 1;
    }
    rate->newest_us = max_i64(rate->newest_us, packet->sent_us);
    while (rate->count > 1) {
        int64_t span_us =
            ack_rate_at(rate, rate->count - 1).arrival_us - ack_rate_at(rate, 0).arrival_us;
        if (rate->count <= MAX_PACKETS && span_us <= MAX_WINDOW_US &&
            (rate->count <= MIN_PACKETS || span_us <= MIN_WINDOW_US)) {
            break;
        }
        forget_first(rate);
    }
}

static uint64_t bps_of(uint64_t bytes, int64_t span_us)
{
    return bytes * 8000000 / (uint64_t)(span_us < MIN_SPAN_US ? MIN_SPAN_US : span_us);
}

/** Looks for the widest gaps again. */
static void find_gaps(struct ack_rate *rate)
{
    rate->sums.widest_us = 0;
    rate->sums.second_us = 0;
    for (uint32_t i = 1; i < rate->count; i++) {
        note_gap(&rate->sums, gap_before(rate, i));
    }
    rate->gaps_stale = false;
}

/** What was sent in the window, and when. */
struct sent_span {
    uint64_t bytes; /**< but for the last packet's */
    int64_t first_us;
    int64_t last_us;
};

/** Where packets have overtaken others. @return false when nothing counts */
static bool find_sent(const struct ack_rate *rate, struct sent_span *out)
{
    uint32_t last_bytes = 0;
    *out = (struct sent_span){.first_us = INT64_MAX, .last_us = INT64_MIN};
    for (uint32_t i = 0; i < rate->count; i++) {
        const struct acked_packet packet = ack_rate_at(rate, i);
        if (packet.sent_us < rate->forgotten_us) {
            continue; /* overtaken by one that has left the window: would stretch the span */
        }
        out->bytes += packet.bytes;
        out->first_us = min_i64(out->first_us, packet.sent_us);
        if (packet.sent_us >= out->last_us) {
            out->last_us = packet.sent_us;
            last_bytes = packet.bytes;
        }
    }
    out->bytes -= last_bytes;
    return out->first_us != INT64_MAX;
}

uint64_t ack_rate_bps(struct ack_rate *rate)
{
    if (rate->count < NEEDED_PACKETS) {
        return 0;
    }
    if (rate->gaps_stale) {
        find_gaps(rate);
    }
    const struct acked_packet first = ack_rate_at(rate, 0);
    const struct acked_packet last = ack_rate_at(rate, rate->count - 1);
    struct sent_span sent = {
        .bytes = rate->sums.bytes - last.bytes, .first_us = first.sent_us, .last_us = last.sent_us};
    if (rate->untidy >= rate->first && !find_sent(rate, &sent)) {
        return 0;
    }
    int64_t span_us = last.arrival_us - first.arrival_us;
    uint64_t received_bps = bps_of(rate->sums.bytes - first.bytes,
                                   span_us - rate->sums.widest_us + rate->sums.second_us);
    uint64_t sent_bps = bps_of(sent.bytes, sent.last_us - sent.first_us);
    return received_bps < sent_bps ? received_bps : sent_bps;
}

uint64_t ack_rate_busy_bps(const struct ack_rate *rate, int64_t late_us)
{
    if (rate->count == 0) {
        return 0;
    }
    const struct acked_packet last = ack_rate_at(rate, rate->count - 1);
    uint64_t bytes = 0;
    uint32_t first_bytes = 0;
    size_t count = 0;
    int64_t first_us = last.arrival_us;
    for (uint32_t i = rate->count; i > 0; i--) {
        const struct acked_packet packet = ack_rate_at(rate, i - 1);
        if (packet.arrival_us - packet.sent_us <= late_us ||
            last.arrival_us - packet.arrival_us > BUSY_WINDOW_US) {
            break;
        }
        bytes += packet.bytes;
        first_bytes = packet.bytes;
        first_us = packet.arrival_us;
        count++;
    }
    int64_t span_us = last.arrival_us - first_us;
    if (count < BUSY_PACKETS || span_us < BUSY_SPAN_US) {
        return 0;
    }
    return bps_of(bytes - first_bytes, span_us);
}
