#include "cc/remb_sender.h"

#include "base/minmax.h"

/** Reported loss up to here says nothing about the rate (QUALITY.md 1.3.1): 2 %, of 256. */
enum { LOSS_LOW = 5, LOSS_HIGH = 26 };

void remb_sender_init(struct remb_sender *remb)
{
    *remb = (struct remb_sender){
        .window_us = INT64_MIN, .target_bps = REMB_FLOOR_BPS, .due_us = INT64_MAX};
}

/** Closes the measuring window when a second is over. */
static void window_close(struct remb_sender *remb, int64_t now_us)
{
    int64_t span_us = now_us - remb->window_us;
    if (span_us < REMB_WINDOW_US) {
        return;
    }
    remb->rate_bps = remb->window_bytes * 8 * 1000000 / (uint64_t)span_us;
    remb->window_bytes = 0;
    remb->window_us = now_us;
    uint64_t room_bps =
        clamp_u64(remb->rate_bps + remb->rate_bps / 2, REMB_FLOOR_BPS, REMB_CEILING_BPS);
    if (!remb->lossy || room_bps < remb->target_bps) {
        remb->target_bps = room_bps;
    }
}

void remb_sender_receive(struct remb_sender *remb, uint32_t bytes, int64_t now_us)
{
    if (remb->window_us == INT64_MIN) {
        remb->window_us = now_us;
        remb->due_us = now_us;
    }
    remb->window_bytes += bytes;
    window_close(remb, now_us);
}

void remb_sender_loss(struct remb_sender *remb, uint8_t fraction_lost, int64_t now_us)
{
    remb->lossy = fraction_lost > LOSS_LOW;
    if (fraction_lost <= LOSS_HIGH || remb->rate_bps == 0) {
        return;
    }
    /* As the sender's own loss control has it (QUALITY.md 1.3.1): what came, less half the loss. */
    uint64_t reduced_bps = remb->rate_bps * (512U - fraction_lost) / 512;
    reduced_bps = clamp_u64(reduced_bps, REMB_LOSS_FLOOR_BPS, REMB_CEILING_BPS);
    if (reduced_bps < remb->target_bps) {
        remb->target_bps = reduced_bps;
        if (remb->sent_bps != 0 && reduced_bps < remb->sent_bps - remb->sent_bps * 3 / 100) {
            remb->due_us = now_us;
        }
    }
}

bool remb_sender_poll(struct remb_sender *remb, int64_t now_us, uint64_t *bps)
{
    if (now_us < remb->due_us) {
        return false;
    }
    window_close(remb, now_us);
    *bps = remb->target_bps;
    remb->sent_bps = remb->target_bps;
    remb->sent_us = now_us;
    remb->due_us = now_us + REMB_INTERVAL_US;
    return true;
}

int64_t remb_sender_next_deadline(const struct remb_sender *remb)
{
    return remb->due_us;
}
