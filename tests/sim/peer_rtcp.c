#include "base/bytes.h"
#include "rtp/rtcp.h"
#include "rtp/rtcp_fb.h"
#include "rtp/rtcp_twcc.h"
#include "sim/peer_parts.h"

/** Seconds from 1900 to 1970. */
static const uint64_t ntp_epoch_s = 2208988800U;

static struct source *source_by_ssrc(const struct peer *peer, uint32_t ssrc)
{
    if (peer->audio != NULL && source_ssrc(peer->audio) == ssrc) {
        return peer->audio;
    }
    for (size_t i = 0; i < peer->layer_count; i++) {
        if (source_ssrc(peer->video[i]) == ssrc) {
            return peer->video[i];
        }
    }
    return NULL;
}

static uint64_t ntp_of(int64_t now_us)
{
    /* A clock of its own: nothing may depend on the peers' clocks being right. */
    uint64_t us = (uint64_t)now_us + 777777777;
    return ((us / 1000000 + ntp_epoch_s) << 32) | ((us % 1000000) << 32) / 1000000;
}

static void receive_twcc(struct peer *peer, const struct rtcp_fb *fb)
{
    struct rtcp_twcc twcc;
    struct rtcp_twcc_status status;
    peer->counts.twcc_received++;
    if (rtcp_twcc_parse(fb, &twcc) != 0) {
        peer->counts.twcc_malformed++;
        return;
    }
    while (rtcp_twcc_next(&twcc, &status) == 1) {
        peer->counts.twcc_statuses += status.arrival_us != RTCP_TWCC_LOST;
    }
}

static void request_keyframe(struct peer *peer, uint32_t ssrc)
{
    struct source *source = source_by_ssrc(peer, ssrc);
    if (source != NULL) {
        peer->counts.plis_received++;
        source_request_keyframe(source);
    }
}

static void receive_feedback(struct peer *peer, const struct rtcp_fb *fb)
{
    size_t cursor = 0;
    uint16_t seq = 0;
    struct rtcp_fir fir;
    struct source *source = source_by_ssrc(peer, fb->media_ssrc);
    switch (fb->kind) {
    case RTCP_FB_NACK:
        while (source != NULL && rtcp_fb_nack_next(fb, &cursor, &seq)) {
            peer->counts.nacks_received++;
            source_repair(source, seq);
        }
        break;
    case RTCP_FB_PLI:
        request_keyframe(peer, fb->media_ssrc);
        break;
    case RTCP_FB_FIR:
        while (rtcp_fb_fir_next(fb, &cursor, &fir)) {
            request_keyframe(peer, fir.ssrc);
        }
        break;
    case RTCP_FB_TWCC:
        receive_twcc(peer, fb);
        break;
    case RTCP_FB_REMB:
        peer->counts.rembs_received++;
        break;
    case RTCP_FB_UNKNOWN:
        break;
    }
}

void peer_receive_rtcp(struct peer *peer, const uint8_t *data, size_t len)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    struct rtcp_report report;
    struct rtcp_fb fb;
    peer->counts.rtcp_received++;
    rtcp_reader_init(&reader, data, len);
    int more = 0;
    while ((more = rtcp_reader_next(&reader, &packet)) > 0) {
        if (rtcp_report_parse(&packet, &report) == 0) {
            struct sink *sink = peer_sink_by_ssrc(peer, report.ssrc);
            if (report.is_sender && sink != NULL) {
                sink_sender_report(sink, &report, peer->now_us);
            }
        } else if (rtcp_fb_parse(&packet, &fb) == 0) {
            receive_feedback(peer, &fb);
        }
        peer->counts.byes_received += packet.type == RTCP_BYE;
    }
    peer->counts.rtcp_malformed += more < 0;
}

/** Blocks about all that is received, at the end of the first report that goes out. */
static size_t report_blocks(struct peer *peer, struct rtcp_report_block blocks[RTCP_MAX_BLOCKS])
{
    size_t count = 0;
    for (size_t i = 0; i < peer->media_count && count < RTCP_MAX_BLOCKS; i++) {
        struct sink *sink = &peer->sinks[i];
        if (sink->entries != NULL && sink_report(sink, peer->now_us, &blocks[count])) {
            count++;
        }
    }
    return count;
}

static void write_report(const struct peer *peer, const struct source *source,
                         struct bytes_out *out, const struct rtcp_report_block *blocks,
                         size_t count)
{
    const struct source_counts *counts = source_counts(source);
    const struct rtcp_report report = {.ssrc = source_ssrc(source),
                                       .is_sender = true,
                                       .ntp = ntp_of(peer->now_us),
                                       .timestamp = source_timestamp_at(source, peer->now_us),
                                       .packets = (uint32_t)counts->packets,
                                       .octets = (uint32_t)counts->octets};
    (void)rtcp_write_report(out, &report, blocks, count);
}

void peer_send_reports(struct peer *peer)
{
    uint8_t data[1400];
    struct rtcp_report_block blocks[RTCP_MAX_BLOCKS];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    size_t count = report_blocks(peer, blocks);
    bool reported = false;
    if (peer->audio != NULL) {
        write_report(peer, peer->audio, &out, blocks, count);
        reported = true;
    }
    for (size_t i = 0; i < peer->layer_count; i++) {
        write_report(peer, peer->video[i], &out, blocks, reported ? 0 : count);
        reported = true;
    }
    if (!reported) {
        struct rtcp_report report = {.ssrc = peer->report_ssrc};
        (void)rtcp_write_report(&out, &report, blocks, count);
    }
    (void)rtcp_write_cname(&out, peer->report_ssrc, peer->session->participant);
    if (peer->config.remb_bps != 0) {
        (void)rtcp_write_remb(&out, peer->report_ssrc, peer->config.remb_bps, NULL, 0);
    }
    peer_send_media(peer, data, bytes_out_len(&out), true);
}

void peer_send_requests(struct peer *peer)
{
    uint8_t data[1400];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    for (size_t i = 0; i < peer->media_count; i++) {
        struct sink *sink = &peer->sinks[i];
        uint16_t seqs[SINK_MAX_NACK];
        bool pli = false;
        if (sink->entries == NULL) {
            continue;
        }
        size_t count = sink_timeout(sink, peer->now_us, peer->rtt_us, seqs, &pli);
        if (count > 0) {
            (void)rtcp_write_nack(&out, peer->report_ssrc, sink->ssrc, seqs, count);
        }
        if (pli) {
            (void)rtcp_write_pli(&out, peer->report_ssrc, sink->ssrc);
        }
    }
    if (bytes_out_len(&out) > 0) {
        peer_send_media(peer, data, bytes_out_len(&out), true);
    }
}

void peer_send_twcc(struct peer *peer)
{
    uint8_t data[TWCC_MAX_BYTES];
    size_t len = 0;
    while ((len = twcc_recorder_poll(&peer->twcc_recorder, peer->report_ssrc, peer->now_us, data,
                                     sizeof(data))) > 0) {
        peer_send_media(peer, data, len, true);
        peer->counts.twcc_sent++;
    }
}

void peer_send_bye(struct peer *peer)
{
    uint8_t data[64];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    struct rtcp_report report = {.ssrc = peer->report_ssrc};
    (void)rtcp_write_report(&out, &report, NULL, 0);
    (void)rtcp_write_bye(&out, &peer->report_ssrc, 1);
    peer_send_media(peer, data, bytes_out_len(&out), true);
}
