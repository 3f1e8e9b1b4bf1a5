/**
 * CPU time of the calling thread, and medians of it.
 */
#ifndef BENCH_MICRO_CPU_CLOCK_H
#define BENCH_MICRO_CPU_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/** Nanoseconds that this thread has run, kernel included (CLOCK_THREAD_CPUTIME_ID). */
int64_t cpu_clock_ns(void);

/** Median of count values, which get sorted; 0 for none. */
double cpu_clock_median(double *values, size_t count);

#endif
