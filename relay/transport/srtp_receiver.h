/**
 * SRTP of what comes in from one peer (RFC 3711, RFC 7714), on the ciphers that libsrtp runs on,
 * but without libsrtp: its streams are a list that cannot be fetched ahead, and it moves a whole
 * replay list with each packet. RTCP is libsrtp's.
 *
 * Streams have numbers here, 0 to SRTP_RECEIVER_STREAMS - 1; which SSRC has which is the caller's
 * (srtp_session). A stream begins, and its memory is made, with its first authentic packet.
 */
#ifndef RELAY_TRANSPORT_SRTP_RECEIVER_H
#define RELAY_TRANSPORT_SRTP_RECEIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/drop.h"
#include "base/near.h"
#include "transport/dtls_srtp.h"

enum { SRTP_RECEIVER_STREAMS = 16 };

struct srtp_receiver;

/**
 * @param profile any but NONE and NULL
 * @param master key followed by salt
 * @return 0, ERR_NO_MEMORY, ERR_UNSUPPORTED or ERR_CRYPTO
 */
int srtp_receiver_new(struct srtp_receiver **out, enum srtp_profile profile, const uint8_t *master);

/** Notes what a packet of the first stream reads. */
void srtp_receiver_near(const struct srtp_receiver *receiver, struct near *near);

/**
 * Verifies, decrypts in place, and takes the tag off. Hot path. On failure data is undefined, and
 * nothing else has changed.
 *
 * @param stream of the packet's SSRC
 * @param fresh nothing of this SSRC has come: if the packet is taken, it has the stream from now on
 * @return DROP_NONE, DROP_RTP_MALFORMED, DROP_SRTP_REPLAY (seen before, or too old),
 * DROP_SRTP_AUTH, DROP_SRTP_ERROR (numbers used up, or no memory for a new stream)
 */
enum drop_reason srtp_receiver_unprotect(struct srtp_receiver *receiver, size_t stream, bool fresh,
                                         uint8_t *data, size_t *len);

void srtp_receiver_free(struct srtp_receiver **receiver);

#endif
