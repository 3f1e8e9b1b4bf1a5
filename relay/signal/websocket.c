#include "websocket.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "utf8.h"

void websocket_init(struct websocket *socket)
{
    memset(socket, 0, sizeof(*socket));
}

static int fail(struct websocket *socket, enum websocket_code code, int err)
{
    socket->close_code = (uint16_t)code;
    return err;
}

static unsigned opcode_of(const struct websocket *socket)
{
    return socket->head[0] & 0x0Fu;
}

static bool is_final(const struct websocket *socket)
{
    return (socket->head[0] & 0x80) != 0;
}

static bool is_control(const struct websocket *socket)
{
    return (socket->head[0] & 0x08) != 0;
}

/** Bytes that the head has, as far as it is known. */
static size_t head_bytes(const struct websocket *socket)
{
    if (socket->head_len < 2) {
        return 2;
    }
    unsigned len = socket->head[1] & 0x7Fu;
    return len == 127 ? 14 : len == 126 ? 8 : 6;
}

/** First two bytes: everything that can be wrong with a frame before its length. */
static int check_frame(struct websocket *socket)
{
    unsigned opcode = opcode_of(socket);
    bool known =
        opcode <= WEBSOCKET_BINARY || (opcode >= WEBSOCKET_CLOSE && opcode <= WEBSOCKET_PONG);
    bool masked = (socket->head[1] & 0x80) != 0;
    if ((socket->head[0] & 0x70) != 0 || !known || !masked) {
        return fail(socket, WEBSOCKET_PROTOCOL_ERROR, ERR_MALFORMED);
    }
    if (is_control(socket)) {
        bool fits = (socket->head[1] & 0x7F) <= WEBSOCKET_MAX_CONTROL_BYTES;
        return is_final(socket) && fits ? 0 : fail(socket, WEBSOCKET_PROTOCOL_ERROR, ERR_MALFORMED);
    }
    if (socket->in_message != (opcode == WEBSOCKET_CONTINUATION)) {
        return fail(socket, WEBSOCKET_PROTOCOL_ERROR, ERR_MALFORMED);
    }
    return opcode == WEBSOCKET_BINARY ? fail(socket, WEBSOCKET_UNSUPPORTED, ERR_UNSUPPORTED) : 0;
}

/** Makes room for the frame's payload behind what the message has. */
static int reserve(struct websocket *socket)
{
    if (socket->payload_left > WEBSOCKET_MAX_MESSAGE_BYTES - socket->message_len) {
        return fail(socket, WEBSOCKET_TOO_BIG, ERR_FULL);
    }
    size_t need = socket->message_len + (size_t)socket->payload_left;
    if (need > socket->message_cap) {
        char *grown = realloc(socket->message, need);
        if (grown == NULL) {
            return fail(socket, WEBSOCKET_INTERNAL, ERR_NO_MEMORY);
        }
        socket->message = grown;
        socket->message_cap = need;
    }
    return 0;
}

/** The whole head is there. */
static int begin_payload(struct websocket *socket)
{
    unsigned len = socket->head[1] & 0x7Fu;
    uint64_t payload = len;
    if (len == 126) {
        payload = bytes_get_u16(socket->head + 2);
    } else if (len == 127) {
        payload = bytes_get_u64(socket->head + 2);
    }
    socket->payload_left = payload;
    socket->mask_at = 0;
    socket->in_payload = true;
    if (is_control(socket)) {
        socket->control_len = 0;
        return 0;
    }
    if (opcode_of(socket) != WEBSOCKET_CONTINUATION) {
        socket->message_len = 0;
    }
    socket->in_message = true;
    return reserve(socket);
}

static void take_payload(struct websocket *socket, const uint8_t *data, size_t len)
{
    const uint8_t *mask = socket->head + socket->head_len - 4;
    bool control = is_control(socket);
    char *to =
        control ? socket->control + socket->control_len : socket->message + socket->message_len;
    for (size_t i = 0; i < len; i++) {
        to[i] = (char)(data[i] ^ mask[socket->mask_at++ & 3]);
    }
    if (control) {
        socket->control_len += len;
    } else {
        socket->message_len += len;
    }
    socket->payload_left -= len;
}

/** RFC 6455 7.4: codes that may stand in a close frame. */
static bool is_sendable_code(unsigned code)
{
    return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
           (code >= 3000 && code <= 4999);
}

static int check_close(struct websocket *socket)
{
    if (socket->control_len == 0) {
        return 0;
    }
    const uint8_t *bytes = (const uint8_t *)socket->control;
    if (socket->control_len == 1 || !is_sendable_code(bytes_get_u16(bytes))) {
        return fail(socket, WEBSOCKET_PROTOCOL_ERROR, ERR_MALFORMED);
    }
    if (utf8_check(socket->control + 2, socket->control_len - 2, NULL) != 0) {
        return fail(socket, WEBSOCKET_BAD_PAYLOAD, ERR_MALFORMED);
    }
    return 0;
}

/** The frame is whole. @return 1 when a message is, 0 or an error */
static int end_frame(struct websocket *socket, struct websocket_message *out)
{
    socket->in_payload = false;
    socket->head_len = 0;
    if (is_control(socket)) {
        out->opcode = (enum websocket_opcode)opcode_of(socket);
        out->data = socket->control;
        out->len = socket->control_len;
        int err = out->opcode == WEBSOCKET_CLOSE ? check_close(socket) : 0;
        return err != 0 ? err : 1;
    }
    if (!is_final(socket)) {
        return 0;
    }
    socket->in_message = false;
    if (utf8_check(socket->message, socket->message_len, NULL) != 0) {
        return fail(socket, WEBSOCKET_BAD_PAYLOAD, ERR_MALFORMED);
    }
    out->opcode = WEBSOCKET_TEXT;
    out->data = socket->message_len == 0 ? "" : socket->message;
    out->len = socket->message_len;
    return 1;
}

int websocket_receive(struct websocket *socket, const uint8_t *data, size_t len, size_t *used,
                      struct websocket_message *out)
{
    size_t at = 0;
    int result = 0;
    while (result == 0 && (at < len || (socket->in_payload && socket->payload_left == 0))) {
        if (!socket->in_payload) {
            socket->head[socket->head_len++] = data[at++];
            if (socket->head_len == 2) {
                result = check_frame(socket);
            } else if (socket->head_len == head_bytes(socket)) {
                result = begin_payload(socket);
            }
            continue;
        }
        size_t most = len - at;
        size_t part = socket->payload_left < most ? (size_t)socket->payload_left : most;
        if (part > 0) {
            take_payload(socket, data + at, part);
            at += part;
        }
        if (socket->payload_left == 0) {
            result = end_frame(socket, out);
        }
    }
    *used = at;
    return result;
}

size_t websocket_head(uint8_t out[WEBSOCKET_MAX_HEAD_BYTES], enum websocket_opcode opcode,
                      size_t payload_len)
{
    out[0] = (uint8_t)(0x80 | (unsigned)opcode);
    if (payload_len < 126) {
        out[1] = (uint8_t)payload_len;
        return 2;
    }
    if (payload_len <= UINT16_MAX) {
        out[1] = 126;
        bytes_put_u16(out + 2, (uint16_t)payload_len);
        return 4;
    }
    out[1] = 127;
    bytes_put_u64(out + 2, payload_len);
    return 10;
}

void websocket_deinit(struct websocket *socket)
{
    free(socket->message);
    memset(socket, 0, sizeof(*socket));
}
