/**
 * The HTTP life of a participant (API.md 1, RFC 9725): join, trickle, restart ICE, offer anew,
 * leave; the same for /call, /whip and /whep. Requests in, responses out; no sockets.
 */
#ifndef SIGNAL_CALL_H
#define SIGNAL_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rand.h"
#include "directory.h"
#include "events.h"
#include "message.h"
#include "route.h"
#include "signal/relay.h"

/** A value; everything is borrowed. */
struct call {
    struct directory *directory;
    struct events *events;
    const struct relay *relay;
    struct rand *rand;
    const char *secret; /**< NULL: rooms are open */
    bool draining;      /**< no new calls */
};

/**
 * Answers a request for an endpoint or a session.
 *
 * @param route  of kind ROUTE_ENDPOINT or ROUTE_SESSION
 * @param wall_s seconds since 1970 UTC, for tokens
 */
void call_handle(struct call *call, const struct http_request *request, const struct route *route,
                 int64_t now_us, int64_t wall_s, struct http_response *response);

/**
 * The participant whose events a request asks for, when its token allows that.
 * @return NULL with response filled (401, 403, 404)
 */
struct directory_participant *call_find_session(struct call *call,
                                                const struct http_request *request,
                                                const struct route *route, int64_t wall_s,
                                                struct http_response *response);

/** CORS for every answer under /call, /whip and /whep (INTEROP.md 107). */
void call_allow_origin(struct http_response *response);

#endif
