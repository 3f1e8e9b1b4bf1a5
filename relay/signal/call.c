#include "call.h"

#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "base/err.h"
#include "base/log.h"
#include "room/command.h"
#include "utf8.h"

enum { MAX_NAME_CHARACTERS = 64, DRAIN_RETRY_S = 5, BUSY_RETRY_S = 1 };

static const char sdp_type[] = "application/sdp";
static const char fragment_type[] = "application/trickle-ice-sdpfrag";

/** A request while it is answered. */
struct asked {
    struct call *call;
    const struct http_request *request;
    const struct route *route;
    int64_t now_us;
    struct access access;
    struct http_response *response;
};

/** What the query of a join says. */
struct wishes {
    char name[SESSION_NAME_BYTES];
    enum slot_policy audio;
    enum slot_policy video;
    uint32_t from;
};

void call_allow_origin(struct http_response *response)
{
    http_response_header(response, "Access-Control-Allow-Origin", "*");
    http_response_header(response, "Access-Control-Expose-Headers", "Location, Link, ETag");
    http_response_header(response, "Cache-Control", "no-store");
}

static void no_memory(const struct asked *asked)
{
    http_response_header(asked->response, "Retry-After", "%d", BUSY_RETRY_S);
    http_response_problem(asked->response, 503, 0, "Out of memory",
                          "The relay is short of memory.");
}

static void negotiation_problem(const struct asked *asked, int err,
                                const struct negotiate_problem *problem)
{
    if (err == ERR_NO_MEMORY || problem->status == 0) {
        no_memory(asked);
        return;
    }
    http_response_problem(asked->response, problem->status, problem->line, problem->title, "%s",
                          problem->detail);
}

/** Content-Type without its parameters. */
static bool has_type(const struct http_request *request, const char *type)
{
    struct str_view value = http_field_get(request, "Content-Type");
    return str_view_equal_nocase(str_view_trim(str_view_cut(&value, ';')), type);
}

static void method_not_allowed(const struct asked *asked, const char *allow)
{
    http_response_header(asked->response, "Allow", "%s", allow);
    http_response_problem(asked->response, 405, 0, "Method not allowed", "Only %s work here.",
                          allow);
}

/** Gives the worker a command. @return true, or false with the response filled */
static bool send_command(const struct asked *asked, unsigned worker, struct command *command)
{
    const struct relay *relay = asked->call->relay;
    if (relay->send(relay->owner, worker, command) == 0) {
        return true;
    }
    http_response_header(asked->response, "Retry-After", "%d", BUSY_RETRY_S);
    http_response_problem(asked->response, 503, 0, "Overloaded",
                          "The relay has too much to do just now.");
    return false;
}

static struct session *session_copy(const struct session *session)
{
    struct session *copy = malloc(sizeof(*copy));
    if (copy != NULL) {
        *copy = *session;
    }
    return copy;
}

/** A command with a copy of the session, or NULL. */
static struct command *session_command(enum command_kind kind, const struct session *session)
{
    struct command *command = NULL;
    if (command_new(&command, kind, session->number) != 0) {
        return NULL;
    }
    command->session = session_copy(session);
    if (command->session == NULL) {
        command_free(&command);
    }
    return command;
}

/* ---- access ---- */

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

/* ---- join ---- */

static bool bad_query(const struct asked *asked, const char *detail)
{
    http_response_problem(asked->response, 400, 0, "Bad query", "%s", detail);
    return false;
}

/** One of the policies of an argument; a missing one is auto. */
static bool read_policy(const struct asked *asked, const char *argument, bool video,
                        enum slot_policy *out)
{
    static const struct {
        const char *name;
        enum slot_policy policy;
        bool audio;
        bool video;
    } policies[] = {
        {"auto", SLOT_POLICY_AUTO, true, true},  {"forward", SLOT_POLICY_FORWARD, true, true},
        {"mix", SLOT_POLICY_MIX, true, false},   {"speaker", SLOT_POLICY_SPEAKER, false, true},
        {"grid", SLOT_POLICY_GRID, false, true}, {"off", SLOT_POLICY_OFF, true, true},
    };
    char value[16] = "auto";
    int err = http_query_get(asked->request->query, argument, value, sizeof(value));
    for (size_t i = 0;
         (err == 0 || err == ERR_NOT_FOUND) && i < sizeof(policies) / sizeof(policies[0]); i++) {
        if (strcmp(value, policies[i].name) == 0 &&
            (video ? policies[i].video : policies[i].audio)) {
            *out = policies[i].policy;
            return true;
        }
    }
    return bad_query(asked, video ? "video must be auto, forward, speaker, grid or off."
                                  : "audio must be auto, forward, mix or off.");
}

static bool read_name(const struct asked *asked, char name[SESSION_NAME_BYTES])
{
    const char *granted = asked->access.grants.name;
    name[0] = '\0';
    int err = http_query_get(asked->request->query, "name", name, SESSION_NAME_BYTES);
    size_t characters = 0;
    bool control = false;
    if (err == ERR_NOT_FOUND) {
        err = 0;
    }
    if (granted[0] != '\0' && err == 0) {
        memcpy(name, granted, sizeof(asked->access.grants.name));
    }
    for (const char *p = name; *p != '\0'; p++) {
        control = control || (unsigned char)*p < 0x20 || *p == 0x7F;
    }
    if (err != 0 || control || utf8_check(name, strlen(name), &characters) != 0 ||
        characters > MAX_NAME_CHARACTERS) {
        return bad_query(asked,
                         "name must be up to 64 characters of UTF-8, percent-encoded, given once.");
    }
    return true;
}

static bool read_wishes(const struct asked *asked, struct wishes *out)
{
    char from[40] = "";
    if (!read_name(asked, out->name) || !read_policy(asked, "audio", false, &out->audio) ||
        !read_policy(asked, "video", true, &out->video)) {
        return false;
    }
    out->from = 0;
    int err = http_query_get(asked->request->query, "from", from, sizeof(from));
    if (err == ERR_NOT_FOUND) {
        return true;
    }
    const struct directory_participant *p =
        err != 0 ? NULL : directory_find(asked->call->directory, asked->route->room, from);
    if (p == NULL) {
        return bad_query(asked, "from must be the id of somebody in the room.");
    }
    out->from = p->number;
    return true;
}

/** The body is an offer of the right type and size. */
static bool check_offer(const struct asked *asked)
{
    const struct http_request *request = asked->request;
    if (!has_type(request, sdp_type)) {
        http_response_header(asked->response, "Accept-Post", "%s", sdp_type);
        http_response_problem(asked->response, 415, 0, "Not an SDP offer",
                              "The Content-Type must be application/sdp.");
        return false;
    }
    if (request->body.len > NEGOTIATE_MAX_OFFER_BYTES) {
        http_response_problem(asked->response, 413, 0, "Offer too long",
                              "The body is longer than 262144 bytes.");
        return false;
    }
    if (request->body.len == 0) {
        http_response_problem(asked->response, 400, 1, "The offer is empty",
                              "The body holds no SDP.");
        return false;
    }
    return true;
}

/** Everything about a join that can be refused before the offer is read. */
static bool check_join(const struct asked *asked)
{
    struct call *call = asked->call;
    unsigned retry_s = 0;
    if (!may_enter(asked)) {
        return false;
    }
    if (call->draining) {
        http_response_header(asked->response, "Retry-After", "%d", DRAIN_RETRY_S);
        http_response_problem(asked->response, 503, 0, "Closing",
                              "The relay is about to stop and takes no new calls.");
        return false;
    }
    if (!addr_is_loopback(&asked->request->remote) &&
        directory_admit(call->directory, &asked->request->remote, asked->now_us, &retry_s) != 0) {
        http_response_header(asked->response, "Retry-After", "%u", retry_s);
        http_response_problem(asked->response, 429, 0, "Too many joins",
                              "Too many joins came from this address, try again in %u s.", retry_s);
        return false;
    }
    if (directory_is_full(call->directory, asked->route->room)) {
        http_response_problem(asked->response, 409, 0, "Room full",
                              "The room has as many participants as it may have.");
        return false;
    }
    return true;
}

/** The directions that were agreed on must be within what the token grants. */
static bool check_directions(const struct asked *asked, const struct session *session)
{
    const struct grants *grants = &asked->access.grants;
    for (size_t i = 0; i < session->media_count; i++) {
        const struct session_media *media = &session->media[i];
        if (media->rejected) {
            continue;
        }
        if ((media->client_sends && !grants->can_publish) ||
            (media->client_receives && !grants->can_subscribe)) {
            http_response_problem(
                asked->response, 403, 0, "Not allowed",
                "The token does not allow to %s, as m-line %zu of the offer does.",
                media->client_sends && !grants->can_publish ? "publish" : "subscribe", i + 1);
            return false;
        }
    }
    return true;
}

/** Ends a participant everywhere. */
static void remove_participant(const struct asked *asked, struct directory_participant *p)
{
    struct command *command = NULL;
    log_info("signal", "leaves room=%s participant=%u", p->room->name, p->number);
    if (command_new(&command, COMMAND_LEAVE, p->number) == 0) {
        /* a worker that does not get it notices by consent */
        (void)asked->call->relay->send(asked->call->relay->owner, p->room->worker, command);
    }
    events_leave(asked->call->events, &p, asked->now_us);
}

/** A publisher that comes back with its key takes the place of its dead session: OBS cannot restart
 * ICE (INTEROP.md 112). */
static void replace_publisher(const struct asked *asked)
{
    const struct directory_room *room = directory_room(asked->call->directory, asked->route->room);
    if (room == NULL || asked->route->endpoint != NEGOTIATE_WHIP ||
        asked->access.identity[0] == '\0') {
        return;
    }
    LIST_FOR_EACH_SAFE(link, after, &room->participants)
    {
        struct directory_participant *p = LIST_ENTRY(link, struct directory_participant, link);
        if (p->kind == NEGOTIATE_WHIP && strcmp(p->identity, asked->access.identity) == 0) {
            remove_participant(asked, p);
        }
    }
}

/** Puts the newcomer into the directory and into the session. @return NULL with the response filled
 */
static struct directory_participant *enter(const struct asked *asked, const struct wishes *wishes,
                                           struct session *session)
{
    struct directory_participant *p = NULL;
    int err = directory_join(asked->call->directory, asked->route->room, asked->now_us, &p);
    if (err != 0) {
        no_memory(asked);
        return NULL;
    }
    p->kind = asked->route->endpoint;
    p->grants = asked->access.grants;
    memcpy(p->identity, asked->access.identity, sizeof(p->identity));
    memcpy(p->name, wishes->name, sizeof(p->name));
    if (p->name[0] == '\0') {
        memcpy(p->name, p->id, sizeof(p->id));
    }
    memcpy(session->room, p->room->name, sizeof(session->room));
    memcpy(session->participant, p->id, sizeof(p->id));
    memcpy(session->name, p->name, sizeof(session->name));
    session->number = p->number;
    session->audio_policy = wishes->audio;
    session->video_policy = wishes->video;
    session->from_number = wishes->from;
    return p;
}

/** Makes the agreement real: directory, worker, the others. Takes session over. @return NULL with
 * the response filled */
static struct directory_participant *admit(const struct asked *asked, const struct wishes *wishes,
                                           struct session *session)
{
    replace_publisher(asked);
    struct directory_participant *p = enter(asked, wishes, session);
    if (p == NULL) {
        free(session);
        return NULL;
    }
    directory_set_session(p, session);
    struct command *command = session_command(COMMAND_JOIN, session);
    bool sent = false;
    if (command == NULL) {
        no_memory(asked);
    } else {
        sent = send_command(asked, p->room->worker, command);
    }
    if (!sent) {
        directory_leave(asked->call->directory, &p, asked->now_us);
        return NULL;
    }
    log_info("signal", "joins room=%s participant=%u kind=%s worker=%u", p->room->name, p->number,
             route_endpoint_name(p->kind), p->room->worker);
    events_joined(asked->call->events, p);
    return p;
}

static void join(const struct asked *asked)
{
    struct call *call = asked->call;
    struct wishes wishes = {0};
    if (!check_join(asked) || !check_offer(asked) || !read_wishes(asked, &wishes)) {
        return;
    }
    unsigned worker = directory_place(call->directory, asked->route->room);
    struct session *session = NULL;
    char *answer = NULL;
    struct negotiate_problem problem = {0};
    int err = negotiate_offer(
        asked->route->endpoint, asked->request->body.at, asked->request->body.len,
        call->relay->config(call->relay->owner, worker), call->rand, &session, &answer, &problem);
    if (err != 0) {
        negotiation_problem(asked, err, &problem);
        return;
    }
    const struct directory_participant *p = NULL;
    if (check_directions(asked, session)) {
        p = admit(asked, &wishes, session);
    } else {
        free(session);
    }
    if (p == NULL) {
        free(answer);
        return;
    }
    http_response_header(asked->response, "Location", "/%s/%s/%s", route_endpoint_name(p->kind),
                         p->room->name, p->id);
    http_response_header(asked->response, "ETag", "%s", p->etag);
    http_response_header(asked->response, "Accept-Patch", "%s, %s", fragment_type, sdp_type);
    http_response_take(asked->response, 201, sdp_type, answer, strlen(answer));
}

/* ---- the session ---- */

enum tag_match { TAG_MISSING, TAG_OTHER, TAG_SAME, TAG_ANY };

/** If-Match against the session's ETag, strongly (RFC 9110 8.8.3.2). RFC 9725 quotes the star, RFC
 * 9110 does not. */
static enum tag_match match_tag(const struct http_request *request, const char *etag)
{
    struct str_view list = http_field_get(request, "If-Match");
    if (list.at == NULL) {
        return TAG_MISSING;
    }
    while (list.at != NULL) {
        struct str_view tag = str_view_trim(str_view_cut(&list, ','));
        if (str_view_equal(tag, "*") || str_view_equal(tag, "\"*\"")) {
            return TAG_ANY;
        }
        if (str_view_equal(tag, etag)) {
            return TAG_SAME;
        }
    }
    return TAG_OTHER;
}

static void wrong_tag(const struct asked *asked)
{
    http_response_problem(asked->response, 412, 0, "Another ICE session",
                          "If-Match is not the ETag of the present ICE session.");
}

/** New credentials of both sides, without a new negotiation (RFC 9725 4.3.2). */
static void restart_ice(const struct asked *asked, struct directory_participant *p,
                        const struct negotiate_fragment *fragment)
{
    struct call *call = asked->call;
    char *text = NULL;
    struct command *command = NULL;
    struct session *renewed = session_copy(p->session);
    int err = renewed == NULL ? ERR_NO_MEMORY : 0;
    if (err == 0) {
        memcpy(renewed->remote_ufrag, fragment->ufrag, sizeof(renewed->remote_ufrag));
        memcpy(renewed->remote_pwd, fragment->pwd, sizeof(renewed->remote_pwd));
        rand_ice_chars(call->rand, renewed->local_ufrag, 8);
        rand_ice_chars(call->rand, renewed->local_pwd, 24);
        err = negotiate_fragment_write(
            renewed, call->relay->config(call->relay->owner, p->room->worker), &text);
    }
    if (err == 0) {
        command = session_command(COMMAND_RESTART_ICE, renewed);
        err = command == NULL ? ERR_NO_MEMORY : 0;
    }
    if (err != 0) {
        no_memory(asked);
    } else if (send_command(asked, p->room->worker, command)) {
        directory_set_session(p, renewed);
        renewed = NULL;
        directory_renew_etag(call->directory, p);
        http_response_header(asked->response, "ETag", "%s", p->etag);
        http_response_take(asked->response, 200, fragment_type, text, strlen(text));
        text = NULL;
    }
    free(text);
    free(renewed);
}

/** PATCH with a trickle-ice-sdpfrag (RFC 9725 4.3). */
static void patch_fragment(const struct asked *asked, struct directory_participant *p)
{
    struct negotiate_fragment fragment;
    struct negotiate_problem problem = {0};
    enum tag_match match = match_tag(asked->request, p->etag);
    if (match == TAG_MISSING) {
        http_response_problem(
            asked->response, 428, 0, "If-Match needed",
            "Send If-Match with the ETag of the session, or \"*\" to restart ICE.");
        return;
    }
    if (match == TAG_OTHER) {
        wrong_tag(asked);
        return;
    }
    int err = negotiate_fragment_parse(asked->request->body.at, asked->request->body.len, &fragment,
                                       &problem);
    if (err != 0) {
        negotiation_problem(asked, err, &problem);
        return;
    }
    bool credentials = fragment.ufrag[0] != '\0' && fragment.pwd[0] != '\0';
    bool renewed = credentials && (strcmp(fragment.ufrag, p->session->remote_ufrag) != 0 ||
                                   strcmp(fragment.pwd, p->session->remote_pwd) != 0);
    if (renewed) {
        restart_ice(asked, p, &fragment);
    } else if (match == TAG_ANY && !credentials) {
        http_response_problem(asked->response, 422, 0, "No credentials",
                              "An ICE restart needs a=ice-ufrag and a=ice-pwd in the fragment.");
    } else {
        asked->response->status = 204; /* candidates: we are ICE-lite and need none */
    }
}

/** The parts of a session that an offer does not bring. */
static void carry_over(const struct session *before, struct session *session)
{
    memcpy(session->room, before->room, sizeof(session->room));
    memcpy(session->participant, before->participant, sizeof(session->participant));
    memcpy(session->name, before->name, sizeof(session->name));
    session->number = before->number;
    session->audio_policy = before->audio_policy;
    session->video_policy = before->video_policy;
    session->from_number = before->from_number;
}

/** Tells the worker: new credentials first if there are any, then the agreement. */
static bool send_update(const struct asked *asked, const struct directory_participant *p,
                        const struct session *session, bool restarted)
{
    struct command *restart = restarted ? session_command(COMMAND_RESTART_ICE, session) : NULL;
    struct command *update = session_command(COMMAND_UPDATE, session);
    if (update == NULL || (restarted && restart == NULL)) {
        command_free(&restart);
        command_free(&update);
        no_memory(asked);
        return false;
    }
    if (restarted && !send_command(asked, p->room->worker, restart)) {
        command_free(&update);
        return false;
    }
    return send_command(asked, p->room->worker, update);
}

/** PATCH with a new offer (API.md 1). */
static void patch_offer(const struct asked *asked, struct directory_participant *p)
{
    struct call *call = asked->call;
    if (match_tag(asked->request, p->etag) == TAG_OTHER) {
        wrong_tag(asked);
        return;
    }
    if (!check_offer(asked)) {
        return;
    }
    struct session *session = NULL;
    char *answer = NULL;
    struct negotiate_problem problem = {0};
    int err =
        negotiate_reoffer(p->kind, p->session, asked->request->body.at, asked->request->body.len,
                          call->relay->config(call->relay->owner, p->room->worker), call->rand,
                          &session, &answer, &problem);
    if (err != 0) {
        negotiation_problem(asked, err, &problem);
        return;
    }
    carry_over(p->session, session);
    bool restarted = strcmp(session->local_ufrag, p->session->local_ufrag) != 0;
    if (!check_directions(asked, session) || !send_update(asked, p, session, restarted)) {
        free(session);
        free(answer);
        return;
    }
    directory_set_session(p, session);
    if (restarted) {
        directory_renew_etag(call->directory, p);
    }
    events_updated(call->events, p);
    http_response_header(asked->response, "ETag", "%s", p->etag);
    http_response_take(asked->response, 200, sdp_type, answer, strlen(answer));
}

static void patch(const struct asked *asked, struct directory_participant *p)
{
    if (has_type(asked->request, fragment_type)) {
        patch_fragment(asked, p);
    } else if (has_type(asked->request, sdp_type)) {
        patch_offer(asked, p);
    } else {
        http_response_header(asked->response, "Accept-Patch", "%s, %s", fragment_type, sdp_type);
        http_response_problem(asked->response, 415, 0, "Unknown kind of patch",
                              "The Content-Type must be %s or %s.", fragment_type, sdp_type);
    }
}

static void leave(const struct asked *asked, struct directory_participant *p)
{
    bool by_moderator = asked->call->secret != NULL && p->identity[0] != '\0' &&
                        strcmp(p->identity, asked->access.identity) != 0;
    if (by_moderator) {
        events_removed(asked->call->events, p, asked->access.identity);
    }
    remove_participant(asked, p);
    asked->response->status = 200;
}

/** GET and HEAD: nothing to be read (RFC 9725 4), but the URL is alive. */
static void read_nothing(const struct asked *asked)
{
    if (asked->route->endpoint == NEGOTIATE_WHEP) {
        http_response_borrow(asked->response, 200, sdp_type, NULL, 0);
    } else {
        asked->response->status = 204;
    }
}

/* ---- the endpoint ---- */

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
        no_memory(asked);
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
    http_response_header(response, "Accept-Post", "%s", sdp_type);
    if (asked->route->kind == ROUTE_SESSION) {
        http_response_header(response, "Accept-Patch", "%s, %s", fragment_type, sdp_type);
    }
    response->status = 204;
}

static void handle_endpoint(const struct asked *asked)
{
    switch (asked->request->method) {
    case HTTP_POST:
        join(asked);
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
        patch(asked, p);
    } else if (method == HTTP_DELETE) {
        leave(asked, p);
    } else {
        read_nothing(asked);
    }
}

void call_handle(struct call *call, const struct http_request *request, const struct route *route,
                 int64_t now_us, int64_t wall_s, struct http_response *response)
{
    struct asked asked = {
        .call = call, .request = request, .route = route, .now_us = now_us, .response = response};
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
