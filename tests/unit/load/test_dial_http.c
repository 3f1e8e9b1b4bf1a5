#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "load/dial.h"
#include "load/dial_url.h"
#include "unit/load/dial_scene.h"
#include "unit/load/load_kit.h"
#include "unit/runner.h"

#define SDP                                                                                        \
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"                                          \
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n"                  \
    "a=ice-ufrag:serv\r\na=ice-pwd:serverPasswordOf26Letters1\r\na=setup:passive\r\n"              \
    "a=fingerprint:sha-256 AA:BB:CC\r\n"                                                           \
    "a=candidate:1 1 udp 2130706431 192.0.2.1 7000 typ host\r\n"
#define SDP_LENGTH "273"
#define CREATED(location)                                                                          \
    "HTTP/1.1 201 Created\r\nContent-Type: application/sdp\r\nContent-Length: " SDP_LENGTH         \
    "\r\nLocation: " location "\r\n\r\n" SDP
#define DELETED "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

static int scene_start(struct dial_scene *scene)
{
    return dial_scene_start(scene, "/call/{room}?name={name}");
}

static int scene_open(struct dial_scene *scene, struct dial_target *target)
{
    const char *reason = NULL;
    target->url = target->whip == NULL && target->whep == NULL ? scene->url : NULL;
    return dialer_new(&scene->dialer, scene->turn, target, &reason);
}

static int scene_dial(struct dial_scene *scene)
{
    struct agreement_local local = load_kit_local();
    struct dial_wish wish = {.room = "big room",
                             .name = "Zo\xc3\xab",
                             .caller = 7,
                             .send_audio = true,
                             .receive_audio = 1};
    struct dial_handler handler = dial_scene_handler(scene);
    return dial_new(&scene->dial, scene->dialer, &wish, &local, &handler);
}

static void scene_run(struct dial_scene *scene)
{
    turn_run(scene->turn, turn_clock_us() + DIAL_SCENE_PATIENCE_US);
}

static bool asked(const struct dial_scene *scene, size_t number, const char *words)
{
    return number < scene->stub->request_count &&
           strstr(scene->stub->requests[number], words) != NULL;
}

TEST(a_call_is_posted_agreed_and_deleted)
{
    struct dial_scene scene = {.turn = NULL};
    struct dial_target target = {
        .kind = DIAL_HTTP, .bearer = "secret", .headers = {"X-Test: yes"}, .header_count = 1};
    REQUIRE_INT(strlen(SDP), strtoul(SDP_LENGTH, NULL, 10));
    REQUIRE_OK(scene_start(&scene));
    REQUIRE_OK(scene_open(&scene, &target));
    scene.stub->answers[0] = CREATED("/call/room/1");
    scene.stub->answers[1] = DELETED;
    REQUIRE_OK(scene_dial(&scene));
    scene_run(&scene);
    REQUIRE_INT(scene.agreed, 1);
    CHECK_INT(scene.agreement.stream_count, 1);
    CHECK_INT(scene.agreement.remote.candidates[0].port, 7000);
    CHECK(asked(&scene, 0, "POST /call/big%20room?name=Zo%C3%AB HTTP/1.1\r\n"));
    CHECK(asked(&scene, 0, "Content-Type: application/sdp\r\n"));
    CHECK(asked(&scene, 0, "Authorization: Bearer secret\r\n"));
    CHECK(asked(&scene, 0, "X-Test: yes\r\n"));
    CHECK(asked(&scene, 0, "\r\n\r\nv=0\r\n"));
    dial_hang_up(&scene.dial);
    CHECK(scene.dial == NULL);
    dialer_free(&scene.dialer); /* waits for the DELETE */
    CHECK(asked(&scene, 1, "DELETE /call/room/1 HTTP/1.1\r\n"));
    CHECK(asked(&scene, 1, "Authorization: Bearer secret\r\n"));
    CHECK_INT(scene.stub->connection_count, 1);
out:
    dial_scene_end(&scene);
}

TEST(a_redirect_is_followed_with_offer_and_token)
{
    struct dial_scene scene = {.turn = NULL};
    struct dial_target target = {.kind = DIAL_HTTP, .bearer = "secret"};
    REQUIRE_OK(scene_start(&scene));
    REQUIRE_OK(scene_open(&scene, &target));
    scene.stub->answers[0] = "HTTP/1.1 307 Temporary Redirect\r\nLocation: /other/call?x=1\r\n"
                             "Content-Length: 0\r\n\r\n";
    scene.stub->answers[1] = CREATED("room/2");
    scene.stub->answers[2] = DELETED;
    REQUIRE_OK(scene_dial(&scene));
    scene_run(&scene);
    REQUIRE_INT(scene.agreed, 1);
    CHECK(asked(&scene, 1, "POST /other/call?x=1 HTTP/1.1\r\n"));
    CHECK(asked(&scene, 1, "Authorization: Bearer secret\r\n"));
    CHECK(asked(&scene, 1, "\r\n\r\nv=0\r\n"));
    dial_hang_up(&scene.dial);
    dialer_free(&scene.dialer);
    CHECK(asked(&scene, 2, "DELETE /other/room/2 HTTP/1.1\r\n")); /* against the last URL */
out:
    dial_scene_end(&scene);
}

TEST(a_session_elsewhere_is_deleted_without_token_and_headers)
{
    struct dial_scene scene = {.turn = NULL};
    struct dial_target target = {
        .kind = DIAL_HTTP, .bearer = "secret", .headers = {"X-Key: secret"}, .header_count = 1};
    char answer[1024];
    REQUIRE_OK(scene_start(&scene));
    REQUIRE_OK(scene_open(&scene, &target));
    (void)snprintf(answer, sizeof(answer),
                   "HTTP/1.1 201 Created\r\nContent-Type: application/sdp\r\n"
                   "Content-Length: " SDP_LENGTH
                   "\r\nLocation: http://localhost:%u/away\r\n\r\n" SDP,
                   scene.stub->port);
    scene.stub->answers[0] = answer;
    scene.stub->answers[1] = DELETED;
    REQUIRE_OK(scene_dial(&scene));
    scene_run(&scene);
    REQUIRE_INT(scene.agreed, 1);
    dial_hang_up(&scene.dial);
    dialer_free(&scene.dialer);
    REQUIRE(asked(&scene, 1, "DELETE /away "));
    CHECK(!asked(&scene, 1, "secret"));
out:
    dial_scene_end(&scene);
}

TEST(an_origin_is_scheme_host_and_port)
{
    CHECK(dial_url_same_origin("https://Example.org/a?b", "https://example.org:443/c"));
    CHECK(!dial_url_same_origin("https://example.org/a", "http://example.org/a"));
    CHECK(!dial_url_same_origin("https://example.org/a", "https://example.org:8443/a"));
    CHECK(!dial_url_same_origin("https://example.org/a", "https://example.org.evil.net/a"));
    REQUIRE(!dial_url_same_origin("", ""));
out:;
}

TEST(failures_have_causes_and_the_servers_words)
{
    static const struct {
        const char *answer;
        enum load_cause cause;
        const char *message;
    } cases[] = {
        {"HTTP/1.1 401 Unauthorized\r\nContent-Type: application/problem+json\r\n"
         "Content-Length: 40\r\n\r\n{\"title\":\"no\",\"detail\":\"token expired\"}  ",
         LOAD_REFUSED, "token expired (HTTP 401)"},
        {"HTTP/1.1 404 Not Found\r\nContent-Length: 36\r\n\r\n\n<html>\n<h1>No such "
         "\x01room</h1></html>\n",
         LOAD_NOT_FOUND, "No such room (HTTP 404)"},
        {"HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n", LOAD_SERVER_BUSY, "HTTP status 409"},
        {"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", LOAD_SERVER_BUSY, "HTTP status 503"},
        {"HTTP/1.1 500 Oops\r\nContent-Length: 9\r\n\r\nbroken\nx\n", LOAD_HTTP_ERROR,
         "broken (HTTP 500)"},
        {"HTTP/1.1 406 No\r\nContent-Length: 18\r\n\r\n{\"title\":\"no VP8\"}", LOAD_NO_CODEC,
         "no VP8 (HTTP 406)"},
        {"HTTP/1.1 403 No\r\nContent-Length: 8\r\n\r\n\xc2\x9b"
         "2Jgo\x1b"
         "x",
         LOAD_REFUSED, "2Jgo x (HTTP 403)"}, /* C1 moves cursors too */
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", LOAD_BAD_ANSWER, NULL},
        {"SSH-2.0-OpenSSH\r\n", LOAD_HTTP_ERROR, NULL},
    };
    struct dial_scene scene = {.turn = NULL};
    struct dial_target target = {.kind = DIAL_HTTP};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        memset(&scene, 0, sizeof(scene));
        REQUIRE_OK(scene_start(&scene));
        REQUIRE_OK(scene_open(&scene, &target));
        scene.stub->answers[0] = cases[i].answer;
        REQUIRE_OK(scene_dial(&scene));
        scene_run(&scene);
        CHECK_INT(scene.failed, 1);
        CHECK_INT(scene.cause, cases[i].cause);
        CHECK(scene.message[0] != '\0');
        if (cases[i].message != NULL) {
            CHECK_STR(scene.message, cases[i].message);
        }
        dial_scene_end(&scene);
    }
out:
    dial_scene_end(&scene);
}

TEST(silence_and_a_closed_port_end_by_the_deadline)
{
    struct dial_scene scene = {.turn = NULL};
    struct dial_target target = {.kind = DIAL_HTTP, .timeout_us = 50000};
    REQUIRE_OK(scene_start(&scene));
    REQUIRE_OK(scene_open(&scene, &target));
    REQUIRE_OK(scene_dial(&scene));
    scene_run(&scene);
    CHECK_INT(scene.failed, 1);
    CHECK_INT(scene.cause, LOAD_HTTP_TIMEOUT);
    dial_hang_up(&scene.dial);
    http_stub_stop(scene.stub); /* nobody listens there now */
    scene.stub->turn = NULL;
    REQUIRE_OK(scene_dial(&scene));
    scene_run(&scene);
    CHECK_INT(scene.failed, 2);
    CHECK_INT(scene.cause, LOAD_UNREACHABLE);
out:
    dial_scene_end(&scene);
}

TEST(hanging_up_before_the_answer_still_deletes_the_session)
{
    struct dial_scene scene = {.turn = NULL};
    struct dial_target target = {.kind = DIAL_HTTP};
    REQUIRE_OK(scene_start(&scene));
    REQUIRE_OK(scene_open(&scene, &target));
    scene.stub->answers[0] = CREATED("/call/room/1");
    scene.stub->answers[1] = DELETED;
    REQUIRE_OK(scene_dial(&scene));
    dial_hang_up(&scene.dial);
    dialer_free(&scene.dialer);
    CHECK(asked(&scene, 1, "DELETE /call/room/1 "));
    CHECK_INT(scene.agreed + scene.failed, 0);
out:
    dial_scene_end(&scene);
}

TEST(whip_and_whep_are_two_legs)
{
    struct dial_scene scene = {.turn = NULL};
    struct dial_target target = {.kind = DIAL_HTTP,
                                 .whip = "http://127.0.0.1:1/whip/{room}",
                                 .whep = "http://127.0.0.1:1/whep/{room}"};
    struct dial_wish legs[DIAL_MAX_LEGS];
    struct dial_wish wish = load_kit_wish();
    wish.receive_audio = 3;
    REQUIRE_OK(scene_start(&scene));
    REQUIRE_OK(scene_open(&scene, &target));
    REQUIRE_INT(dialer_legs(scene.dialer, &wish, legs), 2);
    CHECK(legs[0].send_audio && legs[0].send_video && legs[0].receive_audio == 0);
    CHECK(!legs[1].send_audio && !legs[1].send_video);
    CHECK_INT(legs[1].receive_audio, 1);
    CHECK_INT(legs[1].receive_video, 1);
    wish.send_audio = false;
    wish.send_video = false;
    CHECK_INT(dialer_legs(scene.dialer, &wish, legs), 1);
out:
    dial_scene_end(&scene);
}

TEST(targets_that_cannot_be_dialled_are_refused_with_a_reason)
{
    static const char *const urls[] = {"",
                                       "ftp://example.org/",
                                       "http://",
                                       "call/{room}",
                                       "http://example.org/{rom}",
                                       "http://example.org/a b"};
    struct turn *turn = NULL;
    struct dialer *dialer = NULL;
    const char *reason = "";
    REQUIRE_OK(turn_new(&turn));
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        struct dial_target target = {.kind = DIAL_HTTP, .url = urls[i]};
        REQUIRE_INT(dialer_new(&dialer, turn, &target, &reason), ERR_INVALID);
        CHECK(reason[0] != '\0');
    }
    struct dial_target none = {.kind = DIAL_HTTP};
    CHECK_INT(dialer_new(&dialer, turn, &none, &reason), ERR_INVALID);
out:
    dialer_free(&dialer);
    turn_free(&turn);
}
