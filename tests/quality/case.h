/**
 * A case of `make quality`: registers itself, runs with a seed, leaves numbers, bars and a trace.
 *
 *     QUALITY_CASE(rmcat_5_1, "rfc8867", "5.1 variable capacity, one flow")
 *     {
 *         ...
 *         trace_append(&run->trace, "rate/target", now_us, target_bps / 1e3);
 *         report_number(&run->report, "use %", 1, use);
 *         report_bar(&run->report, use >= 85, "use at least 85 %", "%.1f %%", use);
 *         return 0;
 *     }
 */
#ifndef TESTS_QUALITY_CASE_H
#define TESTS_QUALITY_CASE_H

#include <stdint.h>

#include "quality/report.h"
#include "quality/trace.h"

/** One run; zeroed at the beginning but for the seed. */
struct quality_run {
    uint64_t seed;
    struct report report;
    struct trace trace;
    int64_t from_us;   /**< second 0 of the plot, set by the case */
    int64_t to_us;     /**< end of the plot, set by the case */
    double rate_limit; /**< most of the plot's rates in kbit/s; 0 = what they need */
};

struct quality_case {
    const char *name;
    const char *group; /**< "matrix", "listening", "mixing", ...: one table each */
    const char *about;
    int (*run)(struct quality_run *run); /**< 0, or an error */
    struct quality_case *next;
};

void quality_register(struct quality_case *quality_case);

#define QUALITY_CASE(case_name, case_group, case_about)                                            \
    static int quality_run_##case_name(struct quality_run *run);                                   \
    static struct quality_case quality_case_##case_name = {.name = #case_name,                     \
                                                           .group = (case_group),                  \
                                                           .about = (case_about),                  \
                                                           .run = quality_run_##case_name};        \
    __attribute__((constructor)) static void quality_register_##case_name(void)                    \
    {                                                                                              \
        quality_register(&quality_case_##case_name);                                               \
    }                                                                                              \
    static int quality_run_##case_name(struct quality_run *run)

#endif
