#include "sdp/sdp_profile.h"

#include <stddef.h>

#include "base/err.h"
#include "sdp/sdp_fmtp.h"

enum {
    H264_BASELINE = 0x4200,
    H264_CONSTRAINED_BASELINE = 0x42e0,
    H264_MAIN = 0x4d00,
    H264_EXTENDED = 0x5800,
    H264_MODE_INTERLEAVED = 2,
    VP9_MAX_PROFILE = 3,
    AV1_MAX_PROFILE = 2
};

/** Rows of RFC 6184 table 5: bits of profile-iop that must be so, and whose profile that is. */
static const struct {
    uint8_t idc;
    uint8_t mask;
    uint8_t bits;
    uint16_t profile;
} h264_spellings[] = {
    {0x42, 0x4f, 0x40, H264_CONSTRAINED_BASELINE},
    {0x4d, 0x8f, 0x80, H264_CONSTRAINED_BASELINE},
    {0x58, 0xcf, 0xc0, H264_CONSTRAINED_BASELINE},
    {0x42, 0x4f, 0x00, H264_BASELINE},
    {0x58, 0xcf, 0x80, H264_BASELINE},
    {0x4d, 0xaf, 0x00, H264_MAIN},
    {0x58, 0xcf, 0x00, H264_EXTENDED},
};

static uint16_t h264_profile(uint8_t idc, uint8_t iop)
{
    for (size_t i = 0; i < sizeof(h264_spellings) / sizeof(h264_spellings[0]); i++) {
        if (h264_spellings[i].idc == idc &&
            (iop & h264_spellings[i].mask) == h264_spellings[i].bits) {
            return h264_spellings[i].profile;
        }
    }
    return (uint16_t)(idc << 8 | iop);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/** Three octets in base16: profile_idc, profile-iop, level_idc. */
static int read_profile_level_id(struct str_view text, uint16_t *profile)
{
    uint32_t value = 0;
    if (text.len != 6) {
        return ERR_MALFORMED;
    }
    for (size_t i = 0; i < text.len; i++) {
        int digit = hex_digit(text.at[i]);
        if (digit < 0) {
            return ERR_MALFORMED;
        }
        value = value << 4 | (uint32_t)digit;
    }
    *profile = h264_profile((uint8_t)(value >> 16), (uint8_t)(value >> 8));
    return 0;
}

int sdp_profile_h264(struct str_view params, struct sdp_profile *out)
{
    struct sdp_profile profile = {.profile = H264_BASELINE};
    struct str_view text = {0};
    uint64_t mode = 0;
    if (sdp_fmtp_param(params, "profile-level-id", &text) &&
        read_profile_level_id(text, &profile.profile) != 0) {
        return ERR_MALFORMED;
    }
    if (sdp_fmtp_param(params, "packetization-mode", &text) &&
        str_view_u64(text, H264_MODE_INTERLEAVED, &mode) != 0) {
        return ERR_MALFORMED;
    }
    if (mode == H264_MODE_INTERLEAVED) {
        return ERR_UNSUPPORTED;
    }
    profile.mode = (uint8_t)mode;
    *out = profile;
    return 0;
}

static int read_number(struct str_view params, const char *name, uint64_t most,
                       struct sdp_profile *out)
{
    struct str_view text = {0};
    uint64_t number = 0;
    if (sdp_fmtp_param(params, name, &text) && str_view_u64(text, most, &number) != 0) {
        return ERR_MALFORMED;
    }
    *out = (struct sdp_profile){.profile = (uint16_t)number};
    return 0;
}

int sdp_profile_vp9(struct str_view params, struct sdp_profile *out)
{
    return read_number(params, "profile-id", VP9_MAX_PROFILE, out);
}

int sdp_profile_av1(struct str_view params, struct sdp_profile *out)
{
    return read_number(params, "profile", AV1_MAX_PROFILE, out);
}
