#include "rtp/rtp.h"

#include "base/bytes.h"
#include "base/err.h"

enum { RTP_VERSION = 2, RTP_MAX_BYTES = 65535, RTP_EXT_HEADER_BYTES = 4 };

/** Hot path: offsets are summed up and held against the length, which needs no cursor. */
int rtp_parse(const uint8_t *data, size_t len, struct rtp_header *out)
{
    if (len < RTP_HEADER_BYTES) {
        return ERR_TRUNCATED;
    }
    if (data[0] >> 6 != RTP_VERSION || len > RTP_MAX_BYTES) {
        return ERR_MALFORMED;
    }
    *out = (struct rtp_header){.timestamp = bytes_get_u32(data + 4),
                               .ssrc = bytes_get_u32(data + 8),
                               .seq = bytes_get_u16(data + 2),
                               .pt = data[1] & 0x7f,
                               .marker = (data[1] & 0x80) != 0,
                               .csrc_count = data[0] & 0x0f};
    size_t at = RTP_HEADER_BYTES + (size_t)out->csrc_count * 4;
    if ((data[0] & 0x10) != 0) {
        if (len < at + RTP_EXT_HEADER_BYTES) {
            return ERR_TRUNCATED;
        }
        out->ext_profile = bytes_get_u16(data + at);
        size_t ext_bytes = (size_t)bytes_get_u16(data + at + 2) * 4;
        at += RTP_EXT_HEADER_BYTES;
        out->ext_offset = (uint16_t)at;
        out->ext_bytes = (uint16_t)ext_bytes;
        at += ext_bytes;
    }
    if (len < at) {
        return ERR_TRUNCATED;
    }
    size_t left = len - at;
    if ((data[0] & 0x20) != 0) {
        /* The last octet counts itself, so neither 0 nor more than there is can be right. */
        if (left == 0 || data[len - 1] == 0 || data[len - 1] > left) {
            return ERR_MALFORMED;
        }
        out->padding_bytes = data[len - 1];
    }
    out->payload_offset = (uint16_t)at;
    out->payload_bytes = (uint16_t)(left - out->padding_bytes);
    return 0;
}

bool rtp_is_rtcp(const uint8_t *data, size_t len)
{
    return len >= 2 && data[1] >= 192 && data[1] <= 223;
}

uint32_t rtp_peek_ssrc(const uint8_t *data, size_t len)
{
    size_t offset = rtp_is_rtcp(data, len) ? 4 : 8;
    return len < offset + 4 ? 0 : bytes_get_u32(data + offset);
}
