/**
 * A connection that has become a WebSocket (RFC 6455): handshake, messages, keep-alive.
 */
#ifndef SIGNAL_HTTP_SOCKET_H
#define SIGNAL_HTTP_SOCKET_H

#include <stddef.h>
#include <stdint.h>

#include "message.h"

enum {
    HTTP_MAX_QUEUED_BYTES =
        1024 * 1024 /**< a WebSocket whose client reads slower than this is closed */
};

struct http_socket;

/** Sends a text message. A socket that is closing swallows it. */
void http_socket_send(struct http_socket *socket, const char *text, size_t len);

/** Sends a close frame (RFC 6455 7) and ends the connection. */
void http_socket_close(struct http_socket *socket, unsigned code, const char *reason);

/** The owner's pointer of a socket, NULL until set. */
void http_socket_set_data(struct http_socket *socket, void *data);
void *http_socket_data(const struct http_socket *socket);

/** Answers a request for an upgrade; the connection is a WebSocket afterwards when the owner wants
 * it. */
void http_socket_upgrade(struct http_socket *c, const struct http_request *request);

/** Takes bytes of a WebSocket. */
void http_socket_receive(struct http_socket *c, const uint8_t *data, size_t len);

/** Pings who is silent, and ends who does not answer. */
void http_socket_tend(struct http_socket *c);

#endif
