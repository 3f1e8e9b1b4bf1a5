#include "media/rtx_limiter.h"

#include <stdlib.h>

enum { EIGHTHS = 8 };

void rtx_budget_init(struct rtx_budget *budget)
{
    budget->eighth_bytes = (int64_t)RTX_BUDGET_DEPTH_BYTES * EIGHTHS;
}

void rtx_history_init(struct rtx_history *history)
{
    *history = (struct rtx_history){0};
}

void rtx_history_deinit(struct rtx_history *history)
{
    free(history->slots);
    rtx_history_init(history);
}

/** NULL without memory. */
static struct rtx_history_slot *slot_of(struct rtx_history *history, int64_t out_ext_seq)
{
    if (history->slots == NULL) {
        history->slots = calloc(RTX_HISTORY_SLOTS, sizeof(*history->slots));
    }
    return history->slots == NULL ? NULL
                                  : &history->slots[(uint32_t)out_ext_seq % RTX_HISTORY_SLOTS];
}

void rtx_history_note(struct rtx_history *history, int64_t out_ext_seq, int64_t now_us)
{
    struct rtx_history_slot *slot = slot_of(history, out_ext_seq);
    if (slot != NULL) {
        *slot = (struct rtx_history_slot){.ext_seq_low = (uint32_t)out_ext_seq,
                                          .sent_ms = (uint32_t)(now_us / 1000),
                                          .used = true};
    }
}

bool rtx_limiter_take(struct rtx_budget *budget, struct rtx_history *history, int64_t out_ext_seq,
                      uint32_t bytes, int64_t rtt_us, int64_t now_us)
{
    uint32_t seq = (uint32_t)out_ext_seq;
    uint32_t now_ms = (uint32_t)(now_us / 1000);
    struct rtx_history_slot *slot = slot_of(history, out_ext_seq);
    if (slot == NULL) {
        return false;
    }
    bool known = slot->used && slot->ext_seq_low == seq;
    if (known) {
        /* After a copy the next ask comes a whole RTT later; after a late original, asks of any age
           are still under way. */
        int64_t spacing_us = slot->tries > 0 ? rtt_us - rtt_us / 4 : rtt_us + rtt_us / 4;
        if (spacing_us < RTX_MIN_SPACING_US) {
            spacing_us = RTX_MIN_SPACING_US;
        }
        int64_t since_us = (int64_t)(uint32_t)(now_ms - slot->sent_ms) * 1000;
        if (slot->tries >= RTX_MAX_TRIES || since_us < spacing_us) {
            return false;
        }
    }
    int64_t price = (int64_t)bytes * EIGHTHS;
    if (budget->eighth_bytes < price) {
        return false;
    }
    budget->eighth_bytes -= price;
    *slot = (struct rtx_history_slot){.ext_seq_low = seq,
                                      .sent_ms = now_ms,
                                      .tries = known ? (uint8_t)(slot->tries + 1) : 1,
                                      .used = true};
    return true;
}
