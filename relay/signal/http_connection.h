/**
 * The life of one connection of the HTTP server: requests are taken out of its bytes, in order,
 * within bounds of size and time.
 */
#ifndef SIGNAL_HTTP_CONNECTION_H
#define SIGNAL_HTTP_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "http_output.h"

enum {
    HTTP_MAX_CONNECTIONS_PER_ADDRESS = 16, /**< WebSockets do not count */
    HTTP_MAX_CONNECTIONS = 16384,
    HTTP_SWEEP_US = 500000 /**< how often connections are looked at */
};

/** Makes the state of an accepted connection and puts it into shared. @return 0, or -1 to close it
 */
int http_connection_new(struct http_shared *shared, struct lws *wsi);

/** Takes bytes from the network; len 0 goes on with those that wait. @return 0, or -1 when it must
 * be closed now */
int http_connection_receive(struct http_socket *c, const uint8_t *data, size_t len);

/** Peer's address; an IPv4 one that came over IPv6 is IPv4. */
struct addr http_connection_peer(const struct sockaddr_storage *from);

/** Room for one more connection of this address? An idle one is given up for it. */
bool http_connection_admit(struct http_shared *shared, const struct addr *peer);

/** Ends what is too slow, tends WebSockets. */
void http_connection_sweep(struct http_shared *shared);

/** The connection is closed: tells the owner of a WebSocket and frees. */
void http_connection_free(struct http_socket *c);

#endif
