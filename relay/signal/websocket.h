/**
 * WebSocket framing on the server's side (RFC 6455 5): frames in, whole messages out, and frame
 * heads for what is sent.
 *
 *     |F|R|R|R| opcode|M| Payload len |  Extended payload length (16 or 64)  |  Masking key (32)  |
 * Payload
 *
 * Written here and not left to libwebsockets because its upgrade copies Sec-WebSocket-Protocol into
 * 128 bytes (4.1.6, lws_process_ws_upgrade), less than a bearer token, and because it accepts
 * frames without mask.
 */
#ifndef SIGNAL_WEBSOCKET_H
#define SIGNAL_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WEBSOCKET_MAX_MESSAGE_BYTES = 64 * 1024,
    WEBSOCKET_MAX_CONTROL_BYTES = 125,
    WEBSOCKET_MAX_HEAD_BYTES = 10 /**< of a frame we send: never masked */
};

enum websocket_opcode {
    WEBSOCKET_CONTINUATION = 0,
    WEBSOCKET_TEXT = 1,
    WEBSOCKET_BINARY = 2,
    WEBSOCKET_CLOSE = 8,
    WEBSOCKET_PING = 9,
    WEBSOCKET_PONG = 10
};

/** Close codes, RFC 6455 7.4.1 and two of ours. */
enum websocket_code {
    WEBSOCKET_NORMAL = 1000,
    WEBSOCKET_GOING_AWAY = 1001,
    WEBSOCKET_PROTOCOL_ERROR = 1002,
    WEBSOCKET_UNSUPPORTED = 1003,
    WEBSOCKET_BAD_PAYLOAD = 1007,
    WEBSOCKET_POLICY = 1008,
    WEBSOCKET_TOO_BIG = 1009,
    WEBSOCKET_INTERNAL = 1011,
    WEBSOCKET_REPLACED = 4000, /**< the participant has opened a newer one */
    WEBSOCKET_LEFT = 4001      /**< the participant is gone */
};

/** Reader of one connection's frames. */
struct websocket {
    uint8_t head[14];
    size_t head_len;
    uint64_t payload_left;
    size_t mask_at;
    bool in_payload;
    bool in_message; /**< the first frame of a message has been seen, its last has not */
    char *message;
    size_t message_len;
    size_t message_cap;
    char control[WEBSOCKET_MAX_CONTROL_BYTES];
    size_t control_len;
    uint16_t close_code; /**< why the connection must end, after an error */
};

/** A whole message; borrowed from the reader until the next call. */
struct websocket_message {
    enum websocket_opcode opcode; /**< TEXT, CLOSE, PING or PONG */
    const char *data;
    size_t len;
};

/** Zeroed state is a reader at the start. */
void websocket_init(struct websocket *socket);

/**
 * Takes bytes up to the end of one message.
 *
 * @param used out: how many bytes were taken; call again with the rest
 * @return 1 with *out filled, 0 when more bytes are needed, ERR_MALFORMED, ERR_FULL,
 * ERR_UNSUPPORTED or ERR_NO_MEMORY with close_code set: the connection must be closed with it
 */
int websocket_receive(struct websocket *socket, const uint8_t *data, size_t len, size_t *used,
                      struct websocket_message *out);

/** Head of an unmasked, unfragmented frame. @return its length */
size_t websocket_head(uint8_t out[WEBSOCKET_MAX_HEAD_BYTES], enum websocket_opcode opcode,
                      size_t payload_len);

void websocket_deinit(struct websocket *socket);

#endif
