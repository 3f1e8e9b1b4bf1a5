/**
 * What the HTTP server asks of its owner, all on the thread that runs it.
 */
#ifndef SIGNAL_HTTP_HANDLER_H
#define SIGNAL_HTTP_HANDLER_H

#include <stdbool.h>
#include <stddef.h>

#include "message.h"

/** A WebSocket, valid from socket_open to socket_closed. */
struct http_socket;

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

#endif
