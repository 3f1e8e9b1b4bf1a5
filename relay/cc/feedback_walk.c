#include "feedback_walk.h"

/** A receiver's clock that leaps further than an hour, in 64 ms, is another clock. */
enum { MAX_LEAP = 3600 * 1000 / 64 };

int64_t feedback_clock_offset(struct feedback_clock *clock, int32_t reference)
{
    int64_t next = reference;
    if (clock->started) {
        next = rtcp_twcc_unwrap_reference(clock->reference, reference);
        if (next - clock->reference > MAX_LEAP || clock->reference - next > MAX_LEAP) {
            next = reference;
        }
    }
    clock->started = true;
    clock->reference = next;
    return (next - reference) * RTCP_TWCC_REFERENCE_US;
}

/** Lost ones come last. */
static int64_t order_of(const struct packet_fate *fate)
{
    return fate->arrival_us == RTCP_TWCC_LOST ? INT64_MAX : fate->arrival_us;
}

/** Nearly sorted as a rule; the size of a datagram bounds what a hostile order costs. */
static void insert(struct packet_fate *out, size_t count, const struct packet_fate *fate)
{
    size_t at = count;
    while (at > 0 && order_of(&out[at - 1]) > order_of(fate)) {
        out[at] = out[at - 1];
        at--;
    }
    out[at] = *fate;
}

/** Writes down a packet's fate. @return false when it is no news */
static bool note(struct sent_packet *packet, bool received)
{
    if (packet->state == SEND_RECEIVED || (packet->state == SEND_LOST && !received)) {
        return false;
    }
    packet->state = received ? SEND_RECEIVED : SEND_LOST;
    return true;
}

size_t feedback_walk(struct rtcp_twcc *twcc, struct send_history *history, int64_t offset_us,
                     struct packet_fate out[static FEEDBACK_BATCH], uint64_t *unmatched)
{
    size_t count = 0;
    struct rtcp_twcc_status status;
    while (count < FEEDBACK_BATCH && rtcp_twcc_next(twcc, &status) == 1) {
        struct sent_packet *packet = send_history_find(history, status.seq);
        if (packet == NULL) {
            (*unmatched)++;
            continue;
        }
        bool received = status.arrival_us != RTCP_TWCC_LOST;
        bool was_lost = packet->state == SEND_LOST;
        if (!note(packet, received)) {
            continue;
        }
        struct packet_fate fate = {.sent_us = packet->sent_us,
                                   .arrival_us =
                                       received ? status.arrival_us + offset_us : RTCP_TWCC_LOST,
                                   .probe = packet->probe,
                                   .bytes = packet->bytes,
                                   .kind = packet->kind,
                                   .was_lost = was_lost};
        insert(out, count++, &fate);
    }
    return count;
}
