/**
 * What travels on one m-line: header extensions, the client's SSRCs and simulcast layers, and the
 * numbers of our slot.
 *
 * RFC 8285, 5576, 8851, 8853, 8830.
 */
#ifndef SIGNAL_NEGOTIATE_STREAM_H
#define SIGNAL_NEGOTIATE_STREAM_H

#include "negotiate_plan.h"

/** Fills extensions, SSRCs and rids of m-line i, whose codecs are known. @return 0 or ERR_MALFORMED
 */
int stream_plan(struct plan *plan, size_t i);

/** Gives every slot its SSRCs and msid stream: those it had before, else new ones that nobody has
 * in this session. */
void stream_number_slots(struct plan *plan);

#endif
