/**
 * A server for tests of clients: on loopback and the test's own turn, says what it is told to say.
 */
#ifndef TESTS_UNIT_LOAD_HTTP_STUB_H
#define TESTS_UNIT_LOAD_HTTP_STUB_H

#include <stdbool.h>
#include <stddef.h>

#include "load/turn.h"

enum { HTTP_STUB_REQUESTS = 16, HTTP_STUB_CONNECTIONS = 8, HTTP_STUB_BYTES = 16384 };

struct http_stub_connection {
    struct http_stub *stub;
    int descriptor; /**< -1 = free */
    char in[HTTP_STUB_BYTES];
    size_t in_len;
};

struct http_stub {
    struct turn *turn;
    int listener;
    unsigned port;
    /** Whole answers, one for each request in order; NULL = none ever. */
    const char *answers[HTTP_STUB_REQUESTS];
    /** With words: an answer is for the first request that holds them, whenever it comes. */
    const char *words[HTTP_STUB_REQUESTS];
    /** With words too: the answer waits until a request with these has been answered. */
    const char *after[HTTP_STUB_REQUESTS];
    bool given[HTTP_STUB_REQUESTS];
    int waiting[HTTP_STUB_REQUESTS]; /**< descriptor that waits for the answer, 0 = none */
    char requests[HTTP_STUB_REQUESTS][HTTP_STUB_BYTES];
    size_t request_count;
    size_t connection_count; /**< ever made */
    struct http_stub_connection connections[HTTP_STUB_CONNECTIONS];
};

/** @return 0 or ERR_IO, ERR_NO_MEMORY */
int http_stub_start(struct http_stub *stub, struct turn *turn);
void http_stub_stop(struct http_stub *stub);

#endif
