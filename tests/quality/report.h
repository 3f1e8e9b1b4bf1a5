/**
 * What one run of a case found: numbers by name, and bars that were met or missed. The runs of one
 * case with several seeds are summed up by table.h.
 */
#ifndef TESTS_QUALITY_REPORT_H
#define TESTS_QUALITY_REPORT_H

#include <stdbool.h>
#include <stddef.h>

enum { REPORT_MAX = 48, REPORT_NAME_BYTES = 40, REPORT_TEXT_BYTES = 96 };

struct report_number {
    char name[REPORT_NAME_BYTES]; /**< heading of its column, with unit */
    double value;
    int decimals;
};

struct report_bar {
    char what[REPORT_TEXT_BYTES];  /**< what is asked for, e.g. "freezes at most 1 s" */
    char found[REPORT_TEXT_BYTES]; /**< what was found, e.g. "1.4 s" */
    bool met;
};

struct report {
    struct report_number numbers[REPORT_MAX];
    size_t number_count;
    struct report_bar bars[REPORT_MAX];
    size_t bar_count;
};

void report_number(struct report *report, const char *name, int decimals, double value);

/** @param format of what was found */
__attribute__((format(printf, 4, 5))) void report_bar(struct report *report, bool met,
                                                      const char *what, const char *format, ...);

/** NULL when it was not reported. */
const struct report_number *report_find(const struct report *report, const char *name);

/** How many bars were missed. */
size_t report_missed(const struct report *report);

#endif
