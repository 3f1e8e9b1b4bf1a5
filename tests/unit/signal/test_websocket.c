#include <stdlib.h>

#include "base/err.h"
#include "relay/signal/websocket.h"
#include "unit/runner.h"

/** Writes a client's frame with the mask of RFC 6455 5.7's examples. @return its length */
static size_t frame(uint8_t *out, unsigned first, const char *payload, size_t len)
{
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    uint8_t head[WEBSOCKET_MAX_HEAD_BYTES];
    size_t at = websocket_head(head, WEBSOCKET_TEXT, len);
    head[0] = (uint8_t)first;
    head[1] |= 0x80;
    memcpy(out, head, at);
    memcpy(out + at, mask, 4);
    at += 4;
    for (size_t i = 0; i < len; i++) {
        out[at++] = (uint8_t)payload[i] ^ mask[i & 3];
    }
    return at;
}

TEST(reads_the_masked_hello_of_rfc_6455_5_7)
{
    static const uint8_t hello[] = {0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d,
                                    0x7f, 0x9f, 0x4d, 0x51, 0x58};
    struct websocket socket;
    struct websocket_message message;
    size_t used = 0;
    websocket_init(&socket);
    REQUIRE_INT(websocket_receive(&socket, hello, sizeof(hello), &used, &message), 1);
    CHECK_INT(used, sizeof(hello));
    CHECK_INT(message.opcode, WEBSOCKET_TEXT);
    REQUIRE_INT(message.len, 5);
    CHECK_MEM(message.data, "Hello", 5);
out:
    websocket_deinit(&socket);
}

TEST(reads_byte_by_byte_with_a_ping_between_fragments)
{
    uint8_t bytes[64];
    struct websocket socket;
    struct websocket_message message;
    size_t used = 0;
    size_t len = frame(bytes, 0x01, "Hel", 3);
    len += frame(bytes + len, 0x89, "hi", 2);
    len += frame(bytes + len, 0x80, "lo", 2);
    int pings = 0;
    int texts = 0;
    websocket_init(&socket);
    for (size_t i = 0; i < len; i++) {
        int got = websocket_receive(&socket, bytes + i, 1, &used, &message);
        REQUIRE(got >= 0);
        if (got == 1 && message.opcode == WEBSOCKET_PING) {
            CHECK_MEM(message.data, "hi", 2);
            pings++;
        } else if (got == 1) {
            REQUIRE_INT(message.len, 5);
            CHECK_MEM(message.data, "Hello", 5);
            texts++;
        }
    }
    CHECK_INT(pings, 1);
    CHECK_INT(texts, 1);
out:
    websocket_deinit(&socket);
}

TEST(reads_empty_messages)
{
    uint8_t bytes[32];
    struct websocket socket;
    struct websocket_message message;
    size_t used = 0;
    size_t len = frame(bytes, 0x81, "", 0);
    websocket_init(&socket);
    REQUIRE_INT(websocket_receive(&socket, bytes, len, &used, &message), 1);
    CHECK_INT(message.len, 0);
    CHECK_INT(websocket_receive(&socket, bytes, 0, &used, &message), 0);
out:
    websocket_deinit(&socket);
}

TEST(takes_64_kib_and_not_one_byte_more)
{
    size_t most = WEBSOCKET_MAX_MESSAGE_BYTES;
    uint8_t *bytes = malloc(most + 32);
    char *payload = malloc(most + 1);
    struct websocket socket;
    struct websocket_message message;
    size_t used = 0;
    websocket_init(&socket);
    REQUIRE(bytes != NULL && payload != NULL);
    memset(payload, 'x', most + 1);
    size_t len = frame(bytes, 0x81, payload, most);
    REQUIRE_INT(websocket_receive(&socket, bytes, len, &used, &message), 1);
    CHECK_INT(message.len, most);
    len = frame(bytes, 0x81, payload, most + 1);
    REQUIRE_INT(websocket_receive(&socket, bytes, len, &used, &message), ERR_FULL);
    CHECK_INT(socket.close_code, WEBSOCKET_TOO_BIG);
    websocket_deinit(&socket);
    websocket_init(&socket);
    len = frame(bytes, 0x01, payload, most);
    REQUIRE_INT(websocket_receive(&socket, bytes, len, &used, &message), 0);
    len = frame(bytes, 0x80, payload, 1);
    REQUIRE_INT(websocket_receive(&socket, bytes, len, &used, &message), ERR_FULL);
out:
    websocket_deinit(&socket);
    free(bytes);
    free(payload);
}

TEST(closes_with_the_right_code)
{
    static const struct {
        unsigned first;
        const char *payload;
        size_t len;
        unsigned code;
    } cases[] = {
        {0xC1, "x", 1, WEBSOCKET_PROTOCOL_ERROR}, /* RSV bit without extension */
        {0x83, "x", 1, WEBSOCKET_PROTOCOL_ERROR}, /* reserved opcode */
        {0x80, "x", 1, WEBSOCKET_PROTOCOL_ERROR}, /* continuation of nothing */
        {0x09, "x", 1, WEBSOCKET_PROTOCOL_ERROR}, /* fragmented ping */
        {0x82, "x", 1, WEBSOCKET_UNSUPPORTED},
        {0x81, "\xff", 1, WEBSOCKET_BAD_PAYLOAD},
        {0x88, "\x03", 1, WEBSOCKET_PROTOCOL_ERROR},      /* half a close code */
        {0x88, "\x03\xed", 2, WEBSOCKET_PROTOCOL_ERROR},  /* 1005 may not be sent */
        {0x88, "\x03\xe8\xff", 3, WEBSOCKET_BAD_PAYLOAD}, /* reason is not UTF-8 */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t bytes[32];
        struct websocket socket;
        struct websocket_message message;
        size_t used = 0;
        size_t len = frame(bytes, cases[i].first, cases[i].payload, cases[i].len);
        websocket_init(&socket);
        CHECK(websocket_receive(&socket, bytes, len, &used, &message) < 0);
        if (!runner_out_of_memory()) {
            CHECK_INT(socket.close_code, cases[i].code);
        }
        websocket_deinit(&socket);
    }
    goto out;
out:;
}

TEST(refuses_frames_without_mask_and_long_control_frames)
{
    static const uint8_t bare[] = {0x81, 0x05, 'H', 'e', 'l', 'l', 'o'};
    static const uint8_t ping[] = {0x89, 0xFE, 0x00, 0x7E};
    struct websocket socket;
    struct websocket_message message;
    size_t used = 0;
    websocket_init(&socket);
    CHECK_INT(websocket_receive(&socket, bare, sizeof(bare), &used, &message), ERR_MALFORMED);
    websocket_init(&socket);
    CHECK_INT(websocket_receive(&socket, ping, sizeof(ping), &used, &message), ERR_MALFORMED);
    CHECK_INT(socket.close_code, WEBSOCKET_PROTOCOL_ERROR);
    goto out;
out:
    websocket_deinit(&socket);
}

TEST(a_new_message_may_not_begin_inside_another)
{
    uint8_t bytes[32];
    struct websocket socket;
    struct websocket_message message;
    size_t used = 0;
    size_t len = frame(bytes, 0x01, "a", 1);
    len += frame(bytes + len, 0x81, "b", 1);
    websocket_init(&socket);
    REQUIRE_INT(websocket_receive(&socket, bytes, len, &used, &message), ERR_MALFORMED);
    CHECK_INT(socket.close_code, WEBSOCKET_PROTOCOL_ERROR);
out:
    websocket_deinit(&socket);
}
