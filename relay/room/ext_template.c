#include "ext_template.h"

#include <string.h>

#include "base/bytes.h"

enum {
    BLOCK_HEADER_BYTES = 4,
    ONE_BYTE_PROFILE = 0xBEDE,
    TWO_BYTE_PROFILE = 0x1000,
    ONE_BYTE_MAX_ID = 14,
    ONE_BYTE_MAX_BYTES = 16,
    USUAL_BYTES = 16, /**< of an element, at most */
    SEND_TIME_BYTES = 3,
    NUMBER_BYTES = 2
};

/** Elements that may come to stand in a block, for the choice of form. */
static bool needs_two_byte(const struct session_media *media)
{
    static const enum rtp_ext_kind used[] = {
        RTP_EXT_MID,
        RTP_EXT_ABS_SEND_TIME,
        RTP_EXT_TRANSPORT_CC,
        RTP_EXT_AUDIO_LEVEL,
        RTP_EXT_CSRC_LEVEL,
        RTP_EXT_VIDEO_ORIENTATION,
        RTP_EXT_ABS_CAPTURE_TIME,
        RTP_EXT_COLOR_SPACE,
        RTP_EXT_VIDEO_CONTENT_TYPE,
        RTP_EXT_PLAYOUT_DELAY,
        RTP_EXT_DEPENDENCY_DESCRIPTOR,
    };
    for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++) {
        if (media->exts.id[used[i]] > ONE_BYTE_MAX_ID) {
            return true;
        }
    }
    return media->exts.id[RTP_EXT_MID] != 0 && strlen(media->mid) > ONE_BYTE_MAX_BYTES;
}

/** Writes an element's header; @return bytes of it, 0 when the form cannot hold it. */
static size_t put_element_header(uint8_t *out, bool two_byte, uint8_t id, size_t bytes)
{
    if (two_byte) {
        out[0] = id;
        out[1] = (uint8_t)bytes;
        return 2;
    }
    if (id > ONE_BYTE_MAX_ID || bytes == 0 || bytes > ONE_BYTE_MAX_BYTES) {
        return 0;
    }
    out[0] = (uint8_t)(id << 4 | (bytes - 1));
    return 1;
}

/** Appends an element with room for its content; @return offset of the content, 0 when left out. */
static uint8_t template_append(struct ext_template *template, uint8_t id, size_t bytes)
{
    if (id == 0) {
        return 0;
    }
    size_t head =
        put_element_header(template->block + template->bytes, template->two_byte, id, bytes);
    if (head == 0) {
        return 0;
    }
    uint8_t at = (uint8_t)(template->bytes + head);
    template->bytes = (uint8_t)(at + bytes);
    return at;
}

void ext_template_init(struct ext_template *template, const struct session_media *media,
                       bool constant, bool two_byte_allowed)
{
    memset(template, 0, sizeof(*template));
    template->two_byte = two_byte_allowed &&needs_two_byte(media);
    bytes_put_u16(template->block, template->two_byte ? TWO_BYTE_PROFILE : ONE_BYTE_PROFILE);
    template->bytes = BLOCK_HEADER_BYTES;
    size_t mid_bytes = strlen(media->mid);
    if (mid_bytes > 0) {
        uint8_t at = template_append(template, media->exts.id[RTP_EXT_MID], mid_bytes);
        if (at != 0) {
            memcpy(template->block + at, media->mid, mid_bytes);
        }
    }
    if (!constant) {
        template->send_time =
            template_append(template, media->exts.id[RTP_EXT_ABS_SEND_TIME], SEND_TIME_BYTES);
        template->number =
            template_append(template, media->exts.id[RTP_EXT_TRANSPORT_CC], NUMBER_BYTES);
    }
    size_t padded = (size_t)(template->bytes + 3) / 4 * 4;
    bytes_put_u16(template->block + 2, (uint16_t)(padded / 4 - 1));
    template->plain_bytes = template->bytes == BLOCK_HEADER_BYTES ? 0 : (uint8_t)padded;
    memcpy(template->ids, media->exts.id, sizeof(template->ids));
    template->may_grow = two_byte_allowed && !template->two_byte;
    if (!two_byte_allowed) {
        /* Its first packets are long; who misses them cannot read the rest. */
        template->ids[RTP_EXT_DEPENDENCY_DESCRIPTOR] = 0;
    }
}

/** What is passed on from the source, behind `len` bytes. @return the new length */
static size_t append_passed(const struct ext_template *template, bool two_byte, uint8_t *out,
                            size_t len, const struct packet_facts *facts, const uint8_t *data,
                            uint16_t frame_number)
{
    for (uint8_t i = 0; i < facts->passed_count; i++) {
        const struct passed_ext *ext = &facts->passed[i];
        uint8_t id = template->ids[ext->kind];
        if (id == 0 || len + 2 + ext->bytes > EXT_MAX_BYTES - 3) {
            continue;
        }
        size_t head = put_element_header(out + len, two_byte, id, ext->bytes);
        if (head != 0) {
            if (ext->bytes <=
                USUAL_BYTES) { /* a size that needs no call; the rest is overwritten */
                memcpy(out + len + head, data + ext->offset, USUAL_BYTES);
            } else {
                memcpy(out + len + head, data + ext->offset, ext->bytes);
            }
            if (ext->kind == RTP_EXT_DEPENDENCY_DESCRIPTOR) {
                bytes_put_u16(out + len + head + 1, frame_number);
            }
            len += head + ext->bytes;
        }
    }
    return len;
}

/** Writes a block of the one-byte form, without padding, anew in the two-byte form. @return its
 * length */
static size_t grow(uint8_t *out, size_t len)
{
    uint8_t small[EXT_TEMPLATE_BYTES];
    memcpy(small, out, len);
    bytes_put_u16(out, TWO_BYTE_PROFILE);
    size_t grown = BLOCK_HEADER_BYTES;
    for (size_t at = BLOCK_HEADER_BYTES; at < len;) {
        size_t bytes = (small[at] & 0x0fU) + 1U;
        grown += put_element_header(out + grown, true, small[at] >> 4, bytes);
        memcpy(out + grown, small + at + 1, bytes);
        grown += bytes;
        at += 1 + bytes;
    }
    return grown;
}

size_t ext_template_append(const struct ext_template *template, uint8_t *out,
                           const struct packet_facts *facts, const uint8_t *data,
                           uint16_t frame_number)
{
    size_t len = template->bytes;
    bool two_byte = template->two_byte;
    if (facts->long_exts && template->may_grow) {
        len = grow(out, len);
        two_byte = true;
    }
    len = append_passed(template, two_byte, out, len, facts, data, frame_number);
    if (len == BLOCK_HEADER_BYTES) {
        return 0;
    }
    bytes_put_u32(out + len, 0);
    len = (len + 3) / 4 * 4;
    bytes_put_u16(out + 2, (uint16_t)(len / 4 - 1));
    return len;
}
