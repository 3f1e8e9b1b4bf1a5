#include "media/rtx_limiter.h"

#include <assert.h>
#include <stdlib.h>

enum { EIGHTHS = 8, TIME_MASK = 0xfffffff, TRIES_MASK = 7 };

static_assert((int)RTX_MAX_TRIES <= (int)TRIES_MASK, "counted in three bits");

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

static struct rtx_history_slot *place_of(struct rtx_history_slot *slots, uint32_t size,
                                         uint32_t ext_seq_low)
{
    return &slots[ext_seq_low & (size - 1)];
}

static uint32_t since_ms(const struct rtx_history_slot *slot, uint32_t now_ms)
{
    return (now_ms - slot->sent_ms) & TIME_MASK;
}

/** @return false when there is no memory for it */
static bool widen(struct rtx_history *history)
{
    uint32_t wider = history->size == 0 ? RTX_HISTORY_FIRST_SLOTS : 2 * history->size;
    struct rtx_history_slot *slots = calloc(wider, sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    assert(history->size == 0 || history->slots != NULL);
    for (uint32_t i = 0; i < history->size; i++) {
        if (history->slots[i].used) {
            *place_of(slots, wider, history->slots[i].ext_seq_low) = history->slots[i];
        }
    }
    free(history->slots);
    history->slots = slots;
    history->size = wider;
    return true;
}

/** NULL without memory. */
static struct rtx_history_slot *slot_of(struct rtx_history *history, uint32_t ext_seq_low,
                                        uint32_t now_ms)
{
    while (history->size < RTX_HISTORY_SLOTS) {
        const struct rtx_history_slot *slot =
            history->size == 0 ? NULL : place_of(history->slots, history->size, ext_seq_low);
        bool forgets = slot == NULL || (slot->used && slot->ext_seq_low != ext_seq_low &&
                                        since_ms(slot, now_ms) < RTX_HISTORY_AGE_MS);
        if (!forgets || !widen(history)) {
            break;
        }
    }
    return history->size == 0 ? NULL : place_of(history->slots, history->size, ext_seq_low);
}

void rtx_history_note(struct rtx_history *history, int64_t out_ext_seq, int64_t now_us)
{
    uint32_t now_ms = (uint32_t)(now_us / 1000) & TIME_MASK;
    struct rtx_history_slot *slot = slot_of(history, (uint32_t)out_ext_seq, now_ms);
    if (slot != NULL) {
        *slot = (struct rtx_history_slot){
            .ext_seq_low = (uint32_t)out_ext_seq, .sent_ms = now_ms & TIME_MASK, .used = 1};
    }
}

bool rtx_limiter_take(struct rtx_budget *budget, struct rtx_history *history, int64_t out_ext_seq,
                      uint32_t bytes, int64_t rtt_us, int64_t now_us)
{
    uint32_t seq = (uint32_t)out_ext_seq;
    uint32_t now_ms = (uint32_t)(now_us / 1000) & TIME_MASK;
    struct rtx_history_slot *slot = slot_of(history, seq, now_ms);
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
        int64_t since_us = (int64_t)since_ms(slot, now_ms) * 1000;
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
                                      .sent_ms = now_ms & TIME_MASK,
                                      .tries = (known ? slot->tries + 1U : 1U) & TRIES_MASK,
                                      .used = 1};
    return true;
}
