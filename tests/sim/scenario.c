#include "sim/scenario.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

const struct link_config clean_path = {.delay_us = 20000};

const struct peer_config caller = {
    .audio_sources = 1, .video_sources = 1, .audio_slots = 1, .video_slots = 1};

const struct peer_config secure_caller = {.real_security = true,
                                          .audio_sources = 1,
                                          .video_sources = 1,
                                          .audio_slots = 1,
                                          .video_slots = 1};

bool is_clean(const struct peer *peer)
{
    const struct peer_counts *counts = peer_counts(peer);
    bool clean = true;
    for (int kind = MEDIA_AUDIO; kind <= MEDIA_VIDEO; kind++) {
        struct sink_counts sum = peer_sum(peer, (enum media_kind)kind);
        if (sum.errors != 0) {
            (void)fprintf(stderr, "peer %" PRIu32 ": %" PRIu64 " breaks, e.g. %s\n",
                          peer_number(peer), sum.errors, sum.error);
            clean = false;
        }
    }
    if (counts->rtcp_malformed + counts->twcc_malformed + counts->unknown_ssrc +
            counts->auth_failed !=
        0) {
        (void)fprintf(stderr,
                      "peer %" PRIu32 ": RTCP malformed %" PRIu64 ", TWCC %" PRIu64
                      ", unknown SSRC %" PRIu64 ", not authentic %" PRIu64 "\n",
                      peer_number(peer), counts->rtcp_malformed, counts->twcc_malformed,
                      counts->unknown_ssrc, counts->auth_failed);
        clean = false;
    }
    return clean;
}

bool got_at_least(const struct peer *peer, enum media_kind kind, uint64_t count)
{
    struct sink *sink = NULL;
    for (size_t n = 0; (sink = peer_sink(peer, kind, n)) != NULL; n++) {
        uint64_t got = kind == MEDIA_VIDEO ? sink->counts.frames_decoded : sink->counts.delivered;
        if (got < count || sink->counts.unrepaired != 0) {
            (void)fprintf(stderr,
                          "peer %" PRIu32 ": slot %zu got %" PRIu64 " of %" PRIu64 ", %" PRIu64
                          " never repaired\n",
                          peer_number(peer), n, got, count, sink->counts.unrepaired);
            return false;
        }
    }
    return true;
}

double unrepaired_share(const struct peer *peer, enum media_kind kind)
{
    struct sink_counts sum = peer_sum(peer, kind);
    uint64_t all = sum.delivered + sum.unrepaired;
    return all == 0 ? 1.0 : (double)sum.unrepaired / (double)all;
}

void show(const char *what, const struct peer *peer)
{
    if (getenv("SIM_SHOW") == NULL) {
        return;
    }
    const struct peer_counts *c = peer_counts(peer);
    for (int kind = MEDIA_AUDIO; kind <= MEDIA_VIDEO; kind++) {
        struct sink_counts s = peer_sum(peer, (enum media_kind)kind);
        printf("  %s peer %" PRIu32 " %s: delivered %" PRIu64 " repaired %" PRIu64
               " unrepaired %" PRIu64 " duplicates %" PRIu64 " nacks %" PRIu64 " plis %" PRIu64
               " frames %" PRIu64 " broken %" PRIu64 " feeds %" PRIu64 " freeze %" PRId64 " ms\n",
               what, peer_number(peer), kind == MEDIA_AUDIO ? "audio" : "video", s.delivered,
               s.repaired, s.unrepaired, s.duplicates, s.nacks, s.plis, s.frames_decoded,
               s.frames_broken, s.feeds, s.longest_freeze_us / 1000);
    }
    printf("  %s peer %" PRIu32 ": rtp %" PRIu64 " rtcp %" PRIu64 " twcc %" PRIu64 "/%" PRIu64
           " nacked %" PRIu64 " plis %" PRIu64 " checks by relay %" PRIu64 " silence %" PRId64
           " ms\n",
           what, peer_number(peer), c->rtp_received, c->rtcp_received, c->twcc_received,
           c->twcc_statuses, c->nacks_received, c->plis_received, c->relay_checks,
           c->longest_silence_us / 1000);
}
