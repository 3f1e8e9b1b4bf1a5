#include "media/rtx_limiter.h"

enum { QUARTERS = 4, DEPTH_QUARTER_BYTES = RTX_BUDGET_DEPTH_BYTES * QUARTERS };

void rtx_budget_init(struct rtx_budget *budget)
{
    budget->quarter_bytes = DEPTH_QUARTER_BYTES;
}

void rtx_budget_earn(struct rtx_budget *budget, uint32_t bytes)
{
    budget->quarter_bytes += bytes;
    if (budget->quarter_bytes > DEPTH_QUARTER_BYTES) {
        budget->quarter_bytes = DEPTH_QUARTER_BYTES;
    }
}

void rtx_history_init(struct rtx_history *history)
{
    *history = (struct rtx_history){0};
}

bool rtx_limiter_take(struct rtx_budget *budget, struct rtx_history *history, int64_t out_ext_seq,
                      uint32_t bytes, int64_t rtt_us, int64_t now_us)
{
    uint32_t seq = (uint32_t)out_ext_seq;
    uint32_t now_ms = (uint32_t)(now_us / 1000);
    struct rtx_history_slot *slot = &history->slots[seq % RTX_HISTORY_SLOTS];
    bool known = slot->tries != 0 && slot->ext_seq_low == seq;
    if (known) {
        int64_t spacing_us = rtt_us - rtt_us / 4;
        if (spacing_us < RTX_MIN_SPACING_US) {
            spacing_us = RTX_MIN_SPACING_US;
        }
        int64_t since_us = (int64_t)(uint32_t)(now_ms - slot->sent_ms) * 1000;
        if (slot->tries >= RTX_MAX_TRIES || since_us < spacing_us) {
            return false;
        }
    }
    int64_t price = (int64_t)bytes * QUARTERS;
    if (budget->quarter_bytes < price) {
        return false;
    }
    budget->quarter_bytes -= price;
    *slot = (struct rtx_history_slot){
        .ext_seq_low = seq, .sent_ms = now_ms, .tries = known ? (uint8_t)(slot->tries + 1) : 1};
    return true;
}
