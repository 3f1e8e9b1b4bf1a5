/**
 * What is seen while a run goes on: one line that rewrites itself on a terminal, else a plain line
 * each few seconds.
 */
#ifndef LOAD_PROGRESS_H
#define LOAD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "load/tally.h"

struct progress {
    FILE *out; /**< NULL = nothing is shown */
    bool terminal;
    uint64_t people;   /**< who are to come */
    int64_t next_us;   /**< when the next plain line is due */
    bool line_is_open; /**< the cursor stands behind a line that may be rewritten */
    bool told_coding;
};

/** @param out NULL = quiet */
void progress_init(struct progress *progress, FILE *out, bool terminal, uint64_t people);

/** A new run begins. */
void progress_restart(struct progress *progress, uint64_t people);

void progress_show(struct progress *progress, const struct tally_moment *moment);

/** Sound and pictures are being coded, before anybody calls; so much of them is. */
void progress_coding(struct progress *progress, double share);

/** Leaves the line; before anything else is written. */
void progress_end(struct progress *progress);

#endif
