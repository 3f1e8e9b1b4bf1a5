/**
 * What is known while an offer is being answered: the session that is agreed, and what the answer's
 * text needs besides.
 *
 * Filled in the order of negotiate.c: sections, codecs, streams, transport, numbers. Views borrow
 * the offer.
 */
#ifndef SIGNAL_NEGOTIATE_PLAN_H
#define SIGNAL_NEGOTIATE_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/rand.h"
#include "sdp/sdp_fmtp.h"
#include "sdp/sdp_parse.h"
#include "sdp/sdp_stream.h"
#include "signal/negotiate_types.h"

enum { PLAN_NO_TAG = SESSION_MAX_MEDIA };

/** Beside session_media.codecs[i]. */
struct plan_codec {
    struct sdp_rtpmap map;  /**< as the offer spells it */
    struct str_view params; /**< fmtp of the offer */
};

/** Beside session_media.rids[i]. */
struct plan_rid {
    bool paused; /**< offered with "~" */
    struct str_view restrictions;
};

/** Beside session.media[i]. */
struct plan_media {
    const struct sdp_section *offer;
    bool bundled;     /**< its mid stands in the offer's BUNDLE group */
    int refusal;      /**< status when it is we who reject what was offered, else 0 */
    const char *why;  /**< the sentence to it */
    bool rsize;       /**< a=rtcp-rsize offered */
    bool allow_mixed; /**< a=extmap-allow-mixed offered at media level */
    enum sdp_direction exts[RTP_EXT_COUNT]; /**< of the answer, for those in session_media.exts */
    struct plan_codec codecs[SESSION_MAX_CODECS];
    struct plan_rid rids[SESSION_MAX_LAYERS];
};

struct plan {
    enum negotiate_kind kind;
    const struct session *before; /**< NULL for a first offer */
    const struct negotiate_config *config;
    struct rand *rand;
    struct negotiate_problem *problem;
    struct sdp *sdp;              /**< owned */
    struct session *session;      /**< owned until it is handed over */
    const struct sdp_attr *group; /**< the BUNDLE line in force, or NULL */
    size_t tag; /**< index of the m-line that carries the transport, or PLAN_NO_TAG when all are
                   rejected */
    struct plan_media media[SESSION_MAX_MEDIA];
};

/** Rejects an m-line that the client wanted; `why` is a literal. */
static inline void plan_reject(struct plan *plan, size_t i, int status, const char *why)
{
    plan->session->media[i].rejected = true;
    plan->media[i].refusal = status;
    plan->media[i].why = why;
}

#endif
