/**
 * From a request's path to the resource that it names (API.md 1, 2, 4).
 */
#ifndef SIGNAL_ROUTE_H
#define SIGNAL_ROUTE_H

#include "base/str.h"
#include "room/session.h"
#include "signal/negotiate.h"

enum route_kind {
    ROUTE_NONE,     /**< nothing is there: 404 */
    ROUTE_PAGE,     /**< "/" and "/r/{room}" */
    ROUTE_ASSET,    /**< "/assets/{asset}" */
    ROUTE_ENDPOINT, /**< "/call/{room}", "/whip/{room}", "/whep/{room}" */
    ROUTE_SESSION,  /**< an endpoint's "/{participant}" */
    ROUTE_EVENTS,   /**< a session's "/events" */
    ROUTE_HEALTH,   /**< "/healthz" */
    ROUTE_READY,    /**< "/readyz" */
    ROUTE_METRICS   /**< "/metrics" */
};

struct route {
    enum route_kind kind;
    enum negotiate_kind endpoint; /**< ENDPOINT, SESSION, EVENTS */
    char room[SESSION_ROOM_BYTES];
    char participant[40];
    char asset[128]; /**< path below relay/web */
};

/** Reads a path. Room names are 1 to 64 of A-Z a-z 0-9 . _ ~ -; anything else is ROUTE_NONE. */
void route_find(struct str_view path, struct route *out);

/** "call", "whip" or "whep": the first segment of an endpoint's path. */
const char *route_endpoint_name(enum negotiate_kind endpoint);

#endif
