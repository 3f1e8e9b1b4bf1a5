#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "load/scenario.h"
#include "unit/runner.h"

/** Reads a scenario from a text. */
static int read_text(const char *text, struct scenario_file **file, struct scenario *scenario,
                     char reason[static SCENARIO_REASON_BYTES])
{
    char path[] = "/tmp/tandem-scenario-XXXXXX";
    int descriptor = mkstemp(path);
    if (descriptor < 0) {
        return ERR_IO;
    }
    ssize_t wrote = write(descriptor, text, strlen(text));
    (void)close(descriptor);
    scenario_init(scenario);
    int err = wrote < 0 ? ERR_IO : scenario_read(file, scenario, path, reason);
    (void)unlink(path);
    return err;
}

TEST(example_is_a_good_scenario)
{
    struct scenario scenario;
    struct scenario_file *file = NULL;
    char reason[SCENARIO_REASON_BYTES] = "";
    scenario_init(&scenario);
    REQUIRE_OK(scenario_read(&file, &scenario, "bench/load/example.conf", reason));
    REQUIRE_OK(scenario_check(&scenario, reason));
    REQUIRE(scenario.group_count == 4);
    CHECK(scenario.ramp_per_s == 20 && fabs(scenario.churn_per_s - 0.1) < 1e-9);
    CHECK(scenario.duration_us == 60000000 && scenario.seed == 7);
    CHECK_STR(scenario.groups[0].profile, "lossy-3");
    CHECK(scenario.groups[0].speakers == UINT32_MAX && scenario.groups[3].speakers == 3);
    CHECK(scenario.groups[1].simulcast && scenario.groups[2].watchers == 50);
    CHECK_INT(scenario_people(&scenario), 40 + 12 + 51 + 10);
    CHECK_INT(scenario_rooms(&scenario), 24);
    char text[256];
    CHECK(
        strstr(scenario_describe(&scenario, text, sizeof(text)),
               "20 rooms of 2, sound, 25 % on lossy-3; 2 rooms of 6, simulcast video; 1 room of 1 "
               "and 50 watchers, video") != NULL);
    CHECK(strlen(scenario_describe(&scenario, text, 20)) < 20);
out:
    scenario_file_free(&file);
}

TEST(mistakes_are_told_with_their_line)
{
    static const struct {
        const char *text;
        const char *where;
        const char *what;
    } rows[] = {
        {"ramp = 5;\nduration = ;\n", ":2:", "syntax"},
        {"ramp = 5;\n\nspeed = 3;\n", ":3:", "known are groups"},
        {"groups = (\n { rooms = 2;\n cats = 3; } );", ":3:", "known are rooms"},
        {"groups = (\n { rooms = -2; } );", ":2:", "whole number"},
        {"groups = (\n { rooms = 1.5; } );", ":2:", "whole number"},
        {"groups = (\n { video = 1; } );", ":2:", "true or false"},
        {"groups = (\n { impair = \"mud\"; } );", ":2:", "--list-profiles"},
        {"groups = (\n { room = 3; } );", ":2:", "quotes"},
        {"duration = \"5kg\";", ":1:", "ms, s"},
        {"duration = 1e300;", ":1:", "more than a week"},
        {"groups = ();", ":1:", "1 to 64"},
        {"groups = ( 3 );", ":1:", "{ name = value; }"},
        {"churn = -1;", ":1:", "below 0"},
        {"seed = 4294967296L;", ":1:", "4294967295"},
        {"groups = (\n { callers = 2; },\n { callers = 2;\n speakers = 3; } );",
         ":4:", "speakers: more than callers"},
        {"groups = (\n { callers = 2; },\n { callers = 0; } );", ":3:", "nobody would call"},
        {"groups = (\n { callers = 2;\n share = 0.5; } );", ":2:", "name a line"},
        {"ramp = 5;\nduration = 0;\ngroups = ( { callers = 2; } );", ":2:", "at least 1 s"},
        {"listen = 2.0;", ":1:", "at most 100 %"},
        {"ramp = 5;", "", "nobody is to call"},
        {"", "", "nobody is to call"},
    };
    struct scenario scenario;
    struct scenario_file *file = NULL;
    char reason[SCENARIO_REASON_BYTES] = "";
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK(read_text(rows[i].text, &file, &scenario, reason) != 0);
        if (!CHECK(strstr(reason, rows[i].where) != NULL) ||
            !CHECK(strstr(reason, rows[i].what) != NULL)) {
            (void)fprintf(stderr, "%s: %s\n", rows[i].text, reason);
        }
        CHECK(file == NULL && scenario.group_count == 0);
    }
}

TEST(what_is_no_file_is_refused_with_the_reason)
{
    struct scenario scenario;
    struct scenario_file *file = NULL;
    char reason[SCENARIO_REASON_BYTES] = "";
    scenario_init(&scenario);
    int err = scenario_read(&file, &scenario, "/nowhere/s.conf", reason);
    CHECK(err == ERR_NOT_FOUND || runner_out_of_memory());
    CHECK(strstr(reason, "No such file") != NULL || runner_out_of_memory());
    err = scenario_read(&file, &scenario, "/tmp", reason);
    CHECK(err == ERR_NOT_FOUND || runner_out_of_memory());
    CHECK(strstr(reason, "directory") != NULL || runner_out_of_memory());
    CHECK(file == NULL);
}

TEST(what_does_not_fit_together_is_refused)
{
    char reason[SCENARIO_REASON_BYTES] = "";
    struct scenario_group group;
    struct scenario scenario;
    scenario_init(&scenario);
    scenario.groups = &group;
    scenario.group_count = 1;
    scenario_group_init(&group);
    CHECK(scenario_check(&scenario, reason) == 0);
    group.simulcast = true;
    CHECK(scenario_check(&scenario, reason) == ERR_INVALID && strstr(reason, "simulcast") != NULL);
    scenario_group_init(&group);
    group.video_only = true;
    CHECK(scenario_check(&scenario, reason) == ERR_INVALID && strstr(reason, "video_only") != NULL);
    scenario_group_init(&group);
    group.callers = 0;
    CHECK(scenario_check(&scenario, reason) == ERR_INVALID);
    group.watchers = 3;
    CHECK(scenario_check(&scenario, reason) == 0); /* who watch what others send */
    group.profile_share = 0.5;
    CHECK(scenario_check(&scenario, reason) == ERR_INVALID && strstr(reason, "impair") != NULL);
    group.profile = "lossy-3";
    CHECK(scenario_check(&scenario, reason) == 0);
    scenario.churn_per_s = 1e300;
    CHECK(scenario_check(&scenario, reason) == ERR_INVALID && strstr(reason, "churn") != NULL);
    scenario.churn_per_s = 0;
    scenario.ramp_per_s = 0;
    CHECK(scenario_check(&scenario, reason) == ERR_INVALID);
}
