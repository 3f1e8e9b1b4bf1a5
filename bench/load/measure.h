/**
 * What of a caller's stats belongs to the time measured: nothing of before, and what should have
 * come until its end and did not.
 */
#ifndef LOAD_MEASURE_H
#define LOAD_MEASURE_H

#include <stdint.h>

#include "load/span.h"
#include "load/stats.h"

enum { MEASURE_SILENCE_US = 1000000 /**< a shorter one is a pause */ };

struct measure_time {
    int64_t begin_us;             /**< of the time measured; 0 = it has not begun */
    const struct span_mark *mark; /**< as of then; NULL = the caller came later */
    int64_t sound_due_us;         /**< since when others' sound should come; 0 = it should not */
    int64_t spoken_us;            /**< when somebody else was speaking last */
};

/** Makes stats since the beginning those of the time measured; before it began, there are none. */
void measure_take(struct stats *stats, const struct measure_time *time);

/**
 * A stream that fell silent: between its last packet and a time until which somebody spoke, sound
 * was due, made up and lost. It is counted to the stream of sound that came last.
 */
void measure_silence(struct stats *stats, int64_t from_us, int64_t to_us);

#endif
