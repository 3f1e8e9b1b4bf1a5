#include <math.h>
#include <string.h>

#include "base/err.h"
#include "load/option_table.h"
#include "load/options.h"
#include "unit/runner.h"

enum { MOST_ARGS = 24 };

/** Options of a command line whose words have blanks between. */
struct line {
    char text[512];
    char *argv[MOST_ARGS];
    struct options options;
    char reason[OPTIONS_REASON_BYTES];
};

static int parse(struct line *line, const char *text)
{
    int argc = 0;
    char *rest = NULL;
    (void)snprintf(line->text, sizeof(line->text), "tandem-load %s", text);
    line->reason[0] = 0;
    for (char *word = strtok_r(line->text, " ", &rest); word != NULL && argc + 1 < MOST_ARGS;
         word = strtok_r(NULL, " ", &rest)) {
        line->argv[argc++] = word;
    }
    line->argv[argc] = NULL;
    return options_parse(&line->options, argc, line->argv, line->reason);
}

TEST(url_alone_is_one_call_of_two)
{
    struct line line;
    REQUIRE(parse(&line, "--url http://127.0.0.1:8080/call/load-{room}") == 0);
    const struct run_config *run = &line.options.run;
    CHECK_INT(run->scenario->group_count, 1);
    CHECK_INT(scenario_people(run->scenario), 2);
    CHECK(run->agent == AGENT_FULL && run->target.kind == DIAL_HTTP && !run->content.video);
    CHECK_STR(run->scenario->groups[0].room, "{room}");
    CHECK_INT(run->scenario->duration_us, 30000000);
out:
    options_deinit(&line.options);
}

TEST(all_of_a_scenario_can_be_said)
{
    struct line line;
    REQUIRE(parse(&line,
                  "--url http://h/call/{room} --rooms 50 --callers 6 --speakers 3 --watchers "
                  "2 --simulcast --ramp 20/s --duration 1m --churn 6/min --listen 25% "
                  "--impair lossy-10:10%") == 0);
    const struct scenario *scenario = line.options.run.scenario;
    const struct scenario_group *group = &scenario->groups[0];
    CHECK(group->rooms == 50 && group->callers == 6 && group->speakers == 3 &&
          group->watchers == 2);
    CHECK(group->video && group->simulcast && line.options.run.content.video);
    CHECK_STR(group->room, "load-{room}");
    CHECK_STR(group->profile, "lossy-10");
    CHECK(fabs(group->profile_share - 0.1) < 1e-9 && fabs(scenario->churn_per_s - 0.1) < 1e-9);
    CHECK(scenario->duration_us == 60000000 && fabs(scenario->listen - 0.25) < 1e-9);
    CHECK(line.options.run.agent == AGENT_LIGHT); /* 400 people */
    options_deinit(&line.options);
    CHECK(!line.options.run.audio_nack && !line.options.run.audio_red);
    REQUIRE(parse(&line, "--url http://h/call/{room} --audio-repair red") == 0);
    CHECK(!line.options.run.audio_nack && line.options.run.audio_red);
    options_deinit(&line.options);
    REQUIRE(parse(&line, "--url http://h/call/{room} --audio-repair nack+red") == 0);
    CHECK(line.options.run.audio_nack && line.options.run.audio_red);
    options_deinit(&line.options);
    REQUIRE(parse(&line, "--url http://h/call/{room} --video-only") == 0);
    CHECK(line.options.group.video && line.options.group.video_only);
    options_deinit(&line.options);
    REQUIRE(parse(&line, "--url http://h/call/{room} --rooms 200 --agent full --seed 9") == 0);
    CHECK(line.options.run.agent == AGENT_FULL && line.options.scenario.seed == 9);
out:
    options_deinit(&line.options);
}

TEST(targets_of_other_servers)
{
    struct line line;
    REQUIRE(parse(&line, "--whip http://h/{room}/whip --whep http://h/{room}/whep --token t "
                         "--header X-A:b --insecure --timeout 2s") == 0);
    CHECK_STR(line.options.run.target.whep, "http://h/{room}/whep");
    CHECK_STR(line.options.run.target.bearer, "t");
    CHECK(line.options.run.target.header_count == 1 && line.options.run.target.insecure);
    CHECK_INT(line.options.run.target.timeout_us, 2000000);
    options_deinit(&line.options);
    REQUIRE(parse(&line, "--janus http://h:8088/janus --plugin audiobridge --rooms 3") == 0);
    CHECK(line.options.run.target.kind == DIAL_JANUS_AUDIOBRIDGE);
    options_deinit(&line.options);
    REQUIRE(parse(&line, "--janus http://h:8088/janus") == 0);
    CHECK(line.options.run.target.kind == DIAL_JANUS_VIDEOROOM);
out:
    options_deinit(&line.options);
}

TEST(rules_and_reports)
{
    struct line line;
    REQUIRE(parse(&line, "--url http://h/call/{room} --expect mos>=4.0,p99<20ms --expect failed=0 "
                         "--find-capacity mos>=4 --raise callers --json - --csv c --html h --quiet "
                         "--pid 42") == 0);
    CHECK(line.options.run.agent == AGENT_LIGHT); /* who knows how many there will be */
    CHECK(line.options.expect.count == 3 && line.options.capacity.count == 1);
    CHECK(line.options.raise == CAPACITY_CALLERS && line.options.run.server == 42);
    CHECK(line.options.quiet && strcmp(line.options.json, "-") == 0);
out:
    options_deinit(&line.options);
}

TEST(mistakes_name_the_option_and_the_way_out)
{
    static const struct {
        const char *line;
        const char *word; /* in what is said */
        const char *fix;
    } rows[] = {
        {"", "--url", "http://"},
        {"--url", "--url", "missing"},
        {"--url ftp://h/x", "--url", "http://HOST"},
        {"--url http://", "--url", "http://HOST"},
        {"--url http://h/x --rooms 2", "--rooms", "{room}"},
        {"--url http://h/{room} --rooms 0", "--rooms", "1 to"},
        {"--url http://h/{room} --rooms x", "--rooms", "whole number"},
        {"--url http://h/{room} --colour red", "--colour", "--help"},
        {"--url http://h/{room} now", "now", "options"},
        {"--url http://h/{room} --duration 5kg", "--duration", "ms, s"},
        {"--url http://h/{room} --duration 10ms", "--duration", "1 s"},
        {"--url http://h/{room} --listen 200%", "--listen", "100 %"},
        {"--url http://h/{room} --impair bad", "--impair", "--list-profiles"},
        {"--url http://h/{room} --impair burst:0", "--impair", "25%"},
        {"--url http://h/{room} --expect moss>4", "--expect", "mos.p5"},
        {"--url http://h/{room} --expect cpu<1", "cpu", "--pid"},
        {"--url http://h/{room} --find-capacity mos>4,memory<1MB", "memory", "--pid"},
        {"--url http://h/{room} --agent heavy", "--agent", "light, full"},
        {"--url http://h/{room} --plugin echotest", "--plugin", "--janus"},
        {"--janus http://h --plugin sip", "--plugin", "audiobridge"},
        {"--url http://h/{room} --whip http://h/{room}", "--url", "--whip"},
        {"--janus http://h --plugin audiobridge --video", "--video", "videoroom"},
        {"--whip http://h/{room} --watchers 2", "--watchers", "--whep"},
        {"--whep http://h/{room}", "--callers", "--watchers N"},
        {"--url http://h/x --find-capacity mos>=4", "--rooms", "{room}"},
        {"--url http://h/{room} --csv - --html -", "--html", "only one"},
        {"--url http://h/{room} --churn 1e300", "--churn", "10000"},
        {"--url http://h/{room} --audio-only --video", "--audio-only", "--video"},
        {"--url http://h/{room} --speakers 3", "--speakers", "callers"},
        {"--url http://h/{room} --callers 0", "--callers", "nobody"},
        {"--url http://h/{room} --header x", "--header", "Name: value"},
        {"--url http://h/{room} --size 100x100", "--size", "multiples of 16"},
        {"--url http://h/{room} --rooms 100000 --callers 9", "people", "100000"},
        {"--url http://h/{room} --raise callers", "--raise", "--find-capacity"},
        {"--url http://h/{room} --size 640x352", "--size", "--video"},
        {"--url http://h/{room} --video-file x.ivf", "--video-file", "--video"},
        {"--url http://h/{room} --scenario no/such/file", "--scenario", "no/such/file"},
    };
    struct line line;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int err = parse(&line, rows[i].line);
        if (!CHECK(err == ERR_INVALID) || !CHECK(strstr(line.reason, rows[i].word) != NULL) ||
            !CHECK(strstr(line.reason, rows[i].fix) != NULL)) {
            (void)fprintf(stderr, "%s: %s\n", rows[i].line, line.reason);
        }
        options_deinit(&line.options);
    }
}

TEST(what_targets_can_do_is_taken)
{
    static const char *const lines[] = {
        "--whip http://h/{room}",
        "--whep http://h/{room} --callers 0 --watchers 5",
        "--janus http://h --plugin audiobridge --watchers 3",
        "--url http://h/x --find-capacity mos>=4 --raise callers",
    };
    struct line line;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        CHECK_INT(parse(&line, lines[i]), 0);
        options_deinit(&line.options);
    }
}

TEST(questions_need_no_server)
{
    struct line line;
    CHECK(parse(&line, "--help") == 0 && line.options.action == OPTIONS_HELP);
    CHECK(parse(&line, "--version") == 0 && line.options.action == OPTIONS_VERSION);
    CHECK(parse(&line, "--list-profiles") == 0 && line.options.action == OPTIONS_LIST_PROFILES);
}

TEST(scenario_file_and_options_about_rooms_exclude_each_other)
{
    struct line line;
    REQUIRE(parse(&line, "--url http://h/call/{room} --duration 5 --scenario "
                         "bench/load/example.conf") == 0);
    CHECK_INT(line.options.run.scenario->group_count, 4);
    CHECK_INT(line.options.run.scenario->duration_us, 5000000);
    CHECK(line.options.run.content.video);
    CHECK_STR(line.options.run.scenario->groups[1].room, "conference-{room}");
    options_deinit(&line.options);
    REQUIRE(parse(&line, "--url http://h/call/{room} --rooms 3 --scenario "
                         "bench/load/example.conf") != 0);
    CHECK(strstr(line.reason, "--rooms: the scenario file says that") != NULL);
out:
    options_deinit(&line.options);
}

TEST(rows_stand_in_the_order_of_their_numbers)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        CHECK_INT(option_row(i)->id, ID_URL + i);
    }
}
