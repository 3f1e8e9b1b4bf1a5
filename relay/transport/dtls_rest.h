/**
 * What is kept of a DTLS association once it is complete: 700 bytes in place of OpenSSL's 40 kB.
 *
 * All that may come then is an encrypted alert (close_notify), or the peer's Finished again when
 * our last flight was lost. So this keeps the key that opens the peer's records, our last flight as
 * it was, with its record numbers (a peer that lost it has not seen them, and in one that has it
 * its replay check passes over them, RFC 6347 4.1.2.6), our close_notify, written in advance, and
 * the keys for SRTP. DTLS 1.2 with an AEAD (RFC 5288, RFC 7905).
 */
#ifndef RELAY_TRANSPORT_DTLS_REST_H
#define RELAY_TRANSPORT_DTLS_REST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "dtls_record.h"
#include "srtp_session.h"

enum { DTLS_REST_KEY_BYTES = 32, DTLS_REST_IV_BYTES = 12, DTLS_REST_FLIGHT_BYTES = 160 };

/** Bytes of one datagram, 0 = none. */
struct dtls_rest_bytes {
    uint8_t data[DTLS_REST_FLIGHT_BYTES];
    size_t len;
};

struct dtls_rest {
    const EVP_CIPHER *cipher; /**< NULL = not known */
    bool chacha;
    uint8_t key[DTLS_REST_KEY_BYTES]; /**< of the peer's records */
    uint8_t iv[DTLS_REST_IV_BYTES];   /**< or salt */
    int64_t newest;                   /**< number of the newest Finished that was opened */
    struct dtls_rest_bytes flight;    /**< our last one */
    struct dtls_rest_bytes farewell;  /**< our close_notify */
    enum srtp_profile profile;
    uint8_t send_key[SRTP_SESSION_MAX_KEY];
    uint8_t receive_key[SRTP_SESSION_MAX_KEY];
};

/** What is in an opened record. */
enum dtls_rest_news {
    DTLS_REST_NOTHING,
    DTLS_REST_CLOSED,  /**< close_notify, or a fatal alert */
    DTLS_REST_REPEATED /**< a Finished that was not seen before */
};

/**
 * Takes the keys out of a completed handshake.
 * @return 0, or ERR_CRYPTO (no SRTP profile, or no cipher that is known here)
 */
int dtls_rest_take(struct dtls_rest *rest, SSL *ssl, bool client);

/** Opens a record of epoch 1, and says what it means; a forged one is nothing. */
enum dtls_rest_news dtls_rest_open(struct dtls_rest *rest, const struct dtls_record *record);

/** Adds a datagram to what is kept; what does not fit is not kept. */
void dtls_rest_keep(struct dtls_rest_bytes *kept, const uint8_t *data, size_t len);

/** What the cipher adds to a record: explicit nonce and tag, or the tag. */
size_t dtls_rest_overhead_bytes(const struct dtls_rest *rest);

/** Wipes the keys. */
void dtls_rest_forget(struct dtls_rest *rest);

#endif
