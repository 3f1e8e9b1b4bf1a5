#include "sdp/sdp_fmtp.h"

#include "base/err.h"

/** First word and the rest, blanks between them gone. */
static struct str_view cut_word(struct str_view *rest)
{
    *rest = str_view_trim(*rest);
    struct str_view word = str_view_cut(rest, ' ');
    *rest = str_view_trim(*rest);
    return word;
}

int sdp_pt_parse(struct str_view value, uint8_t *out)
{
    uint64_t pt = 0;
    if (str_view_u64(value, SDP_MAX_PT, &pt) != 0) {
        return ERR_MALFORMED;
    }
    *out = (uint8_t)pt;
    return 0;
}

int sdp_rtpmap_parse(struct str_view value, struct sdp_rtpmap *out)
{
    struct sdp_rtpmap map = {.channels = 1};
    struct str_view rest = value;
    if (sdp_pt_parse(cut_word(&rest), &map.pt) != 0) {
        return ERR_MALFORMED;
    }
    map.name = str_view_cut(&rest, '/');
    struct str_view clock = str_view_cut(&rest, '/');
    uint64_t number = 0;
    if (map.name.len == 0 || str_view_u64(clock, UINT32_MAX, &number) != 0) {
        return ERR_MALFORMED;
    }
    map.clock_rate = (uint32_t)number;
    if (rest.len > 0) {
        if (str_view_u64(rest, UINT8_MAX, &number) != 0) {
            return ERR_MALFORMED;
        }
        map.channels = (uint32_t)number;
    }
    *out = map;
    return 0;
}

int sdp_fmtp_parse(struct str_view value, struct sdp_fmtp *out)
{
    struct sdp_fmtp fmtp = {0};
    struct str_view rest = value;
    if (sdp_pt_parse(cut_word(&rest), &fmtp.pt) != 0) {
        return ERR_MALFORMED;
    }
    fmtp.params = rest;
    *out = fmtp;
    return 0;
}

bool sdp_fmtp_param(struct str_view params, const char *name, struct str_view *out)
{
    struct str_view rest = params;
    while (rest.len > 0) {
        struct str_view value = str_view_cut(&rest, ';');
        struct str_view key = str_view_trim(str_view_cut(&value, '='));
        if (str_view_equal_nocase(key, name)) {
            *out = str_view_trim(value);
            return true;
        }
    }
    return false;
}

bool sdp_fmtp_param_is(struct str_view params, const char *name, const char *value)
{
    struct str_view found = {0};
    return sdp_fmtp_param(params, name, &found) && found.len > 0 && str_view_equal(found, value);
}

int sdp_rtcp_fb_parse(struct str_view value, struct sdp_rtcp_fb *out)
{
    struct sdp_rtcp_fb fb = {0};
    struct str_view rest = value;
    struct str_view pt = cut_word(&rest);
    fb.any_pt = str_view_equal(pt, "*");
    if (!fb.any_pt && sdp_pt_parse(pt, &fb.pt) != 0) {
        return ERR_MALFORMED;
    }
    fb.type = cut_word(&rest);
    fb.param = rest;
    if (fb.type.len == 0) {
        return ERR_MALFORMED;
    }
    *out = fb;
    return 0;
}
