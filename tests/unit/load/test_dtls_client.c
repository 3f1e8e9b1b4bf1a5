#include <string.h>

#include "load/dtls_client.h"
#include "transport/srtp_ciphers.h"
#include "unit/runner.h"

enum { QUEUE = 32, PACKET = 1500 };

/** Datagrams under way from one end. */
struct line {
    uint8_t data[QUEUE][PACKET];
    size_t len[QUEUE];
    size_t count;
};

static void put(void *owner, const uint8_t *data, size_t len)
{
    struct line *line = owner;
    if (line->count < QUEUE && len <= PACKET) {
        memcpy(line->data[line->count], data, len);
        line->len[line->count++] = len;
    }
}

static void carry(struct line *line, struct dtls_client *to)
{
    for (size_t i = 0; i < line->count; i++) {
        dtls_client_receive(to, line->data[i], line->len[i], 0);
    }
    line->count = 0;
}

struct pair {
    struct dtls_identity *identities[2];
    struct dtls_client *ends[2];
    struct line lines[2]; /**< from each end */
};

/** @param fingerprint what the first end expects; NULL = the truth */
static int pair_init(struct pair *pair, const struct sdp_fingerprint *fingerprint)
{
    int err = srtp_ciphers_ensure();
    for (int i = 0; i < 2 && err == 0; i++) {
        err = dtls_identity_new(&pair->identities[i]);
    }
    for (int i = 0; i < 2 && err == 0; i++) {
        const struct dtls_client_output output = {.send = put, .owner = &pair->lines[i]};
        const struct sdp_fingerprint *truth = dtls_identity_fingerprint(pair->identities[1 - i]);
        err = dtls_client_new(&pair->ends[i], pair->identities[i], &output,
                              i == 0 && fingerprint != NULL ? fingerprint : truth, i == 0);
    }
    return err;
}

static void pair_shake(struct pair *pair)
{
    for (int i = 1; i >= 0; i--) {
        dtls_client_start(pair->ends[i], 0);
    }
    while (pair->lines[0].count > 0 || pair->lines[1].count > 0) {
        carry(&pair->lines[0], pair->ends[1]);
        carry(&pair->lines[1], pair->ends[0]);
    }
}

static void pair_deinit(struct pair *pair)
{
    for (int i = 0; i < 2; i++) {
        dtls_client_free(&pair->ends[i]);
        dtls_identity_free(&pair->identities[i]);
    }
}

static const uint8_t packet[24] = {0x80, 111, 0, 1,   0,   0,   0,   1,  1,
                                   2,    3,   4, 'h', 'e', 'l', 'l', 'o'};

TEST_NO_OOM(both_roles_agree_on_keys_and_read_each_other)
{
    static struct pair pair;
    _Alignas(4) uint8_t data[64];
    pair = (struct pair){0};
    REQUIRE_OK(pair_init(&pair, NULL));
    memcpy(data, packet, sizeof(packet));
    CHECK_INT(dtls_client_protect(pair.ends[0], data, sizeof(packet), false), 0);
    pair_shake(&pair);
    REQUIRE_INT(dtls_client_state(pair.ends[0]), DTLS_CLIENT_CONNECTED);
    REQUIRE_INT(dtls_client_state(pair.ends[1]), DTLS_CLIENT_CONNECTED);
    for (int i = 0; i < 2; i++) {
        memcpy(data, packet, sizeof(packet));
        size_t len = dtls_client_protect(pair.ends[i], data, sizeof(packet), false);
        CHECK(len > sizeof(packet) && len <= sizeof(packet) + DTLS_CLIENT_TRAILER_BYTES);
        uint8_t copy[64];
        memcpy(copy, data, sizeof(copy));
        CHECK_INT(dtls_client_unprotect(pair.ends[1 - i], data, len, false), sizeof(packet));
        CHECK_MEM(data, packet, sizeof(packet));
        CHECK_INT(dtls_client_unprotect(pair.ends[1 - i], copy, len, false), 0); /* replayed */
    }
    dtls_client_close(pair.ends[1]);
    carry(&pair.lines[1], pair.ends[0]);
    CHECK_INT(dtls_client_state(pair.ends[0]), DTLS_CLIENT_ENDED);
    CHECK(dtls_client_next_deadline(pair.ends[0]) == INT64_MAX);
out:
    pair_deinit(&pair);
}

TEST_NO_OOM(another_certificate_ends_the_handshake)
{
    static struct pair pair;
    struct sdp_fingerprint other = {.hash = "sha-256", .bytes = 32};
    pair = (struct pair){0};
    REQUIRE_OK(pair_init(&pair, &other));
    pair_shake(&pair);
    CHECK_INT(dtls_client_state(pair.ends[0]), DTLS_CLIENT_FAILED);
    CHECK(dtls_client_state(pair.ends[1]) != DTLS_CLIENT_CONNECTED);
out:
    pair_deinit(&pair);
}

TEST_NO_OOM(unknown_hash_ends_the_handshake)
{
    static struct pair pair;
    struct sdp_fingerprint other = {.hash = "md-nothing", .bytes = 32};
    pair = (struct pair){0};
    REQUIRE_OK(pair_init(&pair, &other));
    pair_shake(&pair);
    CHECK_INT(dtls_client_state(pair.ends[0]), DTLS_CLIENT_FAILED);
out:
    pair_deinit(&pair);
}
