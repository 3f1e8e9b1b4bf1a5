#include "http_socket.h"

#include <stdio.h>
#include <string.h>

#include <libwebsockets.h>

#include "base/bytes.h"
#include "base/log.h"
#include "http_output.h"
#include "websocket.h"

enum { PING_US = 20000000, PONG_TIMEOUT_US = 60000000 };

static void queue_frame(struct http_socket *c, enum websocket_opcode opcode, const void *data,
                        size_t len)
{
    uint8_t head[WEBSOCKET_MAX_HEAD_BYTES];
    size_t head_len = websocket_head(head, opcode, len);
    http_output_queue(c, head, head_len);
    if (len > 0) {
        http_output_queue(c, data, len);
    }
}

void http_socket_send(struct http_socket *socket, const char *text, size_t len)
{
    if (socket->state != CONNECTION_WEBSOCKET) {
        return;
    }
    if (socket->out_len - socket->out_at + len > HTTP_MAX_QUEUED_BYTES) {
        log_info("http", "events client reads too slowly");
        socket->state = CONNECTION_CLOSING;
        socket->out_at = socket->out_len;
        lws_callback_on_writable(socket->wsi);
        return;
    }
    queue_frame(socket, WEBSOCKET_TEXT, text, len);
}

void http_socket_close(struct http_socket *socket, unsigned code, const char *reason)
{
    if (socket->state != CONNECTION_WEBSOCKET) {
        return;
    }
    uint8_t payload[WEBSOCKET_MAX_CONTROL_BYTES];
    struct bytes_out out = bytes_out_over(payload, sizeof(payload));
    bytes_out_u16(&out, (uint16_t)code);
    bytes_out_copy(&out, reason, strlen(reason)); /* one that is too long is left out */
    queue_frame(socket, WEBSOCKET_CLOSE, payload, bytes_out_len(&out));
    if (socket->state == CONNECTION_WEBSOCKET) {
        socket->state = CONNECTION_LINGER;
        socket->close_after = true;
        socket->linger = true;
    }
}

void http_socket_set_data(struct http_socket *socket, void *data)
{
    socket->data = data;
}

void *http_socket_data(const struct http_socket *socket)
{
    return socket->data;
}

/** One whole message of the client. */
static void take_message(struct http_socket *c, const struct websocket_message *message)
{
    switch (message->opcode) {
    case WEBSOCKET_PING:
        if (c->out_len - c->out_at <
            HTTP_WRITE_BYTES) { /* a client that floods gets fewer answers */
            queue_frame(c, WEBSOCKET_PONG, message->data, message->len);
        }
        break;
    case WEBSOCKET_CLOSE:
        queue_frame(c, WEBSOCKET_CLOSE, message->data, message->len < 2 ? 0 : 2);
        c->state = CONNECTION_CLOSING;
        break;
    case WEBSOCKET_TEXT:
        c->shared->handler.socket_message(c->shared->handler.owner, c, message->data, message->len);
        break;
    case WEBSOCKET_CONTINUATION:
    case WEBSOCKET_BINARY:
    case WEBSOCKET_PONG:
    default:
        break;
    }
}

void http_socket_receive(struct http_socket *c, const uint8_t *data, size_t len)
{
    c->heard_us = c->shared->now_us;
    while (len > 0 && c->state == CONNECTION_WEBSOCKET) {
        struct websocket_message message;
        size_t used = 0;
        int got = websocket_receive(&c->websocket, data, len, &used, &message);
        data += used;
        len -= used;
        if (got < 0) {
            http_socket_close(c, c->websocket.close_code, "");
        } else if (got > 0) {
            take_message(c, &message);
        }
    }
}

/** Sec-WebSocket-Accept, RFC 6455 4.2.2. */
static bool accept_key(struct str_view key, char out[32])
{
    char text[64];
    uint8_t digest[20];
    if (key.len != 24 || key.at[22] != '=' || key.at[23] != '=') {
        return false;
    }
    int len = snprintf(text, sizeof(text), "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key.at);
    lws_SHA1((const unsigned char *)text, (size_t)len, digest);
    return lws_b64_encode_string((const char *)digest, sizeof(digest), out, 32) > 0;
}

void http_socket_upgrade(struct http_socket *c, const struct http_request *request)
{
    struct http_shared *shared = c->shared;
    struct http_response response;
    char key[32];
    http_response_init(&response);
    if (request->method != HTTP_GET ||
        !accept_key(http_field_get(request, "Sec-WebSocket-Key"), key)) {
        http_response_problem(&response, 400, 0, "Bad WebSocket handshake",
                              "A WebSocket begins with GET and a Sec-WebSocket-Key of 16 bytes.");
    } else if (!str_view_equal(http_field_get(request, "Sec-WebSocket-Version"), "13")) {
        http_response_header(&response, "Sec-WebSocket-Version", "13");
        http_response_problem(&response, 426, 0, "Unknown WebSocket version",
                              "Only version 13 of the protocol (RFC 6455) is spoken here.");
    } else if (shared->handler.socket_open(shared->handler.owner, request, c, &response)) {
        c->announced = true;
        http_response_header(&response, "Upgrade", "websocket");
        http_response_header(&response, "Connection", "Upgrade");
        http_response_header(&response, "Sec-WebSocket-Accept", "%s", key);
        response.status = 101;
    }
    bool accepted = c->announced && response.headers.err == 0;
    http_output_respond(c, &response, accepted, false);
    http_response_deinit(&response);
    if (accepted && c->state != CONNECTION_CLOSING) {
        websocket_init(&c->websocket);
        c->state = CONNECTION_WEBSOCKET;
        c->heard_us = shared->now_us;
        c->pinged_us = shared->now_us;
        shared->handler.socket_ready(shared->handler.owner, c);
    }
}

void http_socket_tend(struct http_socket *c)
{
    int64_t now_us = c->shared->now_us;
    if (now_us - c->heard_us > PONG_TIMEOUT_US) {
        http_output_kill(c);
    } else if (now_us - c->heard_us > PING_US && now_us - c->pinged_us > PING_US) {
        c->pinged_us = now_us;
        queue_frame(c, WEBSOCKET_PING, NULL, 0);
    }
}
