/**
 * SRTP of what goes out to one peer (RFC 3711, RFC 7714), on the ciphers that libsrtp runs on, but
 * without libsrtp: that looks for the stream of each packet in a list of all SSRCs, keeps a replay
 * list that a sender has no use for, and counts the life of keys: together as much as the
 * encryption itself. RTCP, and all that comes in, is libsrtp's.
 *
 * The roll-over counter begins at 0 with an SSRC's first packet. A packet may be protected again as
 * it was (RTX of plain NACK) while it is one of the newest TRANSPORT_REPEAT_WINDOW.
 */
#ifndef RELAY_TRANSPORT_SRTP_SENDER_H
#define RELAY_TRANSPORT_SRTP_SENDER_H

#include <stddef.h>
#include <stdint.h>

#include "base/near.h"
#include "transport/dtls_srtp.h"

struct srtp_sender;

/**
 * @param profile any but NONE and NULL
 * @param master key followed by salt
 * @return 0, ERR_NO_MEMORY, ERR_UNSUPPORTED or ERR_CRYPTO
 */
int srtp_sender_new(struct srtp_sender **out, enum srtp_profile profile, const uint8_t *master);

/** Where its keys are, for srtp_sender_prefetch. */
const void *srtp_sender_keys(const struct srtp_sender *sender);

/** What protecting takes is fetched into the cache; nothing is read to find it. */
void srtp_sender_prefetch(const struct srtp_sender *sender, const void *keys);

/** Notes what protecting reads. */
void srtp_sender_near(const struct srtp_sender *sender, struct near *near);

/**
 * Protects in place; there is room for 16 bytes more than *len. Hot path.
 * @return 0, ERR_CRYPTO (malformed, too old, or numbers used up) or ERR_NO_MEMORY (for a new SSRC)
 */
int srtp_sender_protect(struct srtp_sender *sender, uint8_t *data, size_t *len);

void srtp_sender_free(struct srtp_sender **sender);

#endif
