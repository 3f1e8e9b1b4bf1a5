/**
 * A caller's DTLS-SRTP (RFC 5764), by plain OpenSSL and plain libsrtp: of the relay's own code only
 * the ciphers under libsrtp may be there (srtp_ciphers.h), so that the two check each other.
 *
 * Either DTLS role. libsrtp must have been set up (srtp_ciphers_ensure). OpenSSL's retransmission
 * timer reads gettimeofday by itself: in virtual time, put one in its place.
 */
#ifndef LOAD_DTLS_CLIENT_H
#define LOAD_DTLS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sdp/sdp_ice.h"

/** Certificate and OpenSSL's context: one for all callers of a run. */
struct dtls_identity;

/** @return 0, ERR_NO_MEMORY or ERR_CRYPTO */
int dtls_identity_new(struct dtls_identity **out);

/** SHA-256 of the certificate. */
const struct sdp_fingerprint *dtls_identity_fingerprint(const struct dtls_identity *identity);

/** After all its clients. */
void dtls_identity_free(struct dtls_identity **identity);

struct dtls_client;

/** Where datagrams go. */
struct dtls_client_output {
    void (*send)(void *owner, const uint8_t *data, size_t len);
    void *owner;
};

enum dtls_client_state {
    DTLS_CLIENT_IDLE,
    DTLS_CLIENT_HANDSHAKE, /**< started */
    DTLS_CLIENT_CONNECTED, /**< keys are agreed */
    DTLS_CLIENT_ENDED,     /**< close_notify, of either side */
    DTLS_CLIENT_FAILED     /**< handshake, another certificate, or no SRTP profile in common */
};

/**
 * @param identity borrowed
 * @param remote   copied; another certificate than this ends the handshake
 * @param active   true: DTLS client, false: server
 * @return 0, ERR_NO_MEMORY or ERR_CRYPTO
 */
int dtls_client_new(struct dtls_client **out, struct dtls_identity *identity,
                    const struct dtls_client_output *output, const struct sdp_fingerprint *remote,
                    bool active);

/** Sends the first ClientHello, or listens for one. Repeated calls do nothing. */
void dtls_client_start(struct dtls_client *dtls, int64_t now_us);

void dtls_client_receive(struct dtls_client *dtls, const uint8_t *data, size_t len, int64_t now_us);
void dtls_client_timeout(struct dtls_client *dtls, int64_t now_us);
int64_t dtls_client_next_deadline(const struct dtls_client *dtls);

enum dtls_client_state dtls_client_state(const struct dtls_client *dtls);

/** Why it FAILED, for people, or "". Lives on. */
const char *dtls_client_fault(const struct dtls_client *dtls);

enum { DTLS_CLIENT_TRAILER_BYTES = 20 /**< that protection adds at most */ };

/** Encrypts in place; data is 4-byte aligned, has room for the trailer. @return new length, 0
 * without keys or on failure */
size_t dtls_client_protect(struct dtls_client *dtls, uint8_t *data, size_t len, bool rtcp);

/** Decrypts in place, 4-byte aligned. @return new length, 0 when it does not authenticate or is a
 * replay */
size_t dtls_client_unprotect(struct dtls_client *dtls, uint8_t *data, size_t len, bool rtcp);

/** Sends close_notify. Media may still be protected. */
void dtls_client_close(struct dtls_client *dtls);

void dtls_client_free(struct dtls_client **dtls);

#endif
