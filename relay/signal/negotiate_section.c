#include "negotiate_section.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "negotiate_problem.h"

static const char *kind_name(enum negotiate_kind kind)
{
    return kind == NEGOTIATE_WHIP ? "WHIP" : kind == NEGOTIATE_WHEP ? "WHEP" : "a call";
}

/** Profiles that mean RTP over DTLS-SRTP (RFC 9429 5.1.2); RTP/SAVPF is what old stacks wrote for
 * it. */
static bool is_known_proto(struct str_view proto)
{
    static const char *const known[] = {
        "UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP",  "TCP/DTLS/RTP/SAVPF",
        "TCP/DTLS/RTP/SAVP", "TCP/TLS/RTP/SAVPF", "RTP/SAVPF",
        "RTP/SAVP"};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (str_view_equal(proto, known[i])) {
            return true;
        }
    }
    return false;
}

static bool is_data(const struct sdp_section *section)
{
    struct str_view proto = section->proto;
    return str_view_equal(section->media, "application") &&
           (str_view_equal(proto, "UDP/DTLS/SCTP") || str_view_equal(proto, "TCP/DTLS/SCTP") ||
            str_view_equal(proto, "DTLS/SCTP"));
}

static int plan_mid(struct plan *plan, size_t i)
{
    struct session_media *media = &plan->session->media[i];
    const struct sdp_attr *mid = sdp_section_find(plan->media[i].offer, "mid");
    if (mid == NULL) {
        return 0;
    }
    if (!sdp_is_token(mid->value) || str_view_copy(mid->value, media->mid, sizeof(media->mid))) {
        return problem_malformed(plan->problem, mid->line,
                                 "expected a mid of 1 to %d token characters",
                                 SESSION_MID_BYTES - 1);
    }
    for (size_t k = 0; k < i; k++) {
        if (strcmp(plan->session->media[k].mid, media->mid) == 0) {
            return problem_malformed(plan->problem, mid->line,
                                     "expected a mid of its own, '%s' is that of an earlier m-line",
                                     media->mid);
        }
    }
    return 0;
}

/** The section's direction attribute, else the session's, else sendrecv (RFC 8866 6.7). */
static enum sdp_direction direction_of(const struct plan *plan, const struct sdp_section *section)
{
    const struct sdp_section *const levels[] = {section, &plan->sdp->session};
    for (size_t level = 0; level < 2; level++) {
        for (size_t i = 0; i < levels[level]->attr_count; i++) {
            enum sdp_direction direction = SDP_SENDRECV;
            if (sdp_direction_parse(levels[level]->attrs[i].name, &direction) == 0) {
                return direction;
            }
        }
    }
    return SDP_SENDRECV;
}

static int plan_direction(struct plan *plan, size_t i)
{
    struct session_media *media = &plan->session->media[i];
    const struct sdp_section *offer = plan->media[i].offer;
    enum sdp_direction direction = direction_of(plan, offer);
    if (plan->kind == NEGOTIATE_WHIP && !sdp_direction_sends(direction)) {
        return problem_unsupported(plan->problem, 422, offer->line,
                                   "WHIP publishes: expected sendonly, found %s",
                                   sdp_direction_name(direction));
    }
    if (plan->kind == NEGOTIATE_WHEP && !sdp_direction_receives(direction)) {
        return problem_unsupported(plan->problem, 422, offer->line,
                                   "WHEP plays: expected recvonly, found %s",
                                   sdp_direction_name(direction));
    }
    media->client_sends = plan->kind != NEGOTIATE_WHEP && sdp_direction_sends(direction);
    media->client_receives = plan->kind != NEGOTIATE_WHIP && sdp_direction_receives(direction);
    return 0;
}

/** RFC 9725 4.4 and its sibling: one audio and one video m-line. */
static int check_single(struct plan *plan, size_t i)
{
    if (plan->kind == NEGOTIATE_CALL) {
        return 0;
    }
    for (size_t k = 0; k < i; k++) {
        const struct session_media *other = &plan->session->media[k];
        if (!other->rejected && other->kind == plan->session->media[i].kind) {
            return problem_unsupported(
                plan->problem, 422, plan->media[i].offer->line,
                "%s takes one audio and one video m-line, this is the second %s (use /call)",
                kind_name(plan->kind), other->kind == MEDIA_AUDIO ? "audio" : "video");
        }
    }
    return 0;
}

/** The same m-line of the agreement before, or NULL when it is new or was rejected. */
static const struct session_media *before(const struct plan *plan, size_t i)
{
    bool known = plan->before != NULL && i < plan->before->media_count &&
                 !plan->before->media[i].rejected &&
                 strcmp(plan->before->media[i].mid, plan->session->media[i].mid) == 0;
    return known ? &plan->before->media[i] : NULL;
}

/** Another m-line sends a camera: one above, or one that has done so before. */
static bool has_camera(const struct plan *plan, size_t i)
{
    for (size_t k = 0; k < plan->sdp->media_count && k < SESSION_MAX_MEDIA; k++) {
        const struct session_media *was =
            plan->before != NULL && k < plan->before->media_count ? &plan->before->media[k] : NULL;
        const struct session_media *other = k < i ? &plan->session->media[k] : was;
        if (k != i && other != NULL && !other->rejected && other->client_sends &&
            strcmp(other->source, "camera") == 0) {
            return true;
        }
    }
    return false;
}

/**
 * What a track shows: what the m-line says (RFC 4796), else what it has been so far (a screen also
 * while it pauses), else a screen when there is a camera already.
 */
static void plan_source(struct plan *plan, size_t i)
{
    struct session_media *media = &plan->session->media[i];
    const struct session_media *was = before(plan, i);
    const struct sdp_attr *content = sdp_section_find(plan->media[i].offer, "content");
    const char *source = "microphone";
    if (media->kind == MEDIA_VIDEO) {
        bool screen = false;
        if (content != NULL) {
            screen = str_view_equal(content->value, "slides");
        } else if (was != NULL && (was->client_sends || strcmp(was->source, "screen") == 0)) {
            screen = strcmp(was->source, "screen") == 0;
        } else {
            screen = media->client_sends && has_camera(plan, i);
        }
        source = screen ? "screen" : "camera";
    }
    (void)snprintf(media->source, sizeof(media->source), "%s", source);
}

/** A later offer keeps m-lines and their mids, except those that were rejected (RFC 9429 5.2.2). */
static int check_continuity(struct plan *plan, size_t i)
{
    if (plan->before == NULL || i >= plan->before->media_count) {
        return 0;
    }
    const struct session_media *was = &plan->before->media[i];
    const struct session_media *is = &plan->session->media[i];
    unsigned line = plan->media[i].offer->line;
    if (was->rejected) {
        return 0;
    }
    if (!str_view_equal(plan->media[i].offer->media,
                        was->kind == MEDIA_AUDIO ? "audio" : "video")) {
        return problem_malformed(plan->problem, line, "expected m=%s, the kind of an m-line stays",
                                 was->kind == MEDIA_AUDIO ? "audio" : "video");
    }
    if (strcmp(was->mid, is->mid) != 0) {
        return problem_malformed(plan->problem, line,
                                 "expected a=mid:%s, the mid of an m-line stays", was->mid);
    }
    return 0;
}

static int plan_one(struct plan *plan, size_t i)
{
    struct session_media *media = &plan->session->media[i];
    struct plan_media *more = &plan->media[i];
    const struct sdp_section *offer = &plan->sdp->media[i];
    more->offer = offer;
    int err = plan_mid(plan, i);
    if (err == 0) {
        err = check_continuity(plan, i);
    }
    if (err != 0) {
        return err;
    }
    media->is_data = is_data(offer);
    bool audio = str_view_equal(offer->media, "audio");
    media->kind = audio ? MEDIA_AUDIO : MEDIA_VIDEO;
    if (offer->port == 0 && !sdp_section_has(offer, "bundle-only")) {
        media->rejected = true; /* by the client */
        return 0;
    }
    if (media->is_data) {
        plan_reject(plan, i, plan->kind == NEGOTIATE_CALL ? 406 : 422,
                    "data channels are not taken");
        return 0;
    }
    if (!audio && !str_view_equal(offer->media, "video")) {
        plan_reject(plan, i, 406, "expected m=audio or m=video");
        return 0;
    }
    if (!is_known_proto(offer->proto)) {
        plan_reject(plan, i, 406, "expected the protocol UDP/TLS/RTP/SAVPF");
        return 0;
    }
    err = check_single(plan, i);
    if (err == 0) {
        err = plan_direction(plan, i);
    }
    if (err == 0) {
        plan_source(plan, i);
    }
    return err;
}

/** True when the group line names the mid. */
static bool group_names(const struct sdp_attr *group, const char *mid)
{
    struct str_view rest = group->value;
    struct str_view word = {0};
    (void)sdp_next_word(&rest, &word); /* BUNDLE */
    while (sdp_next_word(&rest, &word)) {
        if (str_view_equal(word, mid)) {
            return true;
        }
    }
    return false;
}

static const struct sdp_attr *find_bundle(const struct sdp *sdp)
{
    const struct sdp_attr *group = sdp_section_find(&sdp->session, "group");
    while (group != NULL) {
        struct str_view rest = group->value;
        if (str_view_equal(str_view_cut(&rest, ' '), "BUNDLE")) {
            return group;
        }
        group = sdp_section_next(&sdp->session, group, "group");
    }
    return NULL;
}

static size_t count_taken(const struct session *session)
{
    size_t count = 0;
    for (size_t i = 0; i < session->media_count; i++) {
        count += !session->media[i].rejected;
    }
    return count;
}

/** There is one transport: m-lines outside the BUNDLE group cannot be carried, except a single one.
 */
static int plan_bundle(struct plan *plan)
{
    struct session *session = plan->session;
    size_t bundled = 0;
    plan->group = find_bundle(plan->sdp);
    for (size_t i = 0; i < session->media_count; i++) {
        struct session_media *media = &session->media[i];
        bool named =
            plan->group != NULL && media->mid[0] != '\0' && group_names(plan->group, media->mid);
        plan->media[i].bundled = named;
        if (!named && !media->rejected && plan->media[i].offer->port == 0) {
            media->rejected =
                true; /* port 0 stands for "by BUNDLE" only inside the group (RFC 9143 6) */
        }
        bundled += named && !media->rejected;
    }
    session->bundle = bundled > 0;
    size_t taken = count_taken(session);
    if (taken > 1 && bundled == 0) {
        return problem_unsupported(plan->problem, 406, 0,
                                   "the offer has %zu m-lines and no BUNDLE group that holds them; "
                                   "one transport carries everything here",
                                   taken);
    }
    for (size_t i = 0; i < session->media_count && bundled > 0; i++) {
        if (!session->media[i].rejected && !plan->media[i].bundled) {
            plan_reject(plan, i, 406, "the m-line stands outside the BUNDLE group");
        }
    }
    return 0;
}

int section_plan(struct plan *plan)
{
    const struct sdp *sdp = plan->sdp;
    if (plan->before != NULL && sdp->media_count < plan->before->media_count) {
        return problem_malformed(plan->problem, 0, "expected at least %zu m-lines, found %zu",
                                 plan->before->media_count, sdp->media_count);
    }
    if (sdp->media_count == 0) {
        return problem_malformed(plan->problem, 0, "expected at least one m-line");
    }
    plan->session->media_count = sdp->media_count;
    for (size_t i = 0; i < sdp->media_count; i++) {
        int err = plan_one(plan, i);
        if (err != 0) {
            return err;
        }
    }
    return plan_bundle(plan);
}

/** First m-line that is taken, in the order of the group (RFC 9143 7.3). */
static size_t find_tag(const struct plan *plan)
{
    const struct session *session = plan->session;
    struct str_view rest = {0};
    struct str_view word = {0};
    if (session->bundle) {
        rest = plan->group->value;
        (void)sdp_next_word(&rest, &word);
    }
    while (sdp_next_word(&rest, &word)) {
        for (size_t i = 0; i < session->media_count; i++) {
            if (!session->media[i].rejected && plan->media[i].bundled &&
                str_view_equal(word, session->media[i].mid)) {
                return i;
            }
        }
    }
    for (size_t i = 0; i < session->media_count; i++) {
        if (!session->media[i].rejected) {
            return i;
        }
    }
    return PLAN_NO_TAG;
}

/** RFC 5761 5.1.1: without rtcp-mux RTCP would need ports of its own. rtcp-mux-only asks for the
 * same (RFC 8858). */
static int check_mux(struct plan *plan)
{
    for (size_t i = 0; i < plan->session->media_count; i++) {
        const struct sdp_section *offer = plan->media[i].offer;
        if (!plan->session->media[i].rejected && !sdp_section_has(offer, "rtcp-mux") &&
            !sdp_section_has(offer, "rtcp-mux-only")) {
            return problem_unsupported(plan->problem, 406, offer->line,
                                       "expected a=rtcp-mux, RTCP has no port of its own here");
        }
    }
    return 0;
}

int section_settle(struct plan *plan)
{
    const struct plan_media *refused = NULL;
    for (size_t i = 0; i < plan->session->media_count && refused == NULL; i++) {
        if (plan->media[i].refusal != 0) {
            refused = &plan->media[i];
        }
    }
    size_t taken = count_taken(plan->session);
    bool whole = plan->kind != NEGOTIATE_CALL; /* no answers in part (RFC 9725 4.2) */
    if (refused != NULL && (whole || (taken == 0 && plan->before == NULL))) {
        return problem_unsupported(plan->problem, refused->refusal, refused->offer->line, "%s",
                                   refused->why);
    }
    if (taken == 0 && plan->before == NULL) {
        return problem_unsupported(plan->problem, 406, 0,
                                   "every m-line has port 0, there is nothing to carry");
    }
    if (taken == 0) {
        plan->session->bundle = false;
    }
    plan->tag = find_tag(plan);
    return check_mux(plan);
}
