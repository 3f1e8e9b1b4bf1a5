/**
 * Offer in, session and answer out (RFC 3264, RFC 9429, RFC 9725): pure, no I/O.
 */
#ifndef SIGNAL_NEGOTIATE_H
#define SIGNAL_NEGOTIATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/rand.h"
#include "room/session.h"

enum { NEGOTIATE_MAX_CANDIDATES = 32, NEGOTIATE_MAX_OFFER_BYTES = 256 * 1024 };

/** What the endpoint accepts: API.md 1. */
enum negotiate_kind { NEGOTIATE_CALL, NEGOTIATE_WHIP, NEGOTIATE_WHEP };

/** Why an offer is refused: an HTTP status and sentences for the problem document (RFC 9457). */
struct negotiate_problem {
    int status;       /**< 400 malformed, 406 cannot be served, 422 breaks WHIP/WHEP rules, 500 */
    unsigned line;    /**< line of the SDP, 1-based, 0 when it is about the whole */
    char title[80];   /**< "The offer is malformed" */
    char detail[200]; /**< what was wrong and where, and what was expected */
};

/** The relay's side, the same for all calls on one worker. */
struct negotiate_config {
    struct addr
        candidates[NEGOTIATE_MAX_CANDIDATES]; /**< with the worker's port; most preferred first */
    size_t candidate_count;
    bool udp;                /**< offer UDP candidates */
    bool tcp;                /**< offer passive TCP candidates on the same ports */
    const char *fingerprint; /**< "AB:CD:.." of SHA-256 */
};

/**
 * Answers a first offer. The session has everything but room, participant, number, name and
 * policies (the caller fills them). ICE credentials, SSRCs, cname and the o= session id are drawn
 * from rand (ufrag 8, password 24 characters).
 * @param session out: owned by the caller, free(); @param answer out: text with CRLF lines, owned,
 * free()
 * @return 0; or ERR_NO_MEMORY, ERR_MALFORMED, ERR_UNSUPPORTED with *problem filled
 */
int negotiate_offer(enum negotiate_kind kind, const char *offer, size_t offer_len,
                    const struct negotiate_config *config, struct rand *rand,
                    struct session **session, char **answer, struct negotiate_problem *problem);

/**
 * Answers a later offer on the same session (RFC 9429, RFC 3264 8): m-lines keep their order and
 * mids, slots keep their SSRCs, our o= version goes up, the DTLS role stays, new m-lines may be
 * added. Changed ICE credentials of the client mean an ICE restart: the new session has new local
 * credentials then (compare them).
 */
int negotiate_reoffer(enum negotiate_kind kind, const struct session *before, const char *offer,
                      size_t offer_len, const struct negotiate_config *config, struct rand *rand,
                      struct session **session, char **answer, struct negotiate_problem *problem);

/** A trickle-ice-sdpfrag (RFC 8840, RFC 9725 4.3): the client's credentials when it holds any. */
struct negotiate_fragment {
    char ufrag[SESSION_UFRAG_BYTES]; /**< "" when absent */
    char pwd[SESSION_PWD_BYTES];
    char mid[SESSION_MID_BYTES];
    size_t candidates; /**< counted, checked for form, not kept */
};

int negotiate_fragment_parse(const char *text, size_t len, struct negotiate_fragment *out,
                             struct negotiate_problem *problem);

/** The relay's fragment after an ICE restart: group, tagged m-line, credentials, candidates. */
int negotiate_fragment_write(const struct session *session, const struct negotiate_config *config,
                             char **out);

#endif
