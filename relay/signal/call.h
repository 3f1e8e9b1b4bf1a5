/**
 * The HTTP life of a participant (API.md 1, RFC 9725): join, trickle, restart ICE, offer anew,
 * leave; the same for /call, /whip and /whep. Requests in, responses out; no sockets.
 */
#ifndef SIGNAL_CALL_H
#define SIGNAL_CALL_H

#include <stdint.h>

#include "asked.h"

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
