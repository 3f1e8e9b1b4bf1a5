#include "load/media_lines.h"

#include <string.h>

#include "sdp/sdp_fmtp.h"
#include "sdp/sdp_stream.h"

static bool is_port_zero(const struct sdp_section *section)
{
    return section->port == 0 && !sdp_section_has(section, "bundle-only");
}

/** Name of a payload type as a=rtpmap has it. @return false when there is none */
static bool find_rtpmap(const struct sdp_section *section, uint8_t pt, struct sdp_rtpmap *out)
{
    const struct sdp_attr *attr = sdp_section_find(section, "rtpmap");
    for (; attr != NULL; attr = sdp_section_next(section, attr, "rtpmap")) {
        if (sdp_rtpmap_parse(attr->value, out) == 0 && out->pt == pt) {
            return true;
        }
    }
    return false;
}

/** Parameters of a payload type, empty when there are none. */
static struct str_view find_params(const struct sdp_section *section, uint8_t pt)
{
    const struct sdp_attr *attr = sdp_section_find(section, "fmtp");
    for (; attr != NULL; attr = sdp_section_next(section, attr, "fmtp")) {
        struct sdp_fmtp fmtp;
        if (sdp_fmtp_parse(attr->value, &fmtp) == 0 && fmtp.pt == pt) {
            return fmtp.params;
        }
    }
    return str_view_of(NULL, 0);
}

static bool is_main_codec(const struct sdp_section *section, enum load_kind kind, uint8_t pt,
                          const struct agreement_stream *offered)
{
    struct sdp_rtpmap map;
    if (!find_rtpmap(section, pt, &map)) {
        return offered != NULL && offered->pt == pt;
    }
    return kind == LOAD_AUDIO ? str_view_equal_nocase(map.name, "opus") && map.clock_rate == 48000
                              : str_view_equal_nocase(map.name, "VP8");
}

/** A payload type that wraps the main one: RTX says so by apt, RED by its list. */
static bool wraps(const struct sdp_section *section, uint8_t pt, const char *name, uint8_t main_pt)
{
    struct sdp_rtpmap map;
    if (!find_rtpmap(section, pt, &map) || !str_view_equal_nocase(map.name, name)) {
        return false;
    }
    struct str_view params = find_params(section, pt);
    struct str_view value;
    uint64_t inner = 0;
    if (strcmp(name, "rtx") == 0) {
        return sdp_fmtp_param(params, "apt", &value) &&
               str_view_u64(value, SDP_MAX_PT, &inner) == 0 && inner == main_pt;
    }
    value = str_view_cut(&params, '/');
    return str_view_u64(value, SDP_MAX_PT, &inner) == 0 && inner == main_pt;
}

static void read_payload_types(const struct sdp_section *section,
                               const struct agreement_stream *offered, struct media_lines *out)
{
    struct str_view rest = section->formats;
    struct str_view word;
    uint8_t pt = 0;
    while (!out->taken && sdp_next_word(&rest, &word)) {
        if (sdp_pt_parse(word, &pt) == 0 && is_main_codec(section, out->kind, pt, offered)) {
            out->pt = pt;
            out->taken = true;
        }
    }
    rest = section->formats;
    while (out->taken && sdp_next_word(&rest, &word)) {
        if (sdp_pt_parse(word, &pt) != 0 || pt == out->pt) {
            continue;
        }
        if (out->kind == LOAD_VIDEO && out->rtx_pt == 0 && wraps(section, pt, "rtx", out->pt)) {
            out->rtx_pt = pt;
        }
        if (out->kind == LOAD_AUDIO && out->red_pt == 0 && wraps(section, pt, "red", out->pt)) {
            out->red_pt = pt;
        }
    }
}

static void read_feedback(const struct sdp_section *section, struct media_lines *out)
{
    const struct sdp_attr *attr = sdp_section_find(section, "rtcp-fb");
    for (; attr != NULL; attr = sdp_section_next(section, attr, "rtcp-fb")) {
        struct sdp_rtcp_fb fb;
        if (sdp_rtcp_fb_parse(attr->value, &fb) != 0 || (!fb.any_pt && fb.pt != out->pt)) {
            continue;
        }
        bool nack = str_view_equal(fb.type, "nack");
        out->nack = out->nack || (nack && fb.param.len == 0);
        out->pli = out->pli || (nack && str_view_equal(fb.param, "pli"));
        out->remb = out->remb || str_view_equal(fb.type, "goog-remb");
        out->transport_cc = out->transport_cc || str_view_equal(fb.type, "transport-cc");
    }
}

static void read_extensions(const struct sdp_section *section, struct media_lines *out)
{
    const struct sdp_attr *attr = sdp_section_find(section, "extmap");
    for (; attr != NULL; attr = sdp_section_next(section, attr, "extmap")) {
        struct sdp_extmap map;
        if (sdp_extmap_parse(attr->value, &map) != 0 || map.id == 0 || map.id > UINT8_MAX) {
            continue;
        }
        int kind = rtp_ext_kind_of(map.uri.at, map.uri.len);
        if (kind >= 0 && out->exts.id[kind] == 0) {
            out->exts.id[kind] = (uint8_t)map.id;
        }
    }
}

static void read_ssrcs(const struct sdp_section *section, struct media_lines *out)
{
    const struct sdp_attr *attr = sdp_section_find(section, "ssrc-group");
    for (; attr != NULL; attr = sdp_section_next(section, attr, "ssrc-group")) {
        struct sdp_ssrc_group group;
        if (sdp_ssrc_group_parse(attr->value, &group) == 0 && group.count >= 2 &&
            str_view_equal(group.semantics, "FID")) {
            out->ssrc = group.ssrcs[0];
            out->rtx_ssrc = group.ssrcs[1];
            return;
        }
    }
    attr = sdp_section_find(section, "ssrc");
    struct sdp_ssrc line;
    if (attr != NULL && sdp_ssrc_parse(attr->value, &line) == 0) {
        out->ssrc = line.ssrc;
    }
}

static void add_rid(struct str_view stream, struct media_lines *out)
{
    struct str_view rid = str_view_trim(str_view_cut(&stream, ','));
    if (rid.len > 0 && rid.at[0] == '~') {
        rid = str_view_of(rid.at + 1, rid.len - 1);
    }
    if (out->rid_count < AGREEMENT_MAX_LAYERS && sdp_is_rid(rid) &&
        str_view_copy(rid, out->rids[out->rid_count], AGREEMENT_RID_BYTES) == 0) {
        out->rid_count++;
    }
}

/** `a=simulcast:recv h;m;l` (RFC 8853 5.1), either half first. */
static void read_simulcast(const struct sdp_section *section, struct media_lines *out)
{
    const struct sdp_attr *attr = sdp_section_find(section, "simulcast");
    if (attr == NULL) {
        return;
    }
    struct str_view rest = attr->value;
    struct str_view direction;
    struct str_view list;
    while (sdp_next_word(&rest, &direction) && sdp_next_word(&rest, &list)) {
        while (str_view_equal(direction, "recv") && list.len > 0) {
            add_rid(str_view_cut(&list, ';'), out);
        }
    }
}

static void read_direction(const struct sdp_section *section, struct media_lines *out)
{
    enum sdp_direction direction = SDP_SENDRECV; /* when not said (RFC 8866 6.7) */
    for (size_t i = 0; i < section->attr_count; i++) {
        if (section->attrs[i].value.at == NULL &&
            sdp_direction_parse(section->attrs[i].name, &direction) == 0) {
            break;
        }
    }
    out->sends = sdp_direction_sends(direction);
    out->receives = sdp_direction_receives(direction);
}

void media_lines_read(const struct sdp_section *section, const struct agreement_stream *offered,
                      struct media_lines *out)
{
    *out = (struct media_lines){.kind = LOAD_AUDIO};
    const struct sdp_attr *mid = sdp_section_find(section, "mid");
    if (mid != NULL && str_view_copy(mid->value, out->mid, sizeof(out->mid)) != 0) {
        return; /* none of ours, and nothing that we could echo */
    }
    if (str_view_equal(section->media, "video")) {
        out->kind = LOAD_VIDEO;
    } else if (!str_view_equal(section->media, "audio")) {
        return;
    }
    if (is_port_zero(section)) {
        return;
    }
    read_payload_types(section, offered, out);
    read_direction(section, out);
    out->dtx = out->taken && out->kind == LOAD_AUDIO &&
               sdp_fmtp_param_is(find_params(section, out->pt), "usedtx", "1");
    read_feedback(section, out);
    read_extensions(section, out);
    read_ssrcs(section, out);
    read_simulcast(section, out);
}
