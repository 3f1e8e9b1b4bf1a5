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
#include "message.h"

enum {
    HTTP_MAX_CONNECTIONS_PER_ADDRESS = 16,
    HTTP_MAX_CONNECTIONS = 16384,
    HTTP_MAX_QUEUED_BYTES =
        1024 * 1024 /**< a WebSocket whose client reads slower than this is closed */
};

struct http_server;

/** A WebSocket, valid from socket_open to socket_closed. */
struct http_socket;

/** What the server asks of its owner, all on the thread that runs it. */
struct http_handler {
    void *owner;
    /** Answers a request: fills response. */
    void (*request)(void *owner, const struct http_request *request,
                    struct http_response *response);
    /**
     * A request to become a WebSocket. True accepts it (response's headers go into the 101); false
     * answers with response. Nothing may be sent on the socket before socket_ready.
     */
    bool (*socket_open)(void *owner, const struct http_request *request, struct http_socket *socket,
                        struct http_response *response);
    /** The 101 is on its way: messages may be sent. */
    void (*socket_ready)(void *owner, struct http_socket *socket);
    /** A text message, valid UTF-8, not terminated. */
    void (*socket_message)(void *owner, struct http_socket *socket, const char *text, size_t len);
    /** The socket is gone; its pointer is dead after this call. Also called after
     * http_socket_close. */
    void (*socket_closed)(void *owner, struct http_socket *socket);
};

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

/** Sends a text message. A socket that is closing swallows it. */
void http_socket_send(struct http_socket *socket, const char *text, size_t len);

/** Sends a close frame (RFC 6455 7) and ends the connection. */
void http_socket_close(struct http_socket *socket, unsigned code, const char *reason);

/** The owner's pointer of a socket, NULL until set. */
void http_socket_set_data(struct http_socket *socket, void *data);
void *http_socket_data(const struct http_socket *socket);

/** Closes all connections; socket_closed is called for each WebSocket. */
void http_server_free(struct http_server **server);

#endif
