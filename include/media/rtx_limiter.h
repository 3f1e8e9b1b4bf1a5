/**
 * How much may be sent again (SECURITY.md 2): a packet at most three times and not twice within an
 * RTT; per leg at most 25 % of what it is sent, plus 64 kB. A 272-byte NACK names 1,020 packets:
 * without this it is an amplifier.
 *
 * `rtx_budget` is per leg (participant), `rtx_history` per outgoing stream that has RTX.
 */
#ifndef MEDIA_RTX_LIMITER_H
#define MEDIA_RTX_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

enum {
    RTX_MAX_TRIES = 3,
    RTX_HISTORY_SLOTS = 256,
    RTX_BUDGET_DEPTH_BYTES = 64 * 1024,
    RTX_MIN_SPACING_US = 10000 /**< least time between two copies when the RTT is unknown or tiny */
};

struct rtx_budget {
    int64_t quarter_bytes; /**< tokens, in quarter bytes */
};

struct rtx_history_slot {
    uint32_t ext_seq_low; /**< outgoing number */
    uint32_t sent_ms;     /**< low bits of the last copy's time */
    uint8_t tries;        /**< 0 = slot never used */
};

/** What was sent again lately, by the low bits of the outgoing number. */
struct rtx_history {
    struct rtx_history_slot slots[RTX_HISTORY_SLOTS];
};

/** Full: 64 kB. */
void rtx_budget_init(struct rtx_budget *budget);

/** A media packet of `bytes` went to this leg. */
void rtx_budget_earn(struct rtx_budget *budget, uint32_t bytes);

void rtx_history_init(struct rtx_history *history);

/**
 * May this packet be sent again now? If so, it counts as sent.
 *
 * @param out_ext_seq outgoing extended number (stream_rewrite_origin.out)
 * @param bytes       size of the copy
 * @param rtt_us      of the leg, 0 = unknown; a quarter less counts, since it is a mean: a receiver
 * that asks again after exactly one RTT must not be refused every other time
 */
bool rtx_limiter_take(struct rtx_budget *budget, struct rtx_history *history, int64_t out_ext_seq,
                      uint32_t bytes, int64_t rtt_us, int64_t now_us);

#endif
