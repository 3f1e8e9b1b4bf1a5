/**
 * One connection of the HTTP server, and what is written to it.
 */
#ifndef SIGNAL_HTTP_OUTPUT_H
#define SIGNAL_HTTP_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/list.h"
#include "http_handler.h"
#include "message.h"
#include "websocket.h"

struct lws;

/** What all connections of a server share. */
struct http_shared {
    struct http_handler handler;
    struct list connections; /**< struct http_socket, oldest first */
    size_t connection_count;
    int64_t head_timeout_us;
    int64_t body_timeout_us;
    int64_t now_us; /**< of this turn of the loop */
    int64_t next_sweep_us;
};

enum connection_state {
    CONNECTION_HEAD,      /**< reading a head, or waiting for one */
    CONNECTION_BODY,      /**< reading the body of `head` */
    CONNECTION_WEBSOCKET, /**< upgraded */
    CONNECTION_LINGER,    /**< answered; what still comes is thrown away */
    CONNECTION_CLOSING    /**< ends when the output is written */
};

/** One TCP connection, also the http_socket of its owner after an upgrade. */
struct http_socket {
    struct list link;
    struct http_shared *shared;
    struct lws *wsi;
    enum connection_state state;
    struct addr peer;
    char *in;
    size_t in_len;
    size_t in_cap;
    size_t body_bytes; /**< of the request in CONNECTION_BODY */
    size_t head_bytes;
    uint8_t *out;
    size_t out_at;
    size_t out_len;
    size_t out_cap;
    int64_t deadline_us;
    int64_t heard_us; /**< last bytes of a WebSocket */
    int64_t pinged_us;
    bool close_after; /**< close once the output is written */
    bool linger;      /**< a body that was refused is still coming */
    bool announced;   /**< socket_open said yes: socket_closed is owed */
    struct websocket websocket;
    void *data;
};

enum {
    HTTP_WRITE_BYTES = 16384, /**< given to the socket at once */
    HTTP_BACKLOG_BYTES =
        256 * 1024, /**< no more requests are read while so much waits to be sent */
};

/** Bytes that wait to be written. */
static inline size_t http_output_waiting(const struct http_socket *c)
{
    return c->out_len - c->out_at;
}

/** Appends bytes. When memory is short the connection ends: half an answer must not go out. */
void http_output_queue(struct http_socket *c, const void *data, size_t len);

/** Writes what the socket takes. @return 0, or -1 when the connection must be closed now */
int http_output_flush(struct http_socket *c);

/** Queues a whole answer; keep_alive false ends the connection after it. */
void http_output_respond(struct http_socket *c, const struct http_response *response,
                         bool keep_alive, bool head_only);

/** Queues a problem document and ends the connection after it; what still comes is thrown away. */
void http_output_fault(struct http_socket *c, int status, const char *detail);

/** Ends a connection from outside its own callbacks. */
void http_output_kill(struct http_socket *c);

#endif
