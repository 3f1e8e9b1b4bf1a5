/**
 * What arrives there, in bit/s, from feedback: the robust throughput estimate (QUALITY.md 1.2.3),
 * and the rate of a link that is known to be busy.
 *
 * Never more than what was sent, whatever arrival times are told.
 */
#ifndef CC_ACK_RATE_H
#define CC_ACK_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ACK_RATE_SIZE = 512, /**< most packets */
    ACK_RATE_FIRST_SIZE = 64,
    ACK_RATE_BYTES_BITS = 16
};

struct acked_packet {
    int64_t sent_us;
    int64_t arrival_us; /**< of its low 48 bits only is taken note: nine years */
    uint16_t bytes;
};

/** As it is kept: there are hundreds for each receiver. */
struct acked_note {
    int64_t sent_us;
    uint64_t arrival_and_bytes; /**< the latter in the low ACK_RATE_BYTES_BITS */
};

/** What the packets of a window come to. */
struct acked_sums {
    uint64_t bytes;    /**< of all */
    int64_t widest_us; /**< between two arrivals, 0 = none */
    int64_t second_us; /**< widest but for one */
};

struct ack_rate {
    struct acked_note *notes; /**< owned; ring, by arrival */
    uint32_t size;            /**< of it: 0 before the first, then a power of two */
    uint32_t count;
    int64_t first;          /**< running number of the first */
    int64_t forgotten_us;   /**< latest sending time of what left the window; INT64_MIN = none */
    struct acked_sums sums; /**< kept as packets come and go ... */
    bool gaps_stale;        /**< ... but for the gaps: one of them has left the window */
    int64_t newest_us;      /**< latest sending time ever; INT64_MIN = none */
    int64_t untidy;         /**< running number of the last packet that others have overtaken */
};

/** Takes no memory yet. */
void ack_rate_init(struct ack_rate *rate);
void ack_rate_deinit(struct ack_rate *rate);

/** Forgets all, and keeps the memory. */
void ack_rate_clear(struct ack_rate *rate);

/** A packet was received; nearly in order of arrival. Without memory the window is shorter. */
void ack_rate_add(struct ack_rate *rate, const struct acked_packet *packet);

/** A packet of the window, 0 = the first. */
static inline struct acked_packet ack_rate_at(const struct ack_rate *rate, uint32_t index)
{
    const struct acked_note *note =
        &rate->notes[((uint64_t)rate->first + index) & (rate->size - 1)];
    return (struct acked_packet){.sent_us = note->sent_us,
                                 .arrival_us =
                                     (int64_t)note->arrival_and_bytes >> ACK_RATE_BYTES_BITS,
                                 .bytes = (uint16_t)note->arrival_and_bytes};
}

/** @return bit/s over the last second or 20 packets, whichever is more; 0 = not known. Looks at all
 * of them now and then only: they are long out of the cache. */
uint64_t ack_rate_bps(struct ack_rate *rate);

/**
 * Rate of the unbroken run of packets up to now whose way took longer than late_us, which is the
 * link's own rate, since a queue stood before it.
 *
 * @param late_us as arrival - sending time, clock offset included
 * @return bit/s, 0 = the run is too short
 */
uint64_t ack_rate_busy_bps(const struct ack_rate *rate, int64_t late_us);

#endif
