/**
 * How often values occurred, in steps of an eighth of an octave (9 % wide at the most): for delays,
 * of which percentiles are asked. Values only.
 */
#ifndef BASE_HIST_H
#define BASE_HIST_H

#include <stdint.h>

enum {
    HIST_OCTAVES = 26, /**< 1 to 2^26 - 1 (of microseconds: a minute); what is beyond counts as
                          the last step */
    HIST_STEPS = (HIST_OCTAVES - 2) * 8
};

struct hist {
    uint64_t counts[HIST_STEPS];
    uint64_t sum; /**< of all values */
};

/** A value below 0 counts as 0. */
void hist_add(struct hist *hist, int64_t value);

/** Adds all values of another. */
void hist_join(struct hist *to, const struct hist *from);

/** How many values there were. */
uint64_t hist_count(const struct hist *hist);

/** How many values were below the upper bound of the step in which `value` lies. */
uint64_t hist_count_to(const struct hist *hist, int64_t value);

/** Upper bound of the step that holds the value which so many of a thousand do not exceed; 0 when
 * there is none. */
int64_t hist_permille(const struct hist *hist, unsigned permille);

/** As hist_permille, with the values of a step spread evenly over it: closer mostly, and two can be
 * compared more finely than by steps. */
double hist_permille_even(const struct hist *hist, unsigned permille);

#endif
