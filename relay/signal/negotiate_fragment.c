#include <string.h>

#include "base/err.h"
#include "negotiate_answer.h"
#include "negotiate_problem.h"
#include "negotiate_transport.h"
#include "sdp/sdp_ice.h"
#include "sdp/sdp_write.h"
#include "signal/negotiate.h"

enum { FRAGMENT_MAX_BYTES = 16 * 1024 };

/** What cannot be read is passed over in silence (RFC 9725 4.3.2, RFC 8839 5.1); nothing is kept or
 * resolved. */
static size_t count_candidates(const struct sdp_section *section)
{
    size_t count = 0;
    const struct sdp_attr *attr = sdp_section_find(section, "candidate");
    for (; attr != NULL; attr = sdp_section_next(section, attr, "candidate")) {
        struct sdp_candidate candidate;
        count += sdp_candidate_parse(attr->value, &candidate) == 0;
    }
    return count;
}

/** The tagged m-line is the only one, or the first (RFC 8840 4.4); some clients send none at all.
 */
static const struct sdp_section *tagged_section(const struct sdp *sdp)
{
    return sdp->media_count > 0 ? &sdp->media[0] : &sdp->session;
}

static int read_fragment(const struct sdp *sdp, struct negotiate_fragment *out,
                         struct negotiate_problem *problem)
{
    const struct sdp_section *section = tagged_section(sdp);
    const struct sdp_attr *mid = sdp_section_find(section, "mid");
    if (mid != NULL &&
        (!sdp_is_token(mid->value) || str_view_copy(mid->value, out->mid, sizeof(out->mid)) != 0)) {
        return problem_malformed(problem, mid->line, "expected a mid of 1 to %d token characters",
                                 SESSION_MID_BYTES - 1);
    }
    int err = transport_read_credentials(sdp, section, out->ufrag, out->pwd, problem);
    if (err == 0 && (out->ufrag[0] == '\0') != (out->pwd[0] == '\0')) {
        err = problem_malformed(problem, 0, "expected a=ice-ufrag and a=ice-pwd together");
    }
    out->candidates = count_candidates(&sdp->session);
    for (size_t i = 0; i < sdp->media_count; i++) {
        out->candidates += count_candidates(&sdp->media[i]);
    }
    return err;
}

int negotiate_fragment_parse(const char *text, size_t len, struct negotiate_fragment *out,
                             struct negotiate_problem *problem)
{
    struct sdp *sdp = NULL;
    struct sdp_error error;
    int err = sdp_parse_fragment(text, len, &sdp, &error);
    if (err != 0) {
        return problem_from_sdp(problem, err, &error);
    }
    struct negotiate_fragment fragment = {.candidates = 0};
    err = read_fragment(sdp, &fragment, problem);
    if (err == 0) {
        *out = fragment;
    }
    sdp_free(&sdp);
    return err;
}

int negotiate_fragment_write(const struct session *session, const struct negotiate_config *config,
                             char **out)
{
    const struct session_media *tag = NULL;
    struct str text;
    str_init(&text, FRAGMENT_MAX_BYTES);
    if (session->bundle) {
        str_append(&text, "a=group:BUNDLE");
    }
    for (size_t i = 0; i < session->media_count; i++) {
        if (session->media[i].rejected) {
            continue;
        }
        tag = tag == NULL ? &session->media[i] : tag;
        if (session->bundle) {
            str_printf(&text, " %s", session->media[i].mid);
        }
    }
    str_append(&text, session->bundle ? "\r\n" : "");
    sdp_write_attr(&text, "ice-lite");
    if (tag != NULL) {
        /* A pseudo m-line: protocol and format say nothing (RFC 8840 4.4). */
        sdp_write_line(&text, 'm', "%s 9 UDP/TLS/RTP/SAVPF %u",
                       tag->kind == MEDIA_AUDIO ? "audio" : "video", (unsigned)tag->codecs[0].pt);
    }
    if (tag != NULL && tag->mid[0] != '\0') {
        sdp_write_attr(&text, "mid:%s", tag->mid);
    }
    answer_write_credentials(&text, session);
    answer_write_candidates(&text, config);
    int err = str_take(&text, out);
    str_deinit(&text);
    return err;
}
