#include "load/path_lines.h"

#include <string.h>

#include "base/str.h"
#include "sdp/sdp_write.h"

static bool read_text(const struct sdp *sdp, const struct sdp_section *bundle, const char *name,
                      size_t min, char out[static AGREEMENT_ICE_BYTES])
{
    const struct sdp_attr *attr = sdp_find(sdp, bundle, name);
    return attr != NULL && sdp_is_ice_text(attr->value, min) &&
           str_view_copy(attr->value, out, AGREEMENT_ICE_BYTES) == 0;
}

static bool read_fingerprint_in(const struct sdp_section *section, struct sdp_fingerprint *out)
{
    bool found = false;
    const struct sdp_attr *attr = sdp_section_find(section, "fingerprint");
    for (; attr != NULL; attr = sdp_section_next(section, attr, "fingerprint")) {
        struct sdp_fingerprint one;
        if (sdp_fingerprint_parse(attr->value, &one) != 0) {
            continue;
        }
        if (!found || strcmp(one.hash, "sha-256") == 0) {
            *out = one;
            found = true;
        }
    }
    return found;
}

static bool read_setup(const struct sdp *sdp, const struct sdp_section *bundle,
                       struct agreement_remote *out)
{
    enum sdp_setup setup = SDP_SETUP_PASSIVE;
    const struct sdp_attr *attr = sdp_find(sdp, bundle, "setup");
    if (attr != NULL && sdp_setup_parse(attr->value, &setup) != 0) {
        return false;
    }
    out->we_are_active = setup != SDP_SETUP_ACTIVE;
    return setup != SDP_SETUP_HOLDCONN;
}

/** Keeps the list sorted, best first; when it is full the worst falls out. */
static void add_candidate(struct agreement_remote *out, const struct addr *addr, uint32_t priority)
{
    size_t at = out->candidate_count;
    while (at > 0 && out->priorities[at - 1] < priority) {
        at--;
    }
    if (at == AGREEMENT_MAX_CANDIDATES) {
        return;
    }
    if (out->candidate_count < AGREEMENT_MAX_CANDIDATES) {
        out->candidate_count++;
    }
    for (size_t i = out->candidate_count - 1; i > at; i--) {
        out->candidates[i] = out->candidates[i - 1];
        out->priorities[i] = out->priorities[i - 1];
    }
    out->candidates[at] = *addr;
    out->priorities[at] = priority;
}

static void read_candidates(const struct sdp_section *section, struct agreement_remote *out)
{
    const struct sdp_attr *attr = sdp_section_find(section, "candidate");
    for (; attr != NULL; attr = sdp_section_next(section, attr, "candidate")) {
        struct sdp_candidate line;
        struct addr addr;
        char text[ADDR_TEXT_MAX];
        if (sdp_candidate_parse(attr->value, &line) == 0 && line.component == 1 &&
            str_view_equal_nocase(line.transport, "udp") && line.port != 0 &&
            str_view_copy(line.address, text, sizeof(text)) == 0 &&
            addr_parse_ip(text, line.port, &addr) == 0 && !addr_is_any(&addr)) {
            add_candidate(out, &addr, line.priority);
        }
    }
}

enum load_cause path_lines_read(const struct sdp *sdp, const struct sdp_section *bundle,
                                struct agreement_remote *out, struct sdp_error *error)
{
    *out = (struct agreement_remote){.candidate_count = 0};
    if (!read_text(sdp, bundle, "ice-ufrag", SDP_UFRAG_MIN, out->ufrag) ||
        !read_text(sdp, bundle, "ice-pwd", SDP_PWD_MIN, out->pwd)) {
        sdp_error_set(error, bundle->line, "no a=ice-ufrag and a=ice-pwd that can be used");
        return LOAD_BAD_ANSWER;
    }
    if (!read_fingerprint_in(bundle, &out->fingerprint) &&
        !read_fingerprint_in(&sdp->session, &out->fingerprint)) {
        sdp_error_set(error, bundle->line, "no a=fingerprint that can be used");
        return LOAD_BAD_ANSWER;
    }
    if (!read_setup(sdp, bundle, out)) {
        sdp_error_set(error, bundle->line, "an a=setup that cannot be used");
        return LOAD_BAD_ANSWER;
    }
    out->ice_lite = sdp_section_has(&sdp->session, "ice-lite");
    read_candidates(bundle, out);
    read_candidates(&sdp->session, out);
    for (size_t i = 0; i < sdp->media_count && out->candidate_count == 0; i++) {
        read_candidates(&sdp->media[i], out);
    }
    if (out->candidate_count == 0) {
        sdp_error_set(error, 0, "no a=candidate with UDP and an IP address");
        return LOAD_NO_CANDIDATES;
    }
    return LOAD_FINE;
}

void path_lines_write(struct str *out, const struct agreement_local *local, const char *setup)
{
    char hex[3 * SDP_MAX_HASH_BYTES + 1] = "";
    for (size_t i = 0; i < local->fingerprint.bytes && i < SDP_MAX_HASH_BYTES; i++) {
        static const char digits[] = "0123456789ABCDEF";
        hex[3 * i] = digits[local->fingerprint.value[i] >> 4];
        hex[3 * i + 1] = digits[local->fingerprint.value[i] & 15];
        hex[3 * i + 2] = i + 1 < local->fingerprint.bytes ? ':' : '\0';
    }
    hex[sizeof(hex) - 1] = '\0';
    sdp_write_attr(out, "ice-ufrag:%s", local->ufrag);
    sdp_write_attr(out, "ice-pwd:%s", local->pwd);
    sdp_write_attr(out, "fingerprint:%s %s", local->fingerprint.hash, hex);
    sdp_write_attr(out, "setup:%s", setup);
}

void path_lines_write_candidates(struct str *out, const struct agreement_local *local)
{
    for (size_t i = 0; i < local->candidate_count; i++) {
        sdp_write_candidate_udp(out, &local->candidates[i], (uint32_t)i);
    }
    sdp_write_attr(out, "end-of-candidates");
}
