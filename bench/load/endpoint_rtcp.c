/*
 * RTCP of an endpoint, both ways: reports, requests and feedback.
 */
#include "base/bytes.h"
#include "load/endpoint_parts.h"
#include "rtp/rtcp.h"
#include "rtp/rtcp_fb.h"

enum {
    COMPOUND_BYTES = 1200,
    TAIL_BYTES = SEND_PATH_TAIL_BYTES, /* for SRTCP */
    RTCP_BUFFER_BYTES = COMPOUND_BYTES + TAIL_BYTES
};

/** Our clock as NTP shows it: any origin will do, but it is to look like a date (2023). */
static const int64_t wall_offset_us = 1700000000000000;

static void send_out(const struct endpoint *endpoint, struct bytes_out *out)
{
    if (bytes_out_len(out) > 0) {
        endpoint->output.rtcp(endpoint->output.owner, out->start, bytes_out_len(out));
    }
}

/** Report blocks about what is received. */
static size_t write_blocks(const struct endpoint *endpoint, int64_t now_us,
                           struct rtcp_report_block out[static RTCP_MAX_BLOCKS])
{
    size_t count = 0;
    for (size_t i = 0; i < endpoint->part_count && count < RTCP_MAX_BLOCKS; i++) {
        struct endpoint_part *part = endpoint->parts[i];
        struct intake *intake = endpoint_intake(part);
        if (intake != NULL && part->remote_ssrc != 0 && recv_stats_active(&intake->recv)) {
            recv_stats_report(&intake->recv, now_us, &out[count]);
            out[count++].ssrc = part->remote_ssrc;
        }
    }
    return count;
}

/** Appends a sender report and forgets the blocks once they are written. */
static void write_sender(struct bytes_out *out, struct send_stats *send, uint32_t ssrc,
                         const struct rtcp_report_block *blocks, size_t *count, int64_t now_us)
{
    struct sender_report numbers;
    if (!send_stats_report(send, now_us, now_us + wall_offset_us, NULL, &numbers)) {
        return;
    }
    const struct rtcp_report report = {.ssrc = ssrc,
                                       .is_sender = true,
                                       .ntp = numbers.ntp,
                                       .timestamp = numbers.timestamp,
                                       .packets = numbers.packets,
                                       .octets = numbers.octets};
    if (rtcp_write_report(out, &report, blocks, *count) == 0) {
        *count = 0;
    }
}

/** SR of all that is sent, or RR, with report blocks and our name. */
static void send_report(struct endpoint *endpoint, int64_t now_us)
{
    uint8_t bytes[RTCP_BUFFER_BYTES];
    struct bytes_out out = bytes_out_over(bytes, COMPOUND_BYTES);
    struct rtcp_report_block blocks[RTCP_MAX_BLOCKS];
    size_t count = write_blocks(endpoint, now_us, blocks);
    for (size_t i = 0; i < endpoint->part_count; i++) {
        struct endpoint_part *part = endpoint->parts[i];
        if (part->voice_sender != NULL) {
            write_sender(&out, &part->voice_sender->send, part->stream.ssrcs[0], blocks, &count,
                         now_us);
        }
        struct picture_sender *pictures = part->picture_sender;
        for (size_t j = 0; pictures != NULL && j < pictures->layer_count; j++) {
            write_sender(&out, &pictures->layers[j].send, part->stream.ssrcs[j], blocks, &count,
                         now_us);
        }
    }
    if (bytes_out_len(&out) == 0 || count > 0) {
        const struct rtcp_report report = {.ssrc = endpoint->report_ssrc};
        (void)rtcp_write_report(&out, &report, blocks, count);
    }
    (void)rtcp_write_cname(&out, endpoint->report_ssrc, endpoint->cname);
    send_out(endpoint, &out);
}

/** Asks for what is missing on a stream. */
static void send_requests(struct endpoint *endpoint, struct endpoint_part *part, int64_t now_us)
{
    uint8_t bytes[RTCP_BUFFER_BYTES];
    struct bytes_out out = bytes_out_over(bytes, COMPOUND_BYTES);
    struct intake *intake = endpoint_intake(part);
    uint16_t seqs[INTAKE_MAX_ASK];
    bool keyframe = false;
    size_t count = intake == NULL ? 0 : intake_ask(intake, now_us, seqs, &keyframe);
    if (count > 0) {
        (void)rtcp_write_nack(&out, endpoint->report_ssrc, part->remote_ssrc, seqs, count);
    }
    if (part->picture_receiver != NULL && keyframe) {
        picture_receiver_want_keyframe(part->picture_receiver, now_us);
    }
    if (part->picture_receiver != NULL && picture_receiver_ask(part->picture_receiver, now_us)) {
        (void)rtcp_write_pli(&out, endpoint->report_ssrc, part->remote_ssrc);
    }
    send_out(endpoint, &out);
}

static void send_feedback(struct endpoint *endpoint, int64_t now_us)
{
    uint8_t bytes[RTCP_BUFFER_BYTES];
    size_t len =
        twcc_recorder_poll(endpoint->twcc, endpoint->report_ssrc, now_us, bytes, COMPOUND_BYTES);
    while (len > 0) {
        endpoint->output.rtcp(endpoint->output.owner, bytes, len);
        len = twcc_recorder_poll(endpoint->twcc, endpoint->report_ssrc, now_us, bytes,
                                 COMPOUND_BYTES);
    }
}

void endpoint_rtcp_timeout(struct endpoint *endpoint, int64_t now_us)
{
    for (size_t i = 0; i < endpoint->part_count; i++) {
        send_requests(endpoint, endpoint->parts[i], now_us);
    }
    if (endpoint->twcc != NULL && twcc_recorder_next_deadline(endpoint->twcc) <= now_us) {
        send_feedback(endpoint, now_us);
    }
    if (report_schedule_next_deadline(&endpoint->reports) <= now_us) {
        send_report(endpoint, now_us);
        report_schedule_sent(&endpoint->reports, &endpoint->rand, now_us);
    }
}

int64_t endpoint_rtcp_deadline(const struct endpoint *endpoint)
{
    int64_t due_us = report_schedule_next_deadline(&endpoint->reports);
    if (endpoint->twcc != NULL) {
        int64_t twcc_us = twcc_recorder_next_deadline(endpoint->twcc);
        due_us = twcc_us < due_us ? twcc_us : due_us;
    }
    for (size_t i = 0; i < endpoint->part_count; i++) {
        const struct intake *intake = endpoint_intake(endpoint->parts[i]);
        int64_t ask_us = intake == NULL ? INT64_MAX : intake_next_deadline(intake);
        due_us = ask_us < due_us ? ask_us : due_us;
    }
    return due_us;
}

void endpoint_end(struct endpoint *endpoint, int64_t now_us)
{
    uint8_t bytes[RTCP_BUFFER_BYTES];
    struct bytes_out out = bytes_out_over(bytes, COMPOUND_BYTES);
    const struct rtcp_report report = {.ssrc = endpoint->report_ssrc};
    (void)now_us;
    (void)rtcp_write_report(&out, &report, NULL, 0);
    (void)rtcp_write_cname(&out, endpoint->report_ssrc, endpoint->cname);
    for (size_t i = 0; i < endpoint->part_count; i++) {
        const struct endpoint_part *part = endpoint->parts[i];
        size_t count = part->picture_sender != NULL ? part->picture_sender->layer_count
                                                    : part->voice_sender != NULL;
        if (count > 0) {
            (void)rtcp_write_bye(&out, part->stream.ssrcs, count);
        }
    }
    send_out(endpoint, &out);
}

/** What a block says of a stream of ours. */
static void note_block(struct send_stats *send, struct stats_sent *stats, bool *known,
                       const struct rtcp_report_block *block, int64_t now_us)
{
    int32_t before = send->cumulative_lost;
    *known = true;
    send_stats_receive(send, block, now_us);
    stats->rtt_us = send->rtt_us;
    if (send->cumulative_lost > before) { /* of all layers together */
        stats->reported_lost += (uint64_t)(send->cumulative_lost - before);
    }
}

/** The estimate goes by reports where there is no other feedback. */
static void tell_estimator(const struct endpoint *endpoint, struct send_stats *send, int64_t now_us)
{
    uint32_t expected = 0;
    uint32_t lost = 0;
    if (endpoint->path.estimator != NULL) {
        send_stats_take_loss(send, &expected, &lost);
        estimator_report(endpoint->path.estimator, expected, lost, send->rtt_us, now_us);
    }
}

/** A block about one of our streams. */
static void take_block(struct endpoint *endpoint, const struct rtcp_report_block *block,
                       int64_t now_us)
{
    for (size_t i = 0; i < endpoint->part_count; i++) {
        struct endpoint_part *part = endpoint->parts[i];
        struct voice_sender *voice = part->voice_sender;
        struct picture_layer *layer = part->picture_sender == NULL
                                          ? NULL
                                          : picture_sender_layer(part->picture_sender, block->ssrc);
        if (voice != NULL && part->stream.ssrcs[0] == block->ssrc) {
            note_block(&voice->send, &voice->stats, &voice->known, block, now_us);
            tell_estimator(endpoint, &voice->send, now_us);
        } else if (layer != NULL) {
            note_block(&layer->send, &layer->sender->stats, &layer->known, block, now_us);
            tell_estimator(endpoint, &layer->send, now_us);
        }
    }
}

static void take_report(struct endpoint *endpoint, const struct rtcp_report *report, int64_t now_us)
{
    for (size_t i = 0; report->is_sender && i < endpoint->part_count; i++) {
        struct intake *intake = endpoint_intake(endpoint->parts[i]);
        if (intake != NULL && endpoint->parts[i]->remote_ssrc == report->ssrc) {
            recv_stats_sender_report(&intake->recv, report->ntp, now_us);
        }
    }
    for (size_t i = 0; i < report->block_count; i++) {
        struct rtcp_report_block block;
        rtcp_report_block_at(report, i, &block);
        take_block(endpoint, &block, now_us);
    }
}

static void take_nack(struct endpoint *endpoint, const struct rtcp_fb *fb, int64_t now_us)
{
    for (size_t i = 0; i < endpoint->part_count; i++) {
        struct endpoint_part *part = endpoint->parts[i];
        bool voice = part->voice_sender != NULL && part->stream.ssrcs[0] == fb->media_ssrc;
        size_t cursor = 0;
        uint16_t seq;
        while ((voice || part->picture_sender != NULL) && rtcp_fb_nack_next(fb, &cursor, &seq)) {
            if (voice) {
                voice_sender_repair(part->voice_sender, seq, now_us);
            } else {
                picture_sender_repair(part->picture_sender, fb->media_ssrc, seq, now_us);
            }
        }
    }
}

static void want_keyframe(struct endpoint *endpoint, uint32_t ssrc, int64_t now_us)
{
    for (size_t i = 0; i < endpoint->part_count; i++) {
        if (endpoint->parts[i]->picture_sender != NULL) {
            picture_sender_keyframe(endpoint->parts[i]->picture_sender, ssrc, now_us);
        }
    }
}

/** @return 0 or ERR_MALFORMED */
static int take_estimate(struct endpoint *endpoint, const struct rtcp_fb *fb, int64_t now_us)
{
    struct rtcp_twcc twcc;
    struct rtcp_remb remb;
    int err = 0;
    if (fb->kind == RTCP_FB_TWCC) {
        err = rtcp_twcc_parse(fb, &twcc);
    }
    if (err != 0 || endpoint->path.estimator == NULL) {
        return err;
    }
    if (fb->kind == RTCP_FB_TWCC) {
        estimator_twcc(endpoint->path.estimator, &twcc, now_us);
    } else {
        rtcp_fb_remb(fb, &remb);
        estimator_remb(endpoint->path.estimator, remb.bps, now_us);
    }
    send_path_update(&endpoint->path, now_us);
    return 0;
}

static int take_feedback(struct endpoint *endpoint, const struct rtcp_packet *packet,
                         int64_t now_us)
{
    struct rtcp_fb fb;
    struct rtcp_fir fir;
    size_t cursor = 0;
    int err = rtcp_fb_parse(packet, &fb);
    if (err != 0) {
        return err;
    }
    switch (fb.kind) {
    case RTCP_FB_NACK:
        take_nack(endpoint, &fb, now_us);
        return 0;
    case RTCP_FB_PLI:
        want_keyframe(endpoint, fb.media_ssrc, now_us);
        return 0;
    case RTCP_FB_FIR:
        while (rtcp_fb_fir_next(&fb, &cursor, &fir)) {
            want_keyframe(endpoint, fir.ssrc, now_us);
        }
        return 0;
    case RTCP_FB_TWCC:
    case RTCP_FB_REMB:
        return take_estimate(endpoint, &fb, now_us);
    case RTCP_FB_UNKNOWN:
        break;
    }
    return 0;
}

static int take_bye(struct endpoint *endpoint, const struct rtcp_packet *packet)
{
    uint32_t ssrcs[RTCP_MAX_BYE];
    int count = rtcp_bye_parse(packet, ssrcs);
    for (int i = 0; i < count; i++) {
        demux_forget(endpoint->demux, ssrcs[i]);
    }
    return count < 0 ? count : 0;
}

static int take_packet(struct endpoint *endpoint, const struct rtcp_packet *packet, int64_t now_us)
{
    struct rtcp_report report;
    int err = 0;
    switch (packet->type) {
    case RTCP_SR:
    case RTCP_RR:
        err = rtcp_report_parse(packet, &report);
        if (err == 0) {
            take_report(endpoint, &report, now_us);
        }
        return err;
    case RTCP_RTPFB:
    case RTCP_PSFB:
        return take_feedback(endpoint, packet, now_us);
    case RTCP_BYE:
        return take_bye(endpoint, packet);
    default:
        return 0;
    }
}

void endpoint_receive_rtcp(struct endpoint *endpoint, const uint8_t *data, size_t len,
                           int64_t arrived_us, int64_t now_us)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    (void)now_us;
    rtcp_reader_init(&reader, data, len);
    int more = rtcp_reader_next(&reader, &packet);
    while (more == 1) {
        endpoint->malformed += take_packet(endpoint, &packet, arrived_us) != 0;
        more = rtcp_reader_next(&reader, &packet);
    }
    endpoint->malformed += more < 0;
}
