#include "audio_report.h"

#include "base/minmax.h"
#include "slot.h"
#include "track.h"

enum {
    STRETCH_PACKETS = 250, /* about five seconds */
    LATE_PACKETS = 10      /* may still be repaired */
};

/** Mean length of losses over 1 / (1 - p), which chance alone makes of it (G.107 3.7). */
static double burst_ratio(uint32_t expected, uint32_t lost, uint32_t bursts)
{
    if (bursts == 0 || lost >= expected) {
        return 1;
    }
    double ratio = (double)lost / bursts * (1 - (double)lost / expected);
    return ratio > 1 ? ratio : 1;
}

void audio_report_received(const struct streams *streams, int64_t now_us, struct event_audio *out)
{
    uint32_t lost = 0;
    uint32_t bursts = 0;
    *out = (struct event_audio){.burst = 1};
    for (size_t i = 0; i < streams->count; i++) {
        const struct track *track = streams->tracks[i];
        if (track == NULL || track->media.kind != MEDIA_AUDIO ||
            !layer_alive(track->layers[0], now_us)) {
            continue;
        }
        struct recv_stretch stretch;
        recv_stats_stretch(&track->layers[0]->stats, STRETCH_PACKETS, LATE_PACKETS, &stretch);
        out->expected += stretch.expected;
        lost += stretch.lost;
        bursts += stretch.bursts;
        out->jitter_us = max_i64(out->jitter_us, recv_stats_jitter_us(&track->layers[0]->stats));
    }
    if (out->expected > 0) {
        out->lost = (double)lost / out->expected;
        out->burst = burst_ratio(out->expected, lost, bursts);
    }
}

/** What redundant copies cannot mend: a packet and all its copies are lost. */
static double unmended(const struct slot *slot, uint32_t expected, uint32_t lost)
{
    double share = expected == 0 ? 0 : (double)lost / expected;
    double left = lost;
    for (uint8_t i = 0; i < slot->repair.distance; i++) {
        left *= share;
    }
    return left;
}

void audio_report_sent(struct streams *streams, struct event_audio *out)
{
    double lost = 0;
    *out = (struct event_audio){.burst = 1};
    for (size_t i = 0; i < streams->count; i++) {
        struct slot *slot = streams->slots[i];
        if (slot == NULL || slot->agreed->media.kind != MEDIA_AUDIO) {
            continue;
        }
        uint32_t slot_expected = 0;
        uint32_t slot_lost = 0;
        send_stats_take_loss(&slot->stats, &slot_expected, &slot_lost);
        if (slot_expected == 0) {
            continue;
        }
        out->expected += slot_expected;
        lost += unmended(slot, slot_expected, slot_lost);
        out->jitter_us =
            max_i64(out->jitter_us, (int64_t)slot->stats.jitter * 1000000 / slot->stats.clock_rate);
    }
    if (out->expected > 0) {
        out->lost = lost / out->expected;
    }
}
