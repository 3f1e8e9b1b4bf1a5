#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "load/html_text.h"
#include "load/report.h"
#include "load/report_json.h"
#include "load/scenario.h"
#include "load/words.h"
#include "unit/runner.h"

enum { CALLERS = 8, MOMENTS = 20, PAGE_BYTES = 400000 };

static const char hostile[] = "<script>alert('1')</script> & \"quoted\"\n\x1b[2J";

/** A run that has a bit of everything, bad words of the server included. */
struct made {
    struct scenario_group group;
    struct scenario scenario;
    struct run_config config;
    struct tally tally;
    struct tally_sum sum;
    struct expect expect;
    struct report report;
    char *page;
};

static void make_caller(struct caller_result *result, uint32_t i)
{
    result->config = (struct caller_config){.number = i + 1, .room = i / 2, .profile = "lossy-3"};
    (void)snprintf(result->config.name, sizeof(result->config.name), "caller <%u>", i + 1);
    (void)snprintf(result->config.room_name, sizeof(result->config.room_name), "=room-%u", i / 2);
    if (i == CALLERS - 1) {
        result->state = CALLER_FAILED;
        result->cause = LOAD_REFUSED;
        (void)snprintf(result->message, sizeof(result->message), "%s", hostile);
        return;
    }
    result->state = CALLER_UP;
    result->times = (struct caller_times){.begin_us = 1000 * i + 1,
                                          .answer_us = 1000 * i + 4001,
                                          .path_us = 1000 * i + 5001,
                                          .keys_us = 1000 * i + 9001,
                                          .sound_us = 1000 * i + 29001,
                                          .frame_us = 1000 * i + 39501};
    result->stats.received_count = 2;
    result->stats.rtp_received = 1700;
    struct stats_received *sound = &result->stats.received[0];
    *sound = (struct stats_received){.kind = LOAD_AUDIO,
                                     .packets = 1490,
                                     .lost_before = 20 + i,
                                     .lost_after = 10 + i,
                                     .runs = 9,
                                     .due_us = 30000000,
                                     .concealed_us = 200000,
                                     .buffer_us = 40000,
                                     .jitter_us = 700};
    for (int j = 0; j < 100; j++) {
        hist_add(&sound->delay_us, 200 + 13 * j);
    }
    result->stats.received[1] = (struct stats_received){.kind = LOAD_VIDEO,
                                                        .packets = 200,
                                                        .frames = 300,
                                                        .shown_us = 10000000,
                                                        .freezes = 1,
                                                        .frozen_us = 300000,
                                                        .interval_s = 10,
                                                        .interval2_s2 = 0.4};
    mos_of_stats(&result->mos, &result->stats, 32000);
    result->scored = true;
    result->score = (struct heard_score){.sound = true,
                                         .compared = true,
                                         .estoi = 0.913,
                                         .lsd_db = 3.4,
                                         .mouth_to_ear_ms = 93.2,
                                         .clipped_share = 0.001,
                                         .wrong = {i + 1},
                                         .wrong_count = i == 2 ? 1 : 0,
                                         .missing = {1},
                                         .missing_count = i == 3 ? 1 : 0,
                                         .pictures = true,
                                         .psnr_db = 38.21,
                                         .ssim = 0.9712};
}

static bool make(struct made *made)
{
    char reason[EXPECT_REASON_BYTES];
    *made = (struct made){.page = calloc(1, PAGE_BYTES)};
    made->tally = (struct tally){.agent = "light",
                                 .audio_bps = 32000,
                                 .length_us = 30000000,
                                 .rooms = CALLERS / 2,
                                 .own_cpu_s = 3.25,
                                 .server_cpu_s = 0.5,
                                 .server_bytes_before = 1000000,
                                 .server_bytes_peak = 3000000};
    (void)snprintf(made->tally.target, sizeof(made->tally.target), "%s", hostile);
    made->tally.callers = calloc(CALLERS, sizeof(*made->tally.callers));
    made->tally.moments = calloc(MOMENTS, sizeof(*made->tally.moments));
    if (made->page == NULL || made->tally.callers == NULL || made->tally.moments == NULL ||
        expect_parse(&made->expect, "mos>=4.4,failed<50%", reason) != 0) {
        return false;
    }
    made->tally.caller_count = CALLERS;
    made->tally.moment_count = MOMENTS;
    for (uint32_t i = 0; i < CALLERS; i++) {
        make_caller(&made->tally.callers[i], i);
    }
    for (int64_t i = 0; i < MOMENTS; i++) {
        made->tally.moments[i] = (struct tally_moment){
            .at_us = 1000000 * i, .up = CALLERS, .mos_worst = 3, .mos_mean = 4, .server_cpu = 0.1};
        hist_add(&made->tally.lag_us, 100 + i);
    }
    scenario_group_init(&made->group);
    scenario_init(&made->scenario);
    made->scenario.groups = &made->group;
    made->scenario.group_count = 1;
    made->config.scenario = &made->scenario;
    tally_sum(&made->tally, &made->sum);
    made->report = (struct report){.config = &made->config,
                                   .tally = &made->tally,
                                   .sum = &made->sum,
                                   .expect = &made->expect,
                                   .began = "2026-11-22 16:00:00 UTC",
                                   .version = "0"};
    return true;
}

static void finish(struct made *made)
{
    tally_deinit(&made->tally);
    free(made->page);
}

/** What a report writes, as text in made->page. */
static int write_to_page(struct made *made, int (*write)(const struct report *, FILE *))
{
    FILE *out = fmemopen(made->page, PAGE_BYTES, "w");
    if (out == NULL) {
        return -1;
    }
    int err = write(&made->report, out);
    (void)fclose(out);
    return err;
}

/** The member of a tree at a path such as "callers.3.mos"; NULL when there is none. */
static const json_t *member(const json_t *tree, const char *path)
{
    while (tree != NULL && *path != 0) {
        char name[64];
        size_t len = strcspn(path, ".");
        (void)snprintf(name, sizeof(name), "%.*s", (int)len, path);
        tree = json_is_array(tree) ? json_array_get(tree, (size_t)atoi(name))
                                   : json_object_get(tree, name);
        path += len + (path[len] == '.' ? 1 : 0);
    }
    return tree;
}

/** Compares each number of the page with the JSON. @return how many there were, 0 = one differed */
static size_t compare_numbers(const char *page, const json_t *tree)
{
    static const char mark[] = "data-json=\"";
    size_t count = 0;
    for (const char *at = strstr(page, mark); at != NULL; at = strstr(at + 1, mark)) {
        char path[80];
        const char *name = at + strlen(mark);
        size_t len = strcspn(name, "\"");
        (void)snprintf(path, sizeof(path), "%.*s", (int)len, name);
        double shown = strtod(name + len + strlen("\" value=\""), NULL);
        const json_t *value = member(tree, path);
        if (!json_is_number(value) || fabs(json_number_value(value) - shown) > 1e-5) {
            (void)fprintf(stderr, "%s: page %g, JSON %g\n", path, shown, json_number_value(value));
            return 0;
        }
        count++;
    }
    return count;
}

TEST(numbers_of_the_page_are_those_of_the_json)
{
    struct made made;
    json_t *tree = NULL;
    REQUIRE(make(&made));
    REQUIRE_OK(write_to_page(&made, report_html));
    tree = report_tree(&made.report);
    REQUIRE(tree != NULL);
    CHECK(compare_numbers(made.page, tree) > 100);
    CHECK(strstr(made.page, "</html>") != NULL);
out:
    json_decref(tree);
    finish(&made);
}

TEST(foreign_words_stay_words)
{
    struct made made;
    REQUIRE(make(&made));
    REQUIRE_OK(write_to_page(&made, report_html));
    CHECK(strstr(made.page, "<script") == NULL && strchr(made.page, '\x1b') == NULL);
    CHECK(strstr(made.page, "&lt;script&gt;alert(&#39;1&#39;)") != NULL);
    CHECK(strstr(made.page, "caller &lt;3&gt;") != NULL);
    REQUIRE_OK(write_to_page(&made, report_csv));
    CHECK(strchr(made.page, '\x1b') == NULL && strstr(made.page, ",\" =room-1\",") != NULL);
    CHECK(strstr(made.page, "& \"\"quoted\"\" ") != NULL);
    REQUIRE_OK(write_to_page(&made, report_table));
    CHECK(strchr(made.page, '\x1b') == NULL);
out:
    finish(&made);
}

TEST(json_has_all_callers_and_can_be_read_back)
{
    struct made made;
    json_t *tree = NULL;
    REQUIRE(make(&made));
    REQUIRE_OK(write_to_page(&made, report_json));
    tree = json_loads(made.page, 0, NULL);
    REQUIRE(tree != NULL);
    CHECK_INT(json_array_size(member(tree, "callers")), CALLERS);
    CHECK_INT(json_array_size(member(tree, "moments")), MOMENTS);
    CHECK_INT(json_array_size(member(tree, "room_sums")), CALLERS / 2);
    CHECK_INT(json_integer_value(member(tree, "sum.failed")), 1);
    CHECK_STR(json_string_value(member(tree, "sum.causes.0.cause")), "refused");
    CHECK(json_is_false(member(tree, "good")) && json_is_false(member(tree, "expect.0.holds")));
    CHECK(json_is_true(member(tree, "expect.1.holds")));
    CHECK_INT(json_integer_value(member(tree, "callers.2.heard.wrong.0")), 3);
out:
    json_decref(tree);
    finish(&made);
}

TEST(csv_has_a_row_of_equal_length_for_each_caller)
{
    struct made made;
    REQUIRE(make(&made));
    REQUIRE_OK(write_to_page(&made, report_csv));
    size_t rows = 0;
    size_t columns = 0;
    for (const char *row = made.page; *row != 0; row = strchr(row, '\n') + 1) {
        size_t commas = 0;
        bool quoted = false;
        for (const char *at = row; *at != '\n'; at++) {
            quoted = *at == '"' ? !quoted : quoted;
            commas += *at == ',' && !quoted ? 1 : 0;
        }
        columns = rows == 0 ? commas : columns;
        CHECK_INT(commas, columns);
        rows++;
    }
    CHECK_INT(rows, CALLERS + 1);
out:
    finish(&made);
}

/** Cuts a row's next field off: what is in quotes without them. */
static char *next_field(char **rest)
{
    char *field = *rest;
    char *end = field;
    bool quoted = *field == '"';
    if (quoted) {
        field++;
        for (end = field; *end != 0 && (end[0] != '"' || end[1] == '"'); end++) {
            end += end[0] == '"' ? 1 : 0;
        }
        *end++ = 0;
    }
    end += strcspn(end, ",\r\n");
    *rest = *end == ',' ? end + 1 : NULL;
    *end = 0;
    return field;
}

/** Compares a row's numbers with a caller of the JSON, by the columns' names. @return how many are
 * in both */
static size_t compare_row(char *row, const char *names, const json_t *caller)
{
    size_t same = 0;
    while (row != NULL && names != NULL) {
        char name[32];
        size_t len = strcspn(names, ",\r");
        (void)snprintf(name, sizeof(name), "%.*s", (int)len, names);
        names = names[len] == ',' ? names + len + 1 : NULL;
        const char *shown = next_field(&row);
        const json_t *value = json_object_get(caller, name);
        value = value == NULL ? json_object_get(json_object_get(caller, "heard"), name) : value;
        if (!json_is_number(value) || *shown == 0) {
            continue;
        }
        CHECK(fabs(json_number_value(value) - strtod(shown, NULL)) < 0.0051);
        same++;
    }
    return same;
}

TEST(csv_and_json_tell_the_same_of_each_caller)
{
    struct made made;
    json_t *tree = NULL;
    REQUIRE(make(&made));
    tree = report_tree(&made.report);
    REQUIRE(tree != NULL);
    REQUIRE_OK(write_to_page(&made, report_csv));
    char *row = strchr(made.page, '\n') + 1;
    for (size_t i = 0; i < CALLERS; i++) {
        char *next = strstr(row, "\r\n") + 2;
        next[-2] = 0;
        size_t same = compare_row(row, made.page, json_array_get(member(tree, "callers"), i));
        CHECK(same >= 26 || i == CALLERS - 1); /* who failed has fewer */
        row = next;
    }
    CHECK(fabs(json_real_value(member(tree, "callers.2.loss_after")) - 12.0 / 1702) < 1e-6);
out:
    json_decref(tree);
    finish(&made);
}

TEST(table_does_not_put_own_words_into_the_servers_mouth)
{
    struct made made;
    REQUIRE(make(&made));
    for (size_t i = 0; i < CALLERS; i++) {
        struct caller_result *result = &made.tally.callers[i];
        if (result->cause == LOAD_REFUSED) {
            result->cause = LOAD_UNREACHABLE;
            (void)snprintf(result->message, sizeof(result->message), "Connection refused");
        }
    }
    tally_sum(&made.tally, &made.sum);
    REQUIRE_OK(write_to_page(&made, report_table));
    CHECK(strstr(made.page, "1 unreachable: the server could not be reached") != NULL);
    CHECK(strstr(made.page, "in detail: Connection refused") != NULL);
    CHECK(strstr(made.page, "the server said") == NULL);
out:
    finish(&made);
}

TEST(strangers_in_the_rooms_are_told)
{
    struct made made;
    REQUIRE(make(&made));
    REQUIRE_OK(write_to_page(&made, report_table));
    CHECK(strstr(made.page, "not ours") == NULL);
    made.tally.callers[1].stats.received[0].heard_count = 1;
    made.tally.callers[1].stats.received[0].heard[0] =
        (struct stats_heard){.caller = MARK_STRANGER, .packets = 41};
    tally_sum(&made.tally, &made.sum);
    REQUIRE_OK(write_to_page(&made, report_table));
    CHECK(strstr(made.page, "41 packets are of another tandem-load's callers") != NULL);
    CHECK(strstr(made.page, "--room") != NULL);
    REQUIRE_OK(write_to_page(&made, report_html));
    CHECK(strstr(made.page, "Not ours") != NULL);
out:
    finish(&made);
}

TEST(table_tells_causes_and_who_hears_whom)
{
    struct made made;
    REQUIRE(make(&made));
    REQUIRE_OK(write_to_page(&made, report_table));
    CHECK(strstr(made.page, "7 of 8 came up, 1 failed") != NULL);
    CHECK(strstr(made.page, "1 refused: the server refused the token") != NULL);
    CHECK(strstr(made.page, "the server said: <script>") != NULL);
    CHECK(strstr(made.page, "caller <3> in =room-1 hears itself") != NULL);
    CHECK(strstr(made.page, "caller <4> in =room-1 misses caller <1>") != NULL);
    CHECK(strstr(made.page, "BROKEN mos>=4.4") != NULL);
    CHECK(strstr(made.page, "kept   failed<50%") != NULL);
out:
    finish(&made);
}

TEST(report_is_good_when_rules_hold_and_nobody_failed)
{
    struct made made;
    REQUIRE(make(&made));
    char reason[EXPECT_REASON_BYTES];
    CHECK(!report_good(&made.report)); /* mos>=4.4 */
    made.expect.count = 0;
    CHECK(!report_good(&made.report)); /* one failed, and no rule is about that */
    REQUIRE(expect_parse(&made.expect, "failed<50%", reason) == 0);
    CHECK(report_good(&made.report));
    made.expect.count = 0;
    made.sum.failed = 0;
    CHECK(report_good(&made.report));
    made.report.interrupted = true;
    CHECK(report_good(&made.report));
    made.tally.length_us = 0; /* ended before anything was measured */
    CHECK(!report_good(&made.report));
    made.tally.length_us = 1000000;
    made.sum.up = 0;
    CHECK(!report_good(&made.report));
out:
    finish(&made);
}

TEST(words_have_three_digits_that_count)
{
    CHECK_STR(words_us(350).text, "350 us");
    CHECK_STR(words_us(1500).text, "1.50 ms");
    CHECK_STR(words_us(12345678).text, "12.3 s");
    CHECK_STR(words_share(0.0025).text, "0.25 %");
    CHECK_STR(words_share(0).text, "0 %");
    CHECK_STR(words_bps(32000).text, "32.0 kbit/s");
    CHECK_STR(words_bytes(170000).text, "170 kB");
}
