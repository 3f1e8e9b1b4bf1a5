/* The course of a run where nobody can come up; runs that do are in tests/e2e. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load/run.h"
#include "net/socket_addr.h"
#include "unit/runner.h"

struct watch {
    unsigned moments;
    bool go_on;
};

static bool on_moment(void *owner, const struct tally_moment *moment, const struct tally *sofar)
{
    struct watch *watch = owner;
    watch->moments++;
    CHECK(moment->own_cpu >= 0 && sofar->rooms == 3);
    return watch->go_on;
}

static struct scenario_group group = {.rooms = 3, .callers = 2, .speakers = UINT32_MAX};

/** A port where nobody listens is held by *holder. */
static struct run_config closed(int *holder, char url[static 64], struct watch *watch)
{
    static const struct addr local = {.ip = {127, 0, 0, 1}, .family = ADDR_IPV4};
    *holder = socket_addr_open(SOCK_STREAM, &local, false);
    (void)snprintf(url, 64, "http://127.0.0.1:%u/call/{room}", socket_addr_port(*holder));
    return (struct run_config){.target = {.url = url, .timeout_us = 2000000},
                               .agent = AGENT_LIGHT,
                               .content = {.tones = 1},
                               .moment = on_moment,
                               .owner = watch};
}

TEST_NO_OOM(callers_who_cannot_come_are_counted_and_the_run_ends)
{
    struct tally tally = {.rooms = 0};
    const char *reason = "";
    char url[64];
    int holder = -1;
    struct watch watch = {.go_on = true};
    const struct scenario scenario = {
        .groups = &group, .group_count = 1, .ramp_per_s = 500, .duration_us = 60000000};
    struct run_config config = closed(&holder, url, &watch);
    config.scenario = &scenario;
    REQUIRE_OK(run(&tally, &config, &reason));
    REQUIRE_INT(tally.caller_count, 6);
    for (size_t i = 0; i < tally.caller_count; i++) {
        CHECK_INT(tally.callers[i].state, CALLER_FAILED);
        CHECK_INT(tally.callers[i].cause, LOAD_UNREACHABLE);
        CHECK_INT(tally.callers[i].times.answer_us, 0);
    }
    CHECK_INT(tally.length_us, 0);
    CHECK_STR(tally.agent, "light");
    CHECK(tally.server_cpu_s < 0);
out:
    tally_deinit(&tally);
    (void)close(holder);
}

TEST_NO_OOM(moment_that_says_so_ends_the_run)
{
    struct tally tally = {.rooms = 0};
    const char *reason = "";
    char url[64];
    int holder = -1;
    struct watch watch = {.go_on = false};
    const struct scenario scenario = {
        .groups = &group, .group_count = 1, .ramp_per_s = 0.01, .duration_us = 60000000};
    struct run_config config = closed(&holder, url, &watch);
    config.scenario = &scenario;
    REQUIRE_OK(run(&tally, &config, &reason));
    CHECK_INT(watch.moments, 1);
    CHECK_INT(tally.moment_count, 1);
    CHECK_INT(tally.caller_count, 1); /* the others never came */
out:
    tally_deinit(&tally);
    (void)close(holder);
}

TEST_NO_OOM(run_of_nobody_is_refused)
{
    struct tally tally = {.rooms = 0};
    const char *reason = "";
    const struct scenario scenario = {.group_count = 0};
    const struct run_config config = {.scenario = &scenario};
    CHECK(run(&tally, &config, &reason) != 0);
    CHECK(reason[0] != 0);
    goto out;
out:
    tally_deinit(&tally);
}
