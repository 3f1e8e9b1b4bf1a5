#include "join.h"

#include <stdlib.h>
#include <string.h>

#include "auth/turn_credentials.h"
#include "base/err.h"
#include "base/log.h"
#include "utf8.h"

enum { MAX_NAME_CHARACTERS = 64, DRAIN_RETRY_S = 5 };

/** What the query of a join says. */
struct wishes {
    char name[SESSION_NAME_BYTES];
    enum slot_policy audio;
    enum slot_policy video;
    uint32_t from;
};

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

/** Everything about a join that can be refused before the offer is read. */
static bool check_join(const struct asked *asked)
{
    struct call *call = asked->call;
    unsigned retry_s = 0;
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
            asked_remove(asked, p);
        }
    }
}

static bool has_pictures(const struct session *session)
{
    for (size_t i = 0; i < session->media_count; i++) {
        const struct session_media *media = &session->media[i];
        if (media->kind == MEDIA_VIDEO && !media->rejected &&
            (media->client_sends || media->client_receives)) {
            return true;
        }
    }
    return false;
}

/** Puts the newcomer into the directory and into the session. @return NULL with the response filled
 */
static struct directory_participant *enter(const struct asked *asked, const struct wishes *wishes,
                                           struct session *session)
{
    struct directory_participant *p = NULL;
    int err = directory_join(asked->call->directory, asked->route->room, asked->now_us, &p);
    if (err != 0) {
        asked_no_memory(asked);
        return NULL;
    }
    if (has_pictures(session)) {
        directory_expect_pictures(asked->call->directory, p);
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
    memcpy(session->name, wishes->name, sizeof(session->name)); /* no label for an id */
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
    struct command *command = asked_session_command(COMMAND_JOIN, session);
    bool sent = false;
    if (command == NULL) {
        asked_no_memory(asked);
    } else {
        sent = asked_send(asked, p->room->worker, command);
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

/** One Link for each STUN and TURN server (RFC 9725 4.6). */
static void write_ice_servers(const struct asked *asked, const struct directory_participant *p)
{
    const struct ice_servers *servers = asked->call->ice_servers;
    struct turn_credentials turn;
    bool may_turn =
        asked->call->turn_secret != NULL &&
        turn_credentials_make(asked->call->turn_secret, p->number, asked->wall_s, &turn) == 0;
    for (size_t i = 0; i < servers->count; i++) {
        const char *url = servers->urls[i];
        if (!ice_servers_is_turn(url)) {
            http_response_header(asked->response, "Link", "<%s>; rel=\"ice-server\"", url);
        } else if (may_turn) {
            http_response_header(asked->response, "Link",
                                 "<%s>; rel=\"ice-server\"; username=\"%s\"; "
                                 "credential=\"%s\"; credential-type=\"password\"",
                                 url, turn.username, turn.password);
        }
    }
}

void join_handle(const struct asked *asked)
{
    struct call *call = asked->call;
    struct wishes wishes = {0};
    if (!check_join(asked) || !asked_check_offer(asked) || !read_wishes(asked, &wishes)) {
        return;
    }
    unsigned worker = directory_place(call->directory, asked->route->room);
    struct negotiate_config config;
    struct session *session = NULL;
    char *answer = NULL;
    struct negotiate_problem problem = {0};
    asked_answer_config(asked, worker, wishes.audio, NULL, &config);
    int err =
        negotiate_offer(asked->route->endpoint, asked->request->body.at, asked->request->body.len,
                        &config, call->rand, &session, &answer, &problem);
    if (err != 0) {
        asked_problem(asked, err, &problem);
        return;
    }
    const struct directory_participant *p = NULL;
    if (asked_check_directions(asked, session)) {
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
    http_response_header(asked->response, "Accept-Patch", "%s, %s", asked_fragment_type,
                         asked_sdp_type);
    write_ice_servers(asked, p);
    http_response_take(asked->response, 201, asked_sdp_type, answer, strlen(answer));
}
