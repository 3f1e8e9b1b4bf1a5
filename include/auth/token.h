/**
 * Access tokens: JWT (RFC 7519), HS256 only, with the claim set of LiveKit (API.md 3), so that its
 * token libraries work.
 */
#ifndef AUTH_TOKEN_H
#define AUTH_TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include "auth/grants.h"

enum {
    TOKEN_MIN_SECRET_BYTES = 32, /**< RFC 7518 3.2: a key as long as the hash's output, or longer */
    TOKEN_MAX_BYTES = 4096,
    TOKEN_TOLERANCE_S = 30 /**< of clocks that differ, on exp and nbf */
};

/**
 * Verifies a token and reads what it grants.
 *
 * The algorithm is HS256 whatever the token says of itself; exp is required.
 * @param wall_s seconds since 1970 UTC
 * @param out untouched on failure
 * @return 0, ERR_NO_MEMORY, or ERR_AUTH with *why (static text) saying what is wrong
 */
int token_verify(const char *token, const char *secret, int64_t wall_s, struct grants *out,
                 const char **why);

/**
 * Makes a token.
 *
 * @param grants  what it allows; identity and room are in there
 * @param ttl_s   valid from wall_s for so long, 1 or more
 * @param out     the token, owned by the caller, free()
 * @return 0, ERR_NO_MEMORY or ERR_INVALID
 */
int token_make(const struct grants *grants, const char *secret, int64_t wall_s, int64_t ttl_s,
               char **out);

#endif
