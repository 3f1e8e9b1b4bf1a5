/**
 * The answer's text, from what was agreed (RFC 3264 6, RFC 9429 5.3, RFC 9143 7.3).
 */
#ifndef SIGNAL_NEGOTIATE_ANSWER_H
#define SIGNAL_NEGOTIATE_ANSWER_H

#include "base/str.h"
#include "negotiate_plan.h"

/** @param answer out: owned, free(). @return 0, ERR_NO_MEMORY or ERR_FULL */
int answer_write(const struct plan *plan, char **answer);

/** ice-ufrag and ice-pwd of our side. */
void answer_write_credentials(struct str *out, const struct session *session);

/** All candidates and end-of-candidates: there will be no others (RFC 9725 4.3.2). */
void answer_write_candidates(struct str *out, const struct negotiate_config *config);

#endif
