#include "load/capacity.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "load/scenario.h"

/** What has to be known of the search to take its next step. */
struct search {
    uint32_t holds;  /* most load that held, 0 = none */
    uint32_t breaks; /* least load that broke, 0 = none */
    uint32_t begin;
};

/** The next load to try, 0 = it is found closely enough. */
static uint32_t next_load(const struct search *search)
{
    if (search->holds == 0 && search->breaks == 0) {
        return search->begin;
    }
    if (search->breaks == 0) {
        return search->holds > SCENARIO_MOST_PEOPLE ? 0 : search->holds * 2;
    }
    uint32_t gap = search->breaks - search->holds;
    uint32_t fine = search->holds / CAPACITY_PARTS;
    if (gap <= 1 || gap <= fine) {
        return 0;
    }
    return search->holds + gap / 2;
}

static uint32_t *axis_of(struct scenario_group *group, enum capacity_axis axis)
{
    switch (axis) {
    case CAPACITY_ROOMS:
        return &group->rooms;
    case CAPACITY_CALLERS:
        return &group->callers;
    case CAPACITY_WATCHERS:
        return &group->watchers;
    }
    return &group->rooms;
}

static uint32_t load_of(const struct scenario *scenario, enum capacity_axis axis)
{
    uint32_t load = 0;
    for (size_t i = 0; i < scenario->group_count; i++) {
        struct scenario_group group = scenario->groups[i];
        load += *axis_of(&group, axis);
    }
    return load;
}

/** Gives the load to the groups, in the proportion in which they had it; no room is left out. */
static void share_out(struct scenario *scenario, const struct scenario *base,
                      enum capacity_axis axis, uint32_t load)
{
    uint64_t whole = load_of(base, axis);
    uint64_t before = 0; /* of the base, in the groups before */
    for (size_t i = 0; i < base->group_count; i++) {
        struct scenario_group group = base->groups[i];
        uint64_t part = *axis_of(&group, axis);
        uint64_t from = before * load / whole;
        before += part;
        uint32_t here = (uint32_t)(before * load / whole - from);
        scenario->groups[i] = base->groups[i];
        *axis_of(&scenario->groups[i], axis) = axis == CAPACITY_ROOMS && here == 0 ? 1 : here;
        if (group.speakers != UINT32_MAX && group.speakers > scenario->groups[i].callers) {
            scenario->groups[i].speakers = scenario->groups[i].callers;
        }
    }
}

static void judge(struct capacity_step *step, const struct expect *rules)
{
    tally_sum(&step->tally, &step->sum);
    step->broken = expect_broken(rules, &step->tally, &step->sum, &step->verdict);
    step->tool_late = tally_tool_late(&step->tally);
    step->tool_short = step->sum.causes[LOAD_NO_RESOURCES] > 0;
    /* who does not come in is beyond capacity, whatever the rules are about */
    step->holds =
        step->broken == NULL && (step->sum.failed == 0 || expect_is_about(rules, "failed"));
}

static void note(struct capacity *capacity, struct search *search, const struct capacity_step *step)
{
    if (step->holds) {
        search->holds = step->load;
        capacity->best = step;
    } else if (step->tool_late || step->tool_short) {
        capacity->gave_out = step; /* what broke may be the tool's own doing */
    } else {
        search->breaks = step->load;
        capacity->breaks = step;
    }
}

/** A search under way. */
struct course {
    struct capacity *out;
    const struct run_config *base;
    const struct expect *rules;
    capacity_run *make;
    capacity_told *told;
    void *owner;
    struct scenario scenario; /* of the step; so is config */
    struct run_config config;
    struct search search;
    bool ended; /* a run was, before its time */
};

static bool on_moment(void *owner, const struct tally_moment *moment, const struct tally *sofar)
{
    struct course *course = owner;
    const struct run_config *base = course->base;
    course->ended = base->moment != NULL && !base->moment(base->owner, moment, sofar);
    return !course->ended;
}

static bool tell(const struct course *course, const struct capacity_step *step, bool done)
{
    return course->told == NULL || course->told(course->owner, step, done);
}

/** Takes one step. @return 0, ERR_CLOSED when it was ended before its time, or what the run
 * returned */
static int take_step(struct course *course, struct capacity_step *step, const char **reason)
{
    int err = course->make(&step->tally, &course->config, reason);
    if (err != 0) {
        return err;
    }
    if (course->ended) { /* half a run tells nothing about the load */
        tally_deinit(&step->tally);
        *reason = "ended before the first load was measured";
        return ERR_CLOSED;
    }
    course->out->count++;
    judge(step, course->rules);
    note(course->out, &course->search, step);
    return 0;
}

/** Step after step, until it is found or cannot go on. */
static int climb(struct course *course, const char **reason)
{
    char fault[SCENARIO_REASON_BYTES];
    struct capacity *out = course->out;
    bool goes_on = true;
    int err = 0;
    for (uint32_t load = course->search.begin;
         err == 0 && goes_on && load > 0 && out->count < CAPACITY_MAX_STEPS;
         load = next_load(&course->search)) {
        struct capacity_step *step = &out->steps[out->count];
        step->load = load;
        share_out(&course->scenario, course->base->scenario, out->axis, load);
        step->people = scenario_people(&course->scenario);
        if (scenario_check(&course->scenario, fault) != 0) {
            out->stopped = "one tandem-load places no more callers";
            break;
        }
        goes_on = tell(course, step, false);
        err = goes_on ? take_step(course, step, reason) : 0;
        out->stopped = err == ERR_CLOSED || !goes_on ? "it was ended" : err != 0 ? *reason : NULL;
        if (goes_on && err == 0 && !tell(course, step, true)) {
            out->stopped = "it was ended";
        }
        goes_on = out->stopped == NULL && out->gave_out == NULL;
    }
    if (out->count == 0 && err == 0) {
        *reason = "ended before the first load was measured";
        err = ERR_CLOSED;
    }
    return out->count > 0 ? 0 : err;
}

int capacity_find(struct capacity *out, const struct run_config *base, enum capacity_axis axis,
                  const struct expect *rules, capacity_run *make, capacity_told *told, void *owner,
                  const char **reason)
{
    struct course course = {.out = out,
                            .base = base,
                            .rules = rules,
                            .make = make,
                            .told = told,
                            .owner = owner,
                            .scenario = *base->scenario,
                            .config = *base,
                            .search = {.begin = load_of(base->scenario, axis)}};
    out->axis = axis;
    if (course.search.begin == 0) {
        *reason = "--raise: there is none of that in the scenario to begin with";
        return ERR_INVALID;
    }
    course.scenario.groups = calloc(course.scenario.group_count, sizeof(*course.scenario.groups));
    if (course.scenario.groups == NULL) {
        *reason = "no memory";
        return ERR_NO_MEMORY;
    }
    course.config.scenario = &course.scenario;
    course.config.moment = on_moment;
    course.config.owner = &course;
    int err = climb(&course, reason);
    free(course.scenario.groups);
    return err;
}

const char *capacity_axis_name(enum capacity_axis axis, uint32_t load)
{
    switch (axis) {
    case CAPACITY_ROOMS:
        return load == 1 ? "room" : "rooms";
    case CAPACITY_CALLERS:
        return load == 1 ? "caller in each room" : "callers in each room";
    case CAPACITY_WATCHERS:
        return load == 1 ? "watcher in each room" : "watchers in each room";
    }
    return "rooms";
}

const char *capacity_verdict(const struct capacity_step *step, char *out, size_t size)
{
    const char *own = step->tool_short
                          ? " (tandem-load itself ran out of descriptors, ports or memory)"
                      : step->tool_late ? " (tandem-load itself was late)"
                                        : "";
    if (step->broken != NULL) {
        (void)snprintf(out, size, "%s broke: %s%s", step->broken->text, step->verdict.found_text,
                       own);
    } else {
        (void)snprintf(out, size, "%s%s", step->holds ? "holds" : "callers failed", own);
    }
    return out;
}

static void tell_end(FILE *out, const struct capacity *capacity)
{
    const struct capacity_step *breaks = capacity->breaks;
    if (breaks != NULL && breaks->broken != NULL) {
        (void)fprintf(out, "; at %" PRIu32 " %s %s broke first", breaks->load, breaks->broken->text,
                      breaks->verdict.found_text);
    } else if (breaks != NULL) {
        (void)fprintf(out, "; at %" PRIu32 " callers failed first", breaks->load);
    }
    if (capacity->gave_out != NULL) {
        (void)fprintf(out,
                      "; at %" PRIu32 " tandem-load itself gave out, so that it cannot tell what "
                      "more the server carries",
                      capacity->gave_out->load);
    }
    if (capacity->stopped != NULL) {
        (void)fprintf(out, "; there the search stopped: %s", capacity->stopped);
    }
}

const char *capacity_tell(const struct capacity *capacity, char *out, size_t size)
{
    const struct capacity_step *best = capacity->best;
    bool least = capacity->breaks == NULL || capacity->stopped != NULL;
    out[0] = 0;
    FILE *text = fmemopen(out, size, "w");
    if (text == NULL) {
        return out;
    }
    if (best == NULL) {
        (void)fputs("no load held", text);
    } else {
        (void)fprintf(text, "it carries %s%" PRIu32 " %s (%" PRIu64 " callers)",
                      least ? "at least " : "", best->load,
                      capacity_axis_name(capacity->axis, best->load), best->people);
    }
    tell_end(text, capacity);
    (void)fclose(text);
    out[size - 1] = 0;
    return out;
}

void capacity_deinit(struct capacity *capacity)
{
    for (size_t i = 0; i < capacity->count; i++) {
        tally_deinit(&capacity->steps[i].tally);
    }
    *capacity = (struct capacity){.count = 0};
}
