#include "sim/peer_dtls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <srtp2/srtp.h>

#include "base/err.h"

enum { MTU = 1200, MAX_KEYS = 2 * (32 + 14), MAX_TRAILER = SRTP_MAX_TRAILER_LEN + 4 };

struct peer_dtls {
    struct peer_dtls_output output;
    char relay_fingerprint[100];
    SSL_CTX *ctx;
    SSL *ssl;
    X509 *x509;
    EVP_PKEY *key;
    BIO_METHOD *method;
    const uint8_t *in; /* datagram that OpenSSL has not read yet */
    size_t in_len;
    bool started;
    bool closed;
    srtp_t send;
    srtp_t receive;
    int64_t deadline_us;
};

static int64_t virtual_now_us;

/** In place of libc's, for OpenSSL's timers. */
int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    (void)zone;
    now->tv_sec = 1000000 + virtual_now_us / 1000000;
    now->tv_usec = virtual_now_us % 1000000;
    return 0;
}

static int bio_read(BIO *bio, char *out, int room)
{
    struct peer_dtls *dtls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (dtls->in == NULL) {
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t len = dtls->in_len < (size_t)room ? dtls->in_len : (size_t)room;
    memcpy(out, dtls->in, len);
    dtls->in = NULL;
    return (int)len;
}

static int bio_write(BIO *bio, const char *data, int len)
{
    struct peer_dtls *dtls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    dtls->output.send(dtls->output.owner, (const uint8_t *)data, (size_t)len);
    return len;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : command == BIO_CTRL_DGRAM_QUERY_MTU ? MTU : 0;
}

/** First 50 ms, then twice as long each time, as browsers have it (OpenSSL would wait a second). */
static unsigned int on_timer(SSL *ssl, unsigned int last_us)
{
    (void)ssl;
    return last_us == 0 ? 50000 : last_us * 2;
}

/** The relay's certificate must be the one that its answer named. */
static int verify(X509_STORE_CTX *store, void *unused)
{
    (void)unused;
    const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    const struct peer_dtls *dtls = SSL_get_app_data(ssl);
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    char text[100] = "";
    if (X509_digest(X509_STORE_CTX_get0_cert(store), EVP_sha256(), digest, &len) != 1) {
        return 0;
    }
    for (unsigned int i = 0; i < len; i++) {
        (void)snprintf(text + i * 3, 4, "%02X:", digest[i]);
    }
    text[len * 3 - 1] = 0;
    return strcmp(text, dtls->relay_fingerprint) == 0;
}

static int make_certificate(struct peer_dtls *dtls, struct session_fingerprint *fingerprint)
{
    dtls->key = EVP_EC_gen("P-256");
    dtls->x509 = X509_new();
    if (dtls->key == NULL || dtls->x509 == NULL) {
        return ERR_CRYPTO;
    }
    unsigned int len = 0;
    X509_NAME *name = X509_get_subject_name(dtls->x509);
    if (ASN1_INTEGER_set(X509_get_serialNumber(dtls->x509), 1) != 1 ||
        X509_gmtime_adj(X509_getm_notBefore(dtls->x509), -86400) == NULL ||
        X509_gmtime_adj(X509_getm_notAfter(dtls->x509), 86400) == NULL ||
        X509_set_pubkey(dtls->x509, dtls->key) != 1 ||
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"peer", -1, -1, 0) !=
            1 ||
        X509_set_issuer_name(dtls->x509, name) != 1 ||
        X509_sign(dtls->x509, dtls->key, EVP_sha256()) == 0 ||
        X509_digest(dtls->x509, EVP_sha256(), fingerprint->value, &len) != 1) {
        return ERR_CRYPTO;
    }
    fingerprint->bytes = (uint8_t)len;
    (void)snprintf(fingerprint->hash, sizeof(fingerprint->hash), "sha-256");
    return 0;
}

static int make_ssl(struct peer_dtls *dtls)
{
    dtls->ctx = SSL_CTX_new(DTLS_client_method());
    dtls->method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | 0x7c, "simulated network");
    if (dtls->ctx == NULL || dtls->method == NULL) {
        return ERR_CRYPTO;
    }
    SSL_CTX_set_verify(dtls->ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(dtls->ctx, verify, NULL);
    (void)SSL_CTX_set_options(dtls->ctx, SSL_OP_NO_QUERY_MTU);
    if (BIO_meth_set_read(dtls->method, bio_read) != 1 ||
        BIO_meth_set_write(dtls->method, bio_write) != 1 ||
        BIO_meth_set_ctrl(dtls->method, bio_ctrl) != 1 ||
        SSL_CTX_use_certificate(dtls->ctx, dtls->x509) != 1 ||
        SSL_CTX_use_PrivateKey(dtls->ctx, dtls->key) != 1 ||
        /* Chromium's order */
        SSL_CTX_set_tlsext_use_srtp(
            dtls->ctx, "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM") != 0) {
        return ERR_CRYPTO;
    }
    dtls->ssl = SSL_new(dtls->ctx);
    BIO *bio = BIO_new(dtls->method);
    if (dtls->ssl == NULL || bio == NULL) {
        BIO_free(bio);
        return ERR_CRYPTO;
    }
    BIO_set_data(bio, dtls);
    BIO_set_init(bio, 1);
    SSL_set_bio(dtls->ssl, bio, bio);
    (void)SSL_set_app_data(dtls->ssl, dtls);
    (void)SSL_set_mtu(dtls->ssl, MTU);
    DTLS_set_timer_cb(dtls->ssl, on_timer);
    SSL_set_connect_state(dtls->ssl);
    return 0;
}

int peer_dtls_new(struct peer_dtls **out, const struct peer_dtls_output *output,
                  const char *relay_fingerprint, struct session_fingerprint *fingerprint)
{
    struct peer_dtls *dtls = calloc(1, sizeof(*dtls));
    if (dtls == NULL) {
        return ERR_NO_MEMORY;
    }
    dtls->output = *output;
    dtls->deadline_us = INT64_MAX;
    (void)snprintf(dtls->relay_fingerprint, sizeof(dtls->relay_fingerprint), "%s",
                   relay_fingerprint);
    /* libsrtp is one for the process, and the relay has set it up. */
    int err = make_certificate(dtls, fingerprint);
    if (err == 0) {
        err = make_ssl(dtls);
    }
    if (err != 0) {
        peer_dtls_free(&dtls);
        return err;
    }
    *out = dtls;
    return 0;
}

static srtp_t make_session(srtp_profile_t profile, srtp_ssrc_type_t type, uint8_t *key)
{
    srtp_t session = NULL;
    srtp_policy_t policy = {
        .ssrc = {.type = type}, .key = key, .window_size = 1024, .allow_repeat_tx = 0};
    if (srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, profile) != srtp_err_status_ok ||
        srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, profile) != srtp_err_status_ok ||
        srtp_create(&session, &policy) != srtp_err_status_ok) {
        return NULL;
    }
    return session;
}

/** Keys of RFC 5764 4.2: client key, server key, client salt, server salt. */
static bool take_keys(struct peer_dtls *dtls)
{
    const SRTP_PROTECTION_PROFILE *selected = SSL_get_selected_srtp_profile(dtls->ssl);
    if (selected == NULL) {
        return false;
    }
    srtp_profile_t profile = (srtp_profile_t)selected->id;
    size_t key_bytes = srtp_profile_get_master_key_length(profile);
    size_t salt_bytes = srtp_profile_get_master_salt_length(profile);
    uint8_t material[MAX_KEYS];
    if (SSL_export_keying_material(dtls->ssl, material, 2 * (key_bytes + salt_bytes),
                                   "EXTRACTOR-dtls_srtp", 19, NULL, 0, 0) != 1) {
        return false;
    }
    uint8_t ours[MAX_KEYS];
    uint8_t theirs[MAX_KEYS];
    memcpy(ours, material, key_bytes);
    memcpy(theirs, material + key_bytes, key_bytes);
    memcpy(ours + key_bytes, material + 2 * key_bytes, salt_bytes);
    memcpy(theirs + key_bytes, material + 2 * key_bytes + salt_bytes, salt_bytes);
    dtls->send = make_session(profile, ssrc_any_outbound, ours);
    dtls->receive = make_session(profile, ssrc_any_inbound, theirs);
    return dtls->send != NULL && dtls->receive != NULL;
}

static void note_deadline(struct peer_dtls *dtls, int64_t now_us)
{
    struct timeval left;
    dtls->deadline_us = INT64_MAX;
    if (!dtls->closed && DTLSv1_get_timeout(dtls->ssl, &left) == 1) {
        dtls->deadline_us = now_us + (int64_t)left.tv_sec * 1000000 + left.tv_usec;
    }
}

static void drive(struct peer_dtls *dtls, int64_t now_us)
{
    uint8_t unwanted[64];
    int result = SSL_is_init_finished(dtls->ssl) ? SSL_read(dtls->ssl, unwanted, sizeof(unwanted))
                                                 : SSL_do_handshake(dtls->ssl);
    int reason = SSL_get_error(dtls->ssl, result);
    if (SSL_is_init_finished(dtls->ssl) && dtls->send == NULL && !take_keys(dtls)) {
        dtls->closed = true;
    }
    if (result <= 0 && reason != SSL_ERROR_WANT_READ) {
        dtls->closed = true;
    }
    note_deadline(dtls, now_us);
}

void peer_dtls_start(struct peer_dtls *dtls, int64_t now_us)
{
    if (!dtls->started) {
        virtual_now_us = now_us;
        dtls->started = true;
        drive(dtls, now_us);
    }
}

void peer_dtls_receive(struct peer_dtls *dtls, const uint8_t *data, size_t len, int64_t now_us)
{
    if (dtls->started && !dtls->closed) {
        virtual_now_us = now_us;
        dtls->in = data;
        dtls->in_len = len;
        drive(dtls, now_us);
        dtls->in = NULL;
    }
}

void peer_dtls_timeout(struct peer_dtls *dtls, int64_t now_us)
{
    if (now_us >= dtls->deadline_us) {
        virtual_now_us = now_us;
        (void)DTLSv1_handle_timeout(dtls->ssl);
        note_deadline(dtls, now_us);
    }
}

int64_t peer_dtls_next_deadline(const struct peer_dtls *dtls)
{
    return dtls->deadline_us;
}

bool peer_dtls_connected(const struct peer_dtls *dtls)
{
    return dtls->send != NULL && dtls->receive != NULL;
}

bool peer_dtls_closed(const struct peer_dtls *dtls)
{
    return dtls->closed;
}

size_t peer_dtls_protect(struct peer_dtls *dtls, uint8_t *data, size_t len, bool rtcp)
{
    int bytes = (int)len;
    srtp_err_status_t status =
        rtcp ? srtp_protect_rtcp(dtls->send, data, &bytes) : srtp_protect(dtls->send, data, &bytes);
    return status == srtp_err_status_ok ? (size_t)bytes : 0;
}

size_t peer_dtls_unprotect(struct peer_dtls *dtls, uint8_t *data, size_t len, bool rtcp)
{
    int bytes = (int)len;
    srtp_err_status_t status = rtcp ? srtp_unprotect_rtcp(dtls->receive, data, &bytes)
                                    : srtp_unprotect(dtls->receive, data, &bytes);
    return status == srtp_err_status_ok ? (size_t)bytes : 0;
}

void peer_dtls_close(struct peer_dtls *dtls, int64_t now_us)
{
    virtual_now_us = now_us;
    if (dtls->started && SSL_is_init_finished(dtls->ssl)) {
        (void)SSL_shutdown(dtls->ssl);
    }
    dtls->closed = true;
    dtls->deadline_us = INT64_MAX;
}

void peer_dtls_free(struct peer_dtls **dtls)
{
    struct peer_dtls *gone = *dtls;
    if (gone == NULL) {
        return;
    }
    if (gone->send != NULL) {
        (void)srtp_dealloc(gone->send);
    }
    if (gone->receive != NULL) {
        (void)srtp_dealloc(gone->receive);
    }
    SSL_free(gone->ssl);
    SSL_CTX_free(gone->ctx);
    BIO_meth_free(gone->method);
    X509_free(gone->x509);
    EVP_PKEY_free(gone->key);
    free(gone);
    *dtls = NULL;
}
