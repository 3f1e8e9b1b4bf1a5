/* A caller (and its leg) with a server that is not quite one: HTTP of http_stub, media of
 * fake_server. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "load/caller.h"
#include "support/fake_server.h"
#include "unit/load/http_stub.h"
#include "unit/runner.h"

enum { STEP_US = 2000, PATIENCE_US = 5000000, MEDIA_TIMEOUT_US = 100000, ANSWER_BYTES = 2048 };

static const char deleted[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

struct scene {
    struct turn *turn;
    struct http_stub *stub;
    struct fake_server *server;
    struct agent_kit *agents;
    struct dialer *dialer;
    struct content *content;
    struct caller *caller;
    char url[128];
    char answer[ANSWER_BYTES];
    bool met;   /**< the server has read the offer */
    bool whip;  /**< the target only takes what callers send */
    bool video; /**< pictures are agreed on too, and none comes */
    unsigned changes;
    enum caller_state state;
};

static void on_changed(void *owner, struct caller *caller)
{
    struct scene *scene = owner;
    scene->changes++;
    scene->state = caller_state(caller);
}

/** The server's answer to an offer of sound, as HTTP. */
static void write_answer(struct scene *scene)
{
    struct agreement_remote remote;
    char print[3 * SDP_MAX_HASH_BYTES + 1] = "";
    char sdp[ANSWER_BYTES * 3 / 4];
    fake_server_describe(scene->server, &remote);
    for (size_t i = 0; i < remote.fingerprint.bytes; i++) {
        (void)snprintf(print + 3 * i, 4, "%02X:", remote.fingerprint.value[i]);
    }
    print[3 * remote.fingerprint.bytes - 1] = 0;
    int len = snprintf(sdp, sizeof(sdp),
                       "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-lite\r\n"
                       "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=sendrecv\r\n"
                       "a=rtpmap:111 opus/48000/2\r\na=rtcp-mux\r\na=ice-ufrag:%s\r\n"
                       "a=ice-pwd:%s\r\na=setup:passive\r\na=fingerprint:sha-256 %s\r\n"
                       "a=candidate:1 1 udp 2130706431 127.0.0.1 %u typ host\r\n%s",
                       remote.ufrag, remote.pwd, print, remote.candidates[0].port,
                       scene->video ? "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n"
                                      "a=sendonly\r\na=rtpmap:96 VP8/90000\r\na=rtcp-mux\r\n"
                                    : "");
    (void)snprintf(scene->answer, sizeof(scene->answer),
                   "HTTP/1.1 201 Created\r\nContent-Type: application/sdp\r\n"
                   "Content-Length: %d\r\nLocation: /session/7\r\n\r\n%s",
                   len, sdp);
}

static int scene_open(struct scene *scene, int64_t media_timeout_us)
{
    const char *reason = "";
    const struct content_config content = {.tones = 1, .seed = 1};
    const struct caller_config config = {.number = 1,
                                         .room_name = "r",
                                         .name = "n",
                                         .send_audio = true,
                                         .receive_audio = 1,
                                         .receive_video = scene->video ? 1 : 0,
                                         .speaks = true,
                                         .seed = 3};
    scene->stub = calloc(1, sizeof(*scene->stub));
    int err = scene->stub == NULL ? ERR_NO_MEMORY : turn_new(&scene->turn);
    if (err == 0) {
        err = http_stub_start(scene->stub, scene->turn);
    }
    if (err == 0) {
        err = fake_server_new(&scene->server, scene->turn, false);
    }
    if (err == 0) {
        err = content_new(&scene->content, &content, &reason);
    }
    const struct agent_kit_config agents = {.turn = scene->turn,
                                            .kind = AGENT_LIGHT,
                                            .ice_timeout_us = PATIENCE_US,
                                            .dtls_timeout_us = PATIENCE_US};
    if (err == 0) {
        err = agent_kit_new(&scene->agents, &agents);
    }
    if (err == 0) {
        (void)snprintf(scene->url, sizeof(scene->url), "http://127.0.0.1:%u/call/{room}",
                       scene->stub->port);
        const struct dial_target target = {.url = scene->whip ? NULL : scene->url,
                                           .whip = scene->whip ? scene->url : NULL,
                                           .timeout_us = PATIENCE_US};
        err = dialer_new(&scene->dialer, scene->turn, &target, &reason);
    }
    const struct caller_kit kit = {.turn = scene->turn,
                                   .agents = scene->agents,
                                   .dialer = scene->dialer,
                                   .content = scene->content,
                                   .media_timeout_us = media_timeout_us};
    if (err == 0) {
        write_answer(scene);
        err = caller_new(&scene->caller, &kit, &config, on_changed, scene);
    }
    return err;
}

/** Text behind a name in the offer, up to the end of the line. */
static void find_line(const char *offer, const char *name, char *out, size_t size)
{
    const char *at = strstr(offer, name);
    size_t len = at != NULL ? strcspn(at + strlen(name), "\r\n") : 0;
    (void)snprintf(out, size, "%.*s", (int)len, at != NULL ? at + strlen(name) : "");
}

/** The server reads the offer. */
static int meet(struct scene *scene)
{
    struct agreement_local local = {0};
    char text[256];
    const char *offer = scene->stub->requests[0];
    find_line(offer, "a=ice-ufrag:", local.ufrag, sizeof(local.ufrag));
    find_line(offer, "a=ice-pwd:", local.pwd, sizeof(local.pwd));
    find_line(offer, "a=fingerprint:", text, sizeof(text));
    int err = sdp_fingerprint_parse(str_view_text(text), &local.fingerprint);
    return err != 0 ? err : fake_server_expect(scene->server, &local);
}

/** Goes on until the caller has changed so often. */
static void run_to(struct scene *scene, unsigned changes)
{
    int64_t until_us = turn_clock_us() + PATIENCE_US;
    while (scene->changes < changes && turn_clock_us() < until_us) {
        turn_run(scene->turn, turn_clock_us() + STEP_US);
        if (!scene->met && strstr(scene->stub->requests[0], "a=candidate") != NULL) {
            scene->met = true;
            CHECK_INT(meet(scene), 0);
        }
    }
}

/** Goes on until that is so. @return whether it is */
static bool run_until(struct scene *scene, bool (*so)(struct scene *scene))
{
    int64_t until_us = turn_clock_us() + PATIENCE_US;
    while (!so(scene) && turn_clock_us() < until_us) {
        turn_run(scene->turn, turn_clock_us() + STEP_US);
    }
    return so(scene);
}

/** Its own voice has come back a few times. */
static bool talks(struct scene *scene)
{
    struct stats *stats = calloc(1, sizeof(*stats));
    bool enough = false;
    if (stats != NULL) {
        caller_stats(scene->caller, stats);
        enough = stats->sent_count == 1 && stats->sent[0].packets >= 4 &&
                 stats->received_count == 1 && stats->received[0].packets >= 4;
    }
    free(stats);
    return enough;
}

/** The server knows that the caller has left, by HTTP and by DTLS. */
static bool has_left(struct scene *scene)
{
    return scene->stub->request_count > 1 && !fake_server_connected(scene->server);
}

static void scene_close(struct scene *scene)
{
    caller_free(&scene->caller);
    dialer_free(&scene->dialer);
    agent_kit_free(&scene->agents);
    content_free(&scene->content);
    fake_server_free(&scene->server);
    if (scene->stub != NULL && scene->turn != NULL) {
        http_stub_stop(scene->stub);
    }
    free(scene->stub);
    turn_free(&scene->turn);
}

TEST_NO_OOM(caller_joins_hears_and_leaves)
{
    struct scene scene = {0};
    struct agent_counts counts;
    REQUIRE_OK(scene_open(&scene, MEDIA_TIMEOUT_US));
    scene.stub->answers[0] = scene.answer;
    scene.stub->answers[1] = deleted;
    run_to(&scene, 1);
    REQUIRE_INT(scene.state, CALLER_UP);
    caller_speak(scene.caller, true);
    REQUIRE(run_until(&scene, talks));
    caller_expect(scene.caller, true, true); /* pictures are not due: it wants none */
    turn_run(scene.turn, turn_clock_us() + 2 * MEDIA_TIMEOUT_US);
    CHECK_INT(caller_state(scene.caller), CALLER_UP);
    const struct caller_times *times = caller_times(scene.caller);
    CHECK(times->begin_us > 0 && times->begin_us <= times->answer_us);
    CHECK(times->answer_us <= times->path_us && times->path_us <= times->keys_us);
    caller_agent_counts(scene.caller, &counts);
    CHECK(counts.sent > 4 && counts.received > 4);
    caller_leave(scene.caller);
    CHECK_INT(caller_state(scene.caller), CALLER_LEFT);
    REQUIRE(run_until(&scene, has_left));
    CHECK(strncmp(scene.stub->requests[1], "DELETE /session/7 ", 18) == 0);
    CHECK_INT(scene.changes, 1);
out:
    scene_close(&scene);
}

TEST_NO_OOM(refused_caller_fails_with_the_servers_words)
{
    struct scene scene = {0};
    REQUIRE_OK(scene_open(&scene, 1000000));
    scene.stub->answers[0] = "HTTP/1.1 404 Not Found\r\nContent-Type: "
                             "text/plain\r\nContent-Length: 10\r\n\r\nno room ha";
    run_to(&scene, 1);
    REQUIRE_INT(scene.state, CALLER_FAILED);
    CHECK_INT(caller_cause(scene.caller), LOAD_NOT_FOUND);
    CHECK(strstr(caller_message(scene.caller), "no room ha") != NULL);
out:
    scene_close(&scene);
}

TEST_NO_OOM(media_that_is_due_and_does_not_come_is_a_failure)
{
    struct scene scene = {0};
    REQUIRE_OK(scene_open(&scene, MEDIA_TIMEOUT_US));
    scene.stub->answers[0] = scene.answer;
    scene.stub->answers[1] = deleted;
    run_to(&scene, 1);
    REQUIRE_INT(scene.state, CALLER_UP);
    fake_server_set_echo(scene.server, false);
    turn_run(scene.turn, turn_clock_us() + 2 * MEDIA_TIMEOUT_US);
    CHECK_INT(scene.changes, 1); /* nothing was due yet */
    caller_expect(scene.caller, true, false);
    run_to(&scene, 2);
    REQUIRE_INT(scene.state, CALLER_FAILED);
    CHECK_INT(caller_cause(scene.caller), LOAD_NO_MEDIA);
out:
    scene_close(&scene);
}

TEST_NO_OOM(first_media_is_not_late_by_how_long_nobody_sent_any)
{
    struct scene scene = {0};
    REQUIRE_OK(scene_open(&scene, PATIENCE_US));
    scene.stub->answers[0] = scene.answer;
    scene.stub->answers[1] = deleted;
    run_to(&scene, 1);
    REQUIRE_INT(scene.state, CALLER_UP);
    fake_server_set_echo(scene.server, false);
    turn_run(scene.turn, turn_clock_us() + 300000);
    fake_server_set_echo(scene.server, true);
    caller_expect(scene.caller, true, false);
    REQUIRE(run_until(&scene, talks));
    const struct caller_times *times = caller_times(scene.caller);
    CHECK(times->sound_us >= times->keys_us);
    CHECK(times->sound_us < times->keys_us + 250000);
out:
    scene_close(&scene);
}

TEST_NO_OOM(media_that_no_leg_receives_is_not_due)
{
    struct scene scene = {.whip = true};
    REQUIRE_OK(scene_open(&scene, 30000));
    scene.stub->answers[0] = scene.answer;
    scene.stub->answers[1] = deleted;
    run_to(&scene, 1);
    REQUIRE_INT(scene.state, CALLER_UP);
    caller_expect(scene.caller, true, false);
    turn_run(scene.turn, turn_clock_us() + 90000);
    CHECK_INT(scene.changes, 1);
out:
    scene_close(&scene);
}

TEST_NO_OOM(each_kind_of_media_has_its_own_deadline)
{
    struct scene scene = {.video = true};
    REQUIRE_OK(scene_open(&scene, 300000));
    scene.stub->answers[0] = scene.answer;
    scene.stub->answers[1] = deleted;
    run_to(&scene, 1);
    REQUIRE_INT(scene.state, CALLER_UP);
    caller_speak(scene.caller, true);
    caller_expect(scene.caller, true, false); /* its own voice comes back */
    turn_run(scene.turn, turn_clock_us() + 400000);
    REQUIRE_INT(caller_state(scene.caller), CALLER_UP);
    caller_expect(scene.caller, true, true);
    turn_run(scene.turn, turn_clock_us() + 20000);
    CHECK_INT(caller_state(scene.caller), CALLER_UP);
    run_to(&scene, 2);
    REQUIRE_INT(caller_state(scene.caller), CALLER_FAILED);
    CHECK_INT(caller_cause(scene.caller), LOAD_NO_MEDIA);
out:
    scene_close(&scene);
}

TEST_NO_OOM(server_that_hangs_up_drops_the_caller)
{
    struct scene scene = {0};
    REQUIRE_OK(scene_open(&scene, 1000000));
    scene.stub->answers[0] = scene.answer;
    scene.stub->answers[1] = deleted;
    run_to(&scene, 1);
    REQUIRE_INT(scene.state, CALLER_UP);
    fake_server_hang_up(scene.server);
    run_to(&scene, 2);
    REQUIRE_INT(scene.state, CALLER_FAILED);
    CHECK_INT(caller_cause(scene.caller), LOAD_DROPPED);
out:
    scene_close(&scene);
}
