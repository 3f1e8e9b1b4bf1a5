/**
 * The one transport: ICE credentials and DTLS of the tagged m-line, ours beside them.
 *
 * RFC 8839, 8842, 8122, RFC 9143 7.1.3 (other m-lines of the bundle are not asked).
 */
#ifndef SIGNAL_NEGOTIATE_TRANSPORT_H
#define SIGNAL_NEGOTIATE_TRANSPORT_H

#include "negotiate_plan.h"

/** Fills credentials, role and fingerprints of the session. @return 0, ERR_MALFORMED,
 * ERR_UNSUPPORTED */
int transport_plan(struct plan *plan);

/** Reads ice-ufrag and ice-pwd of a section, else of the session; both stay "" when absent. @return
 * 0 or ERR_MALFORMED */
int transport_read_credentials(const struct sdp *sdp, const struct sdp_section *section,
                               char ufrag[static SESSION_UFRAG_BYTES],
                               char pwd[static SESSION_PWD_BYTES],
                               struct negotiate_problem *problem);

#endif
