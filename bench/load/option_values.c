#include "load/option_values.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "load/profiles.h"
#include "load/quantity.h"

int option_complain(const struct option_parser *parser, const char *text)
{
    (void)snprintf(parser->reason, OPTIONS_REASON_BYTES, "--%s: %s", parser->name, text);
    return ERR_INVALID;
}

static int read_count(struct option_parser *parser, uint32_t least, uint32_t most, uint32_t *out)
{
    if (quantity_count(parser->value, least, most, out) == 0) {
        return 0;
    }
    char text[96];
    (void)snprintf(text, sizeof(text), "'%.20s' is no whole number from %u to %u", parser->value,
                   least, most);
    return option_complain(parser, text);
}

static int read_quantity(struct option_parser *parser, enum quantity_kind kind, double *out)
{
    if (quantity_read(parser->value, kind, out) == 0) {
        return 0;
    }
    char text[96];
    (void)snprintf(text, sizeof(text), "'%.20s' is no number with a unit of %s", parser->value,
                   quantity_units(kind));
    return option_complain(parser, text);
}

static int read_url(struct option_parser *parser, const char **out)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t len = strlen(schemes[i]);
        if (strncmp(parser->value, schemes[i], len) == 0 && parser->value[len] != 0 &&
            parser->value[len] != '/') {
            *out = parser->value;
            return 0;
        }
    }
    return option_complain(parser, "is no URL; write http://HOST:PORT/PATH or https://...");
}

static int read_time(struct option_parser *parser, int64_t *out_us)
{
    double seconds = 0;
    int err = read_quantity(parser, QUANTITY_SECONDS, &seconds);
    if (err == 0 && !(seconds <= SCENARIO_LONGEST_S)) {
        return option_complain(parser, "more than a week");
    }
    if (err == 0) {
        *out_us = (int64_t)(seconds * 1e6);
    }
    return err;
}

static int read_choice(struct option_parser *parser, const char *const *words, size_t count,
                       int *out)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(parser->value, words[i]) == 0) {
            *out = (int)i;
            return 0;
        }
    }
    char text[160];
    size_t len = (size_t)snprintf(text, sizeof(text), "'%.20s' is none of", parser->value);
    for (size_t i = 0; i < count && len < sizeof(text); i++) {
        len +=
            (size_t)snprintf(text + len, sizeof(text) - len, "%s %s", i == 0 ? "" : ",", words[i]);
    }
    return option_complain(parser, text);
}

static int read_plugin(struct option_parser *parser)
{
    static const char *const words[] = {"echotest", "videoroom", "audiobridge"};
    static const enum dial_kind kinds[] = {DIAL_JANUS_ECHO, DIAL_JANUS_VIDEOROOM,
                                           DIAL_JANUS_AUDIOBRIDGE};
    int choice = 0;
    int err = read_choice(parser, words, sizeof(words) / sizeof(words[0]), &choice);
    if (err == 0) {
        parser->options->run.target.kind = kinds[choice];
    }
    return err;
}

static int read_agent(struct option_parser *parser)
{
    static const char *const words[] = {"light", "full"};
    int choice = 0;
    int err = read_choice(parser, words, 2, &choice);
    if (err == 0) {
        parser->options->run.agent = choice == 0 ? AGENT_LIGHT : AGENT_FULL;
        parser->options->agent_given = true;
    }
    return err;
}

static int read_audio_repair(struct option_parser *parser)
{
    static const char *const words[] = {"none", "nack", "red", "nack+red"};
    int choice = 0;
    int err = read_choice(parser, words, 4, &choice);
    if (err == 0) {
        parser->options->run.audio_nack = choice == 1 || choice == 3;
        parser->options->run.audio_red = choice >= 2;
    }
    return err;
}

static int read_raise(struct option_parser *parser)
{
    static const char *const words[] = {"rooms", "callers", "watchers"};
    int choice = 0;
    int err = read_choice(parser, words, 3, &choice);
    if (err == 0) {
        parser->options->raise = (enum capacity_axis)choice;
        parser->options->raise_given = true;
    }
    return err;
}

static int read_header(struct option_parser *parser)
{
    struct dial_target *target = &parser->options->run.target;
    const char *colon = strchr(parser->value, ':');
    if (colon == NULL || colon == parser->value || strpbrk(parser->value, "\r\n") != NULL) {
        return option_complain(parser, "is no header; write \"Name: value\"");
    }
    if (target->header_count == DIAL_MAX_HEADERS) {
        return option_complain(parser, "more than 16");
    }
    target->headers[target->header_count++] = parser->value;
    return 0;
}

static int read_impair(struct option_parser *parser)
{
    struct scenario_group *group = &parser->options->group;
    char name[32];
    const char *colon = strchr(parser->value, ':');
    size_t len = colon == NULL ? strlen(parser->value) : (size_t)(colon - parser->value);
    (void)snprintf(name, sizeof(name), "%.*s", (int)(len < sizeof(name) ? len : sizeof(name) - 1),
                   parser->value);
    const struct profile *profile = profile_find(name);
    if (profile == NULL) {
        return option_complain(parser, "no line is called so; --list-profiles lists them");
    }
    group->profile = profile->name;
    group->profile_share = 0;
    if (colon != NULL && (quantity_read(colon + 1, QUANTITY_SHARE, &group->profile_share) != 0 ||
                          group->profile_share <= 0 || group->profile_share > 1)) {
        return option_complain(parser,
                               "its share is more than 0 and at most 100 %, as in lossy-10:25%");
    }
    return 0;
}

static int read_size(struct option_parser *parser)
{
    struct content_config *content = &parser->options->run.content;
    char *end = NULL;
    unsigned long width = strtoul(parser->value, &end, 10);
    unsigned long height = *end == 'x' ? strtoul(end + 1, &end, 10) : 0;
    if (*end != 0 || width < 256 || width > 3840 || height < 144 || height > 2160 ||
        width % 16 != 0 || height % 16 != 0) {
        return option_complain(parser,
                               "write WIDTHxHEIGHT, multiples of 16 from 256x144 to 3840x2160");
    }
    content->width = (uint16_t)width;
    content->height = (uint16_t)height;
    return 0;
}

static int read_rules(struct option_parser *parser, struct expect *rules)
{
    char reason[EXPECT_REASON_BYTES];
    return expect_parse(rules, parser->value, reason) == 0 ? 0 : option_complain(parser, reason);
}

static int read_target(struct option_parser *parser, enum option_id id)
{
    struct dial_target *target = &parser->options->run.target;
    uint32_t number = 0;
    int err = 0;
    switch ((int)id) {
    case ID_URL:
        return read_url(parser, &target->url);
    case ID_WHIP:
        return read_url(parser, &target->whip);
    case ID_WHEP:
        return read_url(parser, &target->whep);
    case ID_JANUS:
        parser->options->janus = true;
        return read_url(parser, &target->url);
    case ID_PLUGIN:
        return read_plugin(parser);
    case ID_TOKEN:
        if (parser->value[0] == 0) {
            return option_complain(parser, "is empty; leave it out where no token is wanted");
        }
        target->bearer = parser->value;
        return 0;
    case ID_HEADER:
        return read_header(parser);
    case ID_INSECURE:
        target->insecure = true;
        return 0;
    case ID_TIMEOUT:
        return read_time(parser, &target->timeout_us);
    case ID_PID:
        err = read_count(parser, 1, INT32_MAX, &number);
        parser->options->run.server = (pid_t)number;
        return err;
    default:
        return ERR_NOT_FOUND;
    }
}

int option_read_group(struct option_parser *parser, enum option_id id)
{
    struct scenario_group *group = &parser->options->group;
    switch ((int)id) {
    case ID_ROOMS:
        return read_count(parser, 1, SCENARIO_MOST_PEOPLE, &group->rooms);
    case ID_CALLERS:
        return read_count(parser, 0, SCENARIO_MOST_PEOPLE, &group->callers);
    case ID_SPEAKERS:
        return read_count(parser, 0, SCENARIO_MOST_PEOPLE, &group->speakers);
    case ID_WATCHERS:
        return read_count(parser, 0, SCENARIO_MOST_PEOPLE, &group->watchers);
    case ID_ALL_AT_ONCE:
        group->all_at_once = true;
        return 0;
    case ID_AUDIO_ONLY:
        parser->options->audio_only = true;
        return 0;
    case ID_VIDEO:
        group->video = true;
        return 0;
    case ID_VIDEO_ONLY:
        group->video = true;
        group->video_only = true;
        return 0;
    case ID_SIMULCAST:
        group->video = true;
        group->simulcast = true;
        return 0;
    case ID_RECEIVE_AUDIO:
        return read_count(parser, 1, AGREEMENT_MAX_STREAMS / 2, &group->receive_audio);
    case ID_RECEIVE_VIDEO:
        return read_count(parser, 1, AGREEMENT_MAX_STREAMS / 2, &group->receive_video);
    case ID_ROOM:
        group->room = parser->value;
        return 0;
    case ID_IMPAIR:
        return read_impair(parser);
    default:
        return ERR_NOT_FOUND;
    }
}

static int read_course(struct option_parser *parser, enum option_id id)
{
    struct scenario *scenario = &parser->options->scenario;
    uint32_t number = 0;
    int err = 0;
    switch ((int)id) {
    case ID_RAMP:
        return read_quantity(parser, QUANTITY_RATE, &scenario->ramp_per_s);
    case ID_DURATION:
        return read_time(parser, &scenario->duration_us);
    case ID_CHURN:
        return read_quantity(parser, QUANTITY_RATE, &scenario->churn_per_s);
    case ID_LISTEN:
        return read_quantity(parser, QUANTITY_SHARE, &scenario->listen);
    case ID_SEED:
        err = read_count(parser, 0, UINT32_MAX, &number);
        scenario->seed = number;
        return err;
    case ID_AGENT:
        return read_agent(parser);
    default:
        return ERR_NOT_FOUND;
    }
}

static int read_content(struct option_parser *parser, enum option_id id)
{
    struct content_config *content = &parser->options->run.content;
    double bits = 0;
    int err = 0;
    if (id == ID_VIDEO_FILE || id == ID_VIDEO_RATE || id == ID_SIZE) {
        parser->options->of_pictures = parser->name;
    }
    switch ((int)id) {
    case ID_AUDIO:
        content->audio_file = parser->value;
        return 0;
    case ID_VIDEO_FILE:
        content->video_file = parser->value;
        return 0;
    case ID_AUDIO_RATE:
        err = read_quantity(parser, QUANTITY_BITS, &bits);
        if (err == 0 && !(bits >= 6000 && bits <= 510000)) {
            return option_complain(parser, "Opus takes 6k to 510k");
        }
        content->audio_bps = (uint32_t)bits;
        return err;
    case ID_AUDIO_REPAIR:
        return read_audio_repair(parser);
    case ID_VIDEO_RATE:
        err = read_quantity(parser, QUANTITY_BITS, &bits);
        if (err == 0 && !(bits >= 50000 && bits <= 50e6)) {
            return option_complain(parser, "from 50k to 50M");
        }
        content->video_bps = (uint64_t)bits;
        return err;
    case ID_SIZE:
        return read_size(parser);
    default:
        return ERR_NOT_FOUND;
    }
}

static int read_reports(struct option_parser *parser, enum option_id id)
{
    struct options *options = parser->options;
    switch ((int)id) {
    case ID_EXPECT:
        return read_rules(parser, &options->expect);
    case ID_FIND_CAPACITY:
        return read_rules(parser, &options->capacity);
    case ID_RAISE:
        return read_raise(parser);
    case ID_JSON:
        options->json = parser->value;
        return 0;
    case ID_CSV:
        options->csv = parser->value;
        return 0;
    case ID_HTML:
        options->html = parser->value;
        return 0;
    case ID_QUIET:
        options->quiet = true;
        return 0;
    case ID_LIST_PROFILES:
        options->action = OPTIONS_LIST_PROFILES;
        return 0;
    case ID_HELP:
        options->action = OPTIONS_HELP;
        return 0;
    case ID_VERSION:
        options->action = OPTIONS_VERSION;
        return 0;
    default:
        return ERR_NOT_FOUND;
    }
}

int option_read(struct option_parser *parser, enum option_id id)
{
    static int (*const readers[])(struct option_parser *, enum option_id) = {
        read_target, read_course, read_content, read_reports};
    int err = ERR_NOT_FOUND;
    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]) && err == ERR_NOT_FOUND; i++) {
        err = readers[i](parser, id);
    }
    return err;
}
