#include <string.h>

#include <openssl/ssl.h>

#include "base/bytes.h"
#include "relay/transport/dtls_rest.h"
#include "support/plain_dtls.h"
#include "unit/runner.h"

static const int64_t wall_us = INT64_C(1767323045) * 1000000;

enum { TURNS = 20 };

/** Two ends of plain OpenSSL, and what one of them still understands when its SSL is gone. */
struct ends {
    struct certificate *certificate;
    SSL_CTX *contexts[2];
    SSL *client;
    SSL *server;
    struct dtls_rest rest; /**< of the server */
};

/** What one has written comes to the other. @return bytes */
static int carry(SSL *from, SSL *to, uint8_t bytes[static PLAIN_DTLS_ROOM])
{
    int len = plain_dtls_take(from, bytes);
    if (len > 0 && to != NULL) {
        plain_dtls_give(to, bytes, len);
    }
    return len;
}

static bool ends_open(struct ends *ends, const char *suite)
{
    uint8_t bytes[PLAIN_DTLS_ROOM];
    ends->client = plain_dtls_new(&ends->contexts[0], ends->certificate, suite, true);
    ends->server = plain_dtls_new(&ends->contexts[1], ends->certificate, suite, false);
    if (ends->client == NULL || ends->server == NULL) {
        return false;
    }
    for (int i = 0; i < TURNS; i++) {
        (void)SSL_do_handshake(ends->client);
        while (carry(ends->client, ends->server, bytes) > 0) {
        }
        (void)SSL_do_handshake(ends->server);
        while (carry(ends->server, ends->client, bytes) > 0) {
        }
    }
    return SSL_is_init_finished(ends->client) == 1 && SSL_is_init_finished(ends->server) == 1 &&
           dtls_rest_take(&ends->rest, ends->server, false) == 0;
}

static void ends_close(struct ends *ends)
{
    SSL_free(ends->client);
    SSL_free(ends->server);
    SSL_CTX_free(ends->contexts[0]);
    SSL_CTX_free(ends->contexts[1]);
    ends->client = NULL;
    ends->server = NULL;
    ends->contexts[0] = NULL;
    ends->contexts[1] = NULL;
    dtls_rest_forget(&ends->rest);
}

static enum dtls_rest_news open_first(struct ends *ends, const uint8_t *bytes, size_t len)
{
    struct bytes reader = bytes_over(bytes, len);
    struct dtls_record record;
    return dtls_record_read(&reader, &record) ? dtls_rest_open(&ends->rest, &record)
                                              : DTLS_REST_NOTHING;
}

TEST(an_end_is_understood_in_each_suite)
{
    static const struct {
        const char *suite;
        size_t overhead;
    } suites[] = {{"ECDHE-ECDSA-AES128-GCM-SHA256", 24},
                  {"ECDHE-ECDSA-AES256-GCM-SHA384", 24},
                  {"ECDHE-ECDSA-CHACHA20-POLY1305", 16}};
    struct ends ends = {0};
    REQUIRE_OK(certificate_new(&ends.certificate, wall_us));
    for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
        uint8_t bytes[PLAIN_DTLS_ROOM];
        REQUIRE(ends_open(&ends, suites[i].suite));
        CHECK_INT(ends.rest.profile, SRTP_PROFILE_GCM_128);
        CHECK_INT(dtls_rest_overhead_bytes(&ends.rest), suites[i].overhead);
        (void)SSL_shutdown(ends.client);
        int len = carry(ends.client, NULL, bytes);
        REQUIRE(len > DTLS_RECORD_HEADER_BYTES);
        for (int at = 0; at < len; at++) { /* one forged bit anywhere */
            bytes[at] ^= 1;
            CHECK_INT(open_first(&ends, bytes, (size_t)len), DTLS_REST_NOTHING);
            bytes[at] ^= 1;
        }
        CHECK_INT(open_first(&ends, bytes, (size_t)len), DTLS_REST_CLOSED);
        ends_close(&ends);
    }
out:
    ends_close(&ends);
    certificate_free(&ends.certificate);
}

TEST(what_is_too_long_to_keep_is_left_out)
{
    static const uint8_t data[DTLS_REST_FLIGHT_BYTES] = {1};
    struct dtls_rest_bytes kept = {.len = 0};
    dtls_rest_keep(&kept, data, 100);
    dtls_rest_keep(&kept, data, 61);
    CHECK_INT(kept.len, 100);
    dtls_rest_keep(&kept, data, 60);
    CHECK_INT(kept.len, 160);
    goto out;
out:
    return;
}
