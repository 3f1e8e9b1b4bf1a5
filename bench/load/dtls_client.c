#include "load/dtls_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <srtp2/srtp.h>

#include "base/err.h"

enum { MTU = 1200, MAX_KEYS = 2 * (32 + 14) };

struct dtls_identity {
    SSL_CTX *ctx;
    X509 *x509;
    EVP_PKEY *key;
    BIO_METHOD *method;
    struct sdp_fingerprint fingerprint;
};

struct dtls_client {
    struct dtls_client_output output;
    struct sdp_fingerprint remote;
    SSL *ssl;
    const uint8_t *in; /* datagram that OpenSSL has not read yet */
    size_t in_len;
    enum dtls_client_state state;
    const char *fault; /* static or OpenSSL's */
    srtp_t send;
    srtp_t receive;
    int64_t deadline_us;
};

static int bio_read(BIO *bio, char *out, int room)
{
    struct dtls_client *dtls = BIO_get_data(bio);
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
    struct dtls_client *dtls = BIO_get_data(bio);
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

/** "sha-256" as OpenSSL calls it. */
static const EVP_MD *find_hash(const char *name)
{
    char text[sizeof(((struct sdp_fingerprint *)NULL)->hash)];
    size_t len = 0;
    for (const char *at = name; *at != 0 && len + 1 < sizeof(text); at++) {
        if (*at != '-') {
            text[len++] = *at;
        }
    }
    text[len] = 0;
    return EVP_get_digestbyname(text);
}

/** The certificate must be the one that the answer named. */
static int verify(X509_STORE_CTX *store, void *unused)
{
    (void)unused;
    const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct dtls_client *dtls = SSL_get_app_data(ssl);
    const EVP_MD *hash = find_hash(dtls->remote.hash);
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    bool same = hash != NULL &&
                X509_digest(X509_STORE_CTX_get0_cert(store), hash, digest, &len) == 1 &&
                len == dtls->remote.bytes && memcmp(digest, dtls->remote.value, len) == 0;
    dtls->fault = same ? dtls->fault : "its certificate is not the one of the answer's fingerprint";
    return same;
}

static int make_certificate(struct dtls_identity *identity)
{
    identity->key = EVP_EC_gen("P-256");
    identity->x509 = X509_new();
    if (identity->key == NULL || identity->x509 == NULL) {
        return ERR_CRYPTO;
    }
    X509 *x509 = identity->x509;
    unsigned int len = 0;
    X509_NAME *name = X509_get_subject_name(x509);
    const uint8_t *common = (const uint8_t *)"tandem-load";
    if (ASN1_INTEGER_set(X509_get_serialNumber(x509), 1) != 1 ||
        X509_gmtime_adj(X509_getm_notBefore(x509), -86400) == NULL ||
        X509_gmtime_adj(X509_getm_notAfter(x509), 30L * 86400) == NULL ||
        X509_set_pubkey(x509, identity->key) != 1 ||
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, -1, -1, 0) != 1 ||
        X509_set_issuer_name(x509, name) != 1 ||
        X509_sign(x509, identity->key, EVP_sha256()) == 0 ||
        X509_digest(x509, EVP_sha256(), identity->fingerprint.value, &len) != 1) {
        return ERR_CRYPTO;
    }
    identity->fingerprint.bytes = (uint8_t)len;
    (void)snprintf(identity->fingerprint.hash, sizeof(identity->fingerprint.hash), "sha-256");
    return 0;
}

static int make_context(struct dtls_identity *identity)
{
    identity->ctx = SSL_CTX_new(DTLS_method());
    identity->method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | 0x7c, "a caller's path");
    if (identity->ctx == NULL || identity->method == NULL) {
        return ERR_CRYPTO;
    }
    SSL_CTX *ctx = identity->ctx;
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, verify, NULL);
    (void)SSL_CTX_set_options(ctx, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET);
    (void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    if (BIO_meth_set_read(identity->method, bio_read) != 1 ||
        BIO_meth_set_write(identity->method, bio_write) != 1 ||
        BIO_meth_set_ctrl(identity->method, bio_ctrl) != 1 ||
        SSL_CTX_use_certificate(ctx, identity->x509) != 1 ||
        SSL_CTX_use_PrivateKey(ctx, identity->key) != 1 ||
        /* Chromium's order */
        SSL_CTX_set_tlsext_use_srtp(
            ctx, "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM") != 0) {
        return ERR_CRYPTO;
    }
    return 0;
}

int dtls_identity_new(struct dtls_identity **out)
{
    struct dtls_identity *identity = calloc(1, sizeof(*identity));
    if (identity == NULL) {
        return ERR_NO_MEMORY;
    }
    int err = make_certificate(identity);
    if (err == 0) {
        err = make_context(identity);
    }
    if (err != 0) {
        dtls_identity_free(&identity);
        return err;
    }
    *out = identity;
    return 0;
}

const struct sdp_fingerprint *dtls_identity_fingerprint(const struct dtls_identity *identity)
{
    return &identity->fingerprint;
}

void dtls_identity_free(struct dtls_identity **identity)
{
    struct dtls_identity *gone = *identity;
    if (gone == NULL) {
        return;
    }
    SSL_CTX_free(gone->ctx);
    BIO_meth_free(gone->method);
    X509_free(gone->x509);
    EVP_PKEY_free(gone->key);
    free(gone);
    *identity = NULL;
}

static int make_ssl(struct dtls_client *dtls, const struct dtls_identity *identity, bool active)
{
    dtls->ssl = SSL_new(identity->ctx);
    BIO *bio = BIO_new(identity->method);
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
    if (active) {
        SSL_set_connect_state(dtls->ssl);
    } else {
        SSL_set_accept_state(dtls->ssl);
    }
    return 0;
}

int dtls_client_new(struct dtls_client **out, struct dtls_identity *identity,
                    const struct dtls_client_output *output, const struct sdp_fingerprint *remote,
                    bool active)
{
    struct dtls_client *dtls = calloc(1, sizeof(*dtls));
    if (dtls == NULL) {
        return ERR_NO_MEMORY;
    }
    dtls->output = *output;
    dtls->remote = *remote;
    dtls->deadline_us = INT64_MAX;
    int err = make_ssl(dtls, identity, active);
    if (err != 0) {
        dtls_client_free(&dtls);
        return err;
    }
    *out = dtls;
    return 0;
}

static srtp_t make_session(srtp_profile_t profile, srtp_ssrc_type_t type, uint8_t *key)
{
    srtp_t session = NULL;
    srtp_policy_t policy = {.ssrc = {.type = type}, .window_size = 1024, .allow_repeat_tx = 0};
    policy.key = key;
    if (srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, profile) != srtp_err_status_ok ||
        srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, profile) != srtp_err_status_ok ||
        srtp_create(&session, &policy) != srtp_err_status_ok) {
        return NULL;
    }
    return session;
}

/** Keys of RFC 5764 4.2: client key, server key, client salt, server salt. */
static bool take_keys(struct dtls_client *dtls)
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
    uint8_t of_client[MAX_KEYS];
    uint8_t of_server[MAX_KEYS];
    memcpy(of_client, material, key_bytes);
    memcpy(of_server, material + key_bytes, key_bytes);
    memcpy(of_client + key_bytes, material + 2 * key_bytes, salt_bytes);
    memcpy(of_server + key_bytes, material + 2 * key_bytes + salt_bytes, salt_bytes);
    bool server = SSL_is_server(dtls->ssl) == 1;
    dtls->send = make_session(profile, ssrc_any_outbound, server ? of_server : of_client);
    dtls->receive = make_session(profile, ssrc_any_inbound, server ? of_client : of_server);
    return dtls->send != NULL && dtls->receive != NULL;
}

static bool is_over(const struct dtls_client *dtls)
{
    return dtls->state == DTLS_CLIENT_ENDED || dtls->state == DTLS_CLIENT_FAILED;
}

static void note_deadline(struct dtls_client *dtls, int64_t now_us)
{
    struct timeval left;
    dtls->deadline_us = INT64_MAX;
    if (!is_over(dtls) && DTLSv1_get_timeout(dtls->ssl, &left) == 1) {
        dtls->deadline_us = now_us + (int64_t)left.tv_sec * 1000000 + left.tv_usec;
    }
}

/** What OpenSSL says of it, unless it is known better. */
static void fail(struct dtls_client *dtls)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    dtls->state = DTLS_CLIENT_FAILED;
    if (dtls->fault == NULL) {
        dtls->fault = reason != NULL ? reason : "";
    }
}

static void drive(struct dtls_client *dtls, int64_t now_us)
{
    uint8_t unwanted[64];
    ERR_clear_error();
    int result = SSL_is_init_finished(dtls->ssl) ? SSL_read(dtls->ssl, unwanted, sizeof(unwanted))
                                                 : SSL_do_handshake(dtls->ssl);
    int reason = SSL_get_error(dtls->ssl, result);
    if (SSL_is_init_finished(dtls->ssl) && dtls->state == DTLS_CLIENT_HANDSHAKE) {
        dtls->state = take_keys(dtls) ? DTLS_CLIENT_CONNECTED : DTLS_CLIENT_FAILED;
        dtls->fault = dtls->state == DTLS_CLIENT_FAILED ? "no SRTP profile in common" : NULL;
    }
    if (result <= 0 && reason != SSL_ERROR_WANT_READ) {
        if (dtls->state == DTLS_CLIENT_CONNECTED) {
            dtls->state = DTLS_CLIENT_ENDED;
        } else {
            fail(dtls);
        }
    }
    note_deadline(dtls, now_us);
}

void dtls_client_start(struct dtls_client *dtls, int64_t now_us)
{
    if (dtls->state == DTLS_CLIENT_IDLE) {
        dtls->state = DTLS_CLIENT_HANDSHAKE;
        drive(dtls, now_us);
    }
}

void dtls_client_receive(struct dtls_client *dtls, const uint8_t *data, size_t len, int64_t now_us)
{
    if (dtls->state != DTLS_CLIENT_IDLE && !is_over(dtls)) {
        dtls->in = data;
        dtls->in_len = len;
        drive(dtls, now_us);
        dtls->in = NULL;
    }
}

void dtls_client_timeout(struct dtls_client *dtls, int64_t now_us)
{
    if (now_us >= dtls->deadline_us) {
        ERR_clear_error();
        if (DTLSv1_handle_timeout(dtls->ssl) < 0) {
            dtls->state = DTLS_CLIENT_FAILED; /* sent too often */
        }
        note_deadline(dtls, now_us);
    }
}

int64_t dtls_client_next_deadline(const struct dtls_client *dtls)
{
    return dtls->deadline_us;
}

enum dtls_client_state dtls_client_state(const struct dtls_client *dtls)
{
    return dtls->state;
}

const char *dtls_client_fault(const struct dtls_client *dtls)
{
    return dtls->fault != NULL ? dtls->fault : "";
}

size_t dtls_client_protect(struct dtls_client *dtls, uint8_t *data, size_t len, bool rtcp)
{
    int bytes = (int)len;
    if (dtls->send == NULL) {
        return 0;
    }
    srtp_err_status_t status =
        rtcp ? srtp_protect_rtcp(dtls->send, data, &bytes) : srtp_protect(dtls->send, data, &bytes);
    return status == srtp_err_status_ok ? (size_t)bytes : 0;
}

size_t dtls_client_unprotect(struct dtls_client *dtls, uint8_t *data, size_t len, bool rtcp)
{
    int bytes = (int)len;
    if (dtls->receive == NULL) {
        return 0;
    }
    srtp_err_status_t status = rtcp ? srtp_unprotect_rtcp(dtls->receive, data, &bytes)
                                    : srtp_unprotect(dtls->receive, data, &bytes);
    return status == srtp_err_status_ok ? (size_t)bytes : 0;
}

void dtls_client_close(struct dtls_client *dtls)
{
    if (dtls->state == DTLS_CLIENT_CONNECTED) {
        ERR_clear_error();
        (void)SSL_shutdown(dtls->ssl);
    }
    dtls->state = is_over(dtls) ? dtls->state : DTLS_CLIENT_ENDED;
    dtls->deadline_us = INT64_MAX;
}

void dtls_client_free(struct dtls_client **dtls)
{
    struct dtls_client *gone = *dtls;
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
    free(gone);
    *dtls = NULL;
}
