#include "rtp/rtcp.h"

#include <string.h>

#include "base/err.h"

enum {
    RTCP_VERSION = 2,
    HEADER_BYTES = 4,
    SENDER_INFO_BYTES = 20,
    XR_RRTR = 4,
    XR_DLRR = 5,
    DLRR_BYTES = 12,
    CUMULATIVE_MAX = 0x7fffff,
    CUMULATIVE_MIN = -0x800000
};

void rtcp_reader_init(struct rtcp_reader *reader, const uint8_t *data, size_t len)
{
    reader->rest = bytes_over(data, len);
}

int rtcp_reader_next(struct rtcp_reader *reader, struct rtcp_packet *out)
{
    struct bytes *rest = &reader->rest;
    if (bytes_left(rest) == 0) {
        return rest->failed ? ERR_MALFORMED : 0;
    }
    uint8_t first = bytes_u8(rest);
    uint8_t type = bytes_u8(rest);
    size_t bytes = (size_t)bytes_u16(rest) * 4;
    const uint8_t *body = bytes_take(rest, bytes);
    if (rest->failed || first >> 6 != RTCP_VERSION) {
        rest->failed = true;
        return ERR_MALFORMED;
    }
    if ((first & 0x20) != 0) {
        /* RFC 3550 6.4.1 wants whole words on the last packet only; libwebrtc pads each
           transport-wide feedback by 1 to 3 bytes, wherever it stands. The count includes itself.
         */
        uint8_t padding = bytes == 0 ? 0 : body[bytes - 1];
        if (padding == 0 || padding > bytes) {
            rest->failed = true;
            return ERR_MALFORMED;
        }
        bytes -= padding;
    }
    *out = (struct rtcp_packet){
        .type = type, .count = first & 0x1f, .body = body, .body_bytes = bytes};
    return 1;
}

int rtcp_check(const uint8_t *data, size_t len)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    rtcp_reader_init(&reader, data, len);
    if (len == 0) {
        return ERR_MALFORMED;
    }
    int more = 0;
    do {
        more = rtcp_reader_next(&reader, &packet);
    } while (more > 0);
    return more;
}

int rtcp_report_parse(const struct rtcp_packet *packet, struct rtcp_report *out)
{
    if (packet->type != RTCP_SR && packet->type != RTCP_RR) {
        return ERR_INVALID;
    }
    struct bytes in = bytes_over(packet->body, packet->body_bytes);
    struct rtcp_report report = {
        .ssrc = bytes_u32(&in), .is_sender = packet->type == RTCP_SR, .block_count = packet->count};
    if (report.is_sender) {
        report.ntp = bytes_u64(&in);
        report.timestamp = bytes_u32(&in);
        report.packets = bytes_u32(&in);
        report.octets = bytes_u32(&in);
    }
    report.blocks = bytes_take(&in, report.block_count * RTCP_BLOCK_BYTES);
    if (in.failed) {
        return ERR_MALFORMED;
    }
    *out = report;
    return 0;
}

void rtcp_report_block_at(const struct rtcp_report *report, size_t index,
                          struct rtcp_report_block *out)
{
    const uint8_t *at = report->blocks + index * RTCP_BLOCK_BYTES;
    uint32_t lost = bytes_get_u24(at + 5);
    *out = (struct rtcp_report_block){
        .ssrc = bytes_get_u32(at),
        .fraction_lost = at[4],
        .cumulative_lost = (int32_t)lost - ((lost & 0x800000) != 0 ? 0x1000000 : 0),
        .highest_seq = bytes_get_u32(at + 8),
        .jitter = bytes_get_u32(at + 12),
        .lsr = bytes_get_u32(at + 16),
        .dlsr = bytes_get_u32(at + 20),
    };
}

/** Searches one chunk's items and moves past its padding. @return 1 found, 0 not, ERR_MALFORMED */
static int sdes_chunk_find(struct bytes *in, const uint8_t *body, uint8_t item, const char **text,
                           size_t *len)
{
    int found = 0;
    uint8_t kind = 0;
    while ((kind = bytes_u8(in)) != 0) {
        size_t bytes = bytes_u8(in);
        const uint8_t *at = bytes_take(in, bytes);
        if (at != NULL && kind == item && found == 0) {
            *text = (const char *)at;
            *len = bytes;
            found = 1;
        }
    }
    while (!in->failed && (in->at - body) % 4 != 0) {
        bytes_skip(in, 1);
    }
    return in->failed ? ERR_MALFORMED : found;
}

int rtcp_sdes_find(const struct rtcp_packet *packet, uint32_t ssrc, uint8_t item, const char **text,
                   size_t *len)
{
    if (packet->type != RTCP_SDES) {
        return ERR_NOT_FOUND;
    }
    struct bytes in = bytes_over(packet->body, packet->body_bytes);
    for (size_t i = 0; i < packet->count; i++) {
        const char *found_text = NULL;
        size_t found_len = 0;
        uint32_t chunk_ssrc = bytes_u32(&in);
        int found = sdes_chunk_find(&in, packet->body, item, &found_text, &found_len);
        if (found < 0) {
            return found;
        }
        if (found > 0 && chunk_ssrc == ssrc) {
            *text = found_text;
            *len = found_len;
            return 0;
        }
    }
    return ERR_NOT_FOUND;
}

int rtcp_bye_parse(const struct rtcp_packet *packet, uint32_t out[RTCP_MAX_BYE])
{
    if (packet->type != RTCP_BYE) {
        return ERR_INVALID;
    }
    if ((size_t)packet->count * 4 > packet->body_bytes) {
        return ERR_MALFORMED;
    }
    for (size_t i = 0; i < packet->count; i++) {
        out[i] = bytes_get_u32(packet->body + 4 * i);
    }
    return packet->count;
}

int rtcp_xr_parse(const struct rtcp_packet *packet, struct rtcp_xr *out)
{
    if (packet->type != RTCP_XR) {
        return ERR_INVALID;
    }
    struct bytes in = bytes_over(packet->body, packet->body_bytes);
    struct rtcp_xr xr = {.ssrc = bytes_u32(&in)};
    while (!in.failed && bytes_left(&in) > 0) {
        uint8_t kind = bytes_u8(&in);
        bytes_skip(&in, 1);
        size_t bytes = (size_t)bytes_u16(&in) * 4;
        const uint8_t *at = bytes_take(&in, bytes);
        if (at == NULL) {
            break;
        }
        if (kind == XR_RRTR && bytes == 8) {
            xr.has_rrtr = true;
            xr.rrtr_ntp = bytes_get_u64(at);
        } else if (kind == XR_DLRR && xr.dlrr == NULL) {
            xr.dlrr = at;
            xr.dlrr_count = bytes / DLRR_BYTES;
        }
    }
    if (in.failed) {
        return ERR_MALFORMED;
    }
    *out = xr;
    return 0;
}

void rtcp_dlrr_at(const struct rtcp_xr *xr, size_t index, struct rtcp_dlrr *out)
{
    const uint8_t *at = xr->dlrr + index * DLRR_BYTES;
    *out = (struct rtcp_dlrr){
        .ssrc = bytes_get_u32(at), .lrr = bytes_get_u32(at + 4), .dlrr = bytes_get_u32(at + 8)};
}

/** Header and room for body_bytes (a multiple of 4) in one piece, or nothing. */
static int begin_packet(struct bytes_out *out, enum rtcp_type type, size_t count, size_t body_bytes,
                        struct bytes_out *body)
{
    size_t bytes = HEADER_BYTES + body_bytes;
    if (out->failed || (size_t)(out->end - out->at) < bytes) {
        return ERR_FULL;
    }
    uint8_t *at = bytes_out_take(out, bytes);
    at[0] = (uint8_t)(RTCP_VERSION << 6 | count);
    at[1] = (uint8_t)type;
    bytes_put_u16(at + 2, (uint16_t)(body_bytes / 4));
    *body = bytes_out_over(at + HEADER_BYTES, body_bytes);
    return 0;
}

static void put_block(struct bytes_out *body, const struct rtcp_report_block *block)
{
    int32_t lost = block->cumulative_lost;
    if (lost > CUMULATIVE_MAX) {
        lost = CUMULATIVE_MAX;
    }
    if (lost < CUMULATIVE_MIN) {
        lost = CUMULATIVE_MIN;
    }
    bytes_out_u32(body, block->ssrc);
    bytes_out_u8(body, block->fraction_lost);
    bytes_out_u24(body, (uint32_t)lost & 0xffffff);
    bytes_out_u32(body, block->highest_seq);
    bytes_out_u32(body, block->jitter);
    bytes_out_u32(body, block->lsr);
    bytes_out_u32(body, block->dlsr);
}

int rtcp_write_report(struct bytes_out *out, const struct rtcp_report *report,
                      const struct rtcp_report_block *blocks, size_t count)
{
    if (count > RTCP_MAX_BLOCKS) {
        return ERR_INVALID;
    }
    struct bytes_out body;
    size_t info_bytes = report->is_sender ? SENDER_INFO_BYTES : 0;
    int err = begin_packet(out, report->is_sender ? RTCP_SR : RTCP_RR, count,
                           4 + info_bytes + count * RTCP_BLOCK_BYTES, &body);
    if (err != 0) {
        return err;
    }
    bytes_out_u32(&body, report->ssrc);
    if (report->is_sender) {
        bytes_out_u64(&body, report->ntp);
        bytes_out_u32(&body, report->timestamp);
        bytes_out_u32(&body, report->packets);
        bytes_out_u32(&body, report->octets);
    }
    for (size_t i = 0; i < count; i++) {
        put_block(&body, &blocks[i]);
    }
    return 0;
}

int rtcp_write_cname(struct bytes_out *out, uint32_t ssrc, const char *cname)
{
    size_t len = strlen(cname);
    if (len > 255) {
        return ERR_INVALID;
    }
    /* SSRC, item header, text, and 1 to 4 zeros that end the chunk on a word. */
    size_t chunk_bytes = (4 + 2 + len) / 4 * 4 + 4;
    struct bytes_out body;
    int err = begin_packet(out, RTCP_SDES, 1, chunk_bytes, &body);
    if (err != 0) {
        return err;
    }
    bytes_out_u32(&body, ssrc);
    bytes_out_u8(&body, RTCP_SDES_CNAME);
    bytes_out_u8(&body, (uint8_t)len);
    bytes_out_copy(&body, cname, len);
    while (body.at < body.end) {
        bytes_out_u8(&body, 0);
    }
    return 0;
}

int rtcp_write_bye(struct bytes_out *out, const uint32_t *ssrcs, size_t count)
{
    if (count == 0 || count > RTCP_MAX_BYE) {
        return ERR_INVALID;
    }
    struct bytes_out body;
    int err = begin_packet(out, RTCP_BYE, count, count * 4, &body);
    if (err != 0) {
        return err;
    }
    for (size_t i = 0; i < count; i++) {
        bytes_out_u32(&body, ssrcs[i]);
    }
    return 0;
}

int rtcp_write_rrtr(struct bytes_out *out, uint32_t ssrc, uint64_t ntp)
{
    struct bytes_out body;
    int err = begin_packet(out, RTCP_XR, 0, 16, &body);
    if (err != 0) {
        return err;
    }
    bytes_out_u32(&body, ssrc);
    bytes_out_u8(&body, XR_RRTR);
    bytes_out_u8(&body, 0);
    bytes_out_u16(&body, 2);
    bytes_out_u64(&body, ntp);
    return 0;
}

int rtcp_write_dlrr(struct bytes_out *out, uint32_t ssrc, const struct rtcp_dlrr *entries,
                    size_t count)
{
    if (count == 0 || count > RTCP_MAX_DLRR) {
        return ERR_INVALID;
    }
    struct bytes_out body;
    int err = begin_packet(out, RTCP_XR, 0, 8 + count * DLRR_BYTES, &body);
    if (err != 0) {
        return err;
    }
    bytes_out_u32(&body, ssrc);
    bytes_out_u8(&body, XR_DLRR);
    bytes_out_u8(&body, 0);
    bytes_out_u16(&body, (uint16_t)(count * 3));
    for (size_t i = 0; i < count; i++) {
        bytes_out_u32(&body, entries[i].ssrc);
        bytes_out_u32(&body, entries[i].lrr);
        bytes_out_u32(&body, entries[i].dlrr);
    }
    return 0;
}
