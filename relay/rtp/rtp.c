#include "rtp/rtp.h"

#include <string.h>

#include "base/bytes.h"
#include "base/err.h"

enum { RTP_VERSION = 2, RTP_MAX_BYTES = 65535 };

/** Moves past the CSRC list and the extension block, noting where the latter is. */
static int skip_to_payload(struct bytes *in, const uint8_t *data, bool extension,
                           struct rtp_header *header)
{
    bytes_skip(in, (size_t)header->csrc_count * 4);
    if (extension) {
        header->ext_profile = bytes_u16(in);
        size_t ext_bytes = (size_t)bytes_u16(in) * 4;
        header->ext_offset = (uint16_t)(in->at - data);
        bytes_skip(in, ext_bytes);
        if (in->failed) {
            return ERR_TRUNCATED;
        }
        header->ext_bytes = (uint16_t)ext_bytes;
    }
    return in->failed ? ERR_TRUNCATED : 0;
}

int rtp_parse(const uint8_t *data, size_t len, struct rtp_header *out)
{
    if (len < RTP_HEADER_BYTES) {
        return ERR_TRUNCATED;
    }
    if (data[0] >> 6 != RTP_VERSION || len > RTP_MAX_BYTES) {
        return ERR_MALFORMED;
    }
    memset(out, 0, sizeof(*out));
    out->timestamp = bytes_get_u32(data + 4);
    out->ssrc = bytes_get_u32(data + 8);
    out->seq = bytes_get_u16(data + 2);
    out->pt = data[1] & 0x7f;
    out->marker = (data[1] & 0x80) != 0;
    out->csrc_count = data[0] & 0x0f;
    struct bytes in = bytes_over(data, len);
    bytes_skip(&in, RTP_HEADER_BYTES);
    int err = skip_to_payload(&in, data, (data[0] & 0x10) != 0, out);
    if (err != 0) {
        return err;
    }
    size_t left = bytes_left(&in);
    if ((data[0] & 0x20) != 0) {
        /* The last octet counts itself, so neither 0 nor more than there is can be right. */
        if (left == 0 || data[len - 1] == 0 || data[len - 1] > left) {
            return ERR_MALFORMED;
        }
        out->padding_bytes = data[len - 1];
    }
    out->payload_offset = (uint16_t)(in.at - data);
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
