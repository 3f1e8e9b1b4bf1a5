#include "signal/negotiate.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "negotiate_answer.h"
#include "negotiate_codec.h"
#include "negotiate_plan.h"
#include "negotiate_problem.h"
#include "negotiate_section.h"
#include "negotiate_stream.h"
#include "negotiate_transport.h"

enum { CNAME_CHARS = 16 };

/** Who it is, and the numbers that stay: drawn once, then carried from answer to answer. */
static void plan_identity(struct plan *plan)
{
    struct session *session = plan->session;
    const struct session *before = plan->before;
    if (before == NULL) {
        rand_ice_chars(plan->rand, session->cname, CNAME_CHARS);
        session->origin_id = rand_u64(plan->rand) >> 2; /* below 2^62, as RFC 9429 5.2.1 advises */
        session->origin_version = 1;
        return;
    }
    memcpy(session->room, before->room, sizeof(session->room));
    memcpy(session->participant, before->participant, sizeof(session->participant));
    memcpy(session->name, before->name, sizeof(session->name));
    memcpy(session->cname, before->cname, sizeof(session->cname));
    session->number = before->number;
    session->audio_policy = before->audio_policy;
    session->video_policy = before->video_policy;
    session->from_number = before->from_number;
    session->origin_id = before->origin_id;
    session->origin_version = before->origin_version + 1;
}

/** Two-byte headers and reduced-size RTCP are properties of the transport here: on when every
 * m-line has them. */
static void plan_flags(struct plan *plan)
{
    struct session *session = plan->session;
    bool mixed_everywhere = true;
    bool rsize_everywhere = true;
    for (size_t i = 0; i < session->media_count; i++) {
        if (!session->media[i].rejected) {
            mixed_everywhere = mixed_everywhere && plan->media[i].allow_mixed;
            rsize_everywhere = rsize_everywhere && plan->media[i].rsize;
        }
    }
    session->extmap_allow_mixed = session->extmap_allow_mixed || mixed_everywhere;
    session->rtcp_rsize = rsize_everywhere;
}

static int plan_media(struct plan *plan)
{
    struct session *session = plan->session;
    session->extmap_allow_mixed = sdp_section_has(&plan->sdp->session, "extmap-allow-mixed");
    for (size_t i = 0; i < session->media_count; i++) {
        struct plan_media *more = &plan->media[i];
        int err = 0;
        more->rsize = sdp_section_has(more->offer, "rtcp-rsize");
        more->allow_mixed = sdp_section_has(more->offer, "extmap-allow-mixed");
        if (!session->media[i].rejected) {
            err = codec_plan(plan, i);
        }
        if (err == 0 && !session->media[i].rejected) {
            err = stream_plan(plan, i);
        }
        if (err != 0) {
            return err;
        }
    }
    return 0;
}

static int plan_all(struct plan *plan)
{
    int err = section_plan(plan);
    if (err == 0) {
        err = plan_media(plan);
    }
    if (err == 0) {
        err = section_settle(plan);
    }
    if (err == 0) {
        err = transport_plan(plan);
    }
    if (err == 0) {
        plan_identity(plan);
        plan_flags(plan);
        stream_number_slots(plan);
    }
    return err;
}

static void plan_free(struct plan **plan)
{
    if (*plan != NULL) {
        sdp_free(&(*plan)->sdp);
        free((*plan)->session);
        free(*plan);
        *plan = NULL;
    }
}

/** NULL when out of memory. */
static struct plan *plan_new(enum negotiate_kind kind, const struct session *before,
                             const struct negotiate_config *config, struct rand *rand,
                             struct negotiate_problem *problem)
{
    struct plan *plan = calloc(1, sizeof(*plan));
    if (plan == NULL) {
        return NULL;
    }
    *plan = (struct plan){.kind = kind,
                          .before = before,
                          .config = config,
                          .rand = rand,
                          .problem = problem,
                          .tag = PLAN_NO_TAG};
    return plan;
}

static int negotiate(enum negotiate_kind kind, const struct session *before, const char *offer,
                     size_t offer_len, const struct negotiate_config *config, struct rand *rand,
                     struct session **session, char **answer, struct negotiate_problem *problem)
{
    struct sdp_error error;
    struct plan *plan = plan_new(kind, before, config, rand, problem);
    if (plan == NULL) {
        return problem_no_memory(problem);
    }
    int err = sdp_parse(offer, offer_len, &plan->sdp, &error);
    if (err != 0) {
        err = problem_from_sdp(problem, err, &error);
        goto out;
    }
    plan->session = session_new(plan->sdp->media_count);
    if (plan->session == NULL) {
        err = problem_no_memory(problem);
        goto out;
    }
    err = plan_all(plan);
    if (err == 0) {
        err = answer_write(plan, answer) != 0 ? problem_no_memory(problem) : 0;
    }
    if (err == 0) {
        *session = plan->session;
        plan->session = NULL;
    }
out:
    plan_free(&plan);
    return err;
}

int negotiate_offer(enum negotiate_kind kind, const char *offer, size_t offer_len,
                    const struct negotiate_config *config, struct rand *rand,
                    struct session **session, char **answer, struct negotiate_problem *problem)
{
    return negotiate(kind, NULL, offer, offer_len, config, rand, session, answer, problem);
}

int negotiate_reoffer(enum negotiate_kind kind, const struct session *before, const char *offer,
                      size_t offer_len, const struct negotiate_config *config, struct rand *rand,
                      struct session **session, char **answer, struct negotiate_problem *problem)
{
    return negotiate(kind, before, offer, offer_len, config, rand, session, answer, problem);
}
