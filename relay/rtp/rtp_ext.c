#include "rtp/rtp_ext.h"

#include <string.h>

#include "base/bytes.h"
#include "base/err.h"

enum {
    PROFILE_ONE_BYTE = 0xbede,
    PROFILE_TWO_BYTE = 0x1000, /* the low 4 bits are free for applications */
    BLOCK_HEADER_BYTES = 4,
    ONE_BYTE_MAX_ID = 14,
    ONE_BYTE_MAX_BYTES = 16
};

#define DEPENDENCY_DESCRIPTOR_URI                                                                  \
    "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"

static const char *const uris[RTP_EXT_COUNT] = {
    [RTP_EXT_MID] = "urn:ietf:params:rtp-hdrext:sdes:mid",
    [RTP_EXT_RID] = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    [RTP_EXT_RRID] = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
    [RTP_EXT_AUDIO_LEVEL] = "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    [RTP_EXT_CSRC_LEVEL] = "urn:ietf:params:rtp-hdrext:csrc-audio-level",
    [RTP_EXT_ABS_SEND_TIME] = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    [RTP_EXT_TRANSPORT_CC] =
        "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    [RTP_EXT_PLAYOUT_DELAY] = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
    [RTP_EXT_VIDEO_ORIENTATION] = "urn:3gpp:video-orientation",
    [RTP_EXT_VIDEO_CONTENT_TYPE] =
        "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type",
    [RTP_EXT_VIDEO_TIMING] = "http://www.webrtc.org/experiments/rtp-hdrext/video-timing",
    [RTP_EXT_COLOR_SPACE] = "http://www.webrtc.org/experiments/rtp-hdrext/color-space",
    [RTP_EXT_VIDEO_LAYERS] =
        "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00",
    [RTP_EXT_DEPENDENCY_DESCRIPTOR] = DEPENDENCY_DESCRIPTOR_URI,
    [RTP_EXT_ABS_CAPTURE_TIME] = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
    [RTP_EXT_TOFFSET] = "urn:ietf:params:rtp-hdrext:toffset",
};

/** Walk over the elements of one block. */
struct ext_reader {
    const uint8_t *at;
    const uint8_t *end;
    bool two_byte;
};

/** @return false when there is no block in a form that we know */
static bool ext_reader_init(struct ext_reader *reader, const uint8_t *data,
                            const struct rtp_header *header)
{
    reader->two_byte = (header->ext_profile & 0xfff0) == PROFILE_TWO_BYTE;
    if (!reader->two_byte && header->ext_profile != PROFILE_ONE_BYTE) {
        return false;
    }
    reader->at = data + header->ext_offset;
    reader->end = reader->at + header->ext_bytes;
    return true;
}

/** @return 1 with an element, 0 at the end, ERR_MALFORMED. Hot path: a bounded cursor would look at
 * the end once more for each byte. */
__attribute__((always_inline)) static inline int
ext_reader_next(struct ext_reader *reader, uint8_t *id, const uint8_t **at, uint8_t *bytes)
{
    while (reader->at < reader->end) {
        uint8_t first = *reader->at++;
        if (first == 0) {
            continue; /* padding may stand between elements, too */
        }
        size_t len = (size_t)(first & 0x0f) + 1;
        *id = first >> 4;
        if (reader->two_byte) {
            if (reader->at == reader->end) {
                return ERR_MALFORMED;
            }
            *id = first;
            len = *reader->at++;
        } else if (*id == 15) {
            return 0; /* RFC 8285 4.2: stop here */
        } else if (*id == 0) {
            return ERR_MALFORMED;
        }
        if ((size_t)(reader->end - reader->at) < len) {
            return ERR_MALFORMED;
        }
        *at = reader->at;
        *bytes = (uint8_t)len;
        reader->at += len;
        return 1;
    }
    return 0;
}

const char *rtp_ext_uri(enum rtp_ext_kind kind)
{
    return kind < RTP_EXT_COUNT ? uris[kind] : "";
}

int rtp_ext_kind_of(const char *uri, size_t len)
{
    for (int kind = 0; kind < RTP_EXT_COUNT; kind++) {
        if (strlen(uris[kind]) == len && memcmp(uris[kind], uri, len) == 0) {
            return kind;
        }
    }
    return -1;
}

int rtp_ext_read(const uint8_t *data, const struct rtp_header *header,
                 const struct rtp_ext_map *map, struct rtp_exts *out)
{
    memset(out->bytes, 0, sizeof(out->bytes));
    struct ext_reader reader;
    if (!ext_reader_init(&reader, data, header)) {
        return 0;
    }
    uint8_t id = 0;
    uint8_t bytes = 0;
    const uint8_t *at = NULL;
    int more = 0;
    while ((more = ext_reader_next(&reader, &id, &at, &bytes)) > 0) {
        for (size_t kind = 0; kind < RTP_EXT_COUNT; kind++) {
            if (map->id[kind] == id) {
                out->at[kind] = at;
                out->bytes[kind] = bytes;
                break;
            }
        }
    }
    return more;
}

const uint8_t *rtp_ext_find(const uint8_t *data, const struct rtp_header *header, uint8_t id,
                            uint8_t *bytes)
{
    struct ext_reader reader;
    if (id == 0 || !ext_reader_init(&reader, data, header)) {
        return NULL;
    }
    uint8_t found = 0;
    uint8_t len = 0;
    const uint8_t *at = NULL;
    while (ext_reader_next(&reader, &found, &at, &len) > 0) {
        if (found == id) {
            *bytes = len;
            return at;
        }
    }
    return NULL;
}

static bool fits_one_byte(const struct rtp_ext_element *element)
{
    return element->id >= 1 && element->id <= ONE_BYTE_MAX_ID && element->bytes >= 1 &&
           element->bytes <= ONE_BYTE_MAX_BYTES;
}

static bool needs_two_byte(const struct rtp_ext_element *elements, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (elements[i].id != 0 && !fits_one_byte(&elements[i])) {
            return true;
        }
    }
    return false;
}

size_t rtp_ext_write(uint8_t *out, size_t cap, const struct rtp_ext_element *elements, size_t count,
                     bool two_byte_allowed)
{
    if (count == 0 || cap < BLOCK_HEADER_BYTES) {
        return 0;
    }
    bool two_byte = two_byte_allowed && needs_two_byte(elements, count);
    /* Whole words only, so that padding to 4 never passes the end. */
    struct bytes_out block = bytes_out_over(out, cap & ~(size_t)3);
    (void)bytes_out_take(&block, BLOCK_HEADER_BYTES);
    for (size_t i = 0; i < count; i++) {
        const struct rtp_ext_element *element = &elements[i];
        size_t header_bytes = two_byte ? 2 : 1;
        if (element->id == 0 || (!two_byte && !fits_one_byte(element)) ||
            (size_t)(block.end - block.at) < header_bytes + element->bytes) {
            continue;
        }
        if (two_byte) {
            bytes_out_u8(&block, element->id);
            bytes_out_u8(&block, element->bytes);
        } else {
            bytes_out_u8(&block, (uint8_t)(element->id << 4 | (element->bytes - 1)));
        }
        bytes_out_copy(&block, element->at, element->bytes);
    }
    size_t content = bytes_out_len(&block) - BLOCK_HEADER_BYTES;
    if (content == 0) {
        return 0;
    }
    while (content % 4 != 0) {
        bytes_out_u8(&block, 0);
        content++;
    }
    bytes_put_u16(out, two_byte ? PROFILE_TWO_BYTE : PROFILE_ONE_BYTE);
    bytes_put_u16(out + 2, (uint16_t)(content / 4));
    return BLOCK_HEADER_BYTES + content;
}
