/**
 * Sentences for offers that are refused: negotiate_problem filled, and the error code that goes
 * with its status.
 */
#ifndef SIGNAL_NEGOTIATE_PROBLEM_H
#define SIGNAL_NEGOTIATE_PROBLEM_H

#include "sdp/sdp_parse.h"
#include "signal/negotiate_types.h"

/** 400 at a line (0: about the whole). @return ERR_MALFORMED */
int problem_malformed(struct negotiate_problem *problem, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** 406 or 422 at a line (0: about the whole). @return ERR_UNSUPPORTED */
int problem_unsupported(struct negotiate_problem *problem, int status, unsigned line,
                        const char *format, ...) __attribute__((format(printf, 4, 5)));

/** 500. @return ERR_NO_MEMORY */
int problem_no_memory(struct negotiate_problem *problem);

/** What the parser said, as it said it. @return err made ERR_MALFORMED or ERR_NO_MEMORY */
int problem_from_sdp(struct negotiate_problem *problem, int err, const struct sdp_error *error);

#endif
