/**
 * Writes offers: as a browser's, with Opus and VP8 only.
 *
 * One bundle; rtcp-mux and reduced-size RTCP; audio 111 (and RED 63), video 96 with RTX 97; NACK,
 * PLI, transport-wide feedback, REMB; simulcast by rid "q" "h" "f", without a=ssrc then (RFC 8853,
 * as Chromium does).
 */
#ifndef LOAD_OFFER_H
#define LOAD_OFFER_H

#include "base/rand.h"
#include "base/str.h"
#include "load/agreement.h"
#include "load/dial.h"

/**
 * Plans the streams of a wish and writes the offer of them: all audio first, then all video; the
 * first of each kind is the one that sends.
 * @param plan out: streams as offered, our SSRCs and CNAME; remote is empty
 * @return 0, ERR_INVALID (more than AGREEMENT_MAX_STREAMS, none at all, or no candidate) or
 * ERR_NO_MEMORY; text is free()d by the caller
 */
int offer_write(const struct dial_wish *wish, const struct agreement_local *local,
                struct rand *rand, struct agreement *plan, char **text);

/** SSRCs and CNAME of an agreement without streams, for who answers. */
void offer_plan_init(struct agreement *plan, struct rand *rand);

/** The lines before the first m-line; bundle: mids, a blank before each, "" = no bundle. */
void offer_write_session(struct str *out, uint64_t session, uint64_t version, const char *bundle);

/** Of an m-line whose address is of no matter (RFC 9429 5.2.1). */
enum { OFFER_NO_PORT = 9 };
#define OFFER_NO_ADDRESS "IN IP4 0.0.0.0"

/** The m-line itself. */
void offer_write_media(struct str *out, const struct agreement_stream *stream, unsigned port);

/** Lines that an m-line has both in an offer and in an answer, from a=mid to a=fmtp. */
void offer_write_stream(struct str *out, const struct agreement_stream *stream);

/** The header extensions that we know of a kind of media. */
const struct rtp_ext_map *offer_exts(enum load_kind kind);

#endif
