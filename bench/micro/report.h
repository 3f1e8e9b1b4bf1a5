/**
 * What was measured, as a table for people or as JSON for programs.
 */
#ifndef BENCH_MICRO_REPORT_H
#define BENCH_MICRO_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "compare.h"

/** Rows go to stdout as they come; JSON is closed by report_end. */
struct report {
    bool json;
    size_t kernels;
    size_t pairs;
    size_t paths;
};

void report_begin(struct report *report, bool json, const char *sink, size_t rounds);

/** @param ns median, or negative when the kernel failed */
void report_kernel(struct report *report, const char *name, const char *unit, double ns);

/** @param unit what one step of both is */
void report_pair(struct report *report, const char *name, const char *unit,
                 const struct comparison *result);

void report_path(struct report *report, const struct workload *workload,
                 const struct comparison *result);

void report_end(struct report *report);

#endif
