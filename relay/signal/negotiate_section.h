/**
 * Which m-lines of the offer are taken: kind, mid, direction, protocol, BUNDLE, the rules of WHIP
 * and WHEP, and the continuity of a later offer (RFC 3264 8, RFC 9143 7.3, RFC 9429 5.2.2, RFC
 * 9725 4.2).
 */
#ifndef SIGNAL_NEGOTIATE_SECTION_H
#define SIGNAL_NEGOTIATE_SECTION_H

#include "negotiate_plan.h"

/** Fills kind, mid, direction, source and rejected of every m-line, and the BUNDLE group. @return
 * 0, ERR_MALFORMED, ERR_UNSUPPORTED */
int section_plan(struct plan *plan);

/** Once codecs are known: refuses what may not be answered in part, and chooses the tagged m-line.
 * Same errors. */
int section_settle(struct plan *plan);

#endif
