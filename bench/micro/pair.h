/**
 * Two kernels of the same work, in turns.
 */
#ifndef BENCH_MICRO_PAIR_H
#define BENCH_MICRO_PAIR_H

#include <stddef.h>

#include "compare.h"
#include "kernels.h"

/** @return 0, or an error when one of the two cannot be set up or fails */
int pair_measure(const struct kernel_pair *pair, size_t rounds, struct comparison *out);

#endif
