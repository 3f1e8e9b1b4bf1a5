/**
 * DTLS from the network, as server, as client, and after completion. The last byte cuts the input
 * into up to four datagrams; plain captures are seeds as they are.
 */
#include <string.h>

#include "fuzz/fuzz.h"
#include "relay/transport/dtls.h"

static struct certificate *certificate;
static struct dtls_context *context;
static struct dtls *connected; /**< a server that has finished a handshake */

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

static void drain(struct dtls *dtls)
{
    size_t len = 0;
    while (dtls_poll(dtls, &len) != NULL) {
        FUZZ_CHECK(len <= DTLS_MTU);
    }
}

static void carry(struct dtls *from, struct dtls *to)
{
    const uint8_t *data = NULL;
    size_t len = 0;
    while ((data = dtls_poll(from, &len)) != NULL) {
        (void)dtls_receive(to, data, len, 0);
    }
}

static void set_up(void)
{
    if (context == NULL) {
        FUZZ_CHECK(certificate_new(&certificate, 0) == 0);
        FUZZ_CHECK(dtls_context_new(&context, certificate) == 0);
    }
    if (connected != NULL && dtls_state(connected) == DTLS_CONNECTED) {
        return;
    }
    struct transport_fingerprint fingerprint = own_fingerprint();
    struct dtls *client = NULL;
    dtls_free(&connected);
    FUZZ_CHECK(dtls_new(&connected, context, false, &fingerprint, 1) == 0);
    FUZZ_CHECK(dtls_new(&client, context, true, &fingerprint, 1) == 0);
    FUZZ_CHECK(dtls_start(client, 0) == 0);
    for (int i = 0; i < 4; i++) {
        carry(client, connected);
        carry(connected, client);
    }
    FUZZ_CHECK(dtls_state(connected) == DTLS_CONNECTED);
    dtls_free(&client);
}

static void feed(struct dtls *dtls, const uint8_t *data, size_t len, size_t pieces)
{
    size_t each = len / pieces + 1;
    int64_t now_us = 1000000;
    while (len > 0) {
        size_t piece = len < each ? len : each;
        (void)dtls_receive(dtls, data, piece, now_us);
        drain(dtls);
        now_us += 50000;
        dtls_timeout(dtls, now_us);
        drain(dtls);
        data += piece;
        len -= piece;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len == 0) {
        return 0;
    }
    set_up();
    size_t pieces = 1 + data[len - 1] % 4U;
    struct transport_fingerprint fingerprint = own_fingerprint();
    struct dtls *server = NULL;
    struct dtls *client = NULL;
    FUZZ_CHECK(dtls_new(&server, context, false, &fingerprint, 1) == 0);
    feed(server, data, len, pieces);
    FUZZ_CHECK(dtls_state(server) != DTLS_CONNECTED);
    dtls_free(&server);
    FUZZ_CHECK(dtls_new(&client, context, true, &fingerprint, 1) == 0);
    FUZZ_CHECK(dtls_start(client, 0) == 0);
    drain(client);
    feed(client, data, len, pieces);
    FUZZ_CHECK(dtls_state(client) != DTLS_CONNECTED);
    dtls_free(&client);
    feed(connected, data, len, pieces);
    FUZZ_CHECK(dtls_state(connected) == DTLS_CONNECTED); /* nobody without the keys ends it */
    return 0;
}
