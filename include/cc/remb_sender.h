/**
 * The receive-side estimate for publishers without transport-wide feedback (goog-remb,
 * draft-alvestrand-rmcat-remb).
 *
 * A REMB sender uses the value as its ceiling. With nothing to measure delay by, the honest answer
 * is "half as much again as you send now": room to climb by itself, no promise of more than was
 * shown to work; less when the reports show loss. INTEROP.md 67: the floor lets a sender that
 * starts at 300 kbit/s begin to climb at all.
 */
#ifndef CC_REMB_SENDER_H
#define CC_REMB_SENDER_H

#include <stdbool.h>
#include <stdint.h>

enum {
    REMB_FLOOR_BPS = 1000000, /**< one 360p VP8 stream with its audio: never limit a sender below
                                 this without loss */
    REMB_LOSS_FLOOR_BPS = 150000,
    REMB_CEILING_BPS = 8000000,
    REMB_INTERVAL_US = 1000000,
    REMB_WINDOW_US = 1000000
};

struct remb_sender {
    int64_t
        window_us; /**< start of the present measuring window, INT64_MIN before the first packet */
    uint64_t window_bytes;
    uint64_t rate_bps; /**< of the last whole window */
    uint64_t sent_bps; /**< last value told, 0 = none */
    uint64_t target_bps;
    bool lossy; /**< the last reported loss forbids to rise */
    int64_t sent_us;
    int64_t due_us;
};

void remb_sender_init(struct remb_sender *remb);

/** A media datagram came. */
void remb_sender_receive(struct remb_sender *remb, uint32_t bytes, int64_t now_us);

/** Loss that we reported for the interval, of 256 (recv_stats_report). */
void remb_sender_loss(struct remb_sender *remb, uint8_t fraction_lost, int64_t now_us);

/** True when a REMB is to be sent now: each second, or at once when the value falls by more than 3
 * %. */
bool remb_sender_poll(struct remb_sender *remb, int64_t now_us, uint64_t *bps);

/** INT64_MAX before the first packet. */
int64_t remb_sender_next_deadline(const struct remb_sender *remb);

#endif
