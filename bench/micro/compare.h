/**
 * One row of the comparison: a forwarder beside the ideal one, in turns, on the same work.
 */
#ifndef BENCH_MICRO_COMPARE_H
#define BENCH_MICRO_COMPARE_H

#include <stddef.h>

#include "forwarder.h"

enum { COMPARE_MAX_ROUNDS = 99 };

/** CPU nanoseconds per forwarded packet, medians over the rounds. */
struct comparison {
    double ideal_ns;
    double tandem_ns;
    double ratio; /**< median of each round's ratio */
    double ratio_low;
    double ratio_high;
};

/** Of the rounds' CPU times; sorts them. */
void comparison_of(struct comparison *out, double *ideal_ns, double *tandem_ns, size_t rounds);

/** @return 0, or an error when something could not be set up or sent what is not right (told on
 * stderr) */
int compare(const struct workload *workload, const struct sink *sink, size_t rounds,
            struct comparison *out);

#endif
