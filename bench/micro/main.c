/*
 * build/bench: what single steps of a packet's way cost, and the whole way beside the ideal
 * forwarder.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "compare.h"
#include "cpu_clock.h"
#include "kernels.h"
#include "pair.h"
#include "report.h"
#include "sink.h"

enum { DEFAULT_ROUNDS = 9, MIN_ROUNDS = 1 };

struct options {
    const char *only; /**< part of a name, NULL = all */
    size_t rounds;
    bool json;
    bool list;
    enum sink_kind sink;
};

static const struct workload workloads[] = {
    {"path/video/1-receiver", true, 1, 1, 10, 1200, SRTP_PROFILE_GCM_128, 0},
    {"path/video/10-receivers", true, 1, 10, 10, 1200, SRTP_PROFILE_GCM_128, 0},
    {"path/video/100-receivers", true, 1, 100, 10, 1200, SRTP_PROFILE_GCM_128, 0},
    {"path/audio/1-receiver", false, 1, 1, 1, 100, SRTP_PROFILE_GCM_128, 0},
    {"path/audio/10-receivers", false, 1, 10, 1, 100, SRTP_PROFILE_GCM_128, 0},
    {"path/audio/100-receivers", false, 1, 100, 1, 100, SRTP_PROFILE_GCM_128, 0},
    {"path/video/100-rooms-of-two", true, 100, 1, 10, 1200, SRTP_PROFILE_GCM_128, 0},
    {"path/audio/100-rooms-of-two", false, 100, 1, 1, 100, SRTP_PROFILE_GCM_128, 0},
    {"path/video/10-receivers/cm-sha1", true, 1, 10, 10, 1200, SRTP_PROFILE_CM_128_SHA1_80, 0},
    {"path/video/10-receivers/uneven", true, 1, 10, 10, 1190, SRTP_PROFILE_GCM_128, 6},
};

static void print_help(void)
{
    printf("build/bench [--only NAME] [--rounds N] [--sink KIND] [--json] [--list] [--help]\n"
           "\n"
           "  --only NAME    rows whose name contains NAME\n"
           "  --rounds N     rounds to take the median of, 1 to %d (default %d)\n"
           "  --sink KIND    where datagrams go: device (a dummy network device in an own\n"
           "                 namespace, the default; loopback where that is not permitted),\n"
           "                 loopback (a socket that is never read) or none (nothing is sent:\n"
           "                 the program's own share)\n"
           "  --json         one JSON object instead of tables\n"
           "  --list         names of the rows\n"
           "\n"
           "bench/README.md tells how to read the numbers.\n",
           COMPARE_MAX_ROUNDS, DEFAULT_ROUNDS);
}

static bool parse_sink(const char *text, enum sink_kind *out)
{
    static const char *const names[] = {
        [SINK_DEVICE] = "device", [SINK_LOOPBACK] = "loopback", [SINK_NONE] = "none"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = (enum sink_kind)i;
            return true;
        }
    }
    return false;
}

static bool parse_rounds(const char *text, size_t *out)
{
    char *end = NULL;
    unsigned long rounds = strtoul(text, &end, 10);
    *out = rounds;
    return *text != '\0' && *end == '\0' && rounds >= MIN_ROUNDS && rounds <= COMPARE_MAX_ROUNDS;
}

/** @return 0 to go on, 1 when help was asked for, -1 when something is wrong */
static int parse_options(struct options *options, int argc, char **argv)
{
    static const struct option known[] = {{"only", required_argument, NULL, 'o'},
                                          {"rounds", required_argument, NULL, 'r'},
                                          {"sink", required_argument, NULL, 's'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"list", no_argument, NULL, 'l'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int letter;
    while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1) {
        bool good = true;
        if (letter == 'o') {
            options->only = optarg;
        } else if (letter == 'r') {
            good = parse_rounds(optarg, &options->rounds);
        } else if (letter == 's') {
            good = parse_sink(optarg, &options->sink);
        } else if (letter == 'j') {
            options->json = true;
        } else if (letter == 'l') {
            options->list = true;
        } else if (letter == 'h') {
            print_help();
            return 1;
        } else {
            return -1; /* getopt has said why */
        }
        if (!good) {
            (void)fprintf(stderr, "bench: \"%s\" is out of range, see --help\n", optarg);
            return -1;
        }
    }
    if (optind < argc) {
        (void)fprintf(stderr, "bench: unknown argument \"%s\", see --help\n", argv[optind]);
        return -1;
    }
    return 0;
}

static bool wanted(const struct options *options, const char *name)
{
    return options->only == NULL || strstr(name, options->only) != NULL;
}

/** @return 0, also when this machine cannot; else an error, told on stderr */
static int run_kernel(const struct kernel *kernel, size_t rounds, struct report *report)
{
    void *state = NULL;
    int err = kernel->open(&state, kernel->argument);
    if (err == ERR_UNSUPPORTED) {
        return 0;
    }
    if (err != 0) {
        (void)fprintf(stderr, "bench: %s: %s\n", kernel->name, err_name(err));
        return err;
    }
    double values[COMPARE_MAX_ROUNDS];
    (void)kernel->round(state); /* warms up */
    for (size_t i = 0; i < rounds && err == 0; i++) {
        values[i] = kernel->round(state);
        err = values[i] < 0 ? ERR_INVALID : 0;
    }
    kernel->close(state);
    if (err != 0) {
        (void)fprintf(stderr, "bench: %s: failed\n", kernel->name);
        return err;
    }
    report_kernel(report, kernel->name, kernel->unit, cpu_clock_median(values, rounds));
    return 0;
}

static int run_kernels(const struct options *options, const struct kernel *kernels, size_t count,
                       struct report *report)
{
    int failed = 0;
    for (size_t i = 0; i < count; i++) {
        if (!wanted(options, kernels[i].name)) {
            continue;
        }
        if (options->list) {
            printf("%s\n", kernels[i].name);
        } else if (run_kernel(&kernels[i], options->rounds, report) != 0) {
            failed++;
        }
    }
    return failed;
}

static int run_pairs(const struct options *options, const struct kernel_pair *pairs, size_t count,
                     struct report *report)
{
    int failed = 0;
    for (size_t i = 0; i < count; i++) {
        struct comparison result;
        const char *name = pairs[i].tandem.name;
        if (!wanted(options, name)) {
            continue;
        }
        if (options->list) {
            printf("%s\n", name);
            continue;
        }
        int err = pair_measure(&pairs[i], options->rounds, &result);
        if (err == 0) {
            report_pair(report, name, pairs[i].tandem.unit, &result);
        } else {
            (void)fprintf(stderr, "bench: %s: %s\n", name, err_name(err));
            failed++;
        }
    }
    return failed;
}

static int run_paths(const struct options *options, const struct sink *sink, struct report *report)
{
    int failed = 0;
    for (size_t i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++) {
        struct comparison result;
        if (!wanted(options, workloads[i].name)) {
            continue;
        }
        if (options->list) {
            printf("%s\n", workloads[i].name);
            continue;
        }
        int err = compare(&workloads[i], sink, options->rounds, &result);
        if (err == 0) {
            report_path(report, &workloads[i], &result);
        } else if (err != ERR_UNSUPPORTED) {
            (void)fprintf(stderr, "bench: %s: %s\n", workloads[i].name, err_name(err));
            failed++;
        }
    }
    return failed;
}

static int run(const struct options *options)
{
    struct sink sink = {.kind = options->sink, .unread = -1};
    struct report report = {0};
    if (!options->list) {
        sink_init(&sink, options->sink);
        report_begin(&report, options->json, sink.device, options->rounds);
    }
    size_t count;
    const struct kernel *kernels = rtp_kernels(&count);
    int failed = run_kernels(options, kernels, count, &report);
    kernels = cc_kernels(&count);
    failed += run_kernels(options, kernels, count, &report);
    kernels = srtp_kernels(&count);
    failed += run_kernels(options, kernels, count, &report);
    kernels = sound_kernels(&count);
    failed += run_kernels(options, kernels, count, &report);
    kernels = video_kernels(&count);
    failed += run_kernels(options, kernels, count, &report);
    kernels = udp_kernels(&count, &sink);
    failed += run_kernels(options, kernels, count, &report);
    const struct kernel_pair *pairs = video_pairs(&count);
    failed += run_pairs(options, pairs, count, &report);
    pairs = mix_pairs(&count, &sink);
    failed += run_pairs(options, pairs, count, &report);
    failed += run_paths(options, &sink, &report);
    if (!options->list) {
        report_end(&report);
    }
    sink_deinit(&sink);
    return failed;
}

int main(int argc, char **argv)
{
    struct options options = {.rounds = DEFAULT_ROUNDS, .sink = SINK_DEVICE};
    int parsed = parse_options(&options, argc, argv);
    if (parsed != 0) {
        return parsed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    return run(&options) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
