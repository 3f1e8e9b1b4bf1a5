#include "load/options.h"

#include <getopt.h>
#include <string.h>

#include "base/err.h"
#include "load/option_table.h"
#include "load/option_values.h"

static int read_scenario(struct option_parser *parser)
{
    char reason[SCENARIO_REASON_BYTES];
    struct options *options = parser->options;
    if (options->file != NULL) {
        return option_complain(parser, "given twice");
    }
    int err = scenario_read(&options->file, &options->scenario, parser->value, reason);
    return err == 0 ? 0 : option_complain(parser, reason);
}

static int read_option(struct option_parser *parser, enum option_id id)
{
    if (id == ID_SCENARIO) {
        return 0; /* was read before all others, so that they go before it */
    }
    int err = option_read_group(parser, id);
    if (err == 0 && parser->options->scenario.group_count > 0) {
        return option_complain(parser, "the scenario file says that; leave out one of the two");
    }
    return err == ERR_NOT_FOUND ? option_read(parser, id) : err;
}

/** One pass over the arguments: all options, or the scenario file only. */
static int pass(struct option_parser *parser, int argc, char **argv, bool scenario_only)
{
    struct option longs[OPTION_COUNT + 1] = {{.name = NULL}};
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        longs[i] = (struct option){.name = option_row(i)->name,
                                   .has_arg = option_row(i)->value != NULL ? required_argument
                                                                           : no_argument,
                                   .val = (int)option_row(i)->id};
    }
    optind = 0; /* from the start again */
    opterr = 0;
    while (true) {
        int at = optind == 0 ? 1 : optind;
        int id = getopt_long(argc, argv, ":", longs, NULL);
        if (id == -1) {
            break;
        }
        if (id == '?' || id == ':') {
            (void)snprintf(parser->reason, OPTIONS_REASON_BYTES, "%.80s: %s",
                           argv[at < argc ? at : argc - 1],
                           id == ':' ? "a value is missing behind it"
                                     : "there is no such option; --help lists them");
            return ERR_INVALID;
        }
        if (scenario_only != (id == ID_SCENARIO)) {
            continue;
        }
        parser->name = option_row((size_t)(id - ID_URL))->name;
        parser->value = optarg;
        int err = scenario_only ? read_scenario(parser) : read_option(parser, (enum option_id)id);
        if (err != 0) {
            return err;
        }
    }
    if (optind < argc) {
        (void)snprintf(parser->reason, OPTIONS_REASON_BYTES,
                       "'%.80s': everything is said by options; --help lists them", argv[optind]);
        return ERR_INVALID;
    }
    return 0;
}

static int fail(char reason[static OPTIONS_REASON_BYTES], const char *text)
{
    (void)snprintf(reason, OPTIONS_REASON_BYTES, "%s", text);
    return ERR_INVALID;
}

static bool has_room(const char *url)
{
    return url == NULL || strstr(url, "{room}") != NULL;
}

/** What no leg to this kind of server can do. @return NULL = nothing, or what to say */
static const char *target_fault(const struct dial_target *target, const struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->group_count; i++) {
        const struct scenario_group *group = &scenario->groups[i];
        if (group->video && target->kind == DIAL_JANUS_AUDIOBRIDGE) {
            return "--video: Janus' audiobridge takes sound only; --plugin videoroom takes both";
        }
        if (target->kind != DIAL_HTTP || target->url != NULL) {
            continue;
        }
        if (group->watchers > 0 && target->whep == NULL) {
            return "--watchers: they only receive; say by --whep where from";
        }
        if (group->callers > 0 && target->whip == NULL) {
            return "--callers: they send; say by --whip where to, or --callers 0 --watchers N";
        }
    }
    return NULL;
}

/** Whether more than one room will be called at some time. */
static bool has_more_rooms(const struct options *options)
{
    return scenario_rooms(&options->scenario) > 1 ||
           (options->capacity.count > 0 && options->raise == CAPACITY_ROOMS);
}

static int check_target(struct options *options, char reason[static OPTIONS_REASON_BYTES])
{
    struct dial_target *target = &options->run.target;
    bool whip = target->whip != NULL || target->whep != NULL;
    if (target->url == NULL && !whip) {
        return fail(reason, "--url: which server? --url http://127.0.0.1:8080/call/load-{room}, or "
                            "--whip and --whep, or --janus");
    }
    if (target->url != NULL && whip) {
        return fail(reason, "--url: either that, or --whip and --whep");
    }
    if (!options->janus && target->kind != DIAL_HTTP) {
        return fail(reason, "--plugin: only with --janus");
    }
    if (options->janus && target->kind == DIAL_HTTP) {
        target->kind = DIAL_JANUS_VIDEOROOM;
    }
    const char *fault = target_fault(target, &options->scenario);
    if (fault != NULL) {
        return fail(reason, fault);
    }
    if (target->kind == DIAL_HTTP && has_more_rooms(options) &&
        !(has_room(target->url) && has_room(target->whip) && has_room(target->whep))) {
        return fail(reason, "--rooms: the URL has no {room}, so all rooms would be one");
    }
    return 0;
}

/** Whether {room} is a whole part of the path, so that it needs more than a number. */
static bool room_is_alone(const char *url)
{
    const char *room = url == NULL ? NULL : strstr(url, "{room}");
    return room != NULL && room > url && room[-1] == '/';
}

static void set_defaults(struct options *options)
{
    *options = (struct options){.action = OPTIONS_RUN};
    scenario_init(&options->scenario);
    scenario_group_init(&options->group);
    options->run.target.timeout_us = 10000000;
    options->run.content = (struct content_config){
        .audio_bps = 40000, .width = 1280, .height = 720, .video_bps = CONTENT_VIDEO_BPS};
}

/** What follows from the rest. */
static void settle(struct options *options)
{
    struct scenario *scenario = &options->scenario;
    struct run_config *run = &options->run;
    if (scenario->group_count == 0) {
        scenario->groups = &options->group;
        scenario->group_count = 1;
    }
    for (size_t i = 0; i < scenario->group_count; i++) {
        struct scenario_group *group = &scenario->groups[i];
        run->content.video = run->content.video || group->video;
        run->content.simulcast = run->content.simulcast || group->simulcast;
        if (group->callers > run->content.tones) {
            run->content.tones = group->callers < CONTENT_TONES ? group->callers : CONTENT_TONES;
        }
        if (group->room == NULL && run->target.kind == DIAL_HTTP && !options->janus) {
            const char *url = run->target.url != NULL    ? run->target.url
                              : run->target.whip != NULL ? run->target.whip
                                                         : run->target.whep;
            group->room = room_is_alone(url) ? "load-{room}" : "{room}";
        }
    }
    if (options->raise == CAPACITY_CALLERS) {
        run->content.tones = 0; /* as many as there are: rooms will grow */
    }
    run->content.seed = scenario->seed;
    run->scenario = scenario;
    if (!options->agent_given) {
        /* a search goes on to more people than it begins with, and its steps are compared */
        bool few = scenario_people(scenario) <= OPTIONS_FULL_AGENTS && options->capacity.count == 0;
        run->agent = few ? AGENT_FULL : AGENT_LIGHT;
    }
}

/** How many reports go to standard output. */
static unsigned outputs(const struct options *options)
{
    const char *const paths[] = {options->json, options->csv, options->html};
    unsigned count = 0;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        count += paths[i] != NULL && strcmp(paths[i], "-") == 0;
    }
    return count;
}

/** A rule about the server's process, where it is not said which that is; or NULL. */
static const char *rule_without_process(const struct options *options)
{
    static const char *const names[] = {"cpu", "cpu.packet", "memory"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (expect_is_about(&options->expect, names[i]) ||
            expect_is_about(&options->capacity, names[i])) {
            return options->run.server == 0 ? names[i] : NULL;
        }
    }
    return NULL;
}

/** Options that would be of no effect without another one. */
static int check_company(const struct options *options, char reason[static OPTIONS_REASON_BYTES])
{
    if (options->raise_given && options->capacity.count == 0) {
        return fail(reason, "--raise: only with --find-capacity");
    }
    if (options->of_pictures != NULL && !options->run.content.video) {
        (void)snprintf(reason, OPTIONS_REASON_BYTES, "--%s: nobody shows pictures without --video",
                       options->of_pictures);
        return ERR_INVALID;
    }
    return 0;
}

static int check(struct options *options, char reason[static OPTIONS_REASON_BYTES])
{
    char fault[SCENARIO_REASON_BYTES];
    if (options->audio_only && options->group.video) {
        return fail(reason, "--audio-only: not with --video or --simulcast");
    }
    int err = check_target(options, reason);
    err = err != 0 ? err : check_company(options, reason);
    if (err != 0) {
        return err;
    }
    if (scenario_check(&options->scenario, fault) != 0) {
        (void)snprintf(reason, OPTIONS_REASON_BYTES, "--%s", fault);
        return ERR_INVALID;
    }
    if (options->run.target.timeout_us < 100000) {
        return fail(reason, "--timeout: at least 100ms");
    }
    const char *rule = rule_without_process(options);
    if (rule != NULL) {
        (void)snprintf(reason, OPTIONS_REASON_BYTES,
                       "--pid: a rule about %s needs it, the server's process on this machine",
                       rule);
        return ERR_INVALID;
    }
    if (outputs(options) > 1) {
        return fail(reason, "--json, --csv, --html: only one of them can be -, standard output");
    }
    return 0;
}

int options_parse(struct options *out, int argc, char **argv,
                  char reason[static OPTIONS_REASON_BYTES])
{
    set_defaults(out);
    struct option_parser parser = {.options = out, .reason = reason};
    int err = pass(&parser, argc, argv, true);
    if (err == 0) {
        err = pass(&parser, argc, argv, false);
    }
    if (err != 0 || out->action != OPTIONS_RUN) {
        return err;
    }
    settle(out);
    return check(out, reason);
}

void options_deinit(struct options *options)
{
    scenario_file_free(&options->file);
}
