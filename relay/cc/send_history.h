/**
 * What was sent lately, by transport-wide number (QUALITY.md 1.1.1).
 *
 * A ring that is indexed by the low bits of the unwrapped number: what is older than the ring is
 * long is forgotten. It begins small, and is doubled when it would forget what feedback may still
 * name. One record takes 16 bytes.
 */
#ifndef CC_SEND_HISTORY_H
#define CC_SEND_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SEND_HISTORY_SIZE = 4096, /**< most packets: 2 s at 2,000 packets/s */
    SEND_HISTORY_FIRST_SIZE = 64,
    SEND_HISTORY_AGE_US = 2000000, /**< so long it remembers, within its size, of what there was no
                                      word yet, ... */
    SEND_HISTORY_LOST_US = 500000  /**< ... and of what may have been told lost too soon */
};

enum send_state {
    SEND_EMPTY,   /**< the number was passed over */
    SEND_UNKNOWN, /**< sent, and no word about it yet */
    SEND_LOST,    /**< told lost, may still be told received */
    SEND_RECEIVED
};

struct sent_packet {
    int64_t sent_us;
    uint32_t probe; /**< cluster, 0 = none */
    uint16_t bytes;
    uint8_t kind;  /**< enum send_kind */
    uint8_t state; /**< enum send_state */
};

struct send_history {
    int64_t highest;             /**< unwrapped, -1 before the first */
    uint32_t size;               /**< of packets: 0 before the first, then a power of two */
    struct sent_packet *packets; /**< owned */
};

/** Takes no memory yet. */
void send_history_init(struct send_history *history);
void send_history_deinit(struct send_history *history);

/** A packet leaves. Numbers rise; one that does not is ignored. Without memory the past is shorter.
 */
void send_history_add(struct send_history *history, uint16_t number, struct sent_packet packet);

/** The record of a number that feedback names, or NULL when it was never sent, or is forgotten. */
struct sent_packet *send_history_find(struct send_history *history, uint16_t number);

#endif
