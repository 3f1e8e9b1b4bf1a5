#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "load/capacity.h"
#include "load/scenario.h"
#include "unit/runner.h"

/** A server whose calls go bad beyond so many people. */
static uint64_t most_people;
static unsigned runs;
static int refuse_run; /* from which run on nothing can be started, 0 = never */
static int end_run;    /* which one is ended by who asked for it, 0 = none */
static bool late;      /* the tool is, where the server would go bad; so below */
static bool lacking;   /* descriptors */

static bool on_moment(void *owner, const struct tally_moment *moment, const struct tally *sofar)
{
    (void)owner;
    (void)moment;
    (void)sofar;
    return (int)runs != end_run;
}

static int made_run(struct tally *out, const struct run_config *config, const char **reason)
{
    runs++;
    if (refuse_run != 0 && (int)runs >= refuse_run) {
        *reason = "made up";
        return ERR_IO;
    }
    uint64_t people = scenario_people(config->scenario);
    *out = (struct tally){.server_cpu_s = -1};
    (void)config->moment(config->owner, NULL, out);
    if (late && people > most_people) {
        hist_add(&out->lag_us, 10 * TALLY_LATE_US);
    }
    out->callers = calloc(1, sizeof(*out->callers));
    if (out->callers == NULL) {
        *reason = "no memory";
        return ERR_NO_MEMORY;
    }
    out->caller_count = 1;
    bool fails = lacking && people > most_people;
    out->callers[0].state = fails ? CALLER_FAILED : CALLER_UP;
    out->callers[0].cause = fails ? LOAD_NO_RESOURCES : LOAD_FINE;
    out->callers[0].mos = (struct mos){.score = people > most_people ? 3.2 : 4.3, .r = 120};
    return 0;
}

struct search {
    struct scenario_group groups[2];
    struct scenario scenario;
    struct run_config config;
    struct expect rules;
    struct capacity *capacity;
    const char *reason;
};

static int find(struct search *search, size_t groups, enum capacity_axis axis, uint64_t most)
{
    char reason[EXPECT_REASON_BYTES];
    scenario_init(&search->scenario);
    search->scenario.groups = search->groups;
    search->scenario.group_count = groups;
    search->config.scenario = &search->scenario;
    search->config.moment = on_moment;
    search->capacity = calloc(1, sizeof(*search->capacity));
    if (search->capacity == NULL || expect_parse(&search->rules, "mos>=4.0", reason) != 0) {
        return ERR_NO_MEMORY;
    }
    runs = 0;
    most_people = most;
    return capacity_find(search->capacity, &search->config, axis, &search->rules, made_run, NULL,
                         NULL, &search->reason);
}

static void finish(struct search *search)
{
    if (search->capacity != NULL) {
        capacity_deinit(search->capacity);
    }
    free(search->capacity);
}

static bool tells(const struct search *search, const char *wanted)
{
    char text[CAPACITY_TEXT_BYTES];
    return CHECK_STR(capacity_tell(search->capacity, text, sizeof(text)), wanted);
}

TEST(capacity_is_found_between_what_holds_and_what_breaks)
{
    struct search search = {.reason = NULL};
    refuse_run = 0;
    scenario_group_init(&search.groups[0]);
    search.groups[0].rooms = 10;
    REQUIRE_OK(find(&search, 1, CAPACITY_ROOMS, 2 * 137));
    REQUIRE(search.capacity->best != NULL && search.capacity->breaks != NULL);
    CHECK(search.capacity->best->load <= 137 && search.capacity->best->load >= 129);
    CHECK(search.capacity->breaks->load > 137 && search.capacity->breaks->load < 146);
    REQUIRE(search.capacity->breaks->broken != NULL);
    CHECK_STR(search.capacity->breaks->broken->text, "mos>=4.0");
    CHECK_STR(search.capacity->breaks->verdict.found_text, "3.2");
    CHECK(runs < 14);
out:
    finish(&search);
}

TEST(search_goes_down_when_the_first_load_breaks)
{
    struct search search = {.reason = NULL};
    refuse_run = 0;
    scenario_group_init(&search.groups[0]);
    search.groups[0].callers = 64;
    REQUIRE_OK(find(&search, 1, CAPACITY_CALLERS, 9));
    REQUIRE(search.capacity->best != NULL);
    CHECK_INT(search.capacity->best->load, 9);
    CHECK_INT(search.capacity->breaks->load, 10);
    CHECK(tells(&search,
                "it carries 9 callers in each room (9 callers); at 10 mos>=4.0 3.2 broke first"));
out:
    finish(&search);
}

TEST(nothing_holds)
{
    struct search search = {.reason = NULL};
    refuse_run = 0;
    scenario_group_init(&search.groups[0]);
    search.groups[0].rooms = 16;
    REQUIRE_OK(find(&search, 1, CAPACITY_ROOMS, 1));
    CHECK(search.capacity->best == NULL);
    REQUIRE(search.capacity->breaks != NULL);
    CHECK_INT(search.capacity->breaks->load, 1);
    CHECK(tells(&search, "no load held; at 1 mos>=4.0 3.2 broke first"));
out:
    finish(&search);
}

TEST(groups_grow_in_proportion)
{
    struct search search = {.reason = NULL};
    refuse_run = 0;
    scenario_group_init(&search.groups[0]);
    scenario_group_init(&search.groups[1]);
    search.groups[0].rooms = 3;
    search.groups[1].rooms = 1;
    search.groups[1].callers = 10;
    REQUIRE_OK(find(&search, 2, CAPACITY_ROOMS, 64)); /* 16 people at load 4 */
    REQUIRE(search.capacity->best != NULL);
    CHECK_INT(search.capacity->best->load, 16);
    CHECK_INT(search.capacity->best->people, 64);
out:
    finish(&search);
}

TEST(what_cannot_be_started_ends_the_search)
{
    struct search search = {.reason = NULL};
    refuse_run = 1;
    scenario_group_init(&search.groups[0]);
    int err = find(&search, 1, CAPACITY_ROOMS, 64);
    REQUIRE(err == ERR_IO);
    CHECK_STR(search.reason, "made up");
    finish(&search);
    search = (struct search){.reason = NULL};
    refuse_run = 2;
    scenario_group_init(&search.groups[0]);
    REQUIRE_OK(find(&search, 1, CAPACITY_ROOMS, 64));
    CHECK_INT(search.capacity->count, 1);
    CHECK(tells(&search,
                "it carries at least 1 room (2 callers); there the search stopped: made up"));
    finish(&search);
    search = (struct search){.reason = NULL};
    scenario_group_init(&search.groups[0]);
    CHECK(find(&search, 1, CAPACITY_WATCHERS, 64) != 0); /* there are none to begin with */
out:
    refuse_run = 0;
    finish(&search);
}

TEST(a_run_that_was_ended_is_not_judged)
{
    struct search search = {.reason = NULL};
    scenario_group_init(&search.groups[0]);
    end_run = 3;
    REQUIRE_OK(find(&search, 1, CAPACITY_ROOMS, 4)); /* 1, 2 hold; 4 would break */
    CHECK_INT(search.capacity->count, 2);
    CHECK(search.capacity->breaks == NULL);
    CHECK(tells(&search,
                "it carries at least 2 rooms (4 callers); there the search stopped: it was ended"));
    CHECK_INT(runs, 3);
    finish(&search);
    search = (struct search){.reason = NULL};
    scenario_group_init(&search.groups[0]);
    end_run = 1;
    CHECK(find(&search, 1, CAPACITY_ROOMS, 4) != 0);
    CHECK(search.reason != NULL);
out:
    end_run = 0;
    finish(&search);
}

TEST(a_search_stays_within_what_a_scenario_may_be)
{
    struct search search = {.reason = NULL};
    scenario_group_init(&search.groups[0]);
    search.groups[0].callers = 30000;
    search.groups[0].speakers = 3;
    REQUIRE_OK(find(&search, 1, CAPACITY_CALLERS, UINT64_MAX));
    CHECK_INT(search.capacity->count, 2);
    REQUIRE(search.capacity->best != NULL);
    CHECK_INT(search.capacity->best->people, 60000);
    CHECK(tells(&search, "it carries at least 60000 callers in each room (60000 callers); there "
                         "the search stopped: one tandem-load places no more callers"));
out:
    finish(&search);
}

TEST(a_tool_that_is_late_where_a_rule_breaks_ends_the_search)
{
    struct search search = {.reason = NULL};
    scenario_group_init(&search.groups[0]);
    late = true;
    REQUIRE_OK(find(&search, 1, CAPACITY_ROOMS, 12)); /* 1, 2, 4 hold */
    REQUIRE(search.capacity->best != NULL && search.capacity->gave_out != NULL);
    CHECK_INT(search.capacity->best->load, 4);
    CHECK_INT(search.capacity->gave_out->load, 8);
    CHECK(search.capacity->breaks == NULL);
    CHECK(tells(&search, "it carries at least 4 rooms (8 callers); at 8 tandem-load itself gave "
                         "out, so that it cannot tell what more the server carries"));
out:
    late = false;
    finish(&search);
}

TEST(a_tool_that_has_no_more_descriptors_ends_the_search)
{
    struct search search = {.reason = NULL};
    scenario_group_init(&search.groups[0]);
    lacking = true;
    REQUIRE_OK(find(&search, 1, CAPACITY_ROOMS, 12)); /* 1, 2, 4 hold */
    REQUIRE(search.capacity->gave_out != NULL);
    CHECK_INT(search.capacity->gave_out->load, 8);
    CHECK(search.capacity->breaks == NULL);
out:
    lacking = false;
    finish(&search);
}
