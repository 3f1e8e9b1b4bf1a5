/**
 * What a report tells of: a run (or the runs of a search for capacity), and what was expected.
 */
#ifndef LOAD_REPORT_H
#define LOAD_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "load/capacity.h"
#include "load/expect.h"
#include "load/run.h"
#include "load/tally.h"

struct report {
    const struct run_config *config;
    const struct tally *tally; /**< of a search: of its best step, or its last */
    const struct tally_sum *sum;
    const struct expect *expect;     /**< no rules = none were given */
    const struct capacity *capacity; /**< NULL = one run */
    const char *began;               /**< "2026-11-22 16:00:00 UTC" */
    const char *version;
    bool interrupted;
};

/** What helps where tally_tool_wants_core. */
#define REPORT_WANTS_CORE                                                                          \
    "a core of its own helps (taskset -c 1 tandem-load ..., the server on others): it runs there " \
    "in real time"

/** What packets of strangers mean. */
#define REPORT_STRANGERS                                                                           \
    "of another tandem-load's callers in these rooms, and are in what was heard: give it other "   \
    "rooms (--room)"

/** Whether all was as expected, and anything was measured: what the exit status says. */
bool report_good(const struct report *report);

/** Each writes one report. @return 0, ERR_NO_MEMORY or ERR_IO */
int report_table(const struct report *report, FILE *out);
int report_json(const struct report *report, FILE *out);
int report_csv(const struct report *report, FILE *out);
int report_html(const struct report *report, FILE *out);

#endif
