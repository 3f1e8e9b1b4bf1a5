/**
 * `make quality`: runs the cases, each with several seeds, and leaves tables and plots to look at.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "quality/case.h"
#include "quality/page.h"
#include "quality/plot.h"
#include "quality/table.h"

enum { DEFAULT_SEEDS = 3, MAX_SEEDS = 100, PATH_BYTES = 512 };

struct options {
    const char *out;
    const char *filter;
    unsigned seeds;
    bool list;
};

static struct quality_case *first_case;
static struct quality_case **last_case = &first_case;

void quality_register(struct quality_case *quality_case)
{
    *last_case = quality_case;
    last_case = &quality_case->next;
}

static const char usage[] =
    "Call quality in virtual time: whole rooms on simulated links (QUALITY.md 2.4), the bandwidth\n"
    "estimator alone on the cases of RFC 8867, and real speech as it is heard (ESTOI and\n"
    "log-spectral distance, QUALITY.md 2.3).\n\n"
    "Usage: quality [options]\n\n"
    "  -f, --filter TEXT  only cases whose name or group holds TEXT\n"
    "  -s, --seeds N      runs of each case, 1 to 100 (3)\n"
    "  -o, --out DIR      where tables, plots and index.html go (build/quality)\n"
    "  -l, --list         names the cases and ends\n"
    "  -h, --help         this text\n\n"
    "Ends with 1 when a stated bar is missed, 2 when something went wrong.\n";

/** @return 0 go on, 1 end well, -1 wrong usage */
static int read_options(int argc, char **argv, struct options *options)
{
    static const struct option known[] = {
        {"filter", required_argument, NULL, 'f'}, {"seeds", required_argument, NULL, 's'},
        {"out", required_argument, NULL, 'o'},    {"list", no_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    int option = 0;
    while ((option = getopt_long(argc, argv, "f:s:o:lh", known, NULL)) != -1) {
        switch (option) {
        case 'f':
            options->filter = optarg;
            break;
        case 's':
            options->seeds = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'o':
            options->out = optarg;
            break;
        case 'l':
            options->list = true;
            break;
        case 'h':
            (void)fputs(usage, stdout);
            return 1;
        default:
            (void)fputs(usage, stderr);
            return -1;
        }
    }
    if (options->seeds < 1 || options->seeds > MAX_SEEDS || optind < argc) {
        (void)fputs(usage, stderr);
        return -1;
    }
    return 0;
}

static bool chosen(const struct quality_case *quality_case, const char *filter)
{
    return filter == NULL || strstr(quality_case->name, filter) != NULL ||
           strstr(quality_case->group, filter) != NULL;
}

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int write_plot(const struct options *options, const struct quality_case *quality_case,
                      const struct quality_run *run)
{
    char path[PATH_BYTES];
    char subtitle[160];
    (void)snprintf(path, sizeof(path), "%s/%s-%u.svg", options->out, quality_case->name,
                   (unsigned)run->seed);
    (void)snprintf(subtitle, sizeof(subtitle), "%s, seed %u", quality_case->about,
                   (unsigned)run->seed);
    const struct plot plot = {.title = quality_case->name,
                              .subtitle = subtitle,
                              .from_us = run->from_us,
                              .to_us = run->to_us,
                              .rate_limit = run->rate_limit};
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        return -1;
    }
    int err = plot_write(file, &plot, &run->trace);
    return fclose(file) != 0 ? -1 : err;
}

/** One case with one seed. @return 0 or -1 */
static int run_once(const struct options *options, const struct quality_case *quality_case,
                    unsigned seed, struct report *report)
{
    static struct quality_run run; /* large */
    memset(&run, 0, sizeof(run));
    run.seed = seed;
    double from = seconds();
    int err = quality_case->run(&run);
    if (err != 0) {
        (void)fprintf(stderr, "%s: error %d\n", quality_case->name, err);
        return -1;
    }
    err = write_plot(options, quality_case, &run);
    *report = run.report;
    size_t missed = report_missed(report);
    (void)printf("%-9s %-16s seed %u  %5.1f s  %s\n", quality_case->group, quality_case->name, seed,
                 seconds() - from, missed == 0 ? "" : "bars missed");
    (void)fflush(stdout);
    trace_deinit(&run.trace);
    return err;
}

struct results {
    struct page_group groups[PAGE_MAX_GROUPS];
    size_t group_count;
};

static struct page_group *group_of(struct results *results, const char *name)
{
    for (size_t i = 0; i < results->group_count; i++) {
        if (strcmp(results->groups[i].name, name) == 0) {
            return &results->groups[i];
        }
    }
    if (results->group_count == PAGE_MAX_GROUPS) {
        return NULL;
    }
    struct page_group *group = &results->groups[results->group_count++];
    group->name = name;
    return group;
}

static int run_case(const struct options *options, const struct quality_case *quality_case,
                    struct results *results)
{
    struct page_group *group = group_of(results, quality_case->group);
    struct report *reports = calloc(options->seeds, sizeof(*reports));
    if (group == NULL || group->row_count == PAGE_MAX_ROWS || reports == NULL) {
        free(reports);
        return -1;
    }
    for (unsigned i = 0; i < options->seeds; i++) {
        if (run_once(options, quality_case, i + 1, &reports[i]) != 0) {
            free(reports);
            return -1;
        }
    }
    group->rows[group->row_count++] = (struct table_row){.name = quality_case->name,
                                                         .about = quality_case->about,
                                                         .reports = reports,
                                                         .count = options->seeds};
    return 0;
}

/** Tables on the screen and in files. @return bars missed, or -1 */
static int write_results(const struct options *options, struct results *results)
{
    size_t missed = 0;
    for (size_t i = 0; i < results->group_count; i++) {
        const struct page_group *group = &results->groups[i];
        struct table table;
        table_init(&table, group->rows, group->row_count);
        (void)printf("\n%s, mean of %u\n\n", group->name, options->seeds);
        table_text(&table, stdout);
        (void)printf("\n");
        table_bars_text(&table, stdout);
        missed += table_missed(&table);
    }
    if (page_write(options->out, results->groups, results->group_count, options->seeds) != 0) {
        return -1;
    }
    (void)printf("\n%s/index.html\n%zu bars missed\n", options->out, missed);
    return (int)missed;
}

static void forget(struct results *results)
{
    for (size_t i = 0; i < results->group_count; i++) {
        for (size_t j = 0; j < results->groups[i].row_count; j++) {
            free(results->groups[i].rows[j].reports);
        }
    }
}

int main(int argc, char **argv)
{
    struct options options = {.out = "build/quality", .seeds = DEFAULT_SEEDS};
    static struct results results;
    int err = read_options(argc, argv, &options);
    if (err != 0) {
        return err < 0 ? 2 : 0;
    }
    if (!options.list && mkdir(options.out, 0777) != 0 && errno != EEXIST) {
        perror(options.out);
        return 2;
    }
    for (const struct quality_case *c = first_case; c != NULL && err == 0; c = c->next) {
        if (!chosen(c, options.filter)) {
            continue;
        }
        if (options.list) {
            (void)printf("%-9s %-16s %s\n", c->group, c->name, c->about);
        } else {
            err = run_case(&options, c, &results);
        }
    }
    int missed = err != 0 || options.list ? err : write_results(&options, &results);
    forget(&results);
    return missed < 0 ? 2 : missed > 0;
}
