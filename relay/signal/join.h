/**
 * POST to an endpoint: an offer becomes a participant (API.md 1, RFC 9725 4.2).
 */
#ifndef SIGNAL_JOIN_H
#define SIGNAL_JOIN_H

#include "asked.h"

/** Answers with 201, or with the problem; the caller has checked that the token is for the room. */
void join_handle(const struct asked *asked);

#endif
