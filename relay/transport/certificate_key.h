/**
 * The OpenSSL objects inside a certificate, for dtls.c only.
 */
#ifndef RELAY_TRANSPORT_CERTIFICATE_KEY_H
#define RELAY_TRANSPORT_CERTIFICATE_KEY_H

#include <openssl/evp.h>
#include <openssl/x509.h>

struct certificate {
    EVP_PKEY *key;
    X509 *x509;
    char fingerprint[96];
};

#endif
