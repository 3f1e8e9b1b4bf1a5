#include <stdio.h>
#include <stdlib.h>

#include <openssl/srtp.h>
#include <openssl/ssl.h>

#include "base/bytes.h"
#include "base/rand.h"
#include "relay/transport/certificate_key.h"
#include "relay/transport/dtls.h"
#include "relay/transport/dtls_record.h"
#include "support/vectors.h"
#include "unit/runner.h"

static const int64_t wall_us = INT64_C(1767323045) * 1000000;

enum { ROOM = 2000, QUEUE = 256, STEP_US = 5000 };

static struct transport_fingerprint fingerprint_of(const struct certificate *certificate)
{
    struct transport_fingerprint out = {.hash = "sha-256", .bytes = 32};
    (void)vectors_hex(certificate_fingerprint(certificate), out.value, sizeof(out.value));
    return out;
}

/* ---- our client and our server over a network that loses, delays and doubles ---- */

struct flying {
    uint8_t data[ROOM];
    size_t len;
    int64_t due_us;
    bool to_server;
};

struct pair {
    struct certificate *server_certificate;
    struct certificate *client_certificate;
    struct dtls_context *server_context;
    struct dtls_context *client_context;
    struct dtls *server;
    struct dtls *client;
    int64_t now_us;
    struct rand rand;
    uint32_t loss_percent;
    uint32_t double_percent;
    int64_t delay_us;
    int64_t jitter_us;
    int drop_number; /**< the datagram to lose, counted from 1; 0: none */
    int sent;
    size_t server_bytes;
    struct flying *flying;
    size_t flying_count;
};

static void pair_deinit(struct pair *pair)
{
    dtls_free(&pair->server);
    dtls_free(&pair->client);
    dtls_context_free(&pair->server_context);
    dtls_context_free(&pair->client_context);
    certificate_free(&pair->server_certificate);
    certificate_free(&pair->client_certificate);
    free(pair->flying);
    pair->flying = NULL;
}

static int pair_init(struct pair *pair, uint64_t seed)
{
    memset(pair, 0, sizeof(*pair));
    rand_init(&pair->rand, seed);
    pair->delay_us = 20000;
    pair->flying = calloc(QUEUE, sizeof(*pair->flying));
    int err = pair->flying == NULL ? -1 : 0;
    err = err != 0 ? err : certificate_new(&pair->server_certificate, wall_us);
    err = err != 0 ? err : certificate_new(&pair->client_certificate, wall_us);
    err = err != 0 ? err : dtls_context_new(&pair->server_context, pair->server_certificate);
    err = err != 0 ? err : dtls_context_new(&pair->client_context, pair->client_certificate);
    if (err == 0) {
        struct transport_fingerprint server = fingerprint_of(pair->server_certificate);
        struct transport_fingerprint client = fingerprint_of(pair->client_certificate);
        err = dtls_new(&pair->server, pair->server_context, false, &client, 1);
        err = err != 0 ? err : dtls_new(&pair->client, pair->client_context, true, &server, 1);
    }
    return err;
}

static void pair_fly(struct pair *pair, const uint8_t *data, size_t len, bool to_server)
{
    pair->sent++;
    bool lost =
        pair->sent == pair->drop_number || rand_below(&pair->rand, 100) < pair->loss_percent;
    int times = lost ? 0 : 1 + (rand_below(&pair->rand, 100) < pair->double_percent);
    for (; times > 0 && pair->flying_count < QUEUE && len <= ROOM; times--) {
        struct flying *flying = &pair->flying[pair->flying_count++];
        memcpy(flying->data, data, len);
        flying->len = len;
        flying->to_server = to_server;
        flying->due_us = pair->now_us + pair->delay_us;
        if (pair->jitter_us > 0) {
            flying->due_us += rand_below(&pair->rand, (uint32_t)pair->jitter_us);
        }
    }
}

static void pair_collect(struct pair *pair)
{
    const uint8_t *data = NULL;
    size_t len = 0;
    while ((data = dtls_poll(pair->client, &len)) != NULL) {
        CHECK(len <= DTLS_MTU);
        pair_fly(pair, data, len, true);
    }
    while ((data = dtls_poll(pair->server, &len)) != NULL) {
        CHECK(len <= DTLS_MTU);
        pair->server_bytes += len;
        pair_fly(pair, data, len, false);
    }
}

static void pair_step(struct pair *pair)
{
    pair_collect(pair);
    pair->now_us += STEP_US;
    for (size_t i = 0; i < pair->flying_count;) {
        if (pair->flying[i].due_us > pair->now_us) {
            i++;
            continue;
        }
        struct flying arrived = pair->flying[i];
        pair->flying[i] = pair->flying[--pair->flying_count];
        (void)dtls_receive(arrived.to_server ? pair->server : pair->client, arrived.data,
                           arrived.len, pair->now_us);
        pair_collect(pair);
    }
    dtls_timeout(pair->server, pair->now_us);
    dtls_timeout(pair->client, pair->now_us);
}

static bool pair_connected(const struct pair *pair)
{
    return dtls_state(pair->server) == DTLS_CONNECTED && dtls_state(pair->client) == DTLS_CONNECTED;
}

/** Runs until both are connected or the time is over; true when connected. */
static bool pair_run(struct pair *pair, int64_t limit_us)
{
    int64_t end_us = pair->now_us + limit_us;
    if (dtls_state(pair->client) == DTLS_IDLE && dtls_start(pair->client, pair->now_us) != 0) {
        return false;
    }
    while (!pair_connected(pair) && pair->now_us < end_us) {
        pair_step(pair);
    }
    return pair_connected(pair);
}

static void check_keys_agree(const struct pair *pair, enum srtp_profile profile)
{
    uint8_t server_send[SRTP_SESSION_MAX_KEY] = {0};
    uint8_t server_receive[SRTP_SESSION_MAX_KEY] = {0};
    uint8_t client_send[SRTP_SESSION_MAX_KEY] = {0};
    uint8_t client_receive[SRTP_SESSION_MAX_KEY] = {0};
    CHECK_INT(dtls_keys(pair->server, server_send, server_receive), profile);
    CHECK_INT(dtls_keys(pair->client, client_send, client_receive), profile);
    CHECK_MEM(server_send, client_receive, SRTP_SESSION_MAX_KEY);
    CHECK_MEM(server_receive, client_send, SRTP_SESSION_MAX_KEY);
    CHECK(memcmp(server_send, server_receive, 16) != 0);
}

TEST(both_roles_agree_on_keys)
{
    struct pair pair;
    REQUIRE_OK(pair_init(&pair, 1));
    REQUIRE(pair_run(&pair, 500000));
    check_keys_agree(&pair, SRTP_PROFILE_GCM_128);
    CHECK(pair.now_us <= 100000); /* two round trips of 40 ms, and steps */
    CHECK_INT(dtls_next_deadline(pair.server), INT64_MAX);
    CHECK_INT(dtls_next_deadline(pair.client), INT64_MAX);
out:
    pair_deinit(&pair);
}

TEST_NO_OOM(the_loss_of_any_one_datagram_is_repaired)
{
    for (int number = 1; number <= 8; number++) {
        struct pair pair;
        REQUIRE_OK(pair_init(&pair, 1));
        pair.drop_number = number;
        CHECK(pair_run(&pair, 2000000));
        check_keys_agree(&pair, SRTP_PROFILE_GCM_128);
        pair_deinit(&pair);
    }
out:
    return;
}

TEST_NO_OOM(handshakes_end_in_ten_seconds_on_bad_networks)
{
    int connected = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct pair pair;
        if (pair_init(&pair, seed) == 0) {
            pair.loss_percent = 20;
            pair.double_percent = 20;
            pair.jitter_us = 60000; /* reorders datagrams of a flight */
            connected += pair_run(&pair, 10000000);
        }
        pair_deinit(&pair);
    }
    CHECK(connected >= 39);
}

TEST(a_silent_peer_gets_three_flights)
{
    struct pair pair;
    REQUIRE_OK(pair_init(&pair, 1));
    REQUIRE_OK(dtls_start(pair.client, 0));
    uint8_t hello[ROOM];
    size_t len = 0;
    const uint8_t *data = dtls_poll(pair.client, &len);
    REQUIRE(data != NULL && len <= ROOM);
    memcpy(hello, data, len);
    CHECK_INT(dtls_receive(pair.server, hello, len, 0), DROP_NONE);
    pair_collect(&pair);
    size_t flight = pair.server_bytes;
    CHECK(flight > 400);
    CHECK_INT(dtls_next_deadline(pair.server), DTLS_RTO_UNKNOWN_US);
    for (int64_t now_us = 0; now_us < 70000000; now_us += 10000) {
        dtls_timeout(pair.server, now_us);
    }
    pair_collect(&pair);
    CHECK_INT(pair.server_bytes, 3 * flight);
    CHECK_INT(dtls_next_deadline(pair.server), INT64_MAX);
    /* A repeated hello shows that somebody is there: one more, at once. */
    CHECK_INT(dtls_receive(pair.server, hello, len, 70000000), DROP_NONE);
    dtls_timeout(pair.server, 70000000);
    pair_collect(&pair);
    CHECK_INT(pair.server_bytes, 4 * flight);
out:
    pair_deinit(&pair);
}

TEST(the_timer_follows_the_round_trip_time)
{
    struct pair pair;
    REQUIRE_OK(pair_init(&pair, 1));
    dtls_set_rtt(pair.client, 10000);
    REQUIRE_OK(dtls_start(pair.client, 0));
    CHECK_INT(dtls_next_deadline(pair.client), DTLS_RTO_MIN_US);
    dtls_timeout(pair.client, DTLS_RTO_MIN_US);
    CHECK_INT(dtls_next_deadline(pair.client), 3 * DTLS_RTO_MIN_US);
    dtls_timeout(pair.client, 3 * DTLS_RTO_MIN_US);
    CHECK_INT(dtls_next_deadline(pair.client), 7 * DTLS_RTO_MIN_US);
    CHECK_INT(dtls_start(pair.client, 0), -7);
    CHECK_INT(dtls_start(pair.server, 0), -7);
out:
    pair_deinit(&pair);
}

TEST(a_lost_last_flight_is_sent_again_after_completion)
{
    struct pair pair;
    REQUIRE_OK(pair_init(&pair, 1));
    REQUIRE_OK(dtls_start(pair.client, 0));
    while (dtls_state(pair.server) != DTLS_CONNECTED && pair.now_us < 1000000) {
        pair_step(&pair);
    }
    REQUIRE_INT(dtls_state(pair.server), DTLS_CONNECTED);
    CHECK_INT(dtls_state(pair.client), DTLS_HANDSHAKE);
    pair.flying_count =
        0; /* the server's Finished is lost; only the client's repetition brings it */
    REQUIRE(pair_run(&pair, 2000000));
    check_keys_agree(&pair, SRTP_PROFILE_GCM_128);
out:
    pair_deinit(&pair);
}

TEST(a_wrong_fingerprint_gives_no_keys_and_is_told)
{
    uint8_t key[SRTP_SESSION_MAX_KEY];
    struct pair pair;
    REQUIRE_OK(pair_init(&pair, 1));
    struct transport_fingerprint wrong = fingerprint_of(pair.server_certificate);
    dtls_free(&pair.server);
    REQUIRE_OK(dtls_new(&pair.server, pair.server_context, false, &wrong, 1));
    CHECK(!pair_run(&pair, 1000000));
    CHECK_INT(dtls_state(pair.server), DTLS_IDLE); /* waits for the right peer */
    CHECK_STR(dtls_failure(pair.server), "fingerprint mismatch");
    CHECK_INT(dtls_keys(pair.server, key, key), SRTP_PROFILE_NONE);
    CHECK_INT(dtls_state(pair.client), DTLS_FAILED); /* by our alert */
    CHECK_INT(dtls_keys(pair.client, key, key), SRTP_PROFILE_NONE);
out:
    pair_deinit(&pair);
}

TEST(a_client_checks_the_fingerprint_too)
{
    struct pair pair;
    REQUIRE_OK(pair_init(&pair, 1));
    struct transport_fingerprint wrong = fingerprint_of(pair.client_certificate);
    dtls_free(&pair.client);
    REQUIRE_OK(dtls_new(&pair.client, pair.client_context, true, &wrong, 1));
    CHECK(!pair_run(&pair, 1000000));
    CHECK_INT(dtls_state(pair.client), DTLS_FAILED);
    CHECK_STR(dtls_failure(pair.client), "fingerprint mismatch");
    CHECK(dtls_state(pair.server) != DTLS_CONNECTED);
out:
    pair_deinit(&pair);
}

TEST(any_of_several_fingerprints_is_good_in_any_case)
{
    struct pair pair;
    REQUIRE_OK(pair_init(&pair, 1));
    struct transport_fingerprint list[3] = {fingerprint_of(pair.server_certificate),
                                            {.hash = "md5", .bytes = 16},
                                            fingerprint_of(pair.client_certificate)};
    (void)snprintf(list[2].hash, sizeof(list[2].hash), "SHA-256");
    dtls_free(&pair.server);
    REQUIRE_OK(dtls_new(&pair.server, pair.server_context, false, list, 3));
    CHECK(pair_run(&pair, 1000000));
out:
    pair_deinit(&pair);
}

TEST(hashes_below_sha_256_and_empty_lists_match_nothing)
{
    struct pair pair;
    unsigned int len = 0;
    REQUIRE_OK(pair_init(&pair, 1));
    struct transport_fingerprint sha1 = {.hash = "sha-1", .bytes = 20};
    CHECK_INT(X509_digest(pair.client_certificate->x509, EVP_sha1(), sha1.value, &len), 1);
    dtls_free(&pair.server);
    REQUIRE_OK(dtls_new(&pair.server, pair.server_context, false, &sha1, 1));
    CHECK(!pair_run(&pair, 500000));
    dtls_free(&pair.server);
    dtls_free(&pair.client);
    struct transport_fingerprint server = fingerprint_of(pair.server_certificate);
    REQUIRE_OK(dtls_new(&pair.server, pair.server_context, false, NULL, 0));
    REQUIRE_OK(dtls_new(&pair.client, pair.client_context, true, &server, 1));
    CHECK(!pair_run(&pair, 500000));
out:
    pair_deinit(&pair);
}

TEST(a_strangers_hello_does_not_keep_the_peer_out)
{
    struct pair pair;
    struct pair stranger;
    const uint8_t *data = NULL;
    size_t len = 0;
    memset(&stranger, 0, sizeof(stranger));
    REQUIRE_OK(pair_init(&pair, 1));
    REQUIRE_OK(pair_init(&stranger, 2));
    REQUIRE_OK(dtls_start(stranger.client, 0));
    data = dtls_poll(stranger.client, &len);
    REQUIRE(data != NULL);
    CHECK_INT(dtls_receive(pair.server, data, len, 0), DROP_NONE);
    CHECK_INT(dtls_state(pair.server), DTLS_HANDSHAKE);
    while (dtls_poll(pair.server, &len) != NULL) {
        /* the answer goes out before the peer has begun, who takes no notice of it */
    }
    pair.now_us = 100000;
    REQUIRE(pair_run(&pair, 2000000));
    check_keys_agree(&pair, SRTP_PROFILE_GCM_128);
out:
    pair_deinit(&pair);
    pair_deinit(&stranger);
}

TEST(nothing_in_plaintext_touches_a_finished_association)
{
    static const uint8_t alert[] = {21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40};
    static const uint8_t ccs[] = {20, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 1};
    uint8_t forged[] = {21, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 2, 1, 0};
    static const uint8_t sealed[13 + 40] = {21, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 10, 0, 40, 7};
    uint8_t hello[ROOM];
    struct pair pair;
    const uint8_t *data = NULL;
    size_t len = 0;
    REQUIRE_OK(pair_init(&pair, 1));
    REQUIRE_OK(dtls_start(pair.client, 0));
    data = dtls_poll(pair.client, &len);
    REQUIRE(data != NULL && len <= ROOM);
    size_t hello_len = len;
    memcpy(hello, data, len);
    CHECK_INT(dtls_receive(pair.server, hello, hello_len, 0), DROP_NONE);
    REQUIRE(pair_run(&pair, 1000000));
    CHECK_INT(dtls_receive(pair.server, hello, hello_len, 2000000), DROP_DTLS_STATE);
    CHECK_INT(dtls_receive(pair.server, alert, sizeof(alert), 2000000), DROP_DTLS_STATE);
    CHECK_INT(dtls_receive(pair.server, ccs, sizeof(ccs), 2000000), DROP_DTLS_STATE);
    CHECK_INT(dtls_receive(pair.server, forged, sizeof(forged), 2000000), DROP_DTLS_STATE);
    forged[0] = 22;
    CHECK_INT(dtls_receive(pair.server, forged, sizeof(forged), 2000000), DROP_DTLS_STATE);
    /* long enough to be encrypted: OpenSSL finds the tag wrong and passes over it */
    CHECK_INT(dtls_receive(pair.server, sealed, sizeof(sealed), 2000000), DROP_NONE);
    CHECK_INT(dtls_receive(pair.client, alert, sizeof(alert), 2000000), DROP_DTLS_STATE);
    CHECK_INT(dtls_receive(pair.client, forged, sizeof(forged), 2000000), DROP_DTLS_STATE);
    CHECK(dtls_poll(pair.server, &len) == NULL);
    CHECK(dtls_poll(pair.client, &len) == NULL);
    CHECK(pair_connected(&pair));
    dtls_close(pair.client); /* and the real close_notify is still understood */
    pair_step(&pair);
    for (int i = 0; i < 10; i++) {
        pair_step(&pair);
    }
    CHECK_INT(dtls_state(pair.server), DTLS_CLOSED);
out:
    pair_deinit(&pair);
}

TEST(close_notify_goes_both_ways)
{
    for (int who = 0; who < 2; who++) {
        struct pair pair;
        REQUIRE_OK(pair_init(&pair, 1));
        if (CHECK(pair_run(&pair, 1000000))) {
            dtls_close(who == 0 ? pair.server : pair.client);
            for (int i = 0; i < 10; i++) {
                pair_step(&pair);
            }
            CHECK_INT(dtls_state(pair.server), DTLS_CLOSED);
            CHECK_INT(dtls_state(pair.client), DTLS_CLOSED);
        }
        pair_deinit(&pair);
        continue;
    out:
        pair_deinit(&pair);
        return;
    }
}

TEST(hostile_bytes_before_and_during_a_handshake)
{
    struct pair pair;
    uint8_t junk[300];
    const uint8_t *data = NULL;
    size_t len = 0;
    REQUIRE_OK(pair_init(&pair, 3));
    for (int i = 0; i < 300; i++) {
        size_t n = 1 + rand_below(&pair.rand, sizeof(junk) - 1);
        rand_fill(&pair.rand, junk, n);
        junk[0] = (uint8_t)(20 + rand_below(&pair.rand, 44));
        enum drop_reason drop = dtls_receive(pair.server, junk, n, 0);
        CHECK(drop == DROP_DTLS_MALFORMED || drop == DROP_DTLS_STATE);
    }
    CHECK(dtls_poll(pair.server, &len) == NULL);
    REQUIRE_OK(dtls_start(pair.client, 0));
    data = dtls_poll(pair.client, &len);
    REQUIRE(data != NULL);
    for (size_t cut = 0; cut < len; cut += 5) { /* a hello cut short is no hello */
        CHECK(dtls_receive(pair.server, data, cut, 0) != DROP_NONE);
    }
    CHECK_INT(dtls_state(pair.server), DTLS_IDLE);
    CHECK_INT(dtls_receive(pair.client, data, len, 0), DROP_DTLS_STATE); /* its own hello */
    CHECK_INT(dtls_state(pair.client), DTLS_HANDSHAKE);
out:
    pair_deinit(&pair);
}

TEST(a_handshake_is_bounded_in_bytes)
{
    /* A ClientHello said to have 200,000 bytes, in fragments of 1000. */
    uint8_t record[DTLS_RECORD_HEADER_BYTES + 12 + 1000] = {22, 0xfe, 0xfd};
    struct pair pair;
    size_t sent = 0;
    REQUIRE_OK(pair_init(&pair, 1));
    bytes_put_u16(record + 11, 1012);
    record[13] = 1;
    bytes_put_u24(record + 14, 16000);
    bytes_put_u24(record + 22, 1000);
    for (uint32_t i = 0; i < 40; i++) {
        bytes_put_u16(record + 9, (uint16_t)i);
        bytes_put_u24(record + 19, (i % 15) * 1000 + 1);
        if (dtls_receive(pair.server, record, sizeof(record), 0) == DROP_NONE) {
            sent += sizeof(record);
        }
    }
    CHECK(sent <= DTLS_MAX_HANDSHAKE_BYTES);
    CHECK_INT(dtls_state(pair.server), DTLS_IDLE);
out:
    pair_deinit(&pair);
}

/* ---- recorded hellos, and a client of plain OpenSSL ---- */

/** Feeds datagrams to a fresh server; true when it answers with a handshake record. */
static bool answers(struct dtls_context *context, const struct vectors *vectors,
                    const size_t *order, size_t count)
{
    struct dtls *server = NULL;
    bool answered = false;
    if (dtls_new(&server, context, false, NULL, 0) != 0) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        CHECK_INT(dtls_receive(server, vectors->at[order[i]], vectors->len[order[i]], 0),
                  DROP_NONE);
    }
    const uint8_t *data = NULL;
    size_t len = 0;
    while ((data = dtls_poll(server, &len)) != NULL) {
        answered = answered || data[0] == 22;
        CHECK(len <= DTLS_MTU);
    }
    dtls_free(&server);
    return answered;
}

static const char *const hello_files[] = {"chromium156", "firefox153", "aiortc14", "openssl30"};

TEST_NO_OOM(recorded_client_hellos_are_answered_in_either_order)
{
    struct certificate *certificate = NULL;
    struct dtls_context *context = NULL;
    REQUIRE_OK(certificate_new(&certificate, wall_us));
    REQUIRE_OK(dtls_context_new(&context, certificate));
    for (size_t file = 0; file < 4; file++) {
        struct vectors vectors = {0};
        char name[64];
        size_t order[8];
        size_t reversed[8];
        size_t count = 0;
        (void)snprintf(name, sizeof(name), "corpus/%s.dtls.hex", hello_files[file]);
        REQUIRE_OK(vectors_load_hex(name, &vectors));
        for (size_t i = 0;
             i < vectors.count && i < 8 && dtls_is_client_hello(vectors.at[i], vectors.len[i]);
             i++) {
            order[count++] = i;
        }
        CHECK(count > 0);
        for (size_t i = 0; i < count; i++) {
            reversed[i] = order[count - 1 - i];
        }
        CHECK(answers(context, &vectors, order, count));
        CHECK(answers(context, &vectors, reversed, count));
        vectors_free(&vectors);
    }
out:
    dtls_context_free(&context);
    certificate_free(&certificate);
}

struct plain_client {
    SSL_CTX *ctx;
    SSL *ssl;
    BIO *out;
};

static bool plain_client_init(struct plain_client *client, const struct certificate *certificate,
                              const char *profiles)
{
    client->ctx = SSL_CTX_new(DTLS_client_method());
    client->ssl = NULL;
    if (client->ctx == NULL || SSL_CTX_use_certificate(client->ctx, certificate->x509) != 1 ||
        SSL_CTX_use_PrivateKey(client->ctx, certificate->key) != 1) {
        return false;
    }
    if (profiles != NULL) {
        (void)SSL_CTX_set_tlsext_use_srtp(client->ctx, profiles);
    }
    client->ssl = SSL_new(client->ctx);
    client->out = BIO_new(BIO_s_mem());
    (void)SSL_set_options(client->ssl, SSL_OP_NO_QUERY_MTU);
    (void)SSL_set_mtu(client->ssl, 16000); /* one write of memory is one datagram here */
    SSL_set_bio(client->ssl, BIO_new(BIO_s_mem()), client->out);
    SSL_set_connect_state(client->ssl);
    return true;
}

/** Carries datagrams between plain OpenSSL and our server until nothing moves. */
static void plain_client_run(struct plain_client *client, struct dtls *server)
{
    static uint8_t datagram[16384];
    for (int round = 0; round < 10; round++) {
        (void)SSL_do_handshake(client->ssl);
        int n = BIO_read(client->out, datagram, sizeof(datagram));
        if (n <= 0) {
            return;
        }
        (void)dtls_receive(server, datagram, (size_t)n, 0);
        const uint8_t *data = NULL;
        size_t len = 0;
        while ((data = dtls_poll(server, &len)) != NULL) {
            (void)BIO_write(SSL_get_rbio(client->ssl), data, (int)len);
            (void)SSL_do_handshake(client->ssl); /* one datagram in memory at a time */
        }
    }
}

static void plain_case(struct dtls_context *context, const struct certificate *certificate,
                       const char *profiles, enum srtp_profile want)
{
    uint8_t send_key[SRTP_SESSION_MAX_KEY];
    uint8_t receive_key[SRTP_SESSION_MAX_KEY];
    struct plain_client client = {0};
    struct dtls *server = NULL;
    struct transport_fingerprint fingerprint = fingerprint_of(certificate);
    REQUIRE_OK(dtls_new(&server, context, false, &fingerprint, 1));
    REQUIRE(plain_client_init(&client, certificate, profiles));
    plain_client_run(&client, server);
    CHECK_INT(dtls_keys(server, send_key, receive_key), want);
    if (want == SRTP_PROFILE_NONE) {
        CHECK_STR(dtls_failure(server), "no SRTP profile in common");
    } else {
        uint8_t exported[88];
        CHECK_INT(SSL_export_keying_material(client.ssl, exported, 88, "EXTRACTOR-dtls_srtp", 19,
                                             NULL, 0, 0),
                  1);
        CHECK_MEM(receive_key, exported, 16); /* client write key */
    }
out:
    SSL_free(client.ssl);
    SSL_CTX_free(client.ctx);
    dtls_free(&server);
}

TEST_NO_OOM(the_server_chooses_the_profile)
{
    struct certificate *certificate = NULL;
    struct dtls_context *context = NULL;
    REQUIRE_OK(certificate_new(&certificate, wall_us));
    REQUIRE_OK(dtls_context_new(&context, certificate));
    plain_case(context, certificate,
               "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM",
               SRTP_PROFILE_GCM_128);
    plain_case(context, certificate, "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM",
               SRTP_PROFILE_GCM_256);
    plain_case(context, certificate, "SRTP_AES128_CM_SHA1_32:SRTP_AES128_CM_SHA1_80",
               SRTP_PROFILE_CM_128_SHA1_80);
    plain_case(context, certificate, "SRTP_AES128_CM_SHA1_32", SRTP_PROFILE_NONE);
    plain_case(context, certificate, NULL, SRTP_PROFILE_NONE);
out:
    dtls_context_free(&context);
    certificate_free(&certificate);
}
