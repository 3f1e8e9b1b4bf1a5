#include "call.h"

#include <stdlib.h>
#include <string.h>

#include "asked.h"
#include "base/err.h"
#include "join.h"
#include "patch.h"

void call_allow_origin(struct http_response *response)
{
    http_response_header(response, "Access-Control-Allow-Origin", "*");
    http_response_header(response, "Access-Control-Expose-Headers", "Location, Link, ETag");
    http_response_header(response, "Cache-Control", "no-store");
}

static void method_not_allowed(const struct asked *asked, const char *allow)
{
    http_response_header(asked->response, "Allow", "%s", allow);
    http_response_problem(asked->response, 405, 0, "Method not allowed", "Only %s work here.",
                          allow);
}

static bool may_enter(const struct asked *asked)
{
    const struct grants *grants = &asked->access.grants;
    const char *room = asked->route->room;
    if (grants_join(grants, room) || grants_moderate(grants, room)) {
        return true;
    }
    http_response_problem(asked->response, 403, 0, "Not allowed",
                          "The token is not for this room.");
    return false;
}

/** The session of the route when the token may touch it; NULL with the response filled. */
static struct directory_participant *find_session(const struct asked *asked)
{
    struct directory_participant *p =
        directory_find(asked->call->directory, asked->route->room, asked->route->participant);
    if (p == NULL || p->kind != asked->route->endpoint) {
        http_response_problem(asked->response, 404, 0, "No such session",
                              "This participant has left, or never was in the room.");
        return NULL;
    }
    bool owner = asked->call->secret == NULL || p->identity[0] == '\0' ||
                 strcmp(p->identity, asked->access.identity) == 0;
    if (!owner && !grants_moderate(&asked->access.grants, asked->route->room)) {
        http_response_problem(asked->response, 403, 0, "Not allowed",
                              "The token belongs to somebody else than this session.");
        return NULL;
    }
    return p;
}

struct directory_participant *call_find_session(struct call *call,
                                                const struct http_request *request,
                                                const struct route *route, int64_t wall_s,
                                                struct http_response *response)
{
    struct asked asked = {.call = call, .request = request, .route = route, .response = response};
    if (access_check(request, call->secret, wall_s, &asked.access, response) != 0 ||
        !may_enter(&asked)) {
        return NULL;
    }
    return find_session(&asked);
}

static void leave(const struct asked *asked, struct directory_participant *p)
{
    bool by_moderator = asked->call->secret != NULL && p->identity[0] != '\0' &&
                        strcmp(p->identity, asked->access.identity) != 0;
    if (by_moderator) {
        events_removed(asked->call->events, p, asked->access.identity);
    }
    asked_remove(asked, p);
    asked->response->status = 200;
}

/** GET and HEAD: nothing to be read (RFC 9725 4), but the URL is alive. */
static void read_nothing(const struct asked *asked)
{
    if (asked->route->endpoint == NEGOTIATE_WHEP) {
        http_response_borrow(asked->response, 200, asked_sdp_type, NULL, 0);
    } else {
        asked->response->status = 204;
    }
}

static void roster(const struct asked *asked)
{
    const struct directory_room *room = directory_room(asked->call->directory, asked->route->room);
    if (!may_enter(asked)) {
        return;
    }
    if (room == NULL || room->count == 0) {
        http_response_problem(asked->response, 404, 0, "No such room", "Nobody is in this room.");
        return;
    }
    json_t *json = json_pack("{s:s, s:o}", "room", room->name, "participants", events_roster(room));
    char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
    json_decref(json);
    if (text == NULL) {
        asked_no_memory(asked);
        return;
    }
    http_response_take(asked->response, 200, "application/json", text, strlen(text));
}

static void preflight(const struct asked *asked, const char *allow)
{
    struct http_response *response = asked->response;
    http_response_header(response, "Allow", "%s", allow);
    http_response_header(response, "Access-Control-Allow-Methods", "%s", allow);
    http_response_header(response, "Access-Control-Allow-Headers",
                         "Authorization, Content-Type, If-Match");
    http_response_header(response, "Access-Control-Max-Age", "86400");
    http_response_header(response, "Accept-Post", "%s", asked_sdp_type);
    if (asked->route->kind == ROUTE_SESSION) {
        http_response_header(response, "Accept-Patch", "%s, %s", asked_fragment_type,
                             asked_sdp_type);
    }
    response->status = 204;
}

static void handle_endpoint(const struct asked *asked)
{
    switch (asked->request->method) {
    case HTTP_POST:
        if (may_enter(asked)) {
            join_handle(asked);
        }
        break;
    case HTTP_GET:
    case HTTP_HEAD:
        if (asked->route->endpoint == NEGOTIATE_CALL) {
            roster(asked);
        } else {
            read_nothing(asked);
        }
        break;
    case HTTP_PATCH:
    case HTTP_DELETE:
    case HTTP_OPTIONS:
    case HTTP_PUT:
    case HTTP_OTHER:
    default:
        method_not_allowed(asked, "GET, HEAD, POST, OPTIONS");
        break;
    }
}

static void handle_session(const struct asked *asked)
{
    enum http_method method = asked->request->method;
    if (method != HTTP_GET && method != HTTP_HEAD && method != HTTP_PATCH &&
        method != HTTP_DELETE) {
        method_not_allowed(asked, "GET, HEAD, PATCH, DELETE, OPTIONS");
        return;
    }
    struct directory_participant *p = may_enter(asked) ? find_session(asked) : NULL;
    if (p == NULL) {
        return;
    }
    if (method == HTTP_PATCH) {
        patch_handle(asked, p);
    } else if (method == HTTP_DELETE) {
        leave(asked, p);
    } else {
        read_nothing(asked);
    }
}

void call_handle(struct call *call, const struct http_request *request, const struct route *route,
                 int64_t now_us, int64_t wall_s, struct http_response *response)
{
    struct asked asked = {.call = call,
                          .request = request,
                          .route = route,
                          .now_us = now_us,
                          .wall_s = wall_s,
                          .response = response};
    bool session = route->kind == ROUTE_SESSION;
    call_allow_origin(response);
    if (request->method == HTTP_OPTIONS) { /* without token: browsers send none on a preflight */
        preflight(&asked,
                  session ? "GET, HEAD, PATCH, DELETE, OPTIONS" : "GET, HEAD, POST, OPTIONS");
        return;
    }
    if (access_check(request, call->secret, wall_s, &asked.access, response) != 0) {
        return;
    }
    if (session) {
        handle_session(&asked);
    } else {
        handle_endpoint(&asked);
    }
}
