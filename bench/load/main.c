/**
 * The program: reads the command line, runs, reports, and says by its exit status whether all was
 * as expected.
 */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/rand.h"
#include "load/capacity.h"
#include "load/options.h"
#include "load/progress.h"
#include "load/report.h"
#include "load/run.h"
#include "load/usage.h"
#include "media/quality.h"
#include "net/scheduling.h"

enum { EXIT_GOOD, EXIT_BROKEN, EXIT_UNUSABLE };

static const char version[] = "0.1.0";

static volatile sig_atomic_t interrupted;

/** The first Ctrl-C (or SIGTERM) ends the run with its report, the second ends the program. */
static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
}

static void catch_signals(void)
{
    struct sigaction once = {.sa_handler = on_signal};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGINT, &once, NULL);
    (void)sigaction(SIGTERM, &once, NULL);
    (void)sigaction(SIGPIPE, &ignore, NULL);
}

enum { HUGE_PAGE_BYTES = 2 << 20, HEAP_BYTES = 512 << 20 };

/**
 * The heap is of huge pages, where the system has them on demand: of a thousand callers each packet
 * finds its caller's memory cold, and so at least not the tables that lead there. Only what is used
 * of HEAP_BYTES takes memory.
 */
static void use_huge_pages(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, HEAP_BYTES / 16);
    (void)mallopt(M_TRIM_THRESHOLD, HEAP_BYTES);
    (void)mallopt(M_TOP_PAD, HEAP_BYTES);
    uint8_t *first = malloc(HEAP_BYTES / 32); /* the heap grows by it and the pad */
    const uint8_t *end = sbrk(0);
    if (first != NULL && end - first > HUGE_PAGE_BYTES) {
        uint8_t *begin = first + (HUGE_PAGE_BYTES - (uintptr_t)first % HUGE_PAGE_BYTES);
        (void)madvise(begin, (size_t)(end - begin), MADV_HUGEPAGE);
    }
    free(first);
}

/** A report that was asked for; its file is opened before the run, so that a wrong path shows
 * then. */
struct order {
    const char *path;
    FILE *out;
    int (*write)(const struct report *report, FILE *out);
};

enum { ORDERS = 3 };

struct session {
    struct options options;
    struct progress progress;
    struct order orders[ORDERS];
    struct capacity capacity;
    struct tally tally;
    struct tally_sum sum;
    char began[40];
};

static int open_orders(struct session *session)
{
    const struct options *options = &session->options;
    session->orders[0] = (struct order){.path = options->json, .write = report_json};
    session->orders[1] = (struct order){.path = options->csv, .write = report_csv};
    session->orders[2] = (struct order){.path = options->html, .write = report_html};
    for (size_t i = 0; i < ORDERS; i++) {
        struct order *order = &session->orders[i];
        if (order->path == NULL) {
            continue;
        }
        order->out = strcmp(order->path, "-") == 0 ? stdout : fopen(order->path, "we");
        if (order->out == NULL) {
            (void)fprintf(stderr, "tandem-load: %s: %s\n", order->path, strerror(errno));
            return -1;
        }
    }
    return 0;
}

/** Standard output holds one thing only. */
static bool has_output(const struct session *session)
{
    bool any = false;
    for (size_t i = 0; i < ORDERS; i++) {
        any = any || session->orders[i].out == stdout;
    }
    return any;
}

static int write_orders(struct session *session, const struct report *report)
{
    int err = 0;
    for (size_t i = 0; i < ORDERS; i++) {
        struct order *order = &session->orders[i];
        if (order->out == NULL) {
            continue;
        }
        bool good = order->write(report, order->out) == 0 && fflush(order->out) == 0;
        if (order->out != stdout) {
            good = fclose(order->out) == 0 && good;
        }
        order->out = NULL; /* what is lost here cannot be asked for again: the rest is written */
        if (!good) {
            (void)fprintf(stderr, "tandem-load: %s could not be written: %s\n",
                          strcmp(order->path, "-") == 0 ? "standard output" : order->path,
                          strerror(errno));
            err = -1;
        }
    }
    return err;
}

static bool on_moment(void *owner, const struct tally_moment *moment, const struct tally *sofar)
{
    struct session *session = owner;
    (void)sofar;
    progress_show(&session->progress, moment);
    return interrupted == 0;
}

static bool on_coding(void *owner, double share)
{
    struct session *session = owner;
    progress_coding(&session->progress, share);
    return interrupted == 0;
}

static bool on_step(void *owner, const struct capacity_step *step, bool done)
{
    struct session *session = owner;
    progress_restart(&session->progress, step->people);
    if (!session->options.quiet && !done) {
        (void)fprintf(stderr, "%u %s (%llu callers)\n", step->load,
                      capacity_axis_name(session->options.raise, step->load),
                      (unsigned long long)step->people);
    } else if (!session->options.quiet) {
        char verdict[CAPACITY_TEXT_BYTES];
        (void)fprintf(stderr, "  %s\n", capacity_verdict(step, verdict, sizeof(verdict)));
    }
    return interrupted == 0;
}

/** @return 0, or negative after saying why nothing could be started */
static int make_runs(struct session *session, struct report *report)
{
    const struct options *options = &session->options;
    const char *reason = "it could not be started";
    int err = 0;
    if (options->capacity.count > 0) {
        err = capacity_find(&session->capacity, &options->run, options->raise, &options->capacity,
                            run, on_step, session, &reason);
        if (err == 0) {
            const struct capacity *capacity = &session->capacity;
            const struct capacity_step *step =
                capacity->best != NULL ? capacity->best : &capacity->steps[capacity->count - 1];
            report->capacity = capacity;
            report->tally = &step->tally;
            report->sum = &step->sum;
        }
    } else {
        err = run(&session->tally, &options->run, &reason);
        if (err == 0) {
            tally_sum(&session->tally, &session->sum);
            report->tally = &session->tally;
            report->sum = &session->sum;
        }
    }
    progress_end(&session->progress);
    if (err != 0) {
        (void)fprintf(stderr, "tandem-load: %s\n", reason);
    }
    return err;
}

static int play(struct session *session)
{
    struct options *options = &session->options;
    struct report report = {.config = &options->run,
                            .expect = &options->expect,
                            .began = session->began,
                            .version = version};
    time_t now = time(NULL);
    struct tm parts;
    if (gmtime_r(&now, &parts) != NULL) {
        (void)strftime(session->began, sizeof(session->began), "%Y-%m-%d %H:%M:%S UTC", &parts);
    }
    progress_init(&session->progress, options->quiet ? NULL : stderr, isatty(STDERR_FILENO) == 1,
                  scenario_people(&options->scenario));
    struct rand chance;
    rand_init_secure(&chance);
    options->run.content.run = (uint16_t)rand_u32(&chance);
    options->run.moment = on_moment;
    options->run.owner = session;
    options->run.content.progress = on_coding;
    options->run.content.owner = session;
    if (open_orders(session) != 0 || make_runs(session, &report) != 0) {
        return EXIT_UNUSABLE;
    }
    report.interrupted = interrupted != 0;
    int err = 0;
    if (!options->quiet) {
        err = report_table(&report, has_output(session) ? stderr : stdout);
    }
    if (err != 0) {
        (void)fprintf(stderr, "tandem-load: the table could not be written: %s\n", strerror(errno));
    }
    if (write_orders(session, &report) != 0 || err != 0) {
        return EXIT_UNUSABLE;
    }
    return report_good(&report) ? EXIT_GOOD : EXIT_BROKEN;
}

static int begin(struct session *session, int argc, char **argv)
{
    char reason[OPTIONS_REASON_BYTES];
    if (options_parse(&session->options, argc, argv, reason) != 0) {
        (void)fprintf(stderr, "tandem-load: %s\n", reason);
        return EXIT_UNUSABLE;
    }
    switch (session->options.action) {
    case OPTIONS_HELP:
        options_help(stdout);
        return EXIT_GOOD;
    case OPTIONS_VERSION:
        (void)printf("tandem-load %s, %s\n", version, QUALITY_VERSION);
        return EXIT_GOOD;
    case OPTIONS_LIST_PROFILES:
        options_list_profiles(stdout);
        return EXIT_GOOD;
    case OPTIONS_RUN:
        break;
    }
    struct usage usage;
    pid_t server = session->options.run.server;
    if (server != 0 && !usage_read(&usage, server)) {
        (void)fprintf(stderr, "tandem-load: --pid: no process %ld runs here\n", (long)server);
        return EXIT_UNUSABLE;
    }
    catch_signals();
    use_huge_pages();
    (void)scheduling_go_first("tandem-load"); /* who is late measures himself */
    return play(session);
}

int main(int argc, char **argv)
{
    struct session *session = calloc(1, sizeof(*session));
    if (session == NULL) {
        (void)fprintf(stderr, "tandem-load: no memory\n");
        return EXIT_UNUSABLE;
    }
    int status = begin(session, argc, argv);
    for (size_t i = 0; i < ORDERS; i++) {
        if (session->orders[i].out != NULL && session->orders[i].out != stdout) {
            (void)fclose(session->orders[i].out);
        }
    }
    capacity_deinit(&session->capacity);
    tally_deinit(&session->tally);
    options_deinit(&session->options);
    free(session);
    return status;
}
