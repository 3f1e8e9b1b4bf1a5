/**
 * Codecs of one m-line: Opus with RED and telephone-event; VP8, H.264, VP9 and AV1, all with RTX;
 * and the feedback that both sides do.
 *
 * RFC 7587, 2198, 4733, 7741, 6184, 9628, 4588, 4585, 5104. Payload types are the offerer's (RFC
 * 3264 6.1).
 */
#ifndef SIGNAL_NEGOTIATE_CODEC_H
#define SIGNAL_NEGOTIATE_CODEC_H

#include "negotiate_plan.h"

/**
 * Fills the codecs of m-line i; rejects it when none is common.
 * @return 0 or ERR_MALFORMED
 */
int codec_plan(struct plan *plan, size_t i);

#endif
