#include "dtls.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/err.h"
#include "certificate_key.h"
#include "datagram_queue.h"
#include "dtls_record.h"
#include "dtls_rest.h"

enum {
    DTLS_BIO_TYPE = BIO_TYPE_SOURCE_SINK | 0x7d, /**< any number that OpenSSL does not use */
    DTLS_EXPIRED_US = 1, /**< OpenSSL takes less than 15 ms left for "now" */
    DTLS_FINGERPRINTS = 4
};

/** An hour: no handshake lives that long, so OpenSSL's own timer never fires. */
static const unsigned int dtls_never_us = 3600U * 1000000U;

struct dtls_context {
    SSL_CTX *ssl_ctx;
    BIO_METHOD *bio_method;
};

struct dtls {
    struct dtls_context *context;
    SSL *ssl; /**< only while an attempt is under way */
    enum dtls_state state;
    bool client;
    bool mismatch; /**< the peer's certificate has none of the fingerprints */
    bool out_of_memory;
    const char *failure;
    struct transport_fingerprint fingerprints[DTLS_FINGERPRINTS];
    size_t fingerprint_count;

    const uint8_t *in; /**< datagram that OpenSSL has not read yet; borrowed during one call */
    size_t in_len;

    struct datagram_queue now;                     /**< to be polled */
    struct datagram_queue copies[DTLS_MAX_COPIES]; /**< of the present flight, to be sent later */
    size_t copies_written;
    size_t copies_sent;
    struct datagram_queue *writing; /**< where OpenSSL's writes go */
    bool flight_begun;              /**< since the last drive */
    size_t unanswered;              /**< copies sent since the peer was heard */
    int64_t rto_us;
    int64_t interval_us; /**< before the next copy */
    int64_t sent_us;     /**< when the flight went out last */
    int64_t deadline_us; /**< of the next copy */

    bool have_random;
    uint8_t random[DTLS_RANDOM_BYTES]; /**< of the ClientHello that this attempt answers */
    size_t handshake_bytes;            /**< received in this attempt */
    int64_t attempt_us;                /**< when it began; INT64_MIN: never */
    int64_t repeated_us;               /**< when our last flight went out again after completion */
    struct dtls_rest rest;             /**< in DTLS_CONNECTED, in place of ssl */
};

/* ---- OpenSSL's side: datagrams in and out, timer, certificate ---- */

static int bio_read(BIO *bio, char *out, int room)
{
    struct dtls *dtls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (dtls->in == NULL || room <= 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t len = dtls->in_len < (size_t)room ? dtls->in_len : (size_t)room;
    memcpy(out, dtls->in, len);
    dtls->in = NULL; /* what does not fit is lost, as with a socket */
    return (int)len;
}

static int bio_write(BIO *bio, const char *data, int len)
{
    struct dtls *dtls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (len <= 0) {
        return 0;
    }
    /* OpenSSL writes each message of a copy by itself; the first writing of a flight comes joined.
     */
    size_t join = dtls->writing == &dtls->now ? 0 : DTLS_MTU;
    if (datagram_queue_add(dtls->writing, (const uint8_t *)data, (size_t)len, join) != 0) {
        dtls->out_of_memory = true;
    }
    return len;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
        return DTLS_MTU;
    default:
        return 0;
    }
}

/** Called with 0 when the first message of a flight is written, and with the last value when the
 * timer has expired. */
static unsigned int on_timer(SSL *ssl, unsigned int last_us)
{
    struct dtls *dtls = SSL_get_app_data(ssl);
    if (last_us == 0) {
        dtls->flight_begun = true;
        dtls->copies_written = 0;
        dtls->writing = &dtls->now;
        return DTLS_EXPIRED_US;
    }
    if (dtls->copies_written == DTLS_MAX_COPIES) {
        dtls->writing = &dtls->now;
        return dtls_never_us;
    }
    dtls->writing = &dtls->copies[dtls->copies_written++];
    datagram_queue_clear(dtls->writing);
    return dtls->copies_written == DTLS_MAX_COPIES ? dtls_never_us : DTLS_EXPIRED_US;
}

/** RFC 8827 6.5: nothing weaker than SHA-256. */
static const EVP_MD *hash_of(const char *name)
{
    if (strcasecmp(name, "sha-256") == 0) {
        return EVP_sha256();
    }
    if (strcasecmp(name, "sha-384") == 0) {
        return EVP_sha384();
    }
    return strcasecmp(name, "sha-512") == 0 ? EVP_sha512() : NULL;
}

static bool fingerprint_matches(const struct transport_fingerprint *fingerprint, const X509 *x509)
{
    const EVP_MD *hash = hash_of(fingerprint->hash);
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    return hash != NULL && X509_digest(x509, hash, digest, &len) == 1 &&
           len == fingerprint->bytes && CRYPTO_memcmp(digest, fingerprint->value, len) == 0;
}

/** In place of a chain check: certificates are self-signed, the SDP vouches for them (RFC 8122 5).
 */
static int on_certificate(X509_STORE_CTX *store, void *unused)
{
    (void)unused;
    const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct dtls *dtls = SSL_get_app_data(ssl);
    const X509 *x509 = X509_STORE_CTX_get0_cert(store);
    for (size_t i = 0; x509 != NULL && i < dtls->fingerprint_count; i++) {
        if (fingerprint_matches(&dtls->fingerprints[i], x509)) {
            return 1;
        }
    }
    dtls->mismatch = true;
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
}

static SSL_CTX *ssl_ctx_new(const struct certificate *certificate)
{
    static char groups[] = "X25519:P-256:P-384"; /* the macro casts const away */
    SSL_CTX *ctx = SSL_CTX_new(DTLS_method());
    if (ctx == NULL) {
        return NULL;
    }
    (void)SSL_CTX_set_options(ctx, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET |
                                       SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    (void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_max_cert_list(ctx, DTLS_MAX_HANDSHAKE_BYTES);
    /* The write buffer is of this size; DTLS does not give it back between messages. */
    (void)SSL_CTX_set_max_send_fragment(ctx, DTLS_MTU);
    SSL_CTX_set_read_ahead(ctx, 1);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, on_certificate, NULL);
    bool ok = SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) == 1 &&
              SSL_CTX_set_max_proto_version(ctx, DTLS1_2_VERSION) == 1 &&
              SSL_CTX_set_cipher_list(
                  ctx, "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                       "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                       "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305") == 1 &&
              SSL_CTX_set1_groups_list(ctx, groups) == 1 &&
              /* 0 is success in this one; the server's order decides. */
              SSL_CTX_set_tlsext_use_srtp(ctx, "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:"
                                               "SRTP_AES128_CM_SHA1_80") == 0 &&
              SSL_CTX_use_certificate(ctx, certificate->x509) == 1 &&
              SSL_CTX_use_PrivateKey(ctx, certificate->key) == 1;
    if (!ok) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

int dtls_context_new(struct dtls_context **out, const struct certificate *certificate)
{
    struct dtls_context *context = calloc(1, sizeof(*context));
    if (context == NULL) {
        return ERR_NO_MEMORY;
    }
    context->ssl_ctx = ssl_ctx_new(certificate);
    context->bio_method = BIO_meth_new(DTLS_BIO_TYPE, "datagrams in memory");
    if (context->ssl_ctx == NULL || context->bio_method == NULL ||
        BIO_meth_set_read(context->bio_method, bio_read) != 1 ||
        BIO_meth_set_write(context->bio_method, bio_write) != 1 ||
        BIO_meth_set_ctrl(context->bio_method, bio_ctrl) != 1) {
        dtls_context_free(&context);
        return ERR_CRYPTO;
    }
    *out = context;
    return 0;
}

void dtls_context_free(struct dtls_context **context)
{
    struct dtls_context *gone = *context;
    if (gone == NULL) {
        return;
    }
    SSL_CTX_free(gone->ssl_ctx);
    BIO_meth_free(gone->bio_method);
    free(gone);
    *context = NULL;
}

/* ---- one association ---- */

int dtls_new(struct dtls **out, struct dtls_context *context, bool client,
             const struct transport_fingerprint *fingerprints, size_t count)
{
    struct dtls *dtls = calloc(1, sizeof(*dtls));
    if (dtls == NULL) {
        return ERR_NO_MEMORY;
    }
    dtls->context = context;
    dtls->client = client;
    dtls->failure = "";
    dtls->fingerprint_count = count < DTLS_FINGERPRINTS ? count : DTLS_FINGERPRINTS;
    for (size_t i = 0; i < dtls->fingerprint_count; i++) {
        dtls->fingerprints[i] = fingerprints[i];
    }
    dtls->writing = &dtls->now;
    dtls->rto_us = DTLS_RTO_UNKNOWN_US;
    dtls->deadline_us = INT64_MAX;
    dtls->attempt_us = INT64_MIN;
    dtls->repeated_us = INT64_MIN;
    *out = dtls;
    return 0;
}

void dtls_set_rtt(struct dtls *dtls, int64_t rtt_us)
{
    if (rtt_us > 0) {
        int64_t rto_us = 2 * rtt_us;
        rto_us = rto_us < DTLS_RTO_MIN_US ? DTLS_RTO_MIN_US : rto_us;
        dtls->rto_us = rto_us > DTLS_RTO_MAX_US ? DTLS_RTO_MAX_US : rto_us;
    }
}

static void flight_forget(struct dtls *dtls)
{
    for (size_t i = 0; i < DTLS_MAX_COPIES; i++) {
        datagram_queue_deinit(&dtls->copies[i]);
    }
    dtls->copies_written = 0;
    dtls->copies_sent = 0;
    dtls->deadline_us = INT64_MAX;
}

static void attempt_forget(struct dtls *dtls)
{
    SSL_free(dtls->ssl);
    dtls->ssl = NULL;
    flight_forget(dtls);
    dtls->writing = &dtls->now;
    dtls->have_random = false;
    dtls->handshake_bytes = 0;
}

static int attempt_new(struct dtls *dtls, int64_t now_us)
{
    attempt_forget(dtls);
    dtls->state = DTLS_IDLE; /* without memory there is no attempt */
    datagram_queue_clear(&dtls->now);
    SSL *ssl = SSL_new(dtls->context->ssl_ctx);
    BIO *bio = ssl == NULL ? NULL : BIO_new(dtls->context->bio_method);
    if (bio == NULL) {
        SSL_free(ssl);
        return ERR_NO_MEMORY;
    }
    BIO_set_data(bio, dtls);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    (void)SSL_set_app_data(ssl, dtls);
    (void)SSL_set_mtu(ssl, DTLS_MTU);
    DTLS_set_timer_cb(ssl, on_timer);
    if (dtls->client) {
        SSL_set_connect_state(ssl);
    } else {
        SSL_set_accept_state(ssl);
    }
    dtls->ssl = ssl;
    dtls->state = DTLS_HANDSHAKE;
    dtls->mismatch = false;
    dtls->out_of_memory = false;
    dtls->attempt_us = now_us;
    return 0;
}

/** As server the next hello may begin another attempt; as client there is none. */
static void attempt_failed(struct dtls *dtls, const char *failure)
{
    /* A stranger may have caused this, so the peer is told only what its own certificate caused. */
    if (!dtls->mismatch && !dtls->client) {
        datagram_queue_clear(&dtls->now);
    }
    dtls->failure = failure;
    dtls->state = dtls->client ? DTLS_FAILED : DTLS_IDLE;
    attempt_forget(dtls);
}

/** The datagram that ended the handshake may hold more. @return false when that ended it all */
static bool rest_read(struct dtls *dtls)
{
    uint8_t unwanted[256];
    while (SSL_read(dtls->ssl, unwanted, sizeof(unwanted)) > 0) {
    }
    return (SSL_get_shutdown(dtls->ssl) & SSL_RECEIVED_SHUTDOWN) == 0;
}

/** Writes close_notify, to be sent at the end, if there is memory. */
static void farewell_write(struct dtls *dtls)
{
    struct datagram_queue written = {0};
    const uint8_t *data = NULL;
    size_t len = 0;
    dtls->writing = &written;
    (void)SSL_shutdown(dtls->ssl);
    dtls->writing = &dtls->now;
    while ((data = datagram_queue_take(&written, &len)) != NULL) {
        dtls_rest_keep(&dtls->rest.farewell, data, len);
    }
    datagram_queue_deinit(&written);
}

/** Keys and what may still be sent are taken out of OpenSSL's object, which goes. */
static void attempt_completed(struct dtls *dtls)
{
    flight_forget(dtls);
    if (SSL_get_selected_srtp_profile(dtls->ssl) == NULL) {
        attempt_failed(dtls, "no SRTP profile in common");
        return;
    }
    if (dtls_rest_take(&dtls->rest, dtls->ssl, dtls->client) != 0) {
        attempt_failed(dtls, "no keys");
        return;
    }
    for (size_t i = dtls->now.next, at = dtls->now.next_at; !dtls->client && i < dtls->now.count;
         at += dtls->now.lens[i++]) {
        dtls_rest_keep(&dtls->rest.flight, dtls->now.bytes + at, dtls->now.lens[i]);
    }
    dtls->state = rest_read(dtls) ? DTLS_CONNECTED : DTLS_CLOSED;
    dtls->failure = "";
    farewell_write(dtls);
    SSL_free(dtls->ssl);
    dtls->ssl = NULL;
}

/** After a flight was written: its copies wait for their turn. */
static void flight_schedule(struct dtls *dtls, int64_t now_us)
{
    dtls->flight_begun = false;
    dtls->copies_sent = 0;
    dtls->unanswered = 0;
    dtls->interval_us = dtls->rto_us;
    dtls->sent_us = now_us;
    dtls->deadline_us = dtls->copies_written == 0 ? INT64_MAX : now_us + dtls->interval_us;
}

/** Lets OpenSSL work on what is in dtls->in until it wants another datagram. */
static void handshake_drive(struct dtls *dtls, int64_t now_us)
{
    ERR_clear_error();
    (void)SSL_alloc_buffers(dtls->ssl);
    int result = SSL_do_handshake(dtls->ssl);
    int reason = SSL_get_error(dtls->ssl, result);
    dtls->writing = &dtls->now;
    if (dtls->out_of_memory) {
        attempt_failed(dtls, "out of memory");
    } else if (result == 1) {
        attempt_completed(dtls);
    } else if (reason != SSL_ERROR_WANT_READ) {
        attempt_failed(dtls, dtls->mismatch ? "fingerprint mismatch" : "DTLS handshake failed");
    } else {
        (void)SSL_free_buffers(dtls->ssl); /* 17 kB that wait for nothing until the next datagram */
        if (dtls->flight_begun) {
            flight_schedule(dtls, now_us);
        }
    }
    ERR_clear_error();
}

static void copy_send(struct dtls *dtls, int64_t now_us)
{
    struct datagram_queue *copy = &dtls->copies[dtls->copies_sent++];
    const uint8_t *data = NULL;
    size_t len = 0;
    while ((data = datagram_queue_take(copy, &len)) != NULL) {
        (void)datagram_queue_add(&dtls->now, data, len, 0);
    }
    dtls->unanswered++;
    dtls->interval_us *= 2;
    dtls->sent_us = now_us;
    bool more = dtls->copies_sent < dtls->copies_written &&
                (dtls->client || dtls->unanswered < DTLS_MAX_UNANSWERED);
    dtls->deadline_us = more ? now_us + dtls->interval_us : INT64_MAX;
}

/**
 * The peer was heard, so a flight that was given up goes on. When it repeats its hello, our answer
 * is lost or under way: it goes out again, but not sooner than the first timer would have it.
 */
static void flight_heard(struct dtls *dtls, bool repeated, int64_t now_us)
{
    dtls->unanswered = 0;
    if (dtls->copies_sent == dtls->copies_written) {
        return;
    }
    int64_t soonest_us = dtls->sent_us + (repeated ? dtls->rto_us : dtls->interval_us);
    if (soonest_us < dtls->deadline_us) {
        dtls->deadline_us = soonest_us < now_us ? now_us : soonest_us;
    }
}

int dtls_start(struct dtls *dtls, int64_t now_us)
{
    if (!dtls->client || dtls->state != DTLS_IDLE) {
        return ERR_BAD_STATE;
    }
    int err = attempt_new(dtls, now_us);
    if (err != 0) {
        return err;
    }
    handshake_drive(dtls, now_us);
    return dtls->state == DTLS_HANDSHAKE ? 0 : ERR_CRYPTO;
}

bool dtls_is_client_hello(const uint8_t *data, size_t len)
{
    struct bytes bytes = bytes_over(data, len);
    struct dtls_record record;
    return dtls_record_read(&bytes, &record) && dtls_record_is_client_hello(&record);
}

/** What the relay must know of a datagram before OpenSSL sees it. */
struct dtls_glance {
    bool hello;            /**< holds a piece of a ClientHello */
    const uint8_t *random; /**< of that hello, when its beginning is here */
};

static bool datagram_glance(const uint8_t *data, size_t len, struct dtls_glance *out)
{
    struct bytes bytes = bytes_over(data, len);
    struct dtls_record record;
    *out = (struct dtls_glance){0};
    size_t count = 0;
    while (dtls_record_read(&bytes, &record)) {
        out->hello = out->hello || dtls_record_is_client_hello(&record);
        const uint8_t *random = dtls_record_client_random(&record);
        out->random = random != NULL ? random : out->random;
        count++;
    }
    return count > 0; /* RFC 6347 4.1.2.7: junk behind a record is no reason to drop the record */
}

/** True when the datagram may go to OpenSSL; may begin an attempt. */
static bool server_admits(struct dtls *dtls, const struct dtls_glance *glance, int64_t now_us)
{
    bool other = glance->random != NULL && dtls->have_random &&
                 memcmp(glance->random, dtls->random, DTLS_RANDOM_BYTES) != 0;
    if (dtls->state == DTLS_IDLE || other) {
        if (!glance->hello) {
            return false;
        }
        bool soon =
            dtls->attempt_us != INT64_MIN && now_us - dtls->attempt_us < DTLS_RESTART_SPACING_US;
        if (soon || attempt_new(dtls, now_us) != 0) {
            return false;
        }
    }
    flight_heard(dtls, glance->random != NULL && dtls->have_random, now_us);
    if (glance->random != NULL && !dtls->have_random) {
        dtls->have_random = true;
        memcpy(dtls->random, glance->random, DTLS_RANDOM_BYTES);
    }
    return true;
}

static enum drop_reason handshake_receive(struct dtls *dtls, const uint8_t *data, size_t len,
                                          int64_t now_us)
{
    struct dtls_glance glance;
    if (!datagram_glance(data, len, &glance)) {
        return DROP_DTLS_MALFORMED;
    }
    bool admitted = dtls->client ? dtls->state == DTLS_HANDSHAKE && !glance.hello
                                 : server_admits(dtls, &glance, now_us);
    if (!admitted) {
        return DROP_DTLS_STATE;
    }
    dtls->handshake_bytes += len;
    if (dtls->handshake_bytes > DTLS_MAX_HANDSHAKE_BYTES) {
        attempt_failed(dtls, "DTLS handshake too long");
        return DROP_DTLS_STATE;
    }
    dtls->in = data;
    dtls->in_len = len;
    handshake_drive(dtls, now_us);
    dtls->in = NULL;
    return DROP_NONE;
}

/**
 * Of a datagram after completion only encrypted alerts and (as server) an encrypted Finished that
 * is sent again may pass: plaintext can come from anybody, and application data is not wanted.
 */
static bool connected_wants(const struct dtls *dtls, const struct dtls_record *record,
                            int64_t now_us)
{
    if (record->epoch == 0 || record->body_bytes <= dtls_rest_overhead_bytes(&dtls->rest)) {
        return false;
    }
    if (record->type == DTLS_RECORD_ALERT) {
        return true;
    }
    return record->type == DTLS_RECORD_HANDSHAKE && !dtls->client &&
           (dtls->repeated_us == INT64_MIN ||
            now_us - dtls->repeated_us >= DTLS_RESTART_SPACING_US);
}

static void connected_take(struct dtls *dtls, const struct dtls_record *record, int64_t now_us)
{
    if (record->type == DTLS_RECORD_HANDSHAKE) {
        dtls->repeated_us = now_us;
    }
    switch (dtls_rest_open(&dtls->rest, record)) {
    case DTLS_REST_CLOSED:
        dtls->state = DTLS_CLOSED;
        break;
    case DTLS_REST_REPEATED:
        (void)datagram_queue_add(&dtls->now, dtls->rest.flight.data, dtls->rest.flight.len, 0);
        break;
    case DTLS_REST_NOTHING:
        break;
    }
}

static enum drop_reason connected_receive(struct dtls *dtls, const uint8_t *data, size_t len,
                                          int64_t now_us)
{
    struct bytes bytes = bytes_over(data, len);
    struct dtls_record record;
    bool wanted = false;
    ERR_clear_error();
    while (dtls_record_read(&bytes, &record)) {
        if (connected_wants(dtls, &record, now_us)) {
            connected_take(dtls, &record, now_us);
            wanted = true;
        }
    }
    ERR_clear_error();
    return wanted ? DROP_NONE : bytes.failed ? DROP_DTLS_MALFORMED : DROP_DTLS_STATE;
}

enum drop_reason dtls_receive(struct dtls *dtls, const uint8_t *data, size_t len, int64_t now_us)
{
    switch (dtls->state) {
    case DTLS_IDLE:
    case DTLS_HANDSHAKE:
        return handshake_receive(dtls, data, len, now_us);
    case DTLS_CONNECTED:
        return connected_receive(dtls, data, len, now_us);
    case DTLS_CLOSED:
    case DTLS_FAILED:
        break;
    }
    return DROP_DTLS_STATE;
}

const uint8_t *dtls_poll(struct dtls *dtls, size_t *len)
{
    const uint8_t *data = datagram_queue_take(&dtls->now, len);
    if (data == NULL) {
        datagram_queue_deinit(&dtls->now);
    }
    return data;
}

void dtls_timeout(struct dtls *dtls, int64_t now_us)
{
    if (now_us >= dtls->deadline_us) {
        copy_send(dtls, now_us);
    }
}

int64_t dtls_next_deadline(const struct dtls *dtls)
{
    return dtls->deadline_us;
}

enum dtls_state dtls_state(const struct dtls *dtls)
{
    return dtls->state;
}

const char *dtls_failure(const struct dtls *dtls)
{
    return dtls->failure;
}

enum srtp_profile dtls_keys(const struct dtls *dtls, uint8_t send_key[static SRTP_SESSION_MAX_KEY],
                            uint8_t receive_key[static SRTP_SESSION_MAX_KEY])
{
    if (dtls->state != DTLS_CONNECTED) {
        return SRTP_PROFILE_NONE;
    }
    memcpy(send_key, dtls->rest.send_key, SRTP_SESSION_MAX_KEY);
    memcpy(receive_key, dtls->rest.receive_key, SRTP_SESSION_MAX_KEY);
    return dtls->rest.profile;
}

void dtls_close(struct dtls *dtls)
{
    if (dtls->state == DTLS_CONNECTED && dtls->rest.farewell.len > 0) {
        (void)datagram_queue_add(&dtls->now, dtls->rest.farewell.data, dtls->rest.farewell.len, 0);
    }
    dtls->state = DTLS_CLOSED;
    dtls->deadline_us = INT64_MAX;
}

void dtls_free(struct dtls **dtls)
{
    struct dtls *gone = *dtls;
    if (gone == NULL) {
        return;
    }
    attempt_forget(gone);
    dtls_rest_forget(&gone->rest);
    datagram_queue_deinit(&gone->now);
    free(gone);
    *dtls = NULL;
}
