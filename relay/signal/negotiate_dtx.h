/**
 * Who is asked to send no sound while he is silent (Opus DTX, usedtx=1: RFC 7587 6.1).
 *
 * Where sound is mixed, all but a few are silent, and what they send is thrown away: fifty packets
 * a second of a quiet room, each received and deciphered. The mix loses nothing by pauses: it has
 * comfort noise of its own, and decodes who begins to speak from his first packet on. So whoever
 * hears the mix is asked, for whoever hears him does so as well, most likely: by audio=mix, or as
 * `auto` with few slots, among more voices than they carry.
 *
 * Where sound is forwarded, each pause is filled by the receivers' decoders, some better than
 * others, so that the sender's choice stands: usedtx=1 is answered to whoever offers it, for
 * browsers obey only what they are answered. Music (sprop-stereo=1) has no pauses to be left out.
 */
#ifndef SIGNAL_NEGOTIATE_DTX_H
#define SIGNAL_NEGOTIATE_DTX_H

#include <stdbool.h>
#include <stddef.h>

#include "negotiate_plan.h"
#include "sdp/sdp_parse.h"

/** @param params of Opus, as offered on m-line i */
bool dtx_is_wanted(const struct plan *plan, size_t i, struct str_view params);

#endif
