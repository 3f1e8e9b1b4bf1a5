#include "access.h"

#include <stdio.h>
#include <string.h>

#include "auth/token.h"
#include "base/err.h"
#include "base/map.h"

/** The token as it was sent, at == NULL when there is none. */
static struct str_view find_token(const struct http_request *request)
{
    struct str_view value = http_field_get(request, "Authorization");
    if (value.at != NULL) {
        struct str_view scheme = str_view_cut(&value, ' ');
        return str_view_equal_nocase(scheme, "Bearer") ? str_view_trim(value)
                                                       : str_view_of(NULL, 0);
    }
    struct str_view list = http_field_get(request, "Sec-WebSocket-Protocol");
    while (list.at != NULL) {
        struct str_view item = str_view_trim(str_view_cut(&list, ','));
        if (str_view_starts(item, "bearer.")) {
            return str_view_of(item.at + 7, item.len - 7);
        }
    }
    return list;
}

/** Who sent none is told that one is needed, and no error (RFC 6750 3.1). */
static int ask(struct http_response *response)
{
    http_response_header(response, "WWW-Authenticate", "Bearer realm=\"tandem\"");
    http_response_problem(response, 401, 0, "Token needed",
                          "This relay asks for a token, and none was sent.");
    return ERR_AUTH;
}

static int refuse(struct http_response *response, const char *why)
{
    http_response_header(response, "WWW-Authenticate",
                         "Bearer realm=\"tandem\", error=\"invalid_token\"");
    http_response_problem(response, 401, 0, "Token refused",
                          "This relay does not take the token that was sent: %s.", why);
    return ERR_AUTH;
}

int access_check(const struct http_request *request, const char *secret, int64_t wall_s,
                 struct access *out, struct http_response *response)
{
    struct str_view token = find_token(request);
    memset(out, 0, sizeof(*out));
    if (secret == NULL) {
        grants_open(&out->grants);
        if (token.len >
            0) { /* a stream key: tells whose session it is, and no more (INTEROP.md 112) */
            (void)snprintf(out->identity, sizeof(out->identity), "key-%016llx",
                           (unsigned long long)map_hash(token.at, token.len, 0));
        }
        return 0;
    }
    if (token.at == NULL || token.len == 0) {
        return ask(response);
    }
    char text[TOKEN_MAX_BYTES + 1];
    const char *why = "";
    if (str_view_copy(token, text, sizeof(text)) != 0) {
        return refuse(response, "the token is too long");
    }
    int err = token_verify(text, secret, wall_s, &out->grants, &why);
    if (err == ERR_NO_MEMORY) {
        http_response_no_memory(response);
        return err;
    }
    if (err != 0) {
        return refuse(response, why);
    }
    memcpy(out->identity, out->grants.identity, sizeof(out->identity));
    return 0;
}
