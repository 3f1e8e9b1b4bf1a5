/**
 * DTLS from who has finished a handshake, and so has the keys: records of any content, sealed as
 * they should be. Each takes five bytes that say what it is, then its plaintext; see `struct plan`.
 * The last byte of the input chooses the suite.
 */
#include <string.h>

#include <openssl/evp.h>

#include "fuzz/fuzz.h"
#include "relay/transport/dtls.h"
#include "relay/transport/dtls_rest.h"
#include "support/plain_dtls.h"

enum {
    PLAN_BYTES = 5,
    MOST_RECORDS = 16,
    PLAIN_MOST = 80, /* some are longer than anything wanted */
    TAG_BYTES = 16,
    NONCE_BYTES = 12,
    TURNS = 20
};

/** How a record is to be made. */
struct plan {
    uint8_t type;
    uint8_t number; /* of it, a byte */
    uint8_t len;    /* of the plaintext */
    bool plain_epoch;
    bool forged;
    bool joined; /* in one datagram with the one before */
    int64_t later_us;
};

/** A server that has finished a handshake with somebody whose keys are here, and what it should
 * think. */
static struct {
    struct dtls *server;
    struct dtls_rest keys; /* the client's, that the server opens with */
    bool fresh;
    bool closed;
    bool junk; /* in this datagram: what is behind is not read */
    int64_t newest;
    int64_t repeated_us;
} peer;

static struct certificate *certificate;
static struct dtls_context *context;
static size_t flight_bytes[2]; /* of each suite, once known */

static const char *const suites[] = {"ECDHE-ECDSA-AES128-GCM-SHA256",
                                     "ECDHE-ECDSA-CHACHA20-POLY1305"};

static struct transport_fingerprint own_fingerprint(void)
{
    struct transport_fingerprint out = {.hash = "sha-256", .bytes = 32};
    const char *text = certificate_fingerprint(certificate);
    for (size_t i = 0; i < 32; i++) {
        char digits[3] = {text[3 * i], text[3 * i + 1], 0};
        out.value[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return out;
}

/** @return bytes of all that it sends, in *count datagrams */
static size_t drain(size_t *count)
{
    size_t all = 0;
    size_t len = 0;
    *count = 0;
    while (dtls_poll(peer.server, &len) != NULL) {
        all += len;
        ++*count;
    }
    return all;
}

static void shake_hands(const char *suite)
{
    uint8_t bytes[PLAIN_DTLS_ROOM];
    SSL_CTX *openssl = NULL;
    const uint8_t *data = NULL;
    size_t len = 0;
    SSL *client = plain_dtls_new(&openssl, certificate, suite, true);
    struct transport_fingerprint fingerprint = own_fingerprint();
    FUZZ_CHECK(client != NULL);
    FUZZ_CHECK(dtls_new(&peer.server, context, false, &fingerprint, 1) == 0);
    for (int i = 0; i < TURNS && dtls_state(peer.server) != DTLS_CONNECTED; i++) {
        int taken;
        (void)SSL_do_handshake(client);
        while ((taken = plain_dtls_take(client, bytes)) > 0) {
            (void)dtls_receive(peer.server, bytes, (size_t)taken, 0);
        }
        while ((data = dtls_poll(peer.server, &len)) != NULL) {
            plain_dtls_give(client, data, (int)len);
        }
    }
    FUZZ_CHECK(dtls_state(peer.server) == DTLS_CONNECTED);
    FUZZ_CHECK(dtls_rest_take(&peer.keys, client, false) == 0);
    SSL_free(client);
    SSL_CTX_free(openssl);
}

static void set_up(size_t suite)
{
    static size_t suite_now = SIZE_MAX;
    if (context == NULL) {
        FUZZ_CHECK(certificate_new(&certificate, 0) == 0);
        FUZZ_CHECK(dtls_context_new(&context, certificate) == 0);
    }
    if (peer.fresh && suite == suite_now) {
        return;
    }
    suite_now = suite;
    dtls_free(&peer.server);
    dtls_rest_forget(&peer.keys);
    shake_hands(suites[suite]);
    peer.fresh = true;
    peer.closed = false;
    peer.newest = 0;
    peer.repeated_us = INT64_MIN;
}

/** RFC 5288 3, RFC 7905 2. @return bytes of the record */
static size_t seal(const struct plan *plan, const uint8_t *plain, uint8_t *out)
{
    size_t explicit = dtls_rest_overhead_bytes(&peer.keys) - TAG_BYTES;
    size_t body = explicit + plan->len + TAG_BYTES;
    uint8_t nonce[NONCE_BYTES];
    uint8_t aad[DTLS_RECORD_HEADER_BYTES];
    int len = 0;
    const uint8_t header[DTLS_RECORD_HEADER_BYTES] = {
        plan->type,   0xfe, 0xfd,         0, plan->plain_epoch ? 0 : 1, 0, 0, 0, 0, 0,
        plan->number, 0,    (uint8_t)body};
    memcpy(out, header, sizeof(header));
    memcpy(aad, header + 3, 8);
    memcpy(aad + 8, header, 3);
    aad[11] = 0;
    aad[12] = plan->len;
    memcpy(nonce, peer.keys.iv, sizeof(nonce));
    for (size_t i = 0; i < 8; i++) {
        nonce[4 + i] = peer.keys.chacha ? (uint8_t)(nonce[4 + i] ^ header[3 + i]) : header[3 + i];
    }
    memcpy(out + sizeof(header), header + 3, explicit);
    uint8_t *sealed = out + sizeof(header) + explicit;
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    FUZZ_CHECK(EVP_EncryptInit_ex(cipher, peer.keys.cipher, NULL, peer.keys.key, nonce) == 1);
    FUZZ_CHECK(EVP_EncryptUpdate(cipher, NULL, &len, aad, sizeof(aad)) == 1);
    FUZZ_CHECK(EVP_EncryptUpdate(cipher, sealed, &len, plain, plan->len) == 1);
    FUZZ_CHECK(EVP_EncryptFinal_ex(cipher, sealed + plan->len, &len) == 1);
    FUZZ_CHECK(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, sealed + plan->len) ==
               1);
    EVP_CIPHER_CTX_free(cipher);
    sealed[plan->len / 2] ^= plan->forged ? 1 : 0;
    return sizeof(header) + body;
}

/** What the server is to make of it. @return true when its last flight goes out again */
static bool expect(const struct plan *plan, const uint8_t *plain, int64_t now_us)
{
    peer.junk = peer.junk || plan->type < DTLS_RECORD_CCS || plan->type > DTLS_RECORD_DATA;
    if (peer.junk) {
        return false;
    }
    bool opened = !plan->plain_epoch && !plan->forged && plan->len > 0 && plan->len <= 64;
    bool shakes = plan->type == DTLS_RECORD_HANDSHAKE && !plan->plain_epoch && plan->len > 0;
    bool spaced =
        peer.repeated_us == INT64_MIN || now_us - peer.repeated_us >= DTLS_RESTART_SPACING_US;
    if (plan->type == DTLS_RECORD_ALERT && opened && plan->len == 2 &&
        (plain[0] == 2 || plain[1] == 0)) {
        peer.closed = true;
        peer.fresh = false;
    }
    if (!shakes || !spaced) {
        return false;
    }
    peer.fresh = false;
    peer.repeated_us = now_us;
    if (!opened || plain[0] != 20 || plan->number <= peer.newest) {
        return false;
    }
    peer.newest = plan->number;
    return true;
}

static void give(const uint8_t *data, size_t len, size_t flights, size_t suite, int64_t now_us)
{
    size_t count = 0;
    peer.junk = false;
    (void)dtls_receive(peer.server, data, len, now_us);
    dtls_timeout(peer.server, now_us);
    size_t sent = drain(&count);
    FUZZ_CHECK(count == flights);
    if (flights > 0) {
        flight_bytes[suite] = flight_bytes[suite] == 0 ? sent / flights : flight_bytes[suite];
        FUZZ_CHECK(sent == flights * flight_bytes[suite]);
    }
    FUZZ_CHECK(dtls_state(peer.server) == (peer.closed ? DTLS_CLOSED : DTLS_CONNECTED));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t datagram[MOST_RECORDS * (DTLS_RECORD_HEADER_BYTES + PLAIN_MOST + 8 + TAG_BYTES)];
    size_t used = 0;
    size_t flights = 0;
    int64_t now_us = 1000000;
    if (len == 0) {
        return 0;
    }
    size_t suite = data[--len] % 2U;
    set_up(suite);
    for (size_t records = 0; len >= PLAN_BYTES && records < MOST_RECORDS && !peer.closed;
         records++) {
        static const uint8_t types[] = {DTLS_RECORD_ALERT, DTLS_RECORD_HANDSHAKE};
        struct plan plan = {.type = data[0] < 192 ? types[data[0] % 2] : data[0],
                            .plain_epoch = (data[1] & 7) == 7,
                            .forged = (data[1] & 0x70) == 0x70,
                            .joined = (data[1] & 8) != 0,
                            .number = data[2],
                            .later_us = data[3] * INT64_C(500),
                            .len = data[4] % (PLAIN_MOST + 1)};
        data += PLAN_BYTES;
        len -= PLAN_BYTES;
        plan.len = plan.len < len ? plan.len : (uint8_t)len;
        if (!plan.joined && used > 0) {
            give(datagram, used, flights, suite, now_us);
            used = 0;
            flights = 0;
            now_us += plan.later_us;
            if (peer.closed) {
                break;
            }
        }
        used += seal(&plan, data, datagram + used);
        flights += expect(&plan, data, now_us) ? 1 : 0;
        data += plan.len;
        len -= plan.len;
    }
    if (used > 0) {
        give(datagram, used, flights, suite, now_us);
    }
    return 0;
}
