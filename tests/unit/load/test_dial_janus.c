#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "load/dial.h"
#include "unit/load/dial_scene.h"
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

enum { STEP_US = 5000 };

struct scene {
    struct dial_scene said;
    const char *bearer;
    int64_t timeout_us; /**< 0 = 300 ms */
    char answers[HTTP_STUB_REQUESTS][2048];
    size_t answer_count;
};

/** The server answers the first request with these words; after: not before that one. */
static void when(struct scene *scene, const char *words, const char *after, const char *json)
{
    size_t n = scene->answer_count++;
    (void)snprintf(scene->answers[n], sizeof(scene->answers[n]),
                   JSON "Content-Length: %zu\r\n\r\n%s", strlen(json), json);
    scene->said.stub->words[n] = words;
    scene->said.stub->after[n] = after;
    scene->said.stub->answers[n] = scene->answers[n];
}

static int scene_start(struct scene *scene, enum dial_kind kind)
{
    const char *reason = NULL;
    int err = dial_scene_start(&scene->said, "/janus");
    for (size_t i = 0; scene->said.stub != NULL && i < HTTP_STUB_REQUESTS; i++) {
        scene->said.stub->words[i] = "no request"; /* until it is said */
    }
    struct dial_target target = {.kind = kind,
                                 .url = scene->said.url,
                                 .bearer = scene->bearer,
                                 .timeout_us = scene->timeout_us > 0 ? scene->timeout_us : 300000};
    return err != 0 ? err : dialer_new(&scene->said.dialer, scene->said.turn, &target, &reason);
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
    struct dial_handler handler = dial_scene_handler(&scene->said);
    (void)dialer_legs(scene->said.dialer, &whole, legs);
    return dial_new(&scene->said.dial, scene->said.dialer, &legs[0], &local, &handler);
}

/** Until something is told. */
static void scene_run(struct scene *scene)
{
    unsigned told = dial_scene_told(&scene->said);
    for (int64_t waited_us = 0; waited_us < DIAL_SCENE_PATIENCE_US; waited_us += STEP_US) {
        turn_run(scene->said.turn, turn_clock_us() + STEP_US);
        bool hopeless = runner_out_of_memory() && waited_us > 4 * STEP_US;
        if (hopeless || dial_scene_told(&scene->said) > told) {
            return;
        }
    }
}

static void scene_end(struct scene *scene)
{
    dial_hang_up(&scene->said.dial);
    for (size_t i = 0; scene->said.stub != NULL && i < HTTP_STUB_REQUESTS; i++) {
        scene->said.stub->words[i] = "POST"; /* detach, destroy: said yes to, once each */
        scene->said.stub->after[i] = NULL;
        scene->said.stub->waiting[i] = 0;
        scene->said.stub->given[i] = false;
        scene->said.stub->answers[i] = JSON "Content-Length: 19\r\n\r\n{\"janus\":\"success\"}";
    }
    dial_scene_end(&scene->said);
}

/** How many requests hold these words. */
static unsigned times_asked(const struct scene *scene, const char *words)
{
    unsigned times = 0;
    for (size_t i = 0; i < scene->said.stub->request_count; i++) {
        times += strstr(scene->said.stub->requests[i], words) != NULL;
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
    int64_t patience_us = runner_out_of_memory() ? 4 * STEP_US : DIAL_SCENE_PATIENCE_US;
    for (int64_t waited_us = 0; !asked(scene, words) && waited_us < patience_us;
         waited_us += STEP_US) {
        turn_run(scene->said.turn, turn_clock_us() + STEP_US);
    }
    return asked(scene, words);
}

TEST(echo_test_agrees_and_tells_when_janus_hangs_up)
{
    struct scene scene = {.said.turn = NULL};
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
    REQUIRE_INT(scene.said.agreed, 1);
    CHECK(asked(&scene, "\"plugin\":\"janus.plugin.echotest\""));
    CHECK(asked(&scene, "\"type\":\"offer\",\"sdp\":\"v=0"));
    CHECK_INT(scene.said.agreement.stream_count, 1);
    CHECK(scene.said.agreement.streams[0].sends && scene.said.agreement.streams[0].receives);
    scene_run(&scene);
    CHECK_INT(scene.said.ended, 1);
    CHECK_STR(scene.said.message, "ICE failed");
    CHECK_INT(scene.said.failed, 0);
out:
    scene_end(&scene);
}

TEST(audio_bridge_makes_its_room_joins_and_offers)
{
    struct scene scene = {.said.turn = NULL};
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
    REQUIRE_INT(scene.said.agreed, 1);
    CHECK(asked(&scene, "\"sampling_rate\":48000"));
out:
    scene_end(&scene);
}

TEST(video_room_subscribes_to_who_publishes_and_answers)
{
    struct scene scene = {.said.turn = NULL};
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
    REQUIRE_INT(scene.said.agreed, 1);
    CHECK(asked(&scene, "\"streams\":[{\"feed\":900}]"));
    CHECK(scene.said.agreement.streams[0].receives && !scene.said.agreement.streams[0].sends);
    CHECK(scene.said.agreement.remote.we_are_active);
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
    struct scene scene = {.said.turn = NULL};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        memset(&scene, 0, sizeof(scene));
        REQUIRE_OK(scene_start(&scene, DIAL_JANUS_ECHO));
        when(&scene, "\"create\"", NULL, cases[i].created);
        REQUIRE_OK(scene_dial(&scene, true));
        scene_run(&scene);
        CHECK_INT(scene.said.failed, 1);
        CHECK_INT(scene.said.cause, cases[i].cause);
        CHECK_STR(scene.said.message, cases[i].message);
        scene_end(&scene);
    }
out:
    scene_end(&scene);
}

TEST(janus_that_takes_a_message_and_says_nothing_is_a_timeout)
{
    struct scene scene = {.said.turn = NULL};
    REQUIRE_OK(scene_start(&scene, DIAL_JANUS_ECHO));
    when(&scene, "\"create\"", NULL, CREATED);
    when(&scene, "\"attach\"", NULL, ATTACHED("72"));
    when(&scene, "POST /janus/71/72", NULL, ACK);
    REQUIRE_OK(scene_dial(&scene, true));
    scene_run(&scene);
    CHECK_INT(scene.said.failed, 1);
    CHECK_INT(scene.said.cause, LOAD_HTTP_TIMEOUT);
out:
    scene_end(&scene);
}

TEST_NO_OOM(a_room_is_asked_for_again_after_the_session_was_lost)
{
    struct scene scene = {.said.turn = NULL, .timeout_us = DIAL_SCENE_PATIENCE_US};
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
    REQUIRE_INT(dial_scene_told(&scene.said), 1);
    CHECK_INT(times_asked(&scene, "\"request\":\"create\""), 1);
    dial_hang_up(&scene.said.dial);
    REQUIRE_OK(scene_dial(&scene, true));
    int64_t until_us = turn_clock_us() + DIAL_SCENE_PATIENCE_US;
    while (times_asked(&scene, "\"request\":\"create\"") < 2 && turn_clock_us() < until_us) {
        turn_run(scene.said.turn, turn_clock_us() + STEP_US);
    }
    CHECK_INT(times_asked(&scene, "\"request\":\"create\""), 2);
out:
    scene_end(&scene);
}

TEST(polls_that_bring_nothing_keep_a_pace)
{
    struct scene scene = {.said.turn = NULL, .bearer = "a&b c"};
    REQUIRE_OK(scene_start(&scene, DIAL_JANUS_ECHO));
    when(&scene, "\"create\"", NULL, CREATED);
    when(&scene, "\"attach\"", NULL, ATTACHED("72"));
    when(&scene, "POST /janus/71/72", NULL, ACK);
    for (unsigned i = 0; i < 8; i++) {
        when(&scene, "GET", NULL, "{\"janus\":\"keepalive\"}");
    }
    REQUIRE_OK(scene_dial(&scene, true));
    scene_run(&scene);
    REQUIRE_INT(scene.said.cause, LOAD_HTTP_TIMEOUT); /* after 300 ms */
    CHECK(times_asked(&scene, "GET") >= 1 && times_asked(&scene, "GET") <= 4);
    CHECK(asked(&scene, "&token=a%26b%20c HTTP"));
out:
    scene_end(&scene);
}

TEST(janus_that_gives_no_number_is_an_error)
{
    struct scene scene = {.said.turn = NULL};
    for (unsigned i = 0; i < 2; i++) {
        memset(&scene, 0, sizeof(scene));
        REQUIRE_OK(scene_start(&scene, DIAL_JANUS_ECHO));
        when(&scene, "\"create\"", NULL, i == 0 ? "{\"janus\":\"success\"}" : CREATED);
        when(&scene, "\"attach\"", NULL, ATTACHED("-5"));
        REQUIRE_OK(scene_dial(&scene, true));
        scene_run(&scene);
        CHECK_INT(scene.said.failed, 1);
        CHECK_INT(scene.said.cause, LOAD_HTTP_ERROR);
        CHECK(strstr(scene.said.message, "no number") != NULL);
        scene_end(&scene);
    }
out:
    scene_end(&scene);
}
