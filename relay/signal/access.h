/**
 * Who asks, and what may they do: the bearer token of a request (RFC 6750), from its header or,
 * since browsers cannot set headers on a WebSocket, from the `bearer.<token>` subprotocol.
 */
#ifndef SIGNAL_ACCESS_H
#define SIGNAL_ACCESS_H

#include <stdint.h>

#include "auth/grants.h"
#include "message.h"

struct access {
    struct grants grants;
    char identity[GRANTS_IDENTITY_BYTES]; /**< the token's sub; without secret, a hash of the key
                                             sent; "" for nobody's */
};

/**
 * Reads and checks the token.
 *
 * @param secret NULL: rooms are open and every key is taken
 * @param wall_s seconds since 1970 UTC
 * @return 0, or with response filled ERR_AUTH (401) or ERR_NO_MEMORY (503)
 */
int access_check(const struct http_request *request, const char *secret, int64_t wall_s,
                 struct access *out, struct http_response *response);

#endif
