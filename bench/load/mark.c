#include "load/mark.h"

#include <string.h>

#include "base/bytes.h"

/*
 * A mark on the wire:
 *
 *    | caller (32) | number (32) | content (16) | layer (8) |
 *    | run (16) | sent_us (48) | check (40) |
 */
enum { CHECKED_BYTES = 19, CHECK_BYTES = MARK_BYTES - CHECKED_BYTES };

/* Opus framing (RFC 6716 3.1, 3.2.5). */
enum {
    TOC_CODE = 3,
    COUNT_VBR = 0x80,
    COUNT_PADDING = 0x40,
    COUNT_FRAMES = 0x3f,
    MOST_FRAMES = 48,
    PADDING_MORE = 255, /* 254 bytes of padding, and another length byte follows */
    TWO_BYTE_LENGTH = 252
};

/** 40 bits that a payload of chance has once in 10^12. */
static uint64_t check_of(const uint8_t *mark)
{
    uint64_t sum = 0x9e3779b97f4a7c15;
    const uint64_t words[3] = {bytes_get_u64(mark), bytes_get_u64(mark + 8),
                               bytes_get_u24(mark + 16)};
    for (size_t i = 0; i < 3; i++) {
        sum = (sum ^ words[i]) * 0xd6e8feb86659fd93;
        sum ^= sum >> 32;
    }
    return sum >> 24;
}

void mark_write(uint8_t out[static MARK_BYTES], const struct mark *mark)
{
    bytes_put_u32(out, mark->caller);
    bytes_put_u32(out + 4, mark->number);
    bytes_put_u16(out + 8, mark->content);
    out[10] = mark->layer;
    bytes_put_u16(out + 11, mark->run);
    bytes_put_u16(out + 13, (uint16_t)((uint64_t)mark->sent_us >> 32));
    bytes_put_u32(out + 15, (uint32_t)mark->sent_us);
    uint64_t check = check_of(out);
    out[CHECKED_BYTES] = (uint8_t)(check >> 32);
    bytes_put_u32(out + CHECKED_BYTES + 1, (uint32_t)check);
}

bool mark_read(const uint8_t *payload, size_t len, struct mark *out)
{
    if (len < MARK_BYTES) {
        return false;
    }
    const uint8_t *at = payload + len - MARK_BYTES;
    uint64_t check = (uint64_t)at[CHECKED_BYTES] << 32 | bytes_get_u32(at + CHECKED_BYTES + 1);
    if (check != check_of(at)) {
        return false;
    }
    *out = (struct mark){.caller = bytes_get_u32(at),
                         .number = bytes_get_u32(at + 4),
                         .content = bytes_get_u16(at + 8),
                         .layer = at[10],
                         .run = bytes_get_u16(at + 11),
                         .sent_us = (int64_t)bytes_get_u16(at + 13) << 32 | bytes_get_u32(at + 15)};
    return true;
}

/** An Opus packet as code 3 would have it, without padding. */
struct framing {
    uint8_t count;       /* byte after the TOC, padding flag clear */
    const uint8_t *body; /* lengths and frames */
    size_t len;
};

/** Takes the padding off a code 3 packet. */
static bool strip(const uint8_t *packet, size_t len, struct framing *out)
{
    struct bytes rest = bytes_over(packet + 1, len - 1);
    uint8_t count = bytes_u8(&rest);
    size_t padding = 0;
    uint8_t more = (count & COUNT_PADDING) != 0 ? PADDING_MORE : 0;
    while (more == PADDING_MORE && !rest.failed) {
        more = bytes_u8(&rest);
        padding += more == PADDING_MORE ? PADDING_MORE - 1 : more;
    }
    if (rest.failed || padding > bytes_left(&rest)) {
        return false;
    }
    *out = (struct framing){.count = count & (uint8_t)~COUNT_PADDING,
                            .body = rest.at,
                            .len = bytes_left(&rest) - padding};
    return true;
}

static bool read_framing(const uint8_t *packet, size_t len, struct framing *out)
{
    if (len == 0) {
        return false;
    }
    *out = (struct framing){.count = 1, .body = packet + 1, .len = len - 1};
    switch (packet[0] & TOC_CODE) {
    case 1:
        out->count = 2;
        break;
    case 2:
        out->count = COUNT_VBR | 2;
        if (out->len == 0 || (out->body[0] >= TWO_BYTE_LENGTH && out->len == 1)) {
            return false;
        }
        break;
    case 3:
        if (!strip(packet, len, out)) {
            return false;
        }
        break;
    default:
        break;
    }
    unsigned frames = out->count & COUNT_FRAMES;
    return frames > 0 && frames <= MOST_FRAMES &&
           ((out->count & COUNT_VBR) != 0 || out->len % frames == 0);
}

size_t mark_opus(const uint8_t *packet, size_t len, const struct mark *mark, uint8_t *out,
                 size_t cap)
{
    struct framing framing;
    if (!read_framing(packet, len, &framing)) {
        return 0;
    }
    size_t bytes = 3 + framing.len + MARK_BYTES;
    if (bytes > cap) {
        return 0;
    }
    out[0] = packet[0] | TOC_CODE;
    out[1] = framing.count | COUNT_PADDING;
    out[2] = MARK_BYTES;
    memcpy(out + 3, framing.body, framing.len);
    mark_write(out + 3 + framing.len, mark);
    return bytes;
}
