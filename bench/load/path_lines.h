/**
 * The lines of a description that are about the path: ICE and DTLS, read and written.
 */
#ifndef LOAD_PATH_LINES_H
#define LOAD_PATH_LINES_H

#include <stdbool.h>

#include "load/agreement.h"
#include "load/cause.h"
#include "sdp/sdp_parse.h"

/**
 * Reads the server's end from the m-line that carries the bundle, else from the session's part.
 *
 * Candidates: UDP, component 1, IP addresses; names (mDNS) and TCP are passed over. Those of other
 * m-lines count where the bundle's has none.
 * @return LOAD_FINE, LOAD_BAD_ANSWER or LOAD_NO_CANDIDATES with error filled
 */
enum load_cause path_lines_read(const struct sdp *sdp, const struct sdp_section *bundle,
                                struct agreement_remote *out, struct sdp_error *error);

/** a=ice-ufrag, a=ice-pwd, a=fingerprint, a=setup. */
void path_lines_write(struct str *out, const struct agreement_local *local, const char *setup);

/** a=candidate lines, and that there are no more. */
void path_lines_write_candidates(struct str *out, const struct agreement_local *local);

#endif
