#include "rtp/red.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"

enum { REDUNDANT = 0x80 };

int red_parse(const uint8_t *payload, size_t len, struct red_block out[RED_MAX_BLOCKS])
{
    struct bytes in = bytes_over(payload, len);
    size_t redundant = 0;
    size_t redundant_bytes = 0;
    uint8_t first = bytes_u8(&in);
    while (!in.failed && (first & REDUNDANT) != 0) {
        uint32_t rest = bytes_u24(&in);
        if (redundant == RED_MAX_BLOCKS - 1) {
            return ERR_FULL;
        }
        out[redundant] = (struct red_block){.pt = first & 0x7f,
                                            .timestamp_offset = (uint16_t)(rest >> 10),
                                            .bytes = rest & RED_MAX_BLOCK_BYTES};
        redundant_bytes += out[redundant].bytes;
        redundant++;
        first = bytes_u8(&in);
    }
    if (in.failed || bytes_left(&in) < redundant_bytes || len > UINT16_MAX) {
        return ERR_MALFORMED;
    }
    size_t offset = (size_t)(in.at - payload);
    for (size_t i = 0; i < redundant; i++) {
        out[i].offset = (uint16_t)offset;
        offset += out[i].bytes;
    }
    out[redundant] = (struct red_block){
        .pt = first & 0x7f, .offset = (uint16_t)offset, .bytes = (uint16_t)(len - offset)};
    return (int)redundant + 1;
}

int red_find_primary(const uint8_t *payload, size_t len, struct red_block *out)
{
    struct red_block blocks[RED_MAX_BLOCKS];
    int count = red_parse(payload, len, blocks);
    if (count < 0) {
        return count;
    }
    *out = blocks[count - 1];
    return 0;
}

size_t red_bytes(const struct red_part *parts, size_t count)
{
    size_t bytes = (count - 1) * RED_BLOCK_HEADER_BYTES + 1;
    for (size_t i = 0; i < count; i++) {
        bytes += parts[i].bytes;
    }
    return bytes;
}

void red_write(uint8_t *out, uint8_t pt, const struct red_part *parts, size_t count)
{
    uint8_t *at = out;
    for (size_t i = 0; i + 1 < count; i++) {
        assert(parts[i].bytes <= RED_MAX_BLOCK_BYTES &&
               parts[i].timestamp_offset <= RED_MAX_TIMESTAMP_OFFSET);
        bytes_put_u32(at, (uint32_t)(REDUNDANT | pt) << 24 |
                              (uint32_t)parts[i].timestamp_offset << 10 | parts[i].bytes);
        at += RED_BLOCK_HEADER_BYTES;
    }
    *at++ = pt;
    for (size_t i = 0; i < count; i++) {
        memcpy(at, parts[i].at, parts[i].bytes);
        at += parts[i].bytes;
    }
}
