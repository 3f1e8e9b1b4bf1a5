#include "rtp/av1_payload.h"

#include "base/bits.h"
#include "base/bytes.h"
#include "base/err.h"

enum {
    BIT_CONTINUES = 0x80,
    BIT_CONTINUED = 0x40,
    BIT_NEW_SEQUENCE = 0x08,
    OBU_SEQUENCE_HEADER = 1,
    OBU_BIT_EXTENSION = 0x04,
    OBU_BIT_SIZE = 0x02,
    LEB128_MAX_BYTES = 8,
    LEVEL_WITH_TIER = 7 /* levels above have a tier bit */
};

/** leb128() of AV1 4.10.5; larger than any packet becomes a failure by what follows. */
static size_t read_leb128(struct bytes *in)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < LEB128_MAX_BYTES; i++) {
        uint8_t octet = bytes_u8(in);
        value |= (uint64_t)(octet & 0x7f) << (7 * i);
        if ((octet & 0x80) == 0) {
            return (size_t)value;
        }
    }
    in->failed = true;
    return 0;
}

/** @return bits of a buffer delay (AV1 5.5.4), 0 without a decoder model */
static unsigned read_timing(struct bits *in)
{
    if (!bits_flag(in)) {
        return 0;
    }
    bits_skip(in, 64);
    if (bits_flag(in)) {
        (void)bits_exp_golomb(in); /* uvlc() is the same code */
    }
    if (!bits_flag(in)) {
        return 0;
    }
    unsigned delay_bits = bits_read(in, 5) + 1;
    bits_skip(in, 32 + 5 + 5);
    return delay_bits;
}

static void skip_operating_points(struct bits *in, unsigned delay_bits)
{
    bool display_delay = bits_flag(in);
    unsigned count = bits_read(in, 5) + 1;
    for (unsigned i = 0; i < count && !in->failed; i++) {
        bits_skip(in, 12);
        if (bits_read(in, 5) > LEVEL_WITH_TIER) {
            bits_skip(in, 1);
        }
        if (delay_bits > 0 && bits_flag(in)) {
            bits_skip(in, 2 * delay_bits + 1);
        }
        if (display_delay && bits_flag(in)) {
            bits_skip(in, 4);
        }
    }
}

/** sequence_header_obu() up to the frame size (AV1 5.5.1). */
static void read_sequence(const uint8_t *data, size_t len, struct av1_payload *out)
{
    struct bits in = bits_over(data, len);
    bits_skip(&in, 3 + 1);
    if (bits_flag(&in)) { /* reduced_still_picture_header */
        bits_skip(&in, 5);
    } else {
        skip_operating_points(&in, read_timing(&in));
    }
    unsigned width_bits = bits_read(&in, 4) + 1;
    unsigned height_bits = bits_read(&in, 4) + 1;
    uint32_t width = bits_read(&in, width_bits) + 1;
    uint32_t height = bits_read(&in, height_bits) + 1;
    if (!in.failed && width <= UINT16_MAX && height <= UINT16_MAX) {
        out->width = (uint16_t)width;
        out->height = (uint16_t)height;
    }
}

/** An element that begins in this packet; its end may be in another. */
static void read_obu(const uint8_t *data, size_t len, struct av1_payload *out)
{
    struct bytes in = bytes_over(data, len);
    uint8_t header = bytes_u8(&in);
    if ((header & OBU_BIT_EXTENSION) != 0) {
        bytes_skip(&in, 1);
    }
    if ((header & OBU_BIT_SIZE) != 0) {
        (void)read_leb128(&in);
    }
    if (!in.failed && (header >> 3 & 0x0f) == OBU_SEQUENCE_HEADER) {
        out->has_sequence = true;
        read_sequence(in.at, bytes_left(&in), out);
    }
}

int av1_payload_parse(const uint8_t *payload, size_t len, struct av1_payload *out)
{
    struct bytes in = bytes_over(payload, len);
    uint8_t header = bytes_u8(&in);
    struct av1_payload av1 = {.continues = (header & BIT_CONTINUES) != 0,
                              .continued = (header & BIT_CONTINUED) != 0,
                              .new_sequence = (header & BIT_NEW_SEQUENCE) != 0};
    unsigned wanted = header >> 4 & 0x03;
    unsigned count = 0;
    while (bytes_left(&in) > 0 && !in.failed && (wanted == 0 || count < wanted)) {
        count++;
        size_t size = count == wanted ? bytes_left(&in) : read_leb128(&in);
        const uint8_t *element = bytes_take(&in, size);
        if (element != NULL && size > 0 && (count > 1 || !av1.continues)) {
            read_obu(element, size, &av1);
        }
    }
    if (in.failed || count == 0 || count < wanted) {
        return ERR_MALFORMED;
    }
    *out = av1;
    return 0;
}
