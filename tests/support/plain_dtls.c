#include "support/plain_dtls.h"

#include <openssl/bio.h>

#include "relay/transport/certificate_key.h"

static int accept_all(int ok, X509_STORE_CTX *store)
{
    (void)ok;
    (void)store;
    return 1;
}

SSL *plain_dtls_new(SSL_CTX **context, const struct certificate *certificate, const char *suite,
                    bool client)
{
    *context = SSL_CTX_new(DTLS_method());
    bool ok = *context != NULL && SSL_CTX_set_cipher_list(*context, suite) == 1 &&
              SSL_CTX_set_tlsext_use_srtp(*context, "SRTP_AEAD_AES_128_GCM") == 0 &&
              SSL_CTX_use_certificate(*context, certificate->x509) == 1 &&
              SSL_CTX_use_PrivateKey(*context, certificate->key) == 1;
    SSL *ssl = ok ? SSL_new(*context) : NULL;
    if (ssl == NULL) {
        return NULL;
    }
    SSL_set_verify(ssl, SSL_VERIFY_PEER, accept_all);
    (void)SSL_set_options(ssl, SSL_OP_NO_QUERY_MTU);
    (void)SSL_set_mtu(ssl, PLAIN_DTLS_MTU);
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    if (client) {
        SSL_set_connect_state(ssl);
    } else {
        SSL_set_accept_state(ssl);
    }
    return ssl;
}

int plain_dtls_take(SSL *ssl, uint8_t out[static PLAIN_DTLS_ROOM])
{
    int len = BIO_read(SSL_get_wbio(ssl), out, PLAIN_DTLS_ROOM);
    return len > 0 ? len : 0;
}

void plain_dtls_give(SSL *ssl, const uint8_t *data, int len)
{
    (void)BIO_write(SSL_get_rbio(ssl), data, len);
}
