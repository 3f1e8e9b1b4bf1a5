#include "sending.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"

enum { CSRC_BYTES = 4, OSN_BYTES = 2 };

static_assert(RTP_HEADER_BYTES + CSRC_BYTES + EXT_MAX_BYTES + OSN_BYTES + SENDING_MAX_PAYLOAD <=
                  1600,
              "a sending fits transport_reserve");

/** RED with Opus under our payload type inside (RFC 2198 3: F and block PT in the first octet of
 * each header). */
static void rename_blocks(uint8_t *payload, size_t len, uint8_t pt)
{
    size_t at = 0;
    while (at + 4 <= len && (payload[at] & 0x80) != 0) {
        payload[at] = (uint8_t)(0x80 | pt);
        at += 4;
    }
    if (at < len) {
        payload[at] = pt;
    }
}

/** The last byte tells how many there are (RFC 3550 5.1). @return the new end */
static uint8_t *add_padding(uint8_t *data, uint8_t *end, uint8_t count)
{
    data[0] |= 0x20;
    memset(end, 0, count);
    end[count - 1] = count;
    return end + count;
}

size_t sending_write(const struct sending *sending, size_t payload_bytes, uint8_t *out,
                     uint32_t abs_send_time, uint16_t number)
{
    const struct packet_facts *facts = packet_facts(sending->packet);
    size_t payload_at = facts->payload_offset + (sending->unwrap ? facts->primary_offset : 0U);
    uint8_t *at = out + RTP_HEADER_BYTES + CSRC_BYTES;
    size_t ext_bytes =
        ext_template_write(sending->exts, at, facts, sending->packet->data, abs_send_time, number);
    out[0] = (uint8_t)(0x80 | (ext_bytes > 0 ? 0x10 : 0) | 1);
    out[1] = (uint8_t)((sending->marker ? 0x80 : 0) | sending->pt);
    bytes_put_u16(out + 2, sending->seq);
    bytes_put_u32(out + 4, sending->timestamp);
    bytes_put_u32(out + 8, sending->ssrc);
    bytes_put_u32(out + 12, sending->csrc);
    at += ext_bytes;
    if (sending->rtx) {
        bytes_put_u16(at, sending->original_seq);
        at += OSN_BYTES;
    }
    memcpy(at, sending->packet->data + payload_at, payload_bytes);
    if (sending->numbered) {
        vp8_payload_rewrite(at, &facts->vp8, sending->vp8.picture_id, sending->vp8.tl0picidx,
                            sending->vp8.keyidx);
    } else if (sending->block_pt != SENDING_NO_PT) {
        rename_blocks(at, payload_bytes, sending->block_pt);
    }
    at += payload_bytes;
    if (sending->padding > 0) {
        at = add_padding(out, at, sending->padding);
    }
    return (size_t)(at - out);
}
