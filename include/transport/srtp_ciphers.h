/**
 * Which implementation of AES and HMAC libsrtp runs on.
 *
 * Debian's libsrtp is built on NSS and spends most of its time there (LIMITS.md 1). Its ciphers are
 * replaced through srtp_replace_cipher_type by libipsec-mb where the processor has AES and
 * carry-less multiplication, by OpenSSL elsewhere. The choice is one for the process and concerns
 * sessions made after it; sessions that exist keep what they have.
 */
#ifndef TRANSPORT_SRTP_CIPHERS_H
#define TRANSPORT_SRTP_CIPHERS_H

enum srtp_ciphers {
    SRTP_CIPHERS_AUTO,     /**< the fastest that this processor runs */
    SRTP_CIPHERS_PACKAGED, /**< what libsrtp was built with: for comparison in tests and benches */
    SRTP_CIPHERS_OPENSSL,
    SRTP_CIPHERS_IPSEC_MB
};

/**
 * Initialises libsrtp on the first call, then puts the ciphers in; every one passes libsrtp's
 * self-tests and known vectors before it is taken. Not for use while other threads make sessions.
 * @return 0, ERR_UNSUPPORTED when the processor or library cannot, ERR_CRYPTO
 */
int srtp_ciphers_install(enum srtp_ciphers which);

/** srtp_ciphers_install(SRTP_CIPHERS_AUTO) unless something is installed already; any thread. Same
 * errors. */
int srtp_ciphers_ensure(void);

/** What is installed now; SRTP_CIPHERS_AUTO before the first installation. */
enum srtp_ciphers srtp_ciphers_installed(void);

/** "auto", "packaged", "openssl", "ipsec-mb". */
const char *srtp_ciphers_name(enum srtp_ciphers which);

#endif
