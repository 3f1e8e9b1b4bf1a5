#include "rtp/red.h"

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
