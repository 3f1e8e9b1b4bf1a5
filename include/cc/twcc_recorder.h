/**
 * Arrival times of one publisher's transport-wide numbers, and the feedback about them
 * (QUALITY.md 1.1.3, draft-holmer-rmcat-transport-wide-cc-extensions-01).
 *
 * Feedback is due 50 ms after the last one, or 20 ms when a packet carries the marker bit, at the
 * latest after 250 ms, and takes at most 5 % of what comes in. Late packets that were reported
 * missing are reported again. Memory follows the rate and is bounded; hostile numbers cost nothing
 * but their own feedback.
 */
#ifndef CC_TWCC_RECORDER_H
#define CC_TWCC_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TWCC_WINDOW = 2048,       /**< most numbers remembered: 500 ms at 4,000 packets/s */
    TWCC_FIRST_WINDOW = 64,   /**< doubled when that would lose what is still to be told */
    TWCC_MAX_AGE_US = 500000, /**< arrivals older than this are not reported again */
    TWCC_INTERVAL_US = 50000,
    TWCC_MARKER_INTERVAL_US = 20000,
    TWCC_MAX_INTERVAL_US = 250000,
    TWCC_MAX_BYTES = 1200 /**< of one feedback packet */
};

struct twcc_recorder {
    int64_t highest; /**< unwrapped, -1 before the first */
    int64_t start;   /**< first number of the next feedback */
    int64_t sent_us; /**< last feedback */
    int64_t due_us;  /**< INT64_MAX when nothing new came */
    int64_t credit;  /**< bytes received and not yet spent: feedback costs 20 times its size, which
                        is 5 % */
    uint32_t media_ssrc;
    uint8_t count;       /**< feedback packet counter */
    uint32_t window;     /**< size of arrival_us: 0 before the first packet */
    int64_t *arrival_us; /**< owned; by low bits of the number; INT64_MIN = not received */
};

/** Takes no memory yet. */
void twcc_recorder_init(struct twcc_recorder *recorder);
void twcc_recorder_deinit(struct twcc_recorder *recorder);

/**
 * A packet with a transport-wide number came. Without memory there is no feedback, or about less.
 *
 * @param media_ssrc its SSRC, not 0 (goes into the feedback, INTEROP.md 66)
 * @param bytes      datagram length
 * @param marker     its marker bit
 * @param arrival_us the kernel's receive time on the monotonic clock
 */
void twcc_recorder_receive(struct twcc_recorder *recorder, uint16_t number, uint32_t media_ssrc,
                           uint32_t bytes, bool marker, int64_t arrival_us, int64_t now_us);

/** INT64_MAX = none. */
int64_t twcc_recorder_next_deadline(const struct twcc_recorder *recorder);

/**
 * Writes one feedback packet (RTCP PT 205 FMT 15, may go as reduced-size RTCP) when one is due;
 * call until 0.
 *
 * @param sender_ssrc ours
 * @param cap         >= 64; at most TWCC_MAX_BYTES are used
 * @return bytes written, 0 when nothing is due
 */
size_t twcc_recorder_poll(struct twcc_recorder *recorder, uint32_t sender_ssrc, int64_t now_us,
                          uint8_t *out, size_t cap);

#endif
