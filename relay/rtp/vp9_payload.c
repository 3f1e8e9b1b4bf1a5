#include "rtp/vp9_payload.h"

#include "base/bytes.h"
#include "base/err.h"

enum {
    BIT_PICTURE_ID = 0x80,
    BIT_INTER_PREDICTED = 0x40,
    BIT_LAYERS = 0x20,
    BIT_FLEXIBLE = 0x10,
    BIT_START = 0x08,
    BIT_END = 0x04,
    BIT_STRUCTURE = 0x02,
    BIT_LONG_PICTURE_ID = 0x80,
    BIT_SWITCHING_UP = 0x10,
    BIT_MORE_REFERENCES = 0x01,
    BIT_SIZES = 0x10,
    BIT_GROUP = 0x08,
    MAX_REFERENCES = 3
};

static void read_picture_id(struct bytes *in, const uint8_t *payload, struct vp9_payload *vp9)
{
    vp9->picture_id_offset = (uint8_t)(in->at - payload);
    uint8_t high = bytes_u8(in);
    vp9->picture_id_bits = 7;
    vp9->picture_id = high & 0x7f;
    if ((high & BIT_LONG_PICTURE_ID) != 0) {
        vp9->picture_id_bits = 15;
        vp9->picture_id = (uint16_t)((uint16_t)(vp9->picture_id << 8) | bytes_u8(in));
    }
}

static void read_layers(struct bytes *in, const uint8_t *payload, struct vp9_payload *vp9)
{
    uint8_t octet = bytes_u8(in);
    vp9->has_layers = true;
    vp9->tid = octet >> 5;
    vp9->switching_up = (octet & BIT_SWITCHING_UP) != 0;
    vp9->sid = octet >> 1 & 0x07;
    if (!vp9->flexible) {
        vp9->tl0picidx_offset = (uint8_t)(in->at - payload);
        vp9->tl0picidx = bytes_u8(in);
    }
}

static void skip_references(struct bytes *in)
{
    unsigned count = 1;
    while ((bytes_u8(in) & BIT_MORE_REFERENCES) != 0) {
        count++;
        in->failed = in->failed || count > MAX_REFERENCES;
    }
}

/** The layers' sizes stand in rising order. */
static void read_structure(struct bytes *in, struct vp9_payload *vp9)
{
    uint8_t flags = bytes_u8(in);
    unsigned layers = (flags >> 5) + 1U;
    for (unsigned i = 0; i < layers && (flags & BIT_SIZES) != 0; i++) {
        vp9->width = bytes_u16(in);
        vp9->height = bytes_u16(in);
    }
    unsigned pictures = (flags & BIT_GROUP) != 0 ? bytes_u8(in) : 0;
    for (unsigned i = 0; i < pictures; i++) {
        bytes_skip(in, bytes_u8(in) >> 2 & 0x03);
    }
}

int vp9_payload_parse(const uint8_t *payload, size_t len, struct vp9_payload *out)
{
    struct bytes in = bytes_over(payload, len);
    uint8_t first = bytes_u8(&in);
    struct vp9_payload vp9 = {.inter_predicted = (first & BIT_INTER_PREDICTED) != 0,
                              .flexible = (first & BIT_FLEXIBLE) != 0,
                              .start = (first & BIT_START) != 0,
                              .end = (first & BIT_END) != 0};
    if ((first & BIT_PICTURE_ID) != 0) {
        read_picture_id(&in, payload, &vp9);
    }
    if ((first & BIT_LAYERS) != 0) {
        read_layers(&in, payload, &vp9);
    }
    if (vp9.inter_predicted && vp9.flexible) {
        skip_references(&in);
    }
    if ((first & BIT_STRUCTURE) != 0) {
        read_structure(&in, &vp9);
    }
    if (in.failed || bytes_left(&in) == 0) {
        return ERR_MALFORMED;
    }
    vp9.descriptor_bytes = (uint16_t)(in.at - payload);
    vp9.keyframe = vp9.start && !vp9.inter_predicted && vp9.sid == 0;
    *out = vp9;
    return 0;
}
