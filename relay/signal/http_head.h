/**
 * The head of an HTTP/1.1 request, strictly read (RFC 9112): no bare CR or LF, no folded lines, no
 * blanks before a colon, one length only. What two readers could take in two ways is refused, so
 * that nothing can be smuggled past a proxy.
 */
#ifndef SIGNAL_HTTP_HEAD_H
#define SIGNAL_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message.h"

enum { HTTP_MAX_HEAD_BYTES = 8 * 1024, HTTP_MAX_TARGET_BYTES = 4 * 1024 };

/** A head and how its body and its connection go on. */
struct http_head {
    struct http_request request; /**< body and remote are not filled */
    size_t bytes;                /**< length of the head with its empty line */
    size_t content_length;       /**< 0 when there is no body */
    bool keep_alive;
    bool expect_continue;
    bool websocket; /**< Connection: upgrade and Upgrade: websocket */
};

/** Why a head is refused. */
struct http_fault {
    int status;
    const char *detail;
};

/**
 * Reads a head from the start of data.
 *
 * @param out views into data
 * @return 0; ERR_TRUNCATED when the empty line has not come yet; ERR_MALFORMED with *fault filled
 */
int http_head_parse(const char *data, size_t len, struct http_head *out, struct http_fault *fault);

#endif
