/**
 * PATCH to a session: candidates, ICE restart (RFC 9725 4.3), or a new offer (API.md 1).
 */
#ifndef SIGNAL_PATCH_H
#define SIGNAL_PATCH_H

#include "asked.h"

/** Answers with 200, 204 or the problem. A patch that fails leaves the session as it was. */
void patch_handle(const struct asked *asked, struct directory_participant *participant);

#endif
