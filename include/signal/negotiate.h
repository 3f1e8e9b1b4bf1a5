/**
 * Offer in, session and answer out (RFC 3264, RFC 9429, RFC 9725): pure, no I/O.
 */
#ifndef SIGNAL_NEGOTIATE_H
#define SIGNAL_NEGOTIATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rand.h"
#include "room/session.h"
#include "signal/negotiate_types.h"

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

/** Reads what a client sends to PATCH (RFC 8840, RFC 9725 4.3). @return 0, ERR_NO_MEMORY,
 * ERR_MALFORMED with *problem filled */
int negotiate_fragment_parse(const char *text, size_t len, struct negotiate_fragment *out,
                             struct negotiate_problem *problem);

/** The relay's fragment after an ICE restart: group, tagged m-line, credentials, candidates. */
int negotiate_fragment_write(const struct session *session, const struct negotiate_config *config,
                             char **out);

#endif
