#include "feedback.h"

#include <string.h>

#include "rtp/rtcp_fb.h"
#include "rtp/rtcp_twcc.h"
#include "slot_repeat.h"

void feedback_init(struct feedback *feedback, struct room_context *context, struct egress *egress,
                   struct streams *streams, struct demux *demux)
{
    *feedback =
        (struct feedback){.context = context, .egress = egress, .streams = streams, .demux = demux};
    token_bucket_init(&feedback->nack_rate, FEEDBACK_NACK_COST_US, FEEDBACK_NACK_BURST);
}

static void drop_foreign(struct feedback *feedback)
{
    room_context_drop(feedback->context, DROP_RTCP_FOREIGN);
}

/** A participant's own stream; *rtx tells that the SSRC is one of its RTX streams (then NULL is
 * returned). */
static struct layer *find_layer(const struct feedback *feedback, uint32_t ssrc,
                                struct track **track, bool *rtx)
{
    struct demux_target target;
    *rtx = false;
    if (demux_find_ssrc(feedback->demux, ssrc, &target) != 0 ||
        target.section >= feedback->streams->count) {
        return NULL;
    }
    *rtx = target.is_rtx;
    *track = feedback->streams->tracks[target.section];
    return *track == NULL || target.is_rtx ? NULL : track_layer_by_ssrc(*track, ssrc);
}

/** The round trip holds for the way of requests to the sender as well. */
static void note_rtt(struct feedback *feedback, const struct slot *slot)
{
    int64_t rtt_us = slot->stats.rtt_us;
    if (rtt_us == 0) {
        return;
    }
    feedback->egress->rtt_us = rtt_us;
    for (size_t i = 0; i < feedback->streams->count; i++) {
        const struct track *track = feedback->streams->tracks[i];
        for (size_t j = 0; track != NULL && j < track->layer_count; j++) {
            struct nack_generator *nacks = track->layers[j]->nacks;
            if (nacks != NULL) {
                nack_generator_rtt(nacks, rtt_us, slot->stats.rtt_var_us);
            }
            keyframe_request_rtt(&track->layers[j]->keyframes, rtt_us);
        }
    }
}

/** What a block says about the time since the one before. */
static void note_loss(struct feedback *feedback, const struct send_stats *before,
                      const struct send_stats *now)
{
    int64_t expected = (int64_t)now->highest - before->highest;
    int64_t lost = (int64_t)now->cumulative_lost - before->cumulative_lost;
    if (!before->reported || expected <= 0 || expected > UINT16_MAX) {
        return;
    }
    lost = lost < 0 ? 0 : lost > expected ? expected : lost;
    egress_reported(feedback->egress, (uint32_t)expected, (uint32_t)lost, now->rtt_us);
}

static void take_blocks(struct feedback *feedback, const struct rtcp_report *report,
                        int64_t arrival_us)
{
    for (size_t i = 0; i < report->block_count; i++) {
        struct rtcp_report_block block;
        rtcp_report_block_at(report, i, &block);
        struct slot *slot = streams_slot(feedback->streams, block.ssrc);
        if (slot != NULL) {
            struct send_stats before = slot->stats;
            send_stats_receive(&slot->stats, &block, arrival_us);
            note_rtt(feedback, slot);
            slot_reported(slot);
            note_loss(feedback, &before, &slot->stats);
            continue;
        }
        bool rtx = false;
        for (size_t j = 0; j < feedback->streams->count && !rtx; j++) {
            const struct slot *other = feedback->streams->slots[j];
            rtx = other != NULL && other->rtx_ssrc != 0 && other->rtx_ssrc == block.ssrc;
        }
        if (!rtx) {
            drop_foreign(feedback);
        }
    }
}

static void take_sender_info(struct feedback *feedback, const struct rtcp_report *report,
                             int64_t arrival_us)
{
    struct track *track = NULL;
    bool rtx = false;
    struct layer *layer = find_layer(feedback, report->ssrc, &track, &rtx);
    if (layer == NULL) {
        if (track == NULL) {
            drop_foreign(feedback);
        }
        return; /* RTX, or a stream that has not begun */
    }
    recv_stats_sender_report(&layer->stats, report->ntp, arrival_us);
    timeline_sender_report(&layer->timeline, layer->clock, report->ntp, report->timestamp,
                           arrival_us);
}

static void take_report(struct feedback *feedback, const struct rtcp_packet *packet,
                        int64_t arrival_us)
{
    struct rtcp_report report;
    if (rtcp_report_parse(packet, &report) != 0) {
        room_context_drop(feedback->context, DROP_RTCP_MALFORMED);
        return;
    }
    if (report.is_sender) {
        take_sender_info(feedback, &report, arrival_us);
    }
    take_blocks(feedback, &report, arrival_us);
}

static void take_bye(struct feedback *feedback, const struct rtcp_packet *packet)
{
    uint32_t ssrcs[RTCP_MAX_BYE];
    int count = rtcp_bye_parse(packet, ssrcs);
    if (count < 0) {
        room_context_drop(feedback->context, DROP_RTCP_MALFORMED);
        return;
    }
    for (int i = 0; i < count; i++) {
        struct track *track = NULL;
        bool rtx = false;
        struct layer *layer = find_layer(feedback, ssrcs[i], &track, &rtx);
        if (layer != NULL) {
            track_end_layer(track, layer);
        } else if (track == NULL) {
            drop_foreign(feedback);
        }
    }
}

static void take_xr(struct feedback *feedback, const struct rtcp_packet *packet, int64_t arrival_us)
{
    struct rtcp_xr xr;
    if (rtcp_xr_parse(packet, &xr) != 0) {
        room_context_drop(feedback->context, DROP_RTCP_MALFORMED);
        return;
    }
    if (xr.has_rrtr) {
        feedback->rrtr_ssrc = xr.ssrc;
        feedback->rrtr_ntp = (uint32_t)(xr.rrtr_ntp >> 16);
        feedback->rrtr_us = arrival_us;
    }
}

static void take_nack(struct feedback *feedback, const struct rtcp_fb *fb)
{
    struct slot *slot = streams_slot(feedback->streams, fb->media_ssrc);
    if (slot == NULL) {
        drop_foreign(feedback);
        return;
    }
    size_t cursor = 0;
    uint16_t seq;
    while (rtcp_fb_nack_next(fb, &cursor, &seq)) {
        feedback->nacks_received++;
        if (!token_bucket_take(&feedback->nack_rate, feedback->context->now_us)) {
            room_context_drop(feedback->context, DROP_NACK_FLOOD);
            return;
        }
        slot_resend(slot, seq);
    }
}

static void take_pli(struct feedback *feedback, const struct rtcp_fb *fb)
{
    struct slot *slot = streams_slot(feedback->streams, fb->media_ssrc);
    if (slot == NULL) {
        drop_foreign(feedback);
    } else {
        slot_want_keyframe(slot);
    }
}

static void take_fir(struct feedback *feedback, const struct rtcp_fb *fb)
{
    size_t cursor = 0;
    struct rtcp_fir fir;
    while (rtcp_fb_fir_next(fb, &cursor, &fir)) {
        struct slot *slot = streams_slot(feedback->streams, fir.ssrc);
        if (slot == NULL) {
            drop_foreign(feedback);
            continue;
        }
        /* The same command number is the same request, said again (RFC 5104 4.3.1.2). */
        if (!slot->fir_seen || slot->fir_command != fir.command) {
            slot->fir_seen = true;
            slot->fir_command = fir.command;
            slot_want_keyframe(slot);
        }
    }
}

static void take_remb(struct feedback *feedback, const struct rtcp_fb *fb)
{
    struct rtcp_remb remb;
    rtcp_fb_remb(fb, &remb);
    if (feedback->egress->estimator != NULL) {
        estimator_remb(feedback->egress->estimator, remb.bps, feedback->context->now_us);
        egress_follow_estimate(feedback->egress);
    }
}

static void take_twcc(struct feedback *feedback, const struct rtcp_fb *fb)
{
    struct rtcp_twcc twcc;
    if (rtcp_twcc_parse(fb, &twcc) != 0) {
        room_context_drop(feedback->context, DROP_RTCP_MALFORMED);
        return;
    }
    feedback->twcc_received++;
    if (feedback->egress->estimator != NULL) {
        estimator_twcc(feedback->egress->estimator, &twcc, feedback->context->now_us);
        egress_follow_estimate(feedback->egress);
    }
}

/** @return whether it was for others than the estimator */
static bool take_fb(struct feedback *feedback, const struct rtcp_packet *packet)
{
    struct rtcp_fb fb;
    if (rtcp_fb_parse(packet, &fb) != 0) {
        room_context_drop(feedback->context, DROP_RTCP_MALFORMED);
        return false;
    }
    switch (fb.kind) {
    case RTCP_FB_NACK:
        take_nack(feedback, &fb);
        break;
    case RTCP_FB_PLI:
        take_pli(feedback, &fb);
        break;
    case RTCP_FB_FIR:
        take_fir(feedback, &fb);
        break;
    case RTCP_FB_REMB:
        take_remb(feedback, &fb);
        break;
    case RTCP_FB_TWCC:
        take_twcc(feedback, &fb);
        break;
    case RTCP_FB_UNKNOWN:
        break;
    }
    return fb.kind != RTCP_FB_TWCC;
}

bool feedback_receive(struct feedback *feedback, const uint8_t *data, size_t len,
                      int64_t arrival_us)
{
    bool more = false;
    if (rtcp_check(data, len) != 0) {
        room_context_drop(feedback->context, DROP_RTCP_MALFORMED);
        return false;
    }
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    rtcp_reader_init(&reader, data, len);
    while (rtcp_reader_next(&reader, &packet) == 1) {
        switch (packet.type) {
        case RTCP_SR:
        case RTCP_RR:
            take_report(feedback, &packet, arrival_us);
            more = true;
            break;
        case RTCP_BYE:
            take_bye(feedback, &packet);
            more = true;
            break;
        case RTCP_XR:
            take_xr(feedback, &packet, arrival_us);
            more = true;
            break;
        case RTCP_RTPFB:
        case RTCP_PSFB:
            more = take_fb(feedback, &packet) || more;
            break;
        default: /* SDES, APP: nothing in them is wanted */
            break;
        }
    }
    return more;
}
