/**
 * One end of a DTLS handshake as plain OpenSSL has it, whose keys a test can take.
 */
#ifndef TESTS_SUPPORT_PLAIN_DTLS_H
#define TESTS_SUPPORT_PLAIN_DTLS_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "transport/certificate.h"

enum { PLAIN_DTLS_MTU = 1200, PLAIN_DTLS_ROOM = 2000 };

/**
 * With memory as its network, accepting any certificate; SRTP with AEAD_AES_128_GCM.
 * @param context out: to be freed, after the end, whatever is returned
 * @param certificate borrowed
 * @param suite as OpenSSL names it
 * @return NULL when anything failed
 */
SSL *plain_dtls_new(SSL_CTX **context, const struct certificate *certificate, const char *suite,
                    bool client);

/** Takes what it has written, up to a datagram or more. @return bytes, 0 when there is nothing */
int plain_dtls_take(SSL *ssl, uint8_t out[static PLAIN_DTLS_ROOM]);

/** Gives it what came. */
void plain_dtls_give(SSL *ssl, const uint8_t *data, int len);

#endif
