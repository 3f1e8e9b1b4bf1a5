#include <string.h>
#include <sys/resource.h>

#include "base/err.h"
#include "load/descriptors.h"
#include "unit/runner.h"

TEST(each_session_needs_its_sockets)
{
    struct scenario_group groups[] = {{.rooms = 10, .callers = 3, .watchers = 2}};
    const struct scenario scenario = {.groups = groups, .group_count = 1};
    struct run_config config = {.scenario = &scenario, .agent = AGENT_LIGHT};
    uint64_t light = descriptors_needed(&config);
    CHECK(light >= 50 && light < 100);
    config.agent = AGENT_FULL;
    CHECK_INT(descriptors_needed(&config) - light, 50);
    config.agent = AGENT_LIGHT;
    config.target.whip = "http://127.0.0.1/whip"; /* callers send on one, receive on another */
    config.target.whep = "http://127.0.0.1/whep";
    CHECK_INT(descriptors_needed(&config) - light, 30);
    groups[0].callers = 1; /* who is alone does not receive */
    CHECK_INT(descriptors_needed(&config) - light, 0 - 20);
}

TEST(too_many_callers_for_this_shell_are_told_how_to_have_more)
{
    struct rlimit before;
    REQUIRE_OK(getrlimit(RLIMIT_NOFILE, &before));
    const char *reason = "";
    CHECK_INT(descriptors_ensure(10, &reason), 0);
    CHECK_INT(descriptors_ensure(UINT64_C(1) << 40, &reason), ERR_FULL);
    CHECK(strstr(reason, "ulimit -n 2199023255552") != NULL);
    CHECK_STR(descriptors_shortage(), "");
    struct rlimit few = {.rlim_cur = 0, .rlim_max = before.rlim_max};
    REQUIRE_OK(setrlimit(RLIMIT_NOFILE, &few));
    CHECK(strstr(descriptors_shortage(), "all 0 file descriptors are in use") != NULL);
    goto out;
out:
    (void)setrlimit(RLIMIT_NOFILE, &before);
}
