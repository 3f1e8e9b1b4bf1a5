#include "route.h"

#include <string.h>

#include "message.h"

static const char *const endpoint_names[] = {
    [NEGOTIATE_CALL] = "call",
    [NEGOTIATE_WHIP] = "whip",
    [NEGOTIATE_WHEP] = "whep",
};

const char *route_endpoint_name(enum negotiate_kind endpoint)
{
    return endpoint_names[endpoint];
}

/** A decoded segment of 1 to bytes - 1 characters that a room name may hold. */
static bool take_name(struct str_view segment, char *out, size_t bytes)
{
    return http_decode(segment, false, out, bytes) == 0 && str_is_name(out);
}

/** What stands behind "/call/", "/whip/" or "/whep/". */
static enum route_kind find_call(struct str_view rest, struct route *out)
{
    if (!take_name(str_view_cut(&rest, '/'), out->room, sizeof(out->room))) {
        return ROUTE_NONE;
    }
    if (rest.at == NULL) {
        return ROUTE_ENDPOINT;
    }
    if (!take_name(str_view_cut(&rest, '/'), out->participant, sizeof(out->participant))) {
        return ROUTE_NONE;
    }
    if (rest.at == NULL) {
        return ROUTE_SESSION;
    }
    return str_view_equal(rest, "events") ? ROUTE_EVENTS : ROUTE_NONE;
}

static enum route_kind find(struct str_view path, struct route *out)
{
    static const struct {
        const char *path;
        enum route_kind kind;
    } fixed[] = {
        {"/", ROUTE_PAGE},
        {"/healthz", ROUTE_HEALTH},
        {"/readyz", ROUTE_READY},
        {"/metrics", ROUTE_METRICS},
    };
    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
        if (str_view_equal(path, fixed[i].path)) {
            return fixed[i].kind;
        }
    }
    struct str_view rest = path;
    (void)str_view_cut(&rest, '/');
    struct str_view first = str_view_cut(&rest, '/');
    if (rest.at == NULL) {
        return ROUTE_NONE;
    }
    for (size_t i = 0; i < sizeof(endpoint_names) / sizeof(endpoint_names[0]); i++) {
        if (str_view_equal(first, endpoint_names[i])) {
            out->endpoint = (enum negotiate_kind)i;
            return find_call(rest, out);
        }
    }
    if (str_view_equal(first, "r")) {
        /* a name that no room can have: the page helps with it, people typed this */
        if (!take_name(str_view_cut(&rest, '/'), out->room, sizeof(out->room))) {
            out->room[0] = '\0';
        }
        return rest.len == 0 ? ROUTE_PAGE : ROUTE_NONE;
    }
    if (str_view_equal(first, "assets")) {
        return http_decode(rest, false, out->asset, sizeof(out->asset)) == 0 ? ROUTE_ASSET
                                                                             : ROUTE_NONE;
    }
    return ROUTE_NONE;
}

void route_find(struct str_view path, struct route *out)
{
    memset(out, 0, sizeof(*out));
    out->kind = find(path, out);
}
