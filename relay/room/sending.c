#include "sending.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "rtp/red.h"

enum { CSRC_BYTES = 4, MOST_CSRCS = 15, OSN_BYTES = 2 };

static_assert(RTP_HEADER_BYTES + CSRC_BYTES + EXT_MAX_BYTES + OSN_BYTES + SENDING_MAX_PAYLOAD <=
                  1600,
              "a sending fits transport_reserve");
static_assert(MOST_CSRCS * CSRC_BYTES <= PACKET_TAILROOM, "all of them can be read");
static_assert(RTP_HEADER_BYTES + MOST_CSRCS * CSRC_BYTES + EXT_MAX_BYTES + OSN_BYTES +
                      SENDING_MAX_MADE_PAYLOAD <=
                  1600,
              "and one with all its CSRCs");

/** The blocks of a RED payload. @return count */
static size_t red_parts(const struct sending *sending,
                        struct red_part parts[AUDIO_REPAIR_MAX_DISTANCE + 1])
{
    const struct packet_facts *present = packet_facts(sending->packet);
    size_t count = 0;
    for (size_t i = 0; i <= sending->copies; i++) {
        struct packet *packet = i < sending->copies ? sending->before[i] : sending->packet;
        const struct packet_facts *facts = packet_facts(packet);
        parts[count++] = (struct red_part){
            .at = packet->data + facts->payload_offset + facts->primary_offset,
            .bytes = facts->primary_bytes,
            .timestamp_offset = (uint16_t)(present->timestamp - facts->timestamp),
        };
    }
    return count;
}

size_t sending_red_bytes(const struct sending *sending)
{
    struct red_part parts[AUDIO_REPAIR_MAX_DISTANCE + 1];
    return red_bytes(parts, red_parts(sending, parts));
}

/** What the source sent, as this receiver takes it. */
static inline void write_payload(const struct sending *sending, uint8_t *out, size_t bytes)
{
    const struct packet_facts *facts = packet_facts(sending->packet);
    if (sending->copies > 0) {
        struct red_part parts[AUDIO_REPAIR_MAX_DISTANCE + 1];
        size_t count = red_parts(sending, parts);
        red_write(out, sending->block_pt, parts, count);
        return;
    }
    size_t at = facts->payload_offset + (sending->unwrap ? facts->primary_offset : 0U);
    memcpy(out, sending->packet->data + at, bytes);
    if (sending->numbered) {
        vp8_payload_rewrite(out, &facts->vp8, sending->vp8.picture_id, sending->vp8.tl0picidx,
                            sending->vp8.keyidx);
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

/** Who is in a mix or a composed picture. @return how many */
static size_t write_sources(const struct sending *sending, uint8_t *out)
{
    const struct packet_facts *facts = packet_facts(sending->packet);
    const uint8_t *sources = sending->packet->data + facts->sources_offset;
    memcpy(out, sources, (size_t)MOST_CSRCS * CSRC_BYTES); /* a size that needs no call */
    return facts->source_count;
}

size_t sending_write(const struct sending *sending, size_t payload_bytes, uint8_t *out,
                     uint32_t abs_send_time, uint16_t number)
{
    const struct packet_facts *facts = packet_facts(sending->packet);
    size_t csrc_count = 1;
    if (sending->csrc != 0) {
        bytes_put_u32(out + RTP_HEADER_BYTES, sending->csrc);
    } else {
        csrc_count = write_sources(sending, out + RTP_HEADER_BYTES);
    }
    uint8_t *at = out + RTP_HEADER_BYTES + csrc_count * CSRC_BYTES;
    size_t ext_bytes = ext_template_write(sending->exts, at, facts, sending->packet->data,
                                          abs_send_time, number, sending->frame_number);
    out[0] = (uint8_t)(0x80 | (ext_bytes > 0 ? 0x10 : 0) | csrc_count);
    out[1] = (uint8_t)((sending->marker ? 0x80 : 0) | sending->pt);
    bytes_put_u16(out + 2, sending->seq);
    bytes_put_u32(out + 4, sending->timestamp);
    bytes_put_u32(out + 8, sending->ssrc);
    at += ext_bytes;
    if (sending->rtx) {
        bytes_put_u16(at, sending->original_seq);
        at += OSN_BYTES;
    }
    write_payload(sending, at, payload_bytes);
    at += payload_bytes;
    if (sending->padding > 0) {
        at = add_padding(out, at, sending->padding);
    }
    return (size_t)(at - out);
}

size_t padding_write(const struct padding *padding, uint8_t *out, uint32_t abs_send_time,
                     uint16_t number)
{
    static const struct packet_facts nothing_passed;
    uint8_t *at = out + RTP_HEADER_BYTES;
    size_t ext_bytes =
        ext_template_write(padding->exts, at, &nothing_passed, NULL, abs_send_time, number, 0);
    out[0] = (uint8_t)(0x80 | (ext_bytes > 0 ? 0x10 : 0));
    out[1] = padding->pt;
    bytes_put_u16(out + 2, padding->seq);
    bytes_put_u32(out + 4, padding->timestamp);
    bytes_put_u32(out + 8, padding->ssrc);
    at = add_padding(out, at + ext_bytes, padding->count);
    return (size_t)(at - out);
}
