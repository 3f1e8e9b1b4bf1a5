/**
 * The cipher and authentication types that may be put into libsrtp, and the vectors they are tested
 * with.
 */
#ifndef RELAY_TRANSPORT_SRTP_CIPHER_TYPES_H
#define RELAY_TRANSPORT_SRTP_CIPHER_TYPES_H

#include <stdbool.h>

#include <srtp2/auth.h>
#include <srtp2/cipher.h>

struct srtp_cipher_set {
    const srtp_cipher_type_t *icm_128;
    const srtp_cipher_type_t *icm_256;
    const srtp_cipher_type_t *gcm_128;
    const srtp_cipher_type_t *gcm_256;
    const srtp_auth_type_t *hmac_sha1;
};

/** Vectors for libsrtp's self-test: counter mode of RFC 3711 B.2 and RFC 6188 7.1, GCM test cases 4
 * and 16. */
extern const srtp_cipher_test_case_t srtp_vector_icm_128;
extern const srtp_cipher_test_case_t srtp_vector_icm_256;
extern const srtp_cipher_test_case_t srtp_vector_gcm_128;
extern const srtp_cipher_test_case_t srtp_vector_gcm_256;

/** HMAC-SHA1 by kept states of OpenSSL's SHA-1 (RFC 2104); tests with RFC 2202 case 1. */
extern const srtp_auth_type_t srtp_hmac_sha1_type;

/** On OpenSSL EVP: the key is set once per stream, the IV per packet. False when OpenSSL lacks an
 * algorithm. */
bool srtp_cipher_evp_set(struct srtp_cipher_set *out);

/** On libipsec-mb. False when the processor lacks AES or carry-less multiplication instructions. */
bool srtp_cipher_mb_set(struct srtp_cipher_set *out);

/** What srtp_ciphers_install has put in. False before that. */
bool srtp_cipher_set_installed(struct srtp_cipher_set *out);

#endif
