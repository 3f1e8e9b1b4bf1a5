/**
 * The HTTP/1.1 and WebSocket server of the control thread. The only file pair that knows
 * libwebsockets, which gives it its sockets, its loop and TLS; requests and frames are read by
 * http_head and websocket.
 *
 * Bounds (SECURITY.md 2): head 8 KiB within 5 s, body 256 KiB within 10 s, 16 HTTP connections an
 * address (idle ones make room), WebSocket messages of 64 KiB, 1 MiB waiting to be sent.
 */
#ifndef SIGNAL_HTTP_H
#define SIGNAL_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "http_handler.h"
#include "http_socket.h"

struct http_server;

struct http_config {
    struct addr address;  /**< port 0: the system chooses */
    const char *tls_cert; /**< PEM file; NULL for plain HTTP */
    const char *tls_key;
    int64_t head_timeout_us; /**< 0 for the default of 5 s */
    int64_t body_timeout_us; /**< 0 for the default of 10 s */
};

/** @return 0, ERR_NO_MEMORY, ERR_CRYPTO (certificate or key), or ERR_IO with errno set (port taken,
 * no permission) */
int http_server_new(struct http_server **out, const struct http_config *config,
                    const struct http_handler *handler);

/** Port in use. */
uint16_t http_server_port(const struct http_server *server);

/** Waits for work until timeout_us have passed at most, and does it. Returns early after
 * http_server_wake. */
void http_server_run(struct http_server *server, int64_t timeout_us);

/** From any thread: ends a wait in http_server_run. */
void http_server_wake(struct http_server *server);

/** Closes all connections; socket_closed is called for each WebSocket. */
void http_server_free(struct http_server **server);

#endif
