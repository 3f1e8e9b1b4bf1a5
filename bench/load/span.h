/**
 * Stats of a span of time: what was counted since a mark was set. A mark holds only the streams
 * that there are, so that thousands may be kept.
 */
#ifndef LOAD_SPAN_H
#define LOAD_SPAN_H

#include "load/stats.h"

struct span_mark;

/** Sets a mark, or moves one (*mark may be NULL). @return 0 or ERR_NO_MEMORY */
int span_set(struct span_mark **mark, const struct stats *stats);

/** Takes what was counted up to the mark (NULL: nothing) out of stats. What is as of now, and
 * first_us, stays. */
void span_since(struct stats *stats, const struct span_mark *mark);

/** Copies the streams that there are; much cheaper than assignment. */
void span_copy(struct stats *to, const struct stats *from);

void span_free(struct span_mark **mark);

#endif
