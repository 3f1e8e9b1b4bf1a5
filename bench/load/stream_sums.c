#include "load/stream_sums.h"

static double share(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

static void add(struct stream_sums *sums, const struct stats_received *received)
{
    sums->packets += received->packets;
    sums->lost_before += received->lost_before;
    sums->lost_after += received->lost_after;
    sums->repaired += received->repaired;
    sums->frames += received->frames;
    sums->freezes += received->freezes;
    sums->frozen_us += received->frozen_us;
    hist_join(&sums->delay_us, &received->delay_us);
    if (received->kind == LOAD_AUDIO && received->jitter_us > sums->jitter_us) {
        sums->jitter_us = received->jitter_us;
    }
    sums->frames_backward += received->kind == LOAD_VIDEO ? received->frames_backward : 0;
}

void stream_sums(const struct stats *stats, struct stream_sums *out)
{
    uint64_t due_us = 0;
    uint64_t concealed_us = 0;
    double fps = 0;
    unsigned moving = 0;
    *out = (struct stream_sums){.packets = 0};
    for (size_t i = 0; i < stats->received_count; i++) {
        const struct stats_received *received = &stats->received[i];
        add(out, received);
        due_us += received->due_us;
        concealed_us += received->concealed_us;
        if (received->kind == LOAD_VIDEO && received->interval2_s2 > 0) {
            fps += received->interval_s / received->interval2_s2;
            moving++;
        }
    }
    out->loss_before = share(out->lost_before, out->packets + out->lost_after);
    out->loss_after = share(out->lost_after, out->packets + out->lost_after);
    out->concealed = share(concealed_us, due_us);
    out->fps = moving > 0 ? fps / moving : 0;
}
