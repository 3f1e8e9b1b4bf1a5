#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "auth/token.h"
#include "base/err.h"
#include "relay/signal/websocket.h"
#include "support/switchboard.h"
#include "support/vectors.h"
#include "unit/runner.h"

#define SDP      "Content-Type: application/sdp"
#define FRAGMENT "Content-Type: application/trickle-ice-sdpfrag"

static const char sendrecv[] = "chromium-156.0.8078.79-sendrecv";
static const char publish[] = "chromium-156.0.8078.79-publish";
static const char subscribe[] = "chromium-156.0.8078.79-subscribe";

static char *load_offer(const char *name, size_t *len)
{
    char path[128];
    char *text = NULL;
    (void)snprintf(path, sizeof(path), "offers/%s.sdp", name);
    return vectors_load_text(path, &text, len) == 0 ? text : NULL;
}

/** URL path of a participant. */
static const char *url_of(const struct directory_participant *p, char out[160])
{
    (void)snprintf(out, 160, "/%s/%s/%s", route_endpoint_name(p->kind), p->room->name, p->id);
    return out;
}

TEST(a_join_is_answered_as_rfc_9725_says)
{
    struct switchboard *board = NULL;
    struct http_response response;
    char value[256];
    size_t len = 0;
    char *offer = load_offer(sendrecv, &len);
    http_response_init(&response);
    REQUIRE(offer != NULL);
    REQUIRE_OK(switchboard_new(&board, 1, 10));
    switchboard_ask(board, HTTP_POST, "/call/tea?name=Ann%20Lee&audio=mix&video=grid",
                    "content-type: Application/SDP; charset=utf-8", offer, len, &response);
    REQUIRE_INT(response.status, 201);
    CHECK_STR(response.type, "application/sdp");
    CHECK(response.body_len > 100 && memcmp(response.body, "v=0\r\n", 5) == 0);
    const struct command *command = switchboard_last(board);
    REQUIRE(command != NULL);
    CHECK_INT(command->kind, COMMAND_JOIN);
    const struct session *session = command->session;
    CHECK_STR(session->room, "tea");
    CHECK_STR(session->name, "Ann Lee");
    CHECK_INT(session->number, command->number);
    CHECK_INT(session->audio_policy, SLOT_POLICY_MIX);
    CHECK_INT(session->video_policy, SLOT_POLICY_GRID);
    struct directory_participant *p = directory_by_number(board->directory, command->number);
    REQUIRE(p != NULL);
    char want[160];
    switchboard_header(&response, "Location", value, sizeof(value));
    CHECK_STR(value, url_of(p, want));
    CHECK_STR(p->id, session->participant);
    switchboard_header(&response, "ETag", value, sizeof(value));
    CHECK_STR(value, p->etag);
    switchboard_header(&response, "Access-Control-Allow-Origin", value, sizeof(value));
    CHECK_STR(value, "*");
    switchboard_header(&response, "Access-Control-Expose-Headers", value, sizeof(value));
    CHECK_STR(value, "Location, Link, ETag");
out:
    http_response_deinit(&response);
    switchboard_free(&board);
    free(offer);
}

TEST(who_joins_is_told_of_ice_servers)
{
    static const char stun[] = "Link: <stun:stun.example.org>; rel=\"ice-server\"\r\n";
    /* the first participant at 1500 s; computed with Python's hmac, hashlib and base64 */
    static const char turn[] = "Link: <turn:turn.example.org?transport=udp>; rel=\"ice-server\"; "
                               "username=\"44700:1\"; credential=\"E5e6DsHQ7gALxtRz7rFVtf2Knz8=\"; "
                               "credential-type=\"password\"\r\n";
    struct switchboard *board = NULL;
    struct http_response response;
    char value[256];
    size_t len = 0;
    char *offer = load_offer(sendrecv, &len);
    http_response_init(&response);
    REQUIRE(offer != NULL);
    REQUIRE_OK(switchboard_new(&board, 1, 10));
    REQUIRE_OK(ice_servers_add(&board->ice_servers, "stun:stun.example.org"));
    REQUIRE_OK(ice_servers_add(&board->ice_servers, "turn:turn.example.org?transport=udp"));
    board->call.turn_secret = "north-sea-turn-secret";
    switchboard_ask(board, HTTP_OPTIONS, "/call/tea", "", NULL, 0, &response);
    switchboard_header(&response, "Link", value, sizeof(value));
    CHECK_STR(value, ""); /* INTEROP.md 109 */
    http_response_deinit(&response);
    switchboard_ask(board, HTTP_POST, "/whip/tea", SDP, "v=0", 3, &response);
    CHECK_INT(response.status, 400);
    switchboard_header(&response, "Link", value, sizeof(value));
    CHECK_STR(value, "");
    http_response_deinit(&response);
    switchboard_ask(board, HTTP_POST, "/call/tea", SDP, offer, len, &response);
    REQUIRE_INT(response.status, 201);
    REQUIRE(response.headers.at != NULL);
    CHECK(strstr(response.headers.at, stun) != NULL);
    CHECK(strstr(response.headers.at, turn) != NULL);
out:
    http_response_deinit(&response);
    switchboard_free(&board);
    free(offer);
}

TEST(joins_that_cannot_be_served_say_why)
{
    static const struct {
        const char *target;
        const char *fields;
        const char *body;
        int status;
    } cases[] = {
        {"/call/tea", "Content-Type: text/plain", "v=0", 415},
        {"/call/tea", "", "v=0", 415},
        {"/call/tea", SDP, "", 400},
        {"/call/tea", SDP, "nonsense", 400},
        {"/call/tea?audio=loud", SDP, "v=0", 400},
        {"/call/tea?audio=grid", SDP, "v=0", 400},
        {"/call/tea?video=mix", SDP, "v=0", 400},
        {"/call/tea?name=%ff", SDP, "v=0", 400},
        {"/call/tea?name=a%0ab", SDP, "v=0", 400},
        {"/call/tea?name=a&name=b", SDP, "v=0", 400},
        {"/call/tea?name=%", SDP, "v=0", 400},
        {"/call/tea?name=12345678901234567890123456789012345678901234567890123456789012345", SDP,
         "v=0", 400},
        {"/call/tea?from=nobody", SDP, "v=0", 400},
        {"/call/te%20a", SDP, "v=0", 404},
    };
    struct switchboard *board = NULL;
    REQUIRE_OK(switchboard_new(&board, 1, 10));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_response response;
        switchboard_ask(board, HTTP_POST, cases[i].target, cases[i].fields, cases[i].body,
                        strlen(cases[i].body), &response);
        if (response.status != cases[i].status) {
            runner_fail(cases[i].target, __LINE__, "status");
        }
        CHECK(response.status == 404 || response.body_len > 0);
        http_response_deinit(&response);
    }
    CHECK_INT(board->command_count, 0);
    CHECK_INT(directory_participants(board->directory), 0);
out:
    switchboard_free(&board);
}

TEST(problems_of_the_offer_name_the_line)
{
    struct switchboard *board = NULL;
    struct http_response response;
    http_response_init(&response);
    REQUIRE_OK(switchboard_new(&board, 1, 10));
    static const char offer[] = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio nine\r\n";
    switchboard_ask(board, HTTP_POST, "/call/tea", SDP, offer, sizeof(offer) - 1, &response);
    CHECK_INT(response.status, 400);
    REQUIRE(response.body != NULL);
    CHECK_STR(response.type, "application/problem+json");
    CHECK(memmem(response.body, response.body_len, "\"line\":5", 8) != NULL);
out:
    http_response_deinit(&response);
    switchboard_free(&board);
}

TEST(names_may_have_64_characters_of_utf8)
{
    struct switchboard *board = NULL;
    char target[1024] = "/call/tea?name=";
    REQUIRE_OK(switchboard_new(&board, 1, 10));
    for (int i = 0; i < 64; i++) {
        (void)strcat(target, "%F0%9F%98%80");
    }
    const struct directory_participant *p = switchboard_join(board, target, sendrecv);
    REQUIRE(p != NULL);
    CHECK_INT(strlen(p->name), 256);
    p = switchboard_join(board, "/call/tea", sendrecv);
    REQUIRE(p != NULL);
    CHECK_STR(p->name, p->id);
out:
    switchboard_free(&board);
}

TEST(limits_are_409_429_and_503)
{
    struct switchboard *board = NULL;
    struct http_response response;
    char value[32];
    size_t len = 0;
    char *offer = load_offer(subscribe, &len);
    http_response_init(&response);
    REQUIRE(offer != NULL);
    REQUIRE_OK(switchboard_new(&board, 1, 2));
    CHECK_INT(switchboard_status(board, HTTP_POST, "/call/tea", SDP, offer), 201);
    CHECK_INT(switchboard_status(board, HTTP_POST, "/call/tea", SDP, offer), 201);
    CHECK_INT(switchboard_status(board, HTTP_POST, "/call/tea", SDP, offer), 409);
    board->busy = true;
    CHECK_INT(switchboard_status(board, HTTP_POST, "/call/other", SDP, offer), 503);
    board->busy = false;
    CHECK_INT(directory_participants(board->directory), 2);
    for (int i = 0; i < 60; i++) {
        (void)switchboard_status(board, HTTP_POST, "/call/tea", SDP, offer);
    }
    switchboard_ask(board, HTTP_POST, "/call/tea", SDP, offer, len, &response);
    CHECK_INT(response.status, 429);
    switchboard_header(&response, "Retry-After", value, sizeof(value));
    CHECK_STR(value, "1");
    http_response_deinit(&response);
    board->call.draining = true;
    board->now_us += 60000000;
    switchboard_ask(board, HTTP_POST, "/call/tea", SDP, offer, len, &response);
    CHECK_INT(response.status, 503);
    switchboard_header(&response, "Retry-After", value, sizeof(value));
    CHECK_STR(value, "5");
out:
    http_response_deinit(&response);
    switchboard_free(&board);
    free(offer);
}

TEST(whip_only_publishes_and_whep_only_watches)
{
    struct switchboard *board = NULL;
    REQUIRE_OK(switchboard_new(&board, 1, 10));
    const struct directory_participant *p = switchboard_join(board, "/whip/tea", publish);
    REQUIRE(p != NULL);
    CHECK_INT(p->kind, NEGOTIATE_WHIP);
    REQUIRE(switchboard_join(board, "/whep/tea", subscribe) != NULL);
    CHECK(switchboard_join(board, "/whip/tea", subscribe) == NULL);
    CHECK(switchboard_join(board, "/whep/tea", publish) == NULL);
    CHECK_INT(directory_participants(board->directory), 2);
out:
    switchboard_free(&board);
}

TEST(a_publisher_with_the_same_key_replaces_its_dead_session)
{
    struct switchboard *board = NULL;
    size_t len = 0;
    char *offer = load_offer(publish, &len);
    REQUIRE(offer != NULL);
    REQUIRE_OK(switchboard_new(&board, 1, 10));
    static const char mine[] = SDP "\nAuthorization: Bearer stream-key";
    static const char yours[] = SDP "\nAuthorization: Bearer other-key";
    REQUIRE_INT(switchboard_status(board, HTTP_POST, "/whip/tea", mine, offer), 201);
    uint32_t first = switchboard_last(board)->number;
    REQUIRE_INT(switchboard_status(board, HTTP_POST, "/whip/tea", yours, offer), 201);
    REQUIRE_INT(switchboard_status(board, HTTP_POST, "/whip/tea", mine, offer), 201);
    CHECK_INT(directory_participants(board->directory), 2);
    CHECK(directory_by_number(board->directory, first) == NULL);
    REQUIRE_INT(board->command_count, 4);
    CHECK_INT(board->commands[2]->kind, COMMAND_LEAVE);
    CHECK_INT(board->commands[2]->number, first);
    REQUIRE_INT(switchboard_status(board, HTTP_POST, "/whip/tea", SDP, offer), 201);
    REQUIRE_INT(switchboard_status(board, HTTP_POST, "/whip/tea", SDP, offer), 201);
    CHECK_INT(directory_participants(board->directory), 4);
out:
    switchboard_free(&board);
    free(offer);
}

TEST(every_method_has_its_answer)
{
    struct switchboard *board = NULL;
    char url[160];
    REQUIRE_OK(switchboard_new(&board, 1, 10));
    CHECK_INT(switchboard_status(board, HTTP_GET, "/call/tea", "", NULL), 404);
    CHECK_INT(switchboard_status(board, HTTP_GET, "/whip/tea", "", NULL), 204);
    CHECK_INT(switchboard_status(board, HTTP_HEAD, "/whep/tea", "", NULL), 200);
    CHECK_INT(switchboard_status(board, HTTP_OPTIONS, "/call/tea", "", NULL), 204);
    CHECK_INT(switchboard_status(board, HTTP_PUT, "/call/tea", "", NULL), 405);
    CHECK_INT(switchboard_status(board, HTTP_DELETE, "/call/tea", "", NULL), 405);
    CHECK_INT(switchboard_status(board, HTTP_OTHER, "/call/tea", "", NULL), 405);
    const struct directory_participant *p = switchboard_join(board, "/call/tea", sendrecv);
    REQUIRE(p != NULL);
    (void)url_of(p, url);
    CHECK_INT(switchboard_status(board, HTTP_GET, "/call/tea", "", NULL), 200);
    CHECK_INT(switchboard_status(board, HTTP_GET, url, "", NULL), 204);
    CHECK_INT(switchboard_status(board, HTTP_HEAD, url, "", NULL), 204);
    CHECK_INT(switchboard_status(board, HTTP_POST, url, SDP, "v=0"), 405);
    CHECK_INT(switchboard_status(board, HTTP_OPTIONS, url, "", NULL), 204);
    CHECK_INT(switchboard_status(board, HTTP_PATCH, url, "Content-Type: text/plain", "x"), 415);
    memcpy(url, "/whip", 5);
    CHECK_INT(switchboard_status(board, HTTP_GET, url, "", NULL), 404);
    memcpy(url, "/call", 5);
    CHECK_INT(switchboard_status(board, HTTP_DELETE, url, "If-Match: \"wrong\"", NULL), 200);
    CHECK_INT(switchboard_last(board)->kind, COMMAND_LEAVE);
    CHECK_INT(switchboard_status(board, HTTP_DELETE, url, "", NULL), 404);
    CHECK_INT(switchboard_status(board, HTTP_PATCH, url, FRAGMENT, "x"), 404);
out:
    switchboard_free(&board);
}

TEST(preflight_names_methods_headers_and_types)
{
    struct switchboard *board = NULL;
    struct http_response response;
    char value[128];
    http_response_init(&response);
    REQUIRE_OK(switchboard_new(&board, 1, 10));
    board->call.secret =
        "0123456789abcdef0123456789abcdef"; /* browsers send no token on a preflight */
    switchboard_ask(board, HTTP_OPTIONS, "/whip/tea", "", NULL, 0, &response);
    CHECK_INT(response.status, 204);
    CHECK_INT(response.body_len, 0);
    switchboard_header(&response, "Access-Control-Allow-Methods", value, sizeof(value));
    CHECK_STR(value, "GET, HEAD, POST, OPTIONS");
    switchboard_header(&response, "Access-Control-Allow-Headers", value, sizeof(value));
    CHECK_STR(value, "Authorization, Content-Type, If-Match");
    switchboard_header(&response, "Accept-Post", value, sizeof(value));
    CHECK_STR(value, "application/sdp");
    switchboard_header(&response, "Link", value, sizeof(value));
    CHECK_STR(value, "");
out:
    http_response_deinit(&response);
    switchboard_free(&board);
}

TEST(trickle_needs_the_right_tag_and_changes_nothing)
{
    struct switchboard *board = NULL;
    struct http_response response;
    char url[160];
    char fields[200];
    char value[64];
    char body[1024];
    http_response_init(&response);
    REQUIRE_OK(switchboard_new(&board, 1, 10));
    const struct directory_participant *p = switchboard_join(board, "/call/tea", sendrecv);
    REQUIRE(p != NULL);
    (void)url_of(p, url);
    (void)snprintf(body, sizeof(body),
                   "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
                   "a=candidate:1 1 udp 1 192.0.2.5 5000 typ host\r\na=end-of-candidates\r\n",
                   p->session->remote_ufrag, p->session->remote_pwd);
    CHECK_INT(switchboard_status(board, HTTP_PATCH, url, FRAGMENT, body), 428);
    CHECK_INT(switchboard_status(board, HTTP_PATCH, url, FRAGMENT "\nIf-Match: \"other\"", body),
              412);
    (void)snprintf(fields, sizeof(fields), FRAGMENT "\nIf-Match: W/%s", p->etag);
    CHECK_INT(switchboard_status(board, HTTP_PATCH, url, fields, body), 412);
    (void)snprintf(fields, sizeof(fields), FRAGMENT "\nIf-Match: \"a\", %s", p->etag);
    switchboard_ask(board, HTTP_PATCH, url, fields, body, strlen(body), &response);
    CHECK_INT(response.status, 204);
    switchboard_header(&response, "ETag", value, sizeof(value));
    CHECK_STR(value, "");
    CHECK_INT(switchboard_status(board, HTTP_PATCH, url, fields, "a=ice-ufrag:\x01\r\n"), 400);
    CHECK_INT(board->command_count, 1);
out:
    http_response_deinit(&response);
    switchboard_free(&board);
}

TEST(ice_restart_gives_new_credentials_and_a_new_tag)
{
    static const char *const stars[] = {FRAGMENT "\nIf-Match: \"*\"", FRAGMENT "\nIf-Match: *"};
    static const char body[] = "a=ice-ufrag:newufrag\r\na=ice-pwd:newpasswordnewpassword12\r\n"
                               "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n";
    struct switchboard *board = NULL;
    struct http_response response;
    char url[160];
    char value[64];
    char before[32];
    http_response_init(&response);
    REQUIRE_OK(switchboard_new(&board, 1, 10));
    const struct directory_participant *p = switchboard_join(board, "/call/tea", sendrecv);
    REQUIRE(p != NULL);
    (void)url_of(p, url);
    CHECK_INT(switchboard_status(board, HTTP_PATCH, url, stars[0],
                                 "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"),
              422);
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(before, sizeof(before), "%s", p->etag);
        char changed[sizeof(body)];
        memcpy(changed, body, sizeof(body));
        changed[12] = (char)('a' + i);
        switchboard_ask(board, HTTP_PATCH, url, stars[i], changed, sizeof(body) - 1, &response);
        REQUIRE_INT(response.status, 200);
        CHECK_STR(response.type, "application/trickle-ice-sdpfrag");
        switchboard_header(&response, "ETag", value, sizeof(value));
        CHECK_STR(value, p->etag);
        CHECK(strcmp(before, p->etag) != 0);
        const struct command *command = switchboard_last(board);
        CHECK_INT(command->kind, COMMAND_RESTART_ICE);
        CHECK_STR(command->session->remote_pwd, "newpasswordnewpassword12");
        CHECK_STR(command->session->local_ufrag, p->session->local_ufrag);
        CHECK_INT(strlen(p->session->local_pwd), 24);
        char line[300];
        (void)snprintf(line, sizeof(line), "a=ice-pwd:%s\r\n", p->session->local_pwd);
        CHECK(memmem(response.body, response.body_len, line, strlen(line)) != NULL);
        http_response_deinit(&response);
    }
    /* a restart that fails leaves the session as it was */
    (void)snprintf(before, sizeof(before), "%s", p->etag);
    board->busy = true;
    CHECK_INT(switchboard_status(board, HTTP_PATCH, url, stars[0],
                                 "a=ice-ufrag:third\r\na=ice-pwd:thirdpasswordthirdpasswo\r\n"
                                 "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"),
              503);
    CHECK_STR(before, p->etag);
    CHECK_STR(p->session->remote_pwd, "newpasswordnewpassword12");
out:
    http_response_deinit(&response);
    switchboard_free(&board);
}

TEST(a_new_offer_updates_the_session)
{
    struct switchboard *board = NULL;
    struct http_response response;
    char url[160];
    char fields[200];
    char value[64];
    size_t len = 0;
    char *offer = load_offer(sendrecv, &len);
    http_response_init(&response);
    REQUIRE(offer != NULL);
    REQUIRE_OK(switchboard_new(&board, 1, 10));
    const struct directory_participant *p =
        switchboard_join(board, "/call/tea?name=Ann&audio=mix", sendrecv);
    REQUIRE(p != NULL);
    (void)url_of(p, url);
    switchboard_ask(board, HTTP_PATCH, url, SDP, offer, len, &response);
    REQUIRE_INT(response.status, 200);
    CHECK_STR(response.type, "application/sdp");
    switchboard_header(&response, "ETag", value, sizeof(value));
    CHECK_STR(value, p->etag);
    const struct command *command = switchboard_last(board);
    CHECK_INT(command->kind, COMMAND_UPDATE);
    CHECK_STR(command->session->name, "Ann");
    CHECK_INT(command->session->number, p->number);
    CHECK_INT(command->session->audio_policy, SLOT_POLICY_MIX);
    CHECK_STR(command->session->room, "tea");
    CHECK_INT(switchboard_status(board, HTTP_PATCH, url, SDP "\nIf-Match: \"old\"", offer), 412);
    (void)snprintf(fields, sizeof(fields), SDP "\nIf-Match: %s", p->etag);
    CHECK_INT(switchboard_status(board, HTTP_PATCH, url, fields, offer), 200);
    CHECK_INT(switchboard_status(board, HTTP_PATCH, url, fields, "bad"), 400);
out:
    http_response_deinit(&response);
    switchboard_free(&board);
    free(offer);
}

/** Is the answer to this offer one that asks for pauses? */
static bool asks_for_pauses(struct switchboard *board, enum http_method method, const char *target,
                            const char *offer)
{
    struct http_response response;
    switchboard_ask(board, method, target, SDP, offer, strlen(offer), &response);
    bool asks = response.body_len > 0 && strstr(response.body, ";usedtx=1\r\n") != NULL;
    http_response_deinit(&response);
    return asks;
}

TEST(whoever_comes_into_more_voices_than_slots_is_asked_for_pauses)
{
    struct switchboard *board = NULL;
    char url[160];
    size_t len = 0;
    char *offer = load_offer(sendrecv, &len);
    REQUIRE(offer != NULL);
    REQUIRE_OK(switchboard_new(&board, 1, 10));
    board->answer.mix_dtx = true;
    const struct directory_participant *first = switchboard_join(board, "/call/tea", sendrecv);
    REQUIRE(first != NULL && switchboard_join(board, "/whep/tea", subscribe) != NULL);
    CHECK(!asks_for_pauses(board, HTTP_POST, "/call/tea", offer));
    CHECK(!asks_for_pauses(board, HTTP_PATCH, url_of(first, url), offer));
    CHECK(asks_for_pauses(board, HTTP_POST, "/call/tea", offer) || runner_out_of_memory());
    CHECK(asks_for_pauses(board, HTTP_PATCH, url, offer) || runner_out_of_memory());
    CHECK(!asks_for_pauses(board, HTTP_POST, "/call/tea?audio=forward", offer));
    CHECK(asks_for_pauses(board, HTTP_POST, "/call/milk?audio=mix", offer) ||
          runner_out_of_memory());
    board->answer.mix_dtx = false;
    CHECK(!asks_for_pauses(board, HTTP_POST, "/call/milk?audio=mix", offer));
out:
    switchboard_free(&board);
    free(offer);
}

TEST(the_roster_lists_people_and_their_tracks)
{
    struct switchboard *board = NULL;
    struct http_response response;
    http_response_init(&response);
    REQUIRE_OK(switchboard_new(&board, 1, 10));
    const struct directory_participant *p = switchboard_join(board, "/call/tea?name=Ann", sendrecv);
    REQUIRE(p != NULL);
    switchboard_ask(board, HTTP_GET, "/call/tea", "", NULL, 0, &response);
    REQUIRE_INT(response.status, 200);
    const char *json = response.body;
    CHECK(strstr(json, p->id) != NULL);
    CHECK(strstr(json, "\"name\":\"Ann\"") != NULL);
    CHECK(strstr(json, "\"kind\":\"audio\"") != NULL);
    CHECK(strstr(json, "\"kind\":\"video\"") != NULL);
out:
    http_response_deinit(&response);
    switchboard_free(&board);
}

/* ---- with a secret ---- */

static const char secret[] = "0123456789abcdef0123456789abcdef";

/** Header lines with a token for the room. */
static bool bearer(const char *room, const char *identity, bool moderator, bool publisher,
                   char *out, size_t bytes)
{
    struct grants grants;
    char *token = NULL;
    grants_open(&grants);
    (void)snprintf(grants.room, sizeof(grants.room), "%s", room);
    (void)snprintf(grants.identity, sizeof(grants.identity), "%s", identity);
    (void)snprintf(grants.name, sizeof(grants.name), "%s's name", identity);
    grants.room_admin = moderator;
    grants.can_publish = publisher;
    if (token_make(&grants, secret, 1500, 600, &token) != 0) {
        return false;
    }
    (void)snprintf(out, bytes, SDP "\nAuthorization: Bearer %s", token);
    free(token);
    return true;
}

static void *no_memory(size_t bytes)
{
    (void)bytes;
    errno = ENOMEM;
    return NULL;
}

/** Who asks again gets in: the invitation was not at fault. */
TEST_NO_OOM(a_token_that_there_is_no_memory_to_read_is_not_refused)
{
    struct switchboard *board = NULL;
    struct http_response response;
    char ann[1200];
    char value[64];
    json_malloc_t take_memory;
    json_free_t give_memory;
    http_response_init(&response);
    REQUIRE_OK(switchboard_new(&board, 1, 10));
    board->call.secret = secret;
    REQUIRE(bearer("tea", "ann", false, true, ann, sizeof(ann)));
    json_get_alloc_funcs(&take_memory, &give_memory);
    json_set_alloc_funcs(no_memory, give_memory);
    switchboard_ask(board, HTTP_GET, "/call/tea", ann, NULL, 0, &response);
    json_set_alloc_funcs(take_memory, give_memory);
    CHECK_INT(response.status, 503);
    switchboard_header(&response, "Retry-After", value, sizeof(value));
    CHECK_STR(value, "1");
    switchboard_header(&response, "WWW-Authenticate", value, sizeof(value));
    CHECK_STR(value, "");
out:
    http_response_deinit(&response);
    switchboard_free(&board);
}

TEST(tokens_open_their_room_only)
{
    struct switchboard *board = NULL;
    struct http_response response;
    char ann[1200];
    char value[64];
    size_t len = 0;
    char *offer = load_offer(sendrecv, &len);
    http_response_init(&response);
    REQUIRE(offer != NULL);
    REQUIRE_OK(switchboard_new(&board, 1, 10));
    board->call.secret = secret;
    REQUIRE(bearer("tea", "ann", false, true, ann, sizeof(ann)));
    switchboard_ask(board, HTTP_POST, "/call/tea", SDP, offer, len, &response);
    CHECK_INT(response.status, 401);
    switchboard_header(&response, "WWW-Authenticate", value, sizeof(value));
    CHECK_STR(value, "Bearer realm=\"tandem\"");
    http_response_deinit(&response);
    switchboard_ask(board, HTTP_POST, "/call/tea", SDP "\nAuthorization: Bearer x.y.z", offer, len,
                    &response);
    CHECK_INT(response.status, 401);
    switchboard_header(&response, "WWW-Authenticate", value, sizeof(value));
    CHECK_STR(value, "Bearer realm=\"tandem\", error=\"invalid_token\"");
    CHECK_INT(
        switchboard_status(board, HTTP_POST, "/call/tea", SDP "\nAuthorization: Basic eDp5", offer),
        401);
    CHECK_INT(switchboard_status(board, HTTP_POST, "/call/coffee", ann, offer), 403);
    CHECK_INT(switchboard_status(board, HTTP_GET, "/call/coffee", ann, NULL), 403);
    REQUIRE_INT(switchboard_status(board, HTTP_POST, "/call/tea?name=Mallory", ann, offer), 201);
    CHECK_STR(switchboard_last(board)->session->name, "ann's name"); /* the token's word counts */
    CHECK_INT(switchboard_status(board, HTTP_GET, "/call/tea", ann, NULL), 200);
    board->wall_s = 1500 + 631;
    CHECK_INT(switchboard_status(board, HTTP_POST, "/call/tea", ann, offer), 401);
out:
    http_response_deinit(&response);
    switchboard_free(&board);
    free(offer);
}

TEST(sessions_belong_to_their_token_and_moderators_may_end_them)
{
    struct switchboard *board = NULL;
    struct switchboard_socket *socket = calloc(1, sizeof(*socket));
    char ann[1200];
    char bob[1200];
    char eve[1200];
    char url[160];
    size_t len = 0;
    char *offer = load_offer(sendrecv, &len);
    REQUIRE(offer != NULL && socket != NULL);
    REQUIRE_OK(switchboard_new(&board, 1, 10));
    board->call.secret = secret;
    REQUIRE(bearer("tea", "ann", false, true, ann, sizeof(ann)));
    REQUIRE(bearer("tea", "bob", true, true, bob, sizeof(bob)));
    REQUIRE(bearer("tea", "eve", false, true, eve, sizeof(eve)));
    REQUIRE_INT(switchboard_status(board, HTTP_POST, "/call/tea", ann, offer), 201);
    struct directory_participant *p =
        directory_by_number(board->directory, switchboard_last(board)->number);
    REQUIRE(p != NULL);
    (void)url_of(p, url);
    events_attach(&board->events, p, socket);
    CHECK_INT(switchboard_status(board, HTTP_DELETE, url, SDP, NULL), 401);
    CHECK_INT(switchboard_status(board, HTTP_DELETE, url, eve, NULL), 403);
    CHECK_INT(switchboard_status(board, HTTP_PATCH, url, eve, offer), 403);
    CHECK_INT(switchboard_status(board, HTTP_PATCH, url, ann, offer), 200);
    CHECK_INT(switchboard_status(board, HTTP_DELETE, url, bob, NULL), 200);
    CHECK(strstr(socket->text, "{\"type\":\"removed\",\"by\":\"bob\"}") != NULL);
    CHECK_INT(socket->close_code, WEBSOCKET_LEFT);
out:
    switchboard_free(&board);
    free(offer);
    free(socket);
}

TEST(a_token_without_publish_cannot_send)
{
    struct switchboard *board = NULL;
    char ann[1200];
    size_t len = 0;
    size_t watch_len = 0;
    char *offer = load_offer(sendrecv, &len);
    char *watch = load_offer(subscribe, &watch_len);
    REQUIRE(offer != NULL && watch != NULL);
    REQUIRE_OK(switchboard_new(&board, 1, 10));
    board->call.secret = secret;
    REQUIRE(bearer("tea", "ann", false, false, ann, sizeof(ann)));
    CHECK_INT(switchboard_status(board, HTTP_POST, "/call/tea", ann, offer), 403);
    CHECK_INT(switchboard_status(board, HTTP_POST, "/call/tea", ann, watch), 201);
    CHECK_INT(directory_participants(board->directory), 1);
out:
    switchboard_free(&board);
    free(offer);
    free(watch);
}
