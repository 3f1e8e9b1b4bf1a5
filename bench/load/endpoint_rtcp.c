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
        if (part->voice_sender != NULL) {
            (void)rtcp_write_bye(&out, part->stream.ssrcs, 1);
        }
    }
    send_out(endpoint, &out);
}

/** A block about one of our streams. */
static void take_block(struct endpoint *endpoint, const struct rtcp_report_block *block,
                       int64_t now_us)
{
    for (size_t i = 0; i < endpoint->part_count; i++) {
        struct endpoint_part *part = endpoint->parts[i];
        if (part->voice_sender != NULL && part->stream.ssrcs[0] == block->ssrc) {
            struct voice_sender *sender = part->voice_sender;
            sender->known = true;
            send_stats_receive(&sender->send, block, now_us);
            sender->stats.rtt_us = sender->send.rtt_us;
            sender->stats.reported_lost =
                block->cumulative_lost > 0 ? (uint64_t)block->cumulative_lost : 0;
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
        size_t cursor = 0;
        uint16_t seq;
        if (part->voice_sender == NULL || part->stream.ssrcs[0] != fb->media_ssrc) {
            continue;
        }
        while (rtcp_fb_nack_next(fb, &cursor, &seq)) {
            voice_sender_repair(part->voice_sender, seq, now_us);
        }
    }
}

static int take_feedback(struct endpoint *endpoint, const struct rtcp_packet *packet,
                         int64_t now_us)
{
    struct rtcp_fb fb;
    int err = rtcp_fb_parse(packet, &fb);
    if (err == 0 && fb.kind == RTCP_FB_NACK) {
        take_nack(endpoint, &fb, now_us);
    }
    return err;
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
