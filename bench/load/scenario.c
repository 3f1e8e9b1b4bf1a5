#include "load/scenario.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libconfig.h>

#include "base/err.h"
#include "load/profiles.h"
#include "load/quantity.h"

struct scenario_file {
    config_t config; /* holds the strings */
    struct scenario_group groups[SCENARIO_MAX_GROUPS];
};

/** Where something is wrong. */
struct reader {
    const char *path;
    char *reason;
};

enum word_kind { WORD_COUNT, WORD_BOOL, WORD_TEXT, WORD_PROFILE, WORD_QUANTITY };

/** A setting of a file: where it goes in a group or a scenario. */
struct word {
    const char *name;
    size_t offset;
    enum word_kind kind;
    enum quantity_kind unit;
};

static const struct word group_words[] = {
    {"rooms", offsetof(struct scenario_group, rooms), WORD_COUNT, 0},
    {"callers", offsetof(struct scenario_group, callers), WORD_COUNT, 0},
    {"watchers", offsetof(struct scenario_group, watchers), WORD_COUNT, 0},
    {"speakers", offsetof(struct scenario_group, speakers), WORD_COUNT, 0},
    {"video", offsetof(struct scenario_group, video), WORD_BOOL, 0},
    {"simulcast", offsetof(struct scenario_group, simulcast), WORD_BOOL, 0},
    {"video_only", offsetof(struct scenario_group, video_only), WORD_BOOL, 0},
    {"all_at_once", offsetof(struct scenario_group, all_at_once), WORD_BOOL, 0},
    {"receive_audio", offsetof(struct scenario_group, receive_audio), WORD_COUNT, 0},
    {"receive_video", offsetof(struct scenario_group, receive_video), WORD_COUNT, 0},
    {"room", offsetof(struct scenario_group, room), WORD_TEXT, 0},
    {"impair", offsetof(struct scenario_group, profile), WORD_PROFILE, 0},
    {"share", offsetof(struct scenario_group, profile_share), WORD_QUANTITY, QUANTITY_SHARE},
};

static const struct word scenario_words[] = {
    {"ramp", offsetof(struct scenario, ramp_per_s), WORD_QUANTITY, QUANTITY_RATE},
    {"churn", offsetof(struct scenario, churn_per_s), WORD_QUANTITY, QUANTITY_RATE},
    {"listen", offsetof(struct scenario, listen), WORD_QUANTITY, QUANTITY_SHARE},
};

enum {
    GROUP_WORDS = sizeof(group_words) / sizeof(group_words[0]),
    SCENARIO_WORDS = sizeof(scenario_words) / sizeof(scenario_words[0])
};

static const double us_per_s = 1e6;

void scenario_group_init(struct scenario_group *group)
{
    *group = (struct scenario_group){.rooms = 1, .callers = 2, .speakers = UINT32_MAX};
}

void scenario_init(struct scenario *scenario)
{
    *scenario =
        (struct scenario){.ramp_per_s = 50, .duration_us = 30000000, .listen = 0.1, .seed = 1};
}

/* What does not fit together. */

static const char *group_fault(const struct scenario_group *group)
{
    if (group->rooms == 0) {
        return "rooms: at least 1";
    }
    if (group->callers == 0 && group->watchers == 0) {
        return "callers: nobody would call";
    }
    if (group->speakers != UINT32_MAX && group->speakers > group->callers) {
        return "speakers: more than callers";
    }
    if (group->simulcast && !group->video) {
        return "simulcast: needs video";
    }
    if (group->video_only && !group->video) {
        return "video_only: needs video";
    }
    if (group->profile_share > 1) {
        return "impair: its share is at most 100 %";
    }
    if (group->profile_share > 0 && group->profile == NULL) {
        return "impair: a share needs to know of what; name a line";
    }
    if (group->receive_audio > AGREEMENT_MAX_STREAMS / 2 ||
        group->receive_video > AGREEMENT_MAX_STREAMS / 2) {
        return "receive_audio, receive_video: at most 32 each";
    }
    return NULL;
}

static const char *scenario_fault(const struct scenario *scenario)
{
    if (!(scenario->ramp_per_s > 0)) {
        return "ramp: more than 0 callers a second";
    }
    if (scenario->duration_us < 1000000) {
        return "duration: at least 1 s";
    }
    if (!(scenario->churn_per_s <= SCENARIO_MOST_CHURN)) {
        return "churn: at most 10000 callers a second";
    }
    if (scenario->listen > 1) {
        return "listen: at most 100 %";
    }
    if (scenario_people(scenario) > SCENARIO_MOST_PEOPLE) {
        return "rooms, callers, watchers: more than 100000 people";
    }
    return NULL;
}

/* Reading. */

/** Tells at the setting that a fault ("name: ...") is about, or where that would be. */
static int fault_in(const struct reader *reader, const config_setting_t *parent, const char *fault)
{
    char name[32];
    (void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(fault, ":,"), fault);
    const config_setting_t *member = config_setting_get_member(parent, name);
    (void)snprintf(reader->reason, SCENARIO_REASON_BYTES, "%s:%u: %s", reader->path,
                   config_setting_source_line(member != NULL ? member : parent), fault);
    return ERR_INVALID;
}

static int wrong(const struct reader *reader, const config_setting_t *setting, const char *text)
{
    (void)snprintf(reader->reason, SCENARIO_REASON_BYTES, "%s:%u: %s: %s", reader->path,
                   config_setting_source_line(setting), config_setting_name(setting), text);
    return ERR_INVALID;
}

static int read_count(const struct reader *reader, const config_setting_t *setting, uint32_t *out)
{
    int type = config_setting_type(setting);
    bool whole = type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64;
    long long value = whole ? config_setting_get_int64(setting) : -1;
    if (value < 0 || value > UINT32_MAX) {
        return wrong(reader, setting, "wants a whole number from 0 to 4294967295");
    }
    *out = (uint32_t)value;
    return 0;
}

/** A number, or a text with a unit. */
static int read_quantity(const struct reader *reader, const config_setting_t *setting,
                         enum quantity_kind kind, double *out)
{
    if (config_setting_is_number(setting) != 0) {
        int type = config_setting_type(setting);
        *out = type == CONFIG_TYPE_FLOAT ? config_setting_get_float(setting)
                                         : (double)config_setting_get_int64(setting);
        return *out < 0 || !isfinite(*out) ? wrong(reader, setting, "is below 0") : 0;
    }
    const char *text = config_setting_get_string(setting);
    if (text == NULL || quantity_read(text, kind, out) != 0) {
        char words[80];
        (void)snprintf(words, sizeof(words), "wants a number; as text its units are %s",
                       quantity_units(kind));
        return wrong(reader, setting, words);
    }
    return 0;
}

static int read_word(const struct reader *reader, const config_setting_t *setting,
                     const struct word *word, void *record)
{
    void *place = (char *)record + word->offset;
    const char *text = config_setting_get_string(setting);
    switch (word->kind) {
    case WORD_COUNT:
        return read_count(reader, setting, place);
    case WORD_QUANTITY:
        return read_quantity(reader, setting, word->unit, place);
    case WORD_BOOL:
        if (config_setting_type(setting) != CONFIG_TYPE_BOOL) {
            return wrong(reader, setting, "wants true or false");
        }
        *(bool *)place = config_setting_get_bool(setting) != 0;
        return 0;
    case WORD_PROFILE:
        if (text == NULL || profile_find(text) == NULL) {
            return wrong(reader, setting, "names no profile; --list-profiles lists them");
        }
        *(const char **)place = text;
        return 0;
    case WORD_TEXT:
        if (text == NULL) {
            return wrong(reader, setting, "wants a text in quotes");
        }
        *(const char **)place = text;
        return 0;
    }
    return ERR_INVALID;
}

static const struct word *find_word(const struct word *words, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i].name, name) == 0) {
            return &words[i];
        }
    }
    return NULL;
}

static int read_group(const struct reader *reader, const config_setting_t *setting,
                      struct scenario_group *group)
{
    scenario_group_init(group);
    if (config_setting_is_group(setting) == 0) {
        (void)snprintf(reader->reason, SCENARIO_REASON_BYTES, "%s:%u: a group is { name = value; }",
                       reader->path, config_setting_source_line(setting));
        return ERR_INVALID;
    }
    for (int i = 0; i < config_setting_length(setting); i++) {
        const config_setting_t *member = config_setting_get_elem(setting, (unsigned)i);
        const struct word *word = find_word(group_words, GROUP_WORDS, config_setting_name(member));
        if (word == NULL) {
            return wrong(
                reader, member,
                "unknown; known are rooms, callers, watchers, speakers, video, simulcast, "
                "video_only, all_at_once, receive_audio, receive_video, room, impair, share");
        }
        int err = read_word(reader, member, word, group);
        if (err != 0) {
            return err;
        }
    }
    const char *fault = group_fault(group);
    return fault == NULL ? 0 : fault_in(reader, setting, fault);
}

static int read_groups(const struct reader *reader, const config_setting_t *setting,
                       struct scenario_file *file, struct scenario *scenario)
{
    int count = config_setting_length(setting);
    if (config_setting_is_list(setting) == 0 || count < 1 || count > SCENARIO_MAX_GROUPS) {
        return wrong(reader, setting, "wants a list of 1 to 64 groups: ( { ... }, { ... } )");
    }
    for (int i = 0; i < count; i++) {
        int err =
            read_group(reader, config_setting_get_elem(setting, (unsigned)i), &file->groups[i]);
        if (err != 0) {
            return err;
        }
    }
    scenario->groups = file->groups;
    scenario->group_count = (size_t)count;
    return 0;
}

static int read_setting(const struct reader *reader, const config_setting_t *setting,
                        struct scenario_file *file, struct scenario *scenario)
{
    const char *name = config_setting_name(setting);
    const struct word *word = find_word(scenario_words, SCENARIO_WORDS, name);
    if (word != NULL) {
        return read_word(reader, setting, word, scenario);
    }
    if (strcmp(name, "groups") == 0) {
        return read_groups(reader, setting, file, scenario);
    }
    if (strcmp(name, "duration") == 0) {
        double seconds = 0;
        int err = read_quantity(reader, setting, QUANTITY_SECONDS, &seconds);
        if (err == 0 && seconds > SCENARIO_LONGEST_S) {
            return wrong(reader, setting, "more than a week");
        }
        scenario->duration_us = err == 0 ? (int64_t)(seconds * us_per_s) : scenario->duration_us;
        return err;
    }
    if (strcmp(name, "seed") == 0) {
        uint32_t seed = 0;
        int err = read_count(reader, setting, &seed);
        scenario->seed = err == 0 ? seed : scenario->seed;
        return err;
    }
    return wrong(reader, setting, "unknown; known are groups, ramp, duration, churn, listen, seed");
}

static int parse(const struct reader *reader, config_t *config)
{
    FILE *in = fopen(reader->path, "re");
    int first = in != NULL ? fgetc(in) : EOF;
    if (in != NULL && first == EOF && ferror(in) != 0) { /* a folder: libconfig would exit() */
        (void)fclose(in);
        in = NULL;
    }
    if (in == NULL) {
        (void)snprintf(reader->reason, SCENARIO_REASON_BYTES, "%s: %s", reader->path,
                       strerror(errno));
        return ERR_NOT_FOUND;
    }
    (void)ungetc(first, in);
    bool good = config_read(config, in) == CONFIG_TRUE;
    (void)fclose(in);
    if (!good) {
        (void)snprintf(reader->reason, SCENARIO_REASON_BYTES, "%s:%d: %s", reader->path,
                       config_error_line(config), config_error_text(config));
        return ERR_MALFORMED;
    }
    return 0;
}

int scenario_read(struct scenario_file **out, struct scenario *scenario, const char *path,
                  char reason[static SCENARIO_REASON_BYTES])
{
    struct reader reader = {.path = path, .reason = reason};
    struct scenario draft = *scenario;
    struct scenario_file *file = calloc(1, sizeof(*file));
    if (file == NULL) {
        (void)snprintf(reason, SCENARIO_REASON_BYTES, "%s: no memory", path);
        return ERR_NO_MEMORY;
    }
    config_init(&file->config);
    int err = parse(&reader, &file->config);
    const config_setting_t *root = config_root_setting(&file->config);
    for (int i = 0; err == 0 && i < config_setting_length(root); i++) {
        err = read_setting(&reader, config_setting_get_elem(root, (unsigned)i), file, &draft);
    }
    if (err == 0) {
        const char *fault = scenario_fault(&draft);
        err = fault == NULL ? 0 : fault_in(&reader, root, fault);
    }
    if (err == 0 && draft.group_count == 0) {
        (void)snprintf(reason, SCENARIO_REASON_BYTES,
                       "%s: nobody is to call: groups = ( { rooms = 1; callers = 2; } );", path);
        err = ERR_INVALID;
    }
    if (err != 0) {
        scenario_file_free(&file);
        return err;
    }
    *scenario = draft;
    *out = file;
    return 0;
}

void scenario_file_free(struct scenario_file **file)
{
    if (*file == NULL) {
        return;
    }
    config_destroy(&(*file)->config);
    free(*file);
    *file = NULL;
}

int scenario_check(const struct scenario *scenario, char reason[static SCENARIO_REASON_BYTES])
{
    const char *fault = NULL;
    for (size_t i = 0; i < scenario->group_count && fault == NULL; i++) {
        fault = group_fault(&scenario->groups[i]);
    }
    if (fault == NULL) {
        fault = scenario_fault(scenario);
    }
    if (fault != NULL) {
        (void)snprintf(reason, SCENARIO_REASON_BYTES, "%s", fault);
        return ERR_INVALID;
    }
    return 0;
}

uint64_t scenario_people(const struct scenario *scenario)
{
    uint64_t people = 0;
    for (size_t i = 0; i < scenario->group_count; i++) {
        const struct scenario_group *group = &scenario->groups[i];
        people += (uint64_t)group->rooms * ((uint64_t)group->callers + group->watchers);
    }
    return people;
}

uint64_t scenario_rooms(const struct scenario *scenario)
{
    uint64_t rooms = 0;
    for (size_t i = 0; i < scenario->group_count; i++) {
        rooms += scenario->groups[i].rooms;
    }
    return rooms;
}

static void describe_group(const struct scenario_group *group, FILE *out)
{
    (void)fprintf(out, "%u room%s of %u", group->rooms, group->rooms == 1 ? "" : "s",
                  group->callers);
    if (group->watchers > 0) {
        (void)fprintf(out, " and %u watcher%s", group->watchers, group->watchers == 1 ? "" : "s");
    }
    if (group->speakers < group->callers) {
        (void)fprintf(out, ", %u speak", group->speakers);
    }
    if (group->all_at_once) {
        (void)fputs(" all at once", out);
    }
    (void)fputs(!group->video      ? ", sound"
                : group->simulcast ? ", simulcast video"
                                   : ", video",
                out);
    if (group->profile != NULL) {
        double share = group->profile_share > 0 ? group->profile_share : 1;
        (void)fprintf(out, ", %.3g %% on %s", share * 100, group->profile);
    }
}

const char *scenario_describe(const struct scenario *scenario, char *out, size_t size)
{
    out[0] = 0;
    FILE *text = fmemopen(out, size, "w");
    if (text == NULL) {
        return out;
    }
    for (size_t i = 0; i < scenario->group_count; i++) {
        (void)fputs(i == 0 ? "" : "; ", text);
        describe_group(&scenario->groups[i], text);
    }
    (void)fclose(text);
    out[size - 1] = 0;
    return out;
}
