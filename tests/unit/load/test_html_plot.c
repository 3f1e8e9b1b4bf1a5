#include <string.h>

#include "load/html_plot.h"
#include "unit/runner.h"

static double at(const void *data, size_t i)
{
    (void)data;
    return (double)i;
}

static double two(const void *data, size_t i)
{
    (void)data;
    (void)i;
    return 2;
}

static char *draw(bool whole)
{
    static char page[8000];
    memset(page, 0, sizeof(page));
    FILE *out = fmemopen(page, sizeof(page) - 1, "w");
    if (out != NULL) {
        html_plot_lines(out, &(struct html_plot){.title = "Load",
                                                 .unit = "callers",
                                                 .count = 9,
                                                 .at_s = at,
                                                 .whole = whole,
                                                 .series = {{"up", two, NULL, true}},
                                                 .series_count = 1});
        (void)fclose(out);
    }
    return page;
}

TEST(what_is_counted_has_no_halves_on_its_axis)
{
    CHECK(strstr(draw(false), ">0.5<") != NULL);
    const char *page = draw(true);
    CHECK(strstr(page, ">0.5<") == NULL && strstr(page, ">0.0<") == NULL);
    CHECK(strstr(page, ">0<") != NULL && strstr(page, ">1<") != NULL);
    CHECK(strstr(page, ">2<") != NULL && strstr(page, ">3<") == NULL);
    goto out;
out:;
}

TEST(bars_are_counted)
{
    char page[4000] = "";
    const struct html_bar bars[] = {{.name = "4.4", .value = 1}, {.name = "4.5", .value = 0}};
    FILE *out = fmemopen(page, sizeof(page) - 1, "w");
    REQUIRE(out != NULL);
    html_plot_bars(out, "MOS", "", bars, 2, 1);
    (void)fclose(out);
    CHECK(strstr(page, ">1<") != NULL && strstr(page, ">0.5<") == NULL);
    CHECK(strstr(page, "4.4: 1") != NULL);
out:;
}
