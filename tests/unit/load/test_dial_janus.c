#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "load/dial.h"
#include "unit/load/http_stub.h"
#include "unit/load/load_kit.h"
#include "unit/runner.h"

/* Answers as Janus 1.1.2 gives them, cut to what matters. */
#define JSON        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#define CREATED     "{\"janus\":\"success\",\"data\":{\"id\":71}}"
#define ATTACHED(n) "{\"janus\":\"success\",\"session_id\":71,\"data\":{\"id\":" n "}}"
#define ACK         "{\"janus\":\"ack\",\"session_id\":71}"
#define EVENT(n, data, jsep)                                                                       \
    "[{\"janus\":\"event\",\"session_id\":71,\"sender\":" n                                        \
    ",\"plugindata\":{\"plugin\":\"p\",\"data\":" data "}" jsep "}]"
#define SDP(type, direction)                                                                       \
    ",\"jsep\":{\"type\":\"" type "\",\"sdp\":\"v=0\\r\\no=- 1 1 IN IP4 192.0.2.1\\r\\ns=-\\r\\n"  \
    "t=0 0\\r\\nm=audio 9 UDP/TLS/RTP/SAVPF 111\\r\\na=mid:0\\r\\na=rtpmap:111 opus/48000/2\\r\\n" \
    "a=" direction "\\r\\na=ice-ufrag:serv\\r\\na=ice-pwd:serverPasswordOf26Letters1\\r\\n"        \
    "a=setup:actpass\\r\\na=fingerprint:sha-256 AA:BB:CC\\r\\n"                                    \
    "a=candidate:1 1 udp 2130706431 192.0.2.1 7000 typ host\\r\\n\"}"

enum { PATIENCE_US = 2000000, STEP_US = 5000 };

struct scene {
    struct turn *turn;
    struct http_stub *stub;
    struct dialer *dialer;
    struct dial *dial;
    char url[64];
    const char *bearer;
    int64_t timeout_us; /**< 0 = 300 ms */
    char answers[HTTP_STUB_REQUESTS][2048];
    size_t answer_count;
    unsigned agreed;
    unsigned failed;
    unsigned ended;
    struct agreement agreement;
    enum load_cause cause;
    char message[DIAL_MESSAGE_BYTES];
};

static void on_agreed(void *owner, const struct agreement *agreement)
{
    struct scene *scene = owner;
    scene->agreed++;
    scene->agreement = *agreement;
    turn_stop(scene->turn);
}

static void on_failed(void *owner, enum load_cause cause, const char *message)
{
    struct scene *scene = owner;
    scene->failed++;
    scene->cause = cause;
    (void)snprintf(scene->message, sizeof(scene->message), "%s", message);
    turn_stop(scene->turn);
}

static void on_ended(void *owner, const char *message)
{
    struct scene *scene = owner;
    scene->ended++;
    (void)snprintf(scene->message, sizeof(scene->message), "%s", message);
    turn_stop(scene->turn);
}

/** The server answers the first request with these words; after: not before that one. */
static void when(struct scene *scene, const char *words, const char *after, const char *json)
{
    size_t n = scene->answer_count++;
    (void)snprintf(scene->answers[n], sizeof(scene->answers[n]),
                   JSON "Content-Length: %zu\r\n\r\n%s", strlen(json), json);
    scene->stub->words[n] = words;
    scene->stub->after[n] = after;
    scene->stub->answers[n] = scene->answers[n];
}

static int scene_start(struct scene *scene, enum dial_kind kind)
{
    const char *reason = NULL;
    scene->stub = calloc(1, sizeof(*scene->stub));
    if (scene->stub == NULL) {
        return ERR_NO_MEMORY;
    }
    int err = turn_new(&scene->turn);
    if (err == 0) {
        err = http_stub_start(scene->stub, scene->turn);
    }
    for (size_t i = 0; i < HTTP_STUB_REQUESTS; i++) {
        scene->stub->words[i] = "no request"; /* until it is said */
    }
    (void)snprintf(scene->url, sizeof(scene->url), "http://127.0.0.1:%u/janus", scene->stub->port);
    struct dial_target target = {.kind = kind,
                                 .url = scene->url,
                                 .bearer = scene->bearer,
                                 .timeout_us = scene->timeout_us > 0 ? scene->timeout_us : 300000};
    return err != 0 ? err : dialer_new(&scene->dialer, scene->turn, &target, &reason);
}

static int scene_dial(struct scene *scene, bool send)
{
    struct agreement_local local = load_kit_local();
    struct dial_wish whole = {.room = "blue",
                              .name = "Ann",
                              .caller = 7,
                              .send_audio = send,
                              .receive_audio = send ? 0 : 1};
    struct dial_wish legs[DIAL_MAX_LEGS];
    struct dial_handler handler = {
        .agreed = on_agreed, .failed = on_failed, .ended = on_ended, .owner = scene};
    (void)dialer_legs(scene->dialer, &whole, legs);
    return dial_new(&scene->dial, scene->dialer, &legs[0], &local, &handler);
}

/** Until something is told. */
static void scene_run(struct scene *scene)
{
    unsigned told = scene->agreed + scene->failed + scene->ended;
    for (int64_t waited_us = 0; waited_us < PATIENCE_US; waited_us += STEP_US) {
        turn_run(scene->turn, turn_clock_us() + STEP_US);
        bool hopeless = runner_out_of_memory() && waited_us > 4 * STEP_US;
        if (hopeless || scene->agreed + scene->failed + scene->ended > told) {
            return;
        }
    }
}

static void scene_end(struct scene *scene)
{
    dial_hang_up(&scene->dial);
    for (size_t i = 0; scene->stub != NULL && i < HTTP_STUB_REQUESTS; i++) {
        scene->stub->words[i] = "POST"; /* detach, destroy: said yes to, once each */
        scene->stub->after[i] = NULL;
        scene->stub->waiting[i] = 0;
        scene->stub->given[i] = false;
        scene->stub->answers[i] = JSON "Content-Length: 19\r\n\r\n{\"janus\":\"success\"}";
    }
    dialer_free(&scene->dialer);
    if (scene->stub != NULL) {
        http_stub_stop(scene->stub);
    }
    turn_free(&scene->turn);
    free(scene->stub);
}

/** How many requests hold these words. */
static unsigned times_asked(const struct scene *scene, const char *words)
{
    unsigned times = 0;
    for (size_t i = 0; i < scene->stub->request_count; i++) {
        times += strstr(scene->stub->requests[i], words) != NULL;
    }
    return times;
}

static bool asked(const struct scene *scene, const char *words)
{
    return times_asked(scene, words) > 0;
}

/** Until that has been asked. */
static bool run_until_asked(struct scene *scene, const char *words)
{
    int64_t patience_us = runner_out_of_memory() ? 4 * STEP_US : PATIENCE_US;
    for (int64_t waited_us = 0; !asked(scene, words) && waited_us < patience_us;
         waited_us += STEP_US) {
        turn_run(scene->turn, turn_clock_us() + STEP_US);
    }
    return asked(scene, words);
}

TEST(echo_test_agrees_and_tells_when_janus_hangs_up)
{
    struct scene scene = {.turn = NULL};
    REQUIRE_OK(scene_start(&scene, DIAL_JANUS_ECHO));
    when(&scene, "\"create\"", NULL, CREATED);
    when(&scene, "\"attach\"", NULL, ATTACHED("72"));
    when(&scene, "GET /janus/71?maxev", "\"message\"",
         EVENT("72", "{\"echotest\":\"event\",\"result\":\"ok\"}", SDP("answer", "sendrecv")));
    when(&scene, "POST /janus/71/72", NULL, ACK);
    when(&scene, "GET /janus/71?maxev", NULL,
         "[{\"janus\":\"hangup\",\"sender\":72,\"reason\":\"ICE failed\"}]");
    REQUIRE_OK(scene_dial(&scene, true));
    scene_run(&scene);
    REQUIRE_INT(scene.agreed, 1);
    CHECK(asked(&scene, "\"plugin\":\"janus.plugin.echotest\""));
    CHECK(asked(&scene, "\"type\":\"offer\",\"sdp\":\"v=0"));
    CHECK_INT(scene.agreement.stream_count, 1);
    CHECK(scene.agreement.streams[0].sends && scene.agreement.streams[0].receives);
    scene_run(&scene);
    CHECK_INT(scene.ended, 1);
    CHECK_STR(scene.message, "ICE failed");
    CHECK_INT(scene.failed, 0);
out:
    scene_end(&scene);
}

TEST(audio_bridge_makes_its_room_joins_and_offers)
{
    struct scene scene = {.turn = NULL};
    REQUIRE_OK(scene_start(&scene, DIAL_JANUS_AUDIOBRIDGE));
    when(&scene, "\"janus\":\"create\"", NULL, CREATED);
    when(&scene, "\"attach\"", NULL, ATTACHED("72"));
    when(&scene, "\"attach\"", NULL, ATTACHED("73"));
    when(&scene, "\"request\":\"create\"", NULL,
         "{\"janus\":\"success\",\"sender\":73,\"plugindata\":{\"data\":{\"audiobridge\":\"event\","
         "\"error_code\":486,\"error\":\"Room already exists\"}}}");
    when(&scene, "\"request\":\"join\"", NULL, ACK);
    when(&scene, "GET", "\"request\":\"join\"",
         EVENT("72", "{\"audiobridge\":\"joined\",\"id\":5,\"participants\":[]}", ""));
    when(&scene, "\"request\":\"configure\"", NULL, ACK);
    when(&scene, "GET", "\"request\":\"configure\"",
         EVENT("72", "{\"audiobridge\":\"event\",\"result\":\"ok\"}", SDP("answer", "sendrecv")));
    REQUIRE_OK(scene_dial(&scene, true));
    scene_run(&scene);
    REQUIRE_INT(scene.agreed, 1);
    CHECK(asked(&scene, "\"sampling_rate\":48000"));
out:
    scene_end(&scene);
}

TEST(video_room_subscribes_to_who_publishes_and_answers)
{
    struct scene scene = {.turn = NULL};
    REQUIRE_OK(scene_start(&scene, DIAL_JANUS_VIDEOROOM));
    when(&scene, "\"janus\":\"create\"", NULL, CREATED);
    when(&scene, "\"attach\"", NULL, ATTACHED("72"));
    when(&scene, "\"attach\"", NULL, ATTACHED("73"));
    when(&scene, "\"request\":\"create\"", NULL,
         "{\"janus\":\"success\",\"sender\":73,\"plugindata\":{\"data\":{\"videoroom\":\"created\"}"
         "}}");
    when(&scene, "listparticipants", NULL,
         "{\"janus\":\"success\",\"sender\":72,\"plugindata\":{\"data\":{\"participants\":["
         "{\"id\":900,\"publisher\":true},{\"id\":901,\"publisher\":false}]}}}");
    when(&scene, "\"ptype\":\"subscriber\"", NULL, ACK);
    when(&scene, "GET", "\"ptype\":\"subscriber\"",
         EVENT("72", "{\"videoroom\":\"attached\"}", SDP("offer", "sendonly")));
    REQUIRE_OK(scene_dial(&scene, false));
    scene_run(&scene);
    REQUIRE_INT(scene.agreed, 1);
    CHECK(asked(&scene, "\"streams\":[{\"feed\":900}]"));
    CHECK(scene.agreement.streams[0].receives && !scene.agreement.streams[0].sends);
    CHECK(scene.agreement.remote.we_are_active);
    CHECK(run_until_asked(&scene, "\"request\":\"start\""));
    CHECK(asked(&scene, "\"type\":\"answer\",\"sdp\":\"v=0"));
out:
    scene_end(&scene);
}

TEST(janus_refusals_have_causes_and_words)
{
    static const struct {
        const char *created;
        enum load_cause cause;
        const char *message;
    } cases[] = {
        {"{\"janus\":\"error\",\"error\":{\"code\":403,\"reason\":\"Unauthorized request\"}}",
         LOAD_REFUSED, "Unauthorized request"},
        {"{\"janus\":\"error\",\"error\":{\"code\":457,\"reason\":\"Unhandled path\"}}",
         LOAD_HTTP_ERROR, "Unhandled path"},
        {"no JSON", LOAD_HTTP_ERROR, "no JSON"},
    };
    struct scene scene = {.turn = NULL};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        memset(&scene, 0, sizeof(scene));
        REQUIRE_OK(scene_start(&scene, DIAL_JANUS_ECHO));
        when(&scene, "\"create\"", NULL, cases[i].created);
        REQUIRE_OK(scene_dial(&scene, true));
        scene_run(&scene);
        CHECK_INT(scene.failed, 1);
        CHECK_INT(scene.cause, cases[i].cause);
        CHECK_STR(scene.message, cases[i].message);
        scene_end(&scene);
        scene.stub = NULL;
    }
out:
    if (scene.stub != NULL) {
        scene_end(&scene);
    }
}

TEST(janus_that_takes_a_message_and_says_nothing_is_a_timeout)
{
    struct scene scene = {.turn = NULL};
    REQUIRE_OK(scene_start(&scene, DIAL_JANUS_ECHO));
    when(&scene, "\"create\"", NULL, CREATED);
    when(&scene, "\"attach\"", NULL, ATTACHED("72"));
    when(&scene, "POST /janus/71/72", NULL, ACK);
    REQUIRE_OK(scene_dial(&scene, true));
    scene_run(&scene);
    CHECK_INT(scene.failed, 1);
    CHECK_INT(scene.cause, LOAD_HTTP_TIMEOUT);
out:
    scene_end(&scene);
}

TEST_NO_OOM(a_room_is_asked_for_again_after_the_session_was_lost)
{
    struct scene scene = {.turn = NULL, .timeout_us = PATIENCE_US};
    REQUIRE_OK(scene_start(&scene, DIAL_JANUS_AUDIOBRIDGE));
    for (unsigned i = 0; i < 2; i++) {
        when(&scene, "\"janus\":\"create\"", NULL, CREATED);
        when(&scene, "\"attach\"", NULL, ATTACHED("72"));
        when(&scene, "\"attach\"", NULL, ATTACHED("73"));
        when(&scene, "\"request\":\"create\"", NULL, ACK); /* and no word about the room */
    }
    when(&scene, "GET", "\"request\":\"create\"", "{\"janus\":\"timeout\",\"session_id\":71}");
    REQUIRE_OK(scene_dial(&scene, true));
    scene_run(&scene);
    REQUIRE_INT(scene.failed + scene.ended, 1);
    CHECK_INT(times_asked(&scene, "\"request\":\"create\""), 1);
    dial_hang_up(&scene.dial);
    REQUIRE_OK(scene_dial(&scene, true));
    int64_t until_us = turn_clock_us() + PATIENCE_US;
    while (times_asked(&scene, "\"request\":\"create\"") < 2 && turn_clock_us() < until_us) {
        turn_run(scene.turn, turn_clock_us() + STEP_US);
    }
    CHECK_INT(times_asked(&scene, "\"request\":\"create\""), 2);
out:
    scene_end(&scene);
}

TEST(polls_that_bring_nothing_keep_a_pace)
{
    struct scene scene = {.turn = NULL, .bearer = "a&b c"};
    REQUIRE_OK(scene_start(&scene, DIAL_JANUS_ECHO));
    when(&scene, "\"create\"", NULL, CREATED);
    when(&scene, "\"attach\"", NULL, ATTACHED("72"));
    when(&scene, "POST /janus/71/72", NULL, ACK);
    for (unsigned i = 0; i < 8; i++) {
        when(&scene, "GET", NULL, "{\"janus\":\"keepalive\"}");
    }
    REQUIRE_OK(scene_dial(&scene, true));
    scene_run(&scene);
    REQUIRE_INT(scene.cause, LOAD_HTTP_TIMEOUT); /* after 300 ms */
    CHECK(times_asked(&scene, "GET") >= 1 && times_asked(&scene, "GET") <= 4);
    CHECK(asked(&scene, "&token=a%26b%20c HTTP"));
out:
    scene_end(&scene);
}

TEST(janus_that_gives_no_number_is_an_error)
{
    struct scene scene = {.turn = NULL};
    for (unsigned i = 0; i < 2; i++) {
        memset(&scene, 0, sizeof(scene));
        REQUIRE_OK(scene_start(&scene, DIAL_JANUS_ECHO));
        when(&scene, "\"create\"", NULL, i == 0 ? "{\"janus\":\"success\"}" : CREATED);
        when(&scene, "\"attach\"", NULL, ATTACHED("-5"));
        REQUIRE_OK(scene_dial(&scene, true));
        scene_run(&scene);
        CHECK_INT(scene.failed, 1);
        CHECK_INT(scene.cause, LOAD_HTTP_ERROR);
        CHECK(strstr(scene.message, "no number") != NULL);
        scene_end(&scene);
        scene.stub = NULL;
    }
out:
    if (scene.stub != NULL) {
        scene_end(&scene);
    }
}
