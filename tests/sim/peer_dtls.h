/**
 * A client's DTLS-SRTP, by plain OpenSSL and plain libsrtp: nothing of the relay's own code is
 * used, so that the two check each other.
 *
 * OpenSSL's retransmission timer reads gettimeofday; this file puts a virtual one in its place,
 * which shows the time last given to any function here.
 */
#ifndef TESTS_SIM_PEER_DTLS_H
#define TESTS_SIM_PEER_DTLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "room/session.h"

struct peer_dtls;

/** Where datagrams go. */
struct peer_dtls_output {
    void (*send)(void *owner, const uint8_t *data, size_t len);
    void *owner;
};

/**
 * @param fingerprint out: of the certificate made here, for the session
 * @param relay_fingerprint "AB:CD:..." of the relay; another certificate ends the handshake
 * @return 0, ERR_NO_MEMORY or ERR_CRYPTO
 */
int peer_dtls_new(struct peer_dtls **out, const struct peer_dtls_output *output,
                  const char *relay_fingerprint, struct session_fingerprint *fingerprint);

/** Sends the first ClientHello. Repeated calls do nothing. */
void peer_dtls_start(struct peer_dtls *dtls, int64_t now_us);

void peer_dtls_receive(struct peer_dtls *dtls, const uint8_t *data, size_t len, int64_t now_us);
void peer_dtls_timeout(struct peer_dtls *dtls, int64_t now_us);
int64_t peer_dtls_next_deadline(const struct peer_dtls *dtls);

/** True once keys are agreed. */
bool peer_dtls_connected(const struct peer_dtls *dtls);

/** True after a failed handshake, or the relay's close_notify. */
bool peer_dtls_closed(const struct peer_dtls *dtls);

/** Encrypts in place; data has room for SRTP's trailer. @return new length, 0 on failure */
size_t peer_dtls_protect(struct peer_dtls *dtls, uint8_t *data, size_t len, bool rtcp);

/** Decrypts in place. @return new length, 0 when it does not authenticate or is a replay */
size_t peer_dtls_unprotect(struct peer_dtls *dtls, uint8_t *data, size_t len, bool rtcp);

/** Sends close_notify. */
void peer_dtls_close(struct peer_dtls *dtls, int64_t now_us);

void peer_dtls_free(struct peer_dtls **dtls);

#endif
