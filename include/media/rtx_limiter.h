/**
 * How much may be sent again (SECURITY.md 2): a packet at most six times and not twice within an
 * RTT; per leg at most 3/8 of what it is sent, plus 64 kB. A 272-byte NACK names 1,020 packets:
 * without this it is an amplifier.
 *
 * `rtx_budget` is per leg (participant), `rtx_history` per outgoing stream that has RTX.
 */
#ifndef MEDIA_RTX_LIMITER_H
#define MEDIA_RTX_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

enum {
    RTX_MAX_TRIES = 6,       /**< at 20 % loss three would leave a packet in 600 missing, six one in
                                80,000; what a NACK storm draws is bounded by the budget */
    RTX_HISTORY_SLOTS = 256, /**< most */
    RTX_HISTORY_FIRST_SLOTS = 32,
    RTX_HISTORY_AGE_MS = 2000, /**< so long nothing is forgotten while there may be more slots */
    RTX_BUDGET_EIGHTHS = 3,    /**< share of the rate: 20 % loss takes 2/8 when nothing goes wrong,
                                  since copies get lost, too; the simulation needs a little more */
    RTX_BUDGET_DEPTH_BYTES = 64 * 1024,
    RTX_MIN_SPACING_US = 10000 /**< least time between two copies when the RTT is unknown or tiny */
};

struct rtx_budget {
    int64_t eighth_bytes; /**< tokens, in eighths of a byte */
};

struct rtx_history_slot {
    uint32_t ext_seq_low;  /**< outgoing number */
    uint32_t sent_ms : 28; /**< low bits of the time when it went out last */
    uint32_t tries : 3;    /**< copies sent */
    uint32_t used : 1;     /**< 0 = slot never used */
};

/** What was sent again lately, by the low bits of the outgoing number. Begins small. */
struct rtx_history {
    struct rtx_history_slot *slots; /**< owned */
    uint32_t size;                  /**< of them: 0 before the first, then a power of two */
};

/** Full: 64 kB. */
void rtx_budget_init(struct rtx_budget *budget);

/** A media packet of `bytes` went to this leg. Hot path. */
static inline void rtx_budget_earn(struct rtx_budget *budget, uint32_t bytes)
{
    int64_t depth = (int64_t)RTX_BUDGET_DEPTH_BYTES * 8;
    int64_t earned = budget->eighth_bytes + (int64_t)bytes * RTX_BUDGET_EIGHTHS;
    budget->eighth_bytes = earned < depth ? earned : depth;
}

/** Takes no memory yet. */
void rtx_history_init(struct rtx_history *history);
void rtx_history_deinit(struct rtx_history *history);

/**
 * A late packet went out for the first time: its receiver has asked for it before, and asks that
 * are still under way are answered by it. Within 5/4 of an RTT no copy of it is sent.
 */
void rtx_history_note(struct rtx_history *history, int64_t out_ext_seq, int64_t now_us);

/**
 * May this packet be sent again now? If so, it counts as sent. Without memory nothing may.
 *
 * @param out_ext_seq outgoing extended number (stream_rewrite_origin.out)
 * @param bytes       size of the copy
 * @param rtt_us      of the leg, 0 = unknown; a quarter less counts, since it is a mean: a receiver
 * that asks again after exactly one RTT must not be refused every other time
 */
bool rtx_limiter_take(struct rtx_budget *budget, struct rtx_history *history, int64_t out_ext_seq,
                      uint32_t bytes, int64_t rtt_us, int64_t now_us);

#endif
