#include "negotiate_transport.h"

#include <string.h>

#include "base/err.h"
#include "negotiate_problem.h"
#include "sdp/sdp_ice.h"

enum { UFRAG_CHARS = 8, PWD_CHARS = 24 };

/** The tagged m-line's attribute, else the session's, else that of any m-line: clients differ in
 * where they put it. */
static const struct sdp_attr *find_attr(const struct plan *plan, const char *name)
{
    const struct sdp *sdp = plan->sdp;
    const struct sdp_attr *found = sdp_find(sdp, plan->media[plan->tag].offer, name);
    for (size_t i = 0; i < sdp->media_count && found == NULL; i++) {
        found = sdp_section_find(&sdp->media[i], name);
    }
    return found;
}

static int copy_ice_text(const struct sdp_attr *attr, size_t min, char *out,
                         struct negotiate_problem *problem)
{
    if (attr == NULL) {
        return 0;
    }
    if (!sdp_is_ice_text(attr->value, min)) {
        return problem_malformed(problem, attr->line,
                                 "expected %zu to %d characters of A-Z a-z 0-9 + /", min,
                                 SDP_ICE_MAX);
    }
    return str_view_copy(attr->value, out, SDP_ICE_MAX + 1);
}

int transport_read_credentials(const struct sdp *sdp, const struct sdp_section *section,
                               char ufrag[static SESSION_UFRAG_BYTES],
                               char pwd[static SESSION_PWD_BYTES],
                               struct negotiate_problem *problem)
{
    int err = copy_ice_text(sdp_find(sdp, section, "ice-ufrag"), SDP_UFRAG_MIN, ufrag, problem);
    return err != 0 ? err
                    : copy_ice_text(sdp_find(sdp, section, "ice-pwd"), SDP_PWD_MIN, pwd, problem);
}

static int plan_ice(struct plan *plan)
{
    struct session *session = plan->session;
    const struct sdp_attr *ufrag = find_attr(plan, "ice-ufrag");
    const struct sdp_attr *pwd = find_attr(plan, "ice-pwd");
    if (ufrag == NULL || pwd == NULL) {
        return problem_unsupported(plan->problem, 406, plan->media[plan->tag].offer->line,
                                   "expected a=ice-ufrag and a=ice-pwd");
    }
    if (sdp_section_has(&plan->sdp->session, "ice-lite")) {
        return problem_unsupported(plan->problem, 406, 0,
                                   "expected a full ICE agent, the offer says a=ice-lite as we do");
    }
    int err = copy_ice_text(ufrag, SDP_UFRAG_MIN, session->remote_ufrag, plan->problem);
    if (err == 0) {
        err = copy_ice_text(pwd, SDP_PWD_MIN, session->remote_pwd, plan->problem);
    }
    const struct session *before = plan->before;
    bool same = before != NULL && strcmp(before->remote_ufrag, session->remote_ufrag) == 0 &&
                strcmp(before->remote_pwd, session->remote_pwd) == 0;
    if (same) {
        memcpy(session->local_ufrag, before->local_ufrag, sizeof(session->local_ufrag));
        memcpy(session->local_pwd, before->local_pwd, sizeof(session->local_pwd));
    } else {
        rand_ice_chars(plan->rand, session->local_ufrag, UFRAG_CHARS);
        rand_ice_chars(plan->rand, session->local_pwd, PWD_CHARS);
    }
    return err;
}

/** Bytes of a hash that is strong enough, or 0. SHA-1 and below are passed over. */
static uint8_t hash_bytes(const char *hash)
{
    return strcmp(hash, "sha-256") == 0   ? 32
           : strcmp(hash, "sha-384") == 0 ? 48
           : strcmp(hash, "sha-512") == 0 ? 64
                                          : 0;
}

static int add_fingerprint(struct plan *plan, const struct sdp_attr *attr)
{
    struct session *session = plan->session;
    struct sdp_fingerprint print;
    if (sdp_fingerprint_parse(attr->value, &print) != 0) {
        return problem_malformed(plan->problem, attr->line,
                                 "expected a=fingerprint:<hash> <XX:XX:...>");
    }
    uint8_t bytes = hash_bytes(print.hash);
    if (bytes == 0 || session->fingerprint_count == SESSION_MAX_FINGERPRINTS) {
        return 0;
    }
    if (print.bytes != bytes) {
        return problem_malformed(plan->problem, attr->line, "expected %u bytes of %s, found %u",
                                 (unsigned)bytes, print.hash, (unsigned)print.bytes);
    }
    struct session_fingerprint *out = &session->fingerprints[session->fingerprint_count++];
    memcpy(out->hash, print.hash, sizeof(out->hash));
    memcpy(out->value, print.value, sizeof(out->value));
    out->bytes = bytes;
    return 0;
}

/** Several lines may stand at one level, any match is good (RFC 8122 5). */
static int plan_fingerprints(struct plan *plan)
{
    const struct sdp *sdp = plan->sdp;
    const struct sdp_section *level = plan->media[plan->tag].offer;
    if (!sdp_section_has(level, "fingerprint")) {
        level = &sdp->session;
    }
    for (size_t i = 0; i < sdp->media_count && !sdp_section_has(level, "fingerprint"); i++) {
        level = &sdp->media[i];
    }
    const struct sdp_attr *attr = sdp_section_find(level, "fingerprint");
    for (; attr != NULL; attr = sdp_section_next(level, attr, "fingerprint")) {
        int err = add_fingerprint(plan, attr);
        if (err != 0) {
            return err;
        }
    }
    if (plan->session->fingerprint_count == 0) {
        return problem_unsupported(plan->problem, 406, plan->media[plan->tag].offer->line,
                                   "expected a=fingerprint:sha-256, media is carried by DTLS-SRTP "
                                   "only");
    }
    return 0;
}

static bool fingerprint_equal(const struct session_fingerprint *a,
                              const struct session_fingerprint *b)
{
    return strcmp(a->hash, b->hash) == 0 && memcmp(a->value, b->value, sizeof(a->value)) == 0;
}

/** The association stays with its certificate (RFC 8842 5.5); a client with a new one must join
 * anew. */
static int check_fingerprints_stay(struct plan *plan)
{
    const struct session *before = plan->before;
    for (size_t i = 0; i < plan->session->fingerprint_count; i++) {
        for (size_t k = 0; k < before->fingerprint_count; k++) {
            if (fingerprint_equal(&plan->session->fingerprints[i], &before->fingerprints[k])) {
                return 0;
            }
        }
    }
    return problem_unsupported(plan->problem, 406, plan->media[plan->tag].offer->line,
                               "expected the fingerprint of before, a new certificate needs a new "
                               "session");
}

/** We choose to be the server, which chooses the SRTP profile; the role then stays (RFC 8842 5). */
static int plan_setup(struct plan *plan)
{
    struct session *session = plan->session;
    const struct sdp_attr *attr = find_attr(plan, "setup");
    enum sdp_setup setup = SDP_SETUP_ACTIVE; /* what absence means (RFC 4145 4) */
    if (attr != NULL && sdp_setup_parse(attr->value, &setup) != 0) {
        return problem_malformed(plan->problem, attr->line,
                                 "expected a=setup:actpass, active or passive");
    }
    unsigned line = attr == NULL ? 0 : attr->line;
    if (setup == SDP_SETUP_HOLDCONN) {
        return problem_unsupported(plan->problem, 406, line,
                                   "expected a=setup:actpass, active or passive");
    }
    session->dtls_client = setup == SDP_SETUP_PASSIVE;
    if (plan->before == NULL) {
        return 0;
    }
    session->dtls_client = plan->before->dtls_client;
    enum sdp_setup role = session->dtls_client ? SDP_SETUP_PASSIVE : SDP_SETUP_ACTIVE;
    if (setup != SDP_SETUP_ACTPASS && setup != role) {
        return problem_unsupported(plan->problem, 406, line,
                                   "expected a=setup:actpass, the DTLS role cannot change");
    }
    return check_fingerprints_stay(plan);
}

/** A later offer in which the client has closed every m-line: nothing to agree on, the transport
 * stays as it was. */
static void keep_transport(struct plan *plan)
{
    struct session *session = plan->session;
    const struct session *before = plan->before;
    memcpy(session->local_ufrag, before->local_ufrag, sizeof(session->local_ufrag));
    memcpy(session->local_pwd, before->local_pwd, sizeof(session->local_pwd));
    memcpy(session->remote_ufrag, before->remote_ufrag, sizeof(session->remote_ufrag));
    memcpy(session->remote_pwd, before->remote_pwd, sizeof(session->remote_pwd));
    memcpy(session->fingerprints, before->fingerprints, sizeof(session->fingerprints));
    session->fingerprint_count = before->fingerprint_count;
    session->dtls_client = before->dtls_client;
}

int transport_plan(struct plan *plan)
{
    if (plan->tag == PLAN_NO_TAG) {
        keep_transport(plan);
        return 0;
    }
    int err = plan_fingerprints(plan);
    if (err == 0) {
        err = plan_ice(plan);
    }
    return err != 0 ? err : plan_setup(plan);
}
