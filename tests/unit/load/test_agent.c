#include <stdlib.h>
#include <string.h>

#include "load/agent.h"
#include "support/fake_server.h"
#include "unit/runner.h"

enum { LONG_US = 5000000, STEP_US = 2000, AFTERWARDS_US = 50000 };

struct call {
    struct turn *turn;
    struct fake_server *server;
    struct agent_kit *kit;
    struct agent *agent;
    enum agent_state wanted; /**< the turn stops there */
    enum agent_state state;
    enum load_cause cause;
    unsigned told[AGENT_FAILED + 1];
    unsigned echoes;
    unsigned expected_echoes;
    size_t echo_bytes;
    unsigned misaligned;
    int64_t arrived_us;
};

static void on_state(void *owner, enum agent_state state, enum load_cause cause)
{
    struct call *call = owner;
    call->state = state;
    call->cause = cause;
    call->told[state]++;
    if (state == call->wanted || state == AGENT_FAILED) {
        turn_stop(call->turn);
    }
}

static void on_rtp(void *owner, uint8_t *data, size_t len, int64_t arrived_us)
{
    struct call *call = owner;
    call->echoes += len == call->echo_bytes && data[12] == 'x';
    call->misaligned += (uintptr_t)data % 4 != 0;
    call->arrived_us = arrived_us;
    if (call->echoes == call->expected_echoes) {
        turn_stop(call->turn);
    }
}

static void on_rtcp(void *owner, uint8_t *data, size_t len, int64_t arrived_us)
{
    (void)owner;
    (void)data;
    (void)len;
    (void)arrived_us;
}

static void run_to(struct call *call, enum agent_state wanted)
{
    call->wanted = wanted;
    if (call->state != wanted) {
        turn_run(call->turn, turn_clock_us() + LONG_US);
    }
}

static int call_begin(struct call *call, enum agent_kind kind, bool server_active,
                      int64_t timeout_us, const struct agent_impairment *impairment)
{
    const struct agent_handler handler = {
        .state = on_state, .rtp = on_rtp, .rtcp = on_rtcp, .owner = call};
    int err = turn_new(&call->turn);
    struct agent_kit_config config = {.turn = call->turn,
                                      .kind = kind,
                                      .ice_timeout_us = timeout_us,
                                      .dtls_timeout_us = timeout_us};
    if (err == 0) {
        err = agent_kit_new(&call->kit, &config);
    }
    if (err == 0) {
        err = fake_server_new(&call->server, call->turn, server_active);
    }
    if (err == 0) {
        err = agent_new(&call->agent, call->kit, impairment, &handler);
    }
    if (err == 0) {
        run_to(call, AGENT_READY);
        err = fake_server_expect(call->server, agent_local(call->agent));
    }
    return err;
}

static void call_end(struct call *call)
{
    agent_free(&call->agent);
    agent_kit_free(&call->kit);
    fake_server_free(&call->server);
    turn_free(&call->turn);
}

/** Sends so many packets and waits for them to come back. @param bytes of each, up to 24 */
static void echo(struct call *call, unsigned count, size_t bytes)
{
    call->expected_echoes = count;
    call->echo_bytes = bytes;
    for (unsigned i = 0; i < count; i++) {
        _Alignas(4) uint8_t data[24 + AGENT_TRAILER_BYTES] = {0x80, 111, 0, (uint8_t)i, 0, 0,  0,
                                                              0,    1,   2, 3,          4, 'x'};
        agent_send_rtp(call->agent, data, bytes);
    }
    turn_run(call->turn, turn_clock_us() + LONG_US);
}

static void check_call(enum agent_kind kind, bool server_active,
                       const struct agent_impairment *impairment)
{
    struct call call = {0};
    struct agreement_remote remote;
    REQUIRE_OK(call_begin(&call, kind, server_active, LONG_US, impairment));
    CHECK(agent_local(call.agent)->candidate_count > 0);
    fake_server_describe(call.server, &remote);
    REQUIRE_OK(agent_connect(call.agent, &remote));
    run_to(&call, AGENT_CONNECTED);
    REQUIRE_INT(call.state, AGENT_CONNECTED);
    const struct agent_times *times = agent_times(call.agent);
    CHECK(times->connect_us > 0 && times->connect_us <= times->path_us);
    CHECK(times->path_us <= times->keys_us);
    echo(&call, 40, 20);
    REQUIRE_INT(call.echoes, 40);
    const struct agent_counts *counts = agent_counts(call.agent);
    CHECK(counts->sent > 40 && counts->received > 40);
    CHECK_INT(counts->send_failed, 0);
    CHECK_INT(counts->auth_failed, 0);
    CHECK(call.arrived_us > times->keys_us && call.arrived_us <= turn_clock_us());
    fake_server_hang_up(call.server);
    run_to(&call, AGENT_CLOSED);
    CHECK_INT(call.state, AGENT_CLOSED);
    CHECK_INT(call.cause, LOAD_DROPPED);
    CHECK(strstr(agent_reason(call.agent), "close_notify") != NULL);
    CHECK_INT(call.told[AGENT_HANDSHAKE], 1);
    CHECK_INT(call.told[AGENT_CONNECTED], 1);
out:
    call_end(&call);
}

TEST_NO_OOM(light_agent_calls_as_dtls_client)
{
    check_call(AGENT_LIGHT, false, NULL);
}

TEST_NO_OOM(light_agent_calls_as_dtls_server)
{
    check_call(AGENT_LIGHT, true, NULL);
}

TEST_NO_OOM(light_agent_cuts_what_came_as_one_message)
{
    struct call call = {0};
    struct agreement_remote remote;
    REQUIRE_OK(call_begin(&call, AGENT_LIGHT, false, LONG_US, NULL));
    fake_server_describe(call.server, &remote);
    fake_server_set_pairs(call.server, true);
    REQUIRE_OK(agent_connect(call.agent, &remote));
    run_to(&call, AGENT_CONNECTED);
    REQUIRE_INT(call.state, AGENT_CONNECTED);
    echo(&call, 40, 21); /* protected, no multiple of 4 */
    CHECK_INT(call.echoes, 40);
    CHECK_INT(call.misaligned, 0);
    CHECK_INT(agent_counts(call.agent)->auth_failed, 0);
    CHECK(agent_counts(call.agent)->received > 40);
out:
    call_end(&call);
}

TEST_NO_OOM(light_agent_calls_over_a_bad_line)
{
    const struct link_config link = {.delay_us = 2000};
    const struct agent_impairment impairment = {.up = &link, .down = &link, .seed = 1};
    check_call(AGENT_LIGHT, false, &impairment);
}

TEST_NO_OOM(full_agent_calls_as_dtls_client)
{
    check_call(AGENT_FULL, false, NULL);
}

TEST_NO_OOM(full_agent_calls_as_dtls_server)
{
    check_call(AGENT_FULL, true, NULL);
}

TEST_NO_OOM(full_agent_calls_over_a_bad_line)
{
    const struct link_config link = {.delay_us = 2000};
    const struct agent_impairment impairment = {.up = &link, .down = &link, .seed = 1};
    check_call(AGENT_FULL, false, &impairment);
}

TEST_NO_OOM(server_that_answers_no_check_is_an_ice_timeout)
{
    struct call call = {0};
    struct agreement_remote remote;
    REQUIRE_OK(call_begin(&call, AGENT_LIGHT, false, 20000, NULL));
    fake_server_describe(call.server, &remote);
    fake_server_set_answers(call.server, false);
    REQUIRE_OK(agent_connect(call.agent, &remote));
    run_to(&call, AGENT_CONNECTED);
    CHECK_INT(call.state, AGENT_FAILED);
    CHECK_INT(call.cause, LOAD_ICE_TIMEOUT);
    CHECK(strstr(agent_reason(call.agent), "checks went to 127.0.0.1:") != NULL);
out:
    call_end(&call);
}

TEST_NO_OOM(another_certificate_is_a_dtls_failure)
{
    struct call call = {0};
    struct agreement_remote remote;
    REQUIRE_OK(call_begin(&call, AGENT_LIGHT, false, LONG_US, NULL));
    fake_server_describe(call.server, &remote);
    remote.fingerprint.value[0] ^= 1;
    REQUIRE_OK(agent_connect(call.agent, &remote));
    run_to(&call, AGENT_CONNECTED);
    CHECK_INT(call.state, AGENT_FAILED);
    CHECK_INT(call.cause, LOAD_DTLS_FAILED);
    CHECK(strstr(agent_reason(call.agent), "fingerprint") != NULL);
    CHECK(!fake_server_connected(call.server));
out:
    call_end(&call);
}

TEST_NO_OOM(next_candidate_is_checked_when_the_best_is_silent)
{
    struct call call = {0};
    struct agreement_remote remote;
    REQUIRE_OK(call_begin(&call, AGENT_LIGHT, false, LONG_US, NULL));
    fake_server_describe(call.server, &remote);
    remote.candidates[1] = remote.candidates[0];
    remote.candidates[0].port = 9; /* discards */
    remote.candidate_count = 2;
    remote.ice_lite = false;
    REQUIRE_OK(agent_connect(call.agent, &remote));
    run_to(&call, AGENT_CONNECTED);
    CHECK_INT(call.state, AGENT_CONNECTED);
out:
    call_end(&call);
}

TEST_NO_OOM(closed_agent_says_nothing_more)
{
    struct call call = {0};
    struct agreement_remote remote;
    REQUIRE_OK(call_begin(&call, AGENT_LIGHT, false, LONG_US, NULL));
    fake_server_describe(call.server, &remote);
    REQUIRE_OK(agent_connect(call.agent, &remote));
    run_to(&call, AGENT_CONNECTED);
    REQUIRE_INT(call.state, AGENT_CONNECTED);
    agent_close(call.agent);
    int64_t until_us = turn_clock_us() + LONG_US;
    while (fake_server_connected(call.server) && turn_clock_us() < until_us) {
        turn_run(call.turn, turn_clock_us() + STEP_US);
    }
    CHECK(!fake_server_connected(call.server));           /* close_notify came */
    turn_run(call.turn, turn_clock_us() + AFTERWARDS_US); /* and so does the server's */
    CHECK_INT(call.state, AGENT_CONNECTED);
    CHECK_INT(call.told[AGENT_CLOSED] + call.told[AGENT_FAILED], 0);
out:
    call_end(&call);
}
