/**
 * The tools of `make quality` against known answers: series, plots, tables.
 */
#include <math.h>
#include <stdlib.h>

#include "quality/plot.h"
#include "quality/report.h"
#include "quality/table.h"
#include "quality/trace.h"
#include "unit/runner.h"

TEST_NO_OOM(trace_means_percentiles_and_crossings)
{
    struct trace trace;
    trace_init(&trace);
    for (int i = 0; i < 100; i++) {
        trace_append(&trace, "rate/target", i * 1000, i);
    }
    CHECK(fabs(trace_mean(&trace, "rate/target", 0, 100000) - 49.5) < 1e-9);
    CHECK(fabs(trace_mean(&trace, "rate/target", 50000, 52000) - 50.5) < 1e-9);
    CHECK(fabs(trace_mean(&trace, "rate/target", 99000, 500000) - 99) < 1e-9);
    CHECK(trace_percentile(&trace, "rate/target", 0.95, 0, 100000) == 95);
    CHECK(trace_percentile(&trace, "rate/target", 0.5, 40000, 60000) == 50);
    CHECK_INT(trace_first_above(&trace, "rate/target", 30, 0), 30000);
    CHECK_INT(trace_first_above(&trace, "rate/target", 30, 40000), 40000);
    CHECK_INT(trace_first_below(&trace, "rate/target", 0, 0), INT64_MAX);
    CHECK(trace_find(&trace, "rate/nothing") == NULL);
    trace_deinit(&trace);
}

TEST_NO_OOM(trace_meter_gives_kilobits_a_second)
{
    struct trace trace;
    struct trace_meter meter;
    trace_init(&trace);
    trace_meter_init(&meter, "rate/sent", 200000, 0);
    trace_meter_add(&meter, &trace, 20000, 50000);
    trace_meter_add(&meter, &trace, 5000, 199999);
    trace_meter_add(&meter, &trace, 12500, 500000);
    trace_meter_add(&meter, &trace, 0, 600000);
    const struct trace_series *series = trace_find(&trace, "rate/sent");
    REQUIRE(series != NULL);
    REQUIRE_INT(series->count, 3);
    CHECK(series->points[0].value == 1000);
    CHECK(series->points[1].value == 0);
    CHECK(series->points[2].value == 500);
    CHECK_INT(series->points[2].at_us, 400000);
out:
    trace_deinit(&trace);
}

/** Tags that are opened are closed, and nothing is written that is no XML. */
static bool well_formed(const char *text)
{
    int depth = 0;
    for (const char *at = strchr(text, '<'); at != NULL; at = strchr(at + 1, '<')) {
        const char *end = strchr(at, '>');
        if (end == NULL || strpbrk(at + 1, "<>") != end) {
            return false;
        }
        depth += at[1] == '/' ? -1 : end[-1] == '/' ? 0 : 1;
        if (depth < 0) {
            return false;
        }
    }
    return depth == 0 && strstr(text, "nan") == NULL && strstr(text, "inf\"") == NULL;
}

TEST_NO_OOM(plot_is_well_formed_whatever_it_shows)
{
    struct trace trace;
    char *text = NULL;
    size_t len = 0;
    trace_init(&trace);
    trace_set_kind(&trace, "rate/capacity", TRACE_AREA);
    trace_append(&trace, "rate/capacity", 0, 1000);
    trace_append(&trace, "rate/capacity", 5000000, 500);
    for (int i = 0; i < 10000; i++) {
        trace_append(&trace, "rate/target", i * 1000, 300 + i % 7);
    }
    trace_set_kind(&trace, "queue/lost", TRACE_DOTS);
    trace_append(&trace, "queue/lost", 20000000, -5); /* beyond both axes */
    trace_set_kind(&trace, "picture/slot <1> & \"2\"", TRACE_STEP);
    trace_append(&trace, "picture/slot <1> & \"2\"", 3000000, 720);
    trace_span(&trace, "picture/freezes", 1000000, 1500000);
    trace_set_kind(&trace, "loss/empty", TRACE_LINE);
    FILE *out = open_memstream(&text, &len);
    REQUIRE(out != NULL);
    const struct plot plot = {.title = "a < b", .from_us = 0, .to_us = 10000000};
    CHECK_INT(plot_write(out, &plot, &trace), 0);
    (void)fclose(out);
    CHECK(well_formed(text));
    CHECK(strstr(text, "a &lt; b") != NULL);
    CHECK(len < 40000); /* ten thousand points are as many strokes as there are columns */
out:
    free(text);
    trace_deinit(&trace);
}

TEST_NO_OOM(table_is_the_mean_of_its_runs_and_counts_missed_bars)
{
    struct report reports[2] = {{.number_count = 0}, {.number_count = 0}};
    char *text = NULL;
    size_t len = 0;
    report_number(&reports[0], "use %", 1, 80);
    report_number(&reports[1], "use %", 1, 91);
    report_bar(&reports[0], false, "use at least 85 %", "%d %%", 80);
    report_bar(&reports[1], true, "use at least 85 %", "%d %%", 91);
    const struct table_row row = {.name = "a", .about = "b", .reports = reports, .count = 2};
    struct table table;
    table_init(&table, &row, 1);
    CHECK_INT(table_missed(&table), 1);
    FILE *out = open_memstream(&text, &len);
    REQUIRE(out != NULL);
    table_markdown(&table, out);
    table_bars_text(&table, out);
    table_csv(&table, out);
    (void)fclose(out);
    CHECK(strstr(text, "| a | 85.5 | 1 of 2 |") != NULL);
    CHECK(strstr(text, "use at least 85 %: 80 % (1 of 2 runs)") != NULL);
    CHECK(strstr(text, "a,2,91.0,0") != NULL);
out:
    free(text);
}
