#include "rtp/h264_payload.h"

#include <string.h>

#include "base/bits.h"
#include "base/bytes.h"
#include "base/err.h"

enum {
    TYPE_MASK = 0x1f,
    NAL_IDR = 5,
    NAL_SPS = 7,
    NAL_LAST_SINGLE = 23,
    NAL_STAP_A = 24,
    NAL_FU_A = 28,
    BIT_FU_START = 0x80,
    MAX_SPS_BYTES = 256,
    CHROMA_444 = 3,
    MAX_DELTA_SCALE_CODE = 256,
    MAX_SIZE_IN_MACROBLOCKS = 4096,
    MAX_REF_FRAMES_IN_CYCLE = 255
};

/** Takes out the 3 of every 0 0 3 (H.264 7.4.1). @return bytes in out */
static size_t unescape(const uint8_t *nal, size_t len, uint8_t out[static MAX_SPS_BYTES])
{
    size_t used = 0;
    size_t zeros = 0;
    for (size_t i = 0; i < len && used < MAX_SPS_BYTES; i++) {
        if (zeros >= 2 && nal[i] == 3) {
            zeros = 0;
            continue;
        }
        zeros = nal[i] == 0 ? zeros + 1 : 0;
        out[used++] = nal[i];
    }
    return used;
}

static bool has_chroma_info(uint32_t profile_idc)
{
    static const uint8_t high[] = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135};
    return memchr(high, (int)profile_idc, sizeof(high)) != NULL;
}

/** delta_scale, a se(v) of -128 to 127 (H.264 7.4.2.1.1.1). */
static int32_t read_delta_scale(struct bits *in)
{
    uint32_t code = bits_exp_golomb(in);
    if (code > MAX_DELTA_SCALE_CODE) {
        in->failed = true;
        return 0;
    }
    return (code & 1) != 0 ? (int32_t)(code / 2 + 1) : -(int32_t)(code / 2);
}

static void skip_scaling_list(struct bits *in, size_t size)
{
    int32_t last = 8;
    int32_t next = 8;
    for (size_t i = 0; i < size && !in->failed; i++) {
        if (next != 0) {
            next = (last + read_delta_scale(in) + 256) % 256;
        }
        last = next == 0 ? last : next;
    }
}

/** @return chroma_format_idc, 4 for planes coded apart (which have no cropping units of chroma) */
static uint32_t read_chroma_info(struct bits *in)
{
    uint32_t format = bits_exp_golomb(in);
    bool apart = format == CHROMA_444 && bits_flag(in);
    (void)bits_exp_golomb(in); /* bit depths */
    (void)bits_exp_golomb(in);
    bits_skip(in, 1);
    if (bits_flag(in)) {
        size_t lists = format == CHROMA_444 ? 12 : 8;
        for (size_t i = 0; i < lists && !in->failed; i++) {
            if (bits_flag(in)) {
                skip_scaling_list(in, i < 6 ? 16 : 64);
            }
        }
    }
    return apart ? 0 : format;
}

static void skip_picture_order(struct bits *in)
{
    uint32_t type = bits_exp_golomb(in);
    if (type == 0) {
        (void)bits_exp_golomb(in);
    } else if (type == 1) {
        bits_skip(in, 1);
        (void)bits_exp_golomb(in);
        (void)bits_exp_golomb(in);
        uint32_t count = bits_exp_golomb(in);
        in->failed = in->failed || count > MAX_REF_FRAMES_IN_CYCLE;
        for (uint32_t i = 0; i < count && !in->failed; i++) {
            (void)bits_exp_golomb(in);
        }
    }
}

/** Size of one side: macroblocks less what is cropped, 0 when that makes no sense. */
static uint16_t side(uint32_t macroblocks, uint32_t crop, uint32_t unit)
{
    uint32_t whole = macroblocks * 16;
    if (macroblocks > MAX_SIZE_IN_MACROBLOCKS || crop > MAX_SIZE_IN_MACROBLOCKS * 16 ||
        crop * unit >= whole || whole - crop * unit > UINT16_MAX) {
        return 0;
    }
    return (uint16_t)(whole - crop * unit);
}

/** seq_parameter_set_data up to the cropping (H.264 7.3.2.1.1). */
static void read_sps(const uint8_t *nal, size_t len, struct h264_payload *out)
{
    uint8_t plain[MAX_SPS_BYTES];
    struct bits in = bits_over(plain, unescape(nal, len, plain));
    bits_skip(&in, 8);
    uint32_t profile_idc = bits_read(&in, 8);
    bits_skip(&in, 16); /* constraints, level */
    (void)bits_exp_golomb(&in);
    uint32_t chroma = has_chroma_info(profile_idc) ? read_chroma_info(&in) : 1;
    (void)bits_exp_golomb(&in);
    skip_picture_order(&in);
    (void)bits_exp_golomb(&in);
    bits_skip(&in, 1);
    uint32_t columns = bits_exp_golomb(&in);
    uint32_t rows = bits_exp_golomb(&in);
    bool frames_only = bits_flag(&in);
    if (!frames_only) {
        bits_skip(&in, 1);
    }
    bits_skip(&in, 1);
    uint32_t crop[4] = {0};
    if (bits_flag(&in)) {
        for (size_t i = 0; i < 4; i++) {
            crop[i] = bits_exp_golomb(&in);
        }
    }
    if (in.failed || columns >= MAX_SIZE_IN_MACROBLOCKS || rows >= MAX_SIZE_IN_MACROBLOCKS ||
        crop[0] > UINT16_MAX || crop[1] > UINT16_MAX || crop[2] > UINT16_MAX ||
        crop[3] > UINT16_MAX) {
        return;
    }
    uint32_t fields = frames_only ? 1 : 2;
    uint32_t unit_x = chroma == 1 || chroma == 2 ? 2 : 1;
    uint32_t unit_y = (chroma == 1 ? 2 : 1) * fields;
    uint16_t width = side(columns + 1, crop[0] + crop[1], unit_x);
    uint16_t height = side((rows + 1) * fields, crop[2] + crop[3], unit_y);
    if (width != 0 && height != 0) {
        out->width = width;
        out->height = height;
    }
}

/** A whole NAL unit. */
static void read_nal(const uint8_t *nal, size_t len, struct h264_payload *out)
{
    uint8_t type = nal[0] & TYPE_MASK;
    if (type == NAL_SPS) {
        out->sps = true;
        read_sps(nal, len, out);
    }
    out->idr = out->idr || type == NAL_IDR;
}

static int read_stap_a(const uint8_t *payload, size_t len, struct h264_payload *out)
{
    struct bytes in = bytes_over(payload + 1, len - 1);
    while (bytes_left(&in) > 0) {
        size_t size = bytes_u16(&in);
        const uint8_t *nal = bytes_take(&in, size);
        if (nal == NULL || size == 0) {
            return ERR_MALFORMED;
        }
        read_nal(nal, size, out);
    }
    return 0;
}

int h264_payload_parse(const uint8_t *payload, size_t len, struct h264_payload *out)
{
    struct h264_payload h264 = {.idr = false};
    int err = 0;
    uint8_t type = len == 0 ? 0 : payload[0] & TYPE_MASK;
    if (type == NAL_STAP_A && len > 1) {
        err = read_stap_a(payload, len, &h264);
    } else if (type == NAL_FU_A && len > 2) {
        h264.idr = (payload[1] & BIT_FU_START) != 0 && (payload[1] & TYPE_MASK) == NAL_IDR;
    } else if (type >= 1 && type <= NAL_LAST_SINGLE) {
        read_nal(payload, len, &h264);
    } else {
        err = ERR_MALFORMED;
    }
    if (err == 0) {
        *out = h264;
    }
    return err;
}
