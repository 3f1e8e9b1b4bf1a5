/**
 * When what was said is heard: for blocks of 200 ms of a clean signal, where in the heard one they
 * are, by cross-correlation at 8 kHz. The delay changes only where that makes enough of what
 * follows fit better: a voice resembles itself one period later, and losses hide the difference.
 *
 * What changes is a finding by itself: later = sound was inserted (repeated, stretched, made up),
 * earlier = sound is missing.
 */
#ifndef SCORE_ALIGNMENT_H
#define SCORE_ALIGNMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ALIGNMENT_BLOCK_MS = 200,
    ALIGNMENT_HOP_MS = 100,
    ALIGNMENT_MOST_MS = 800, /**< delays are looked for from 0 to this */
    ALIGNMENT_STEP_MS = 3    /**< a smaller change of delay is none */
};

struct alignment_block {
    double delay_ms;
    double since_ms; /**< when that begins: in the block, or up to a hop before */
    double match;    /**< correlation at this delay; 0 = nothing is said here */
    bool found;
};

struct alignment {
    struct alignment_block *blocks; /**< owned; block i begins at i * ALIGNMENT_HOP_MS */
    size_t count;
    size_t spoken; /**< blocks in which something is said */
    size_t found;  /**< of these, the ones that are heard as well */
    double first_delay_ms;
    double last_delay_ms;
    double inserted_ms; /**< sum of the changes to later */
    double removed_ms;  /**< sum of the changes to earlier */
    double worst_inserted_ms;
    double worst_removed_ms;
};

/**
 * @param clean 48 kHz mono
 * @param heard the same rate and length, later by 0 to ALIGNMENT_MOST_MS
 * @return 0, ERR_NO_MEMORY, or ERR_NOT_FOUND when nothing of the one is in the other
 */
int alignment_find(const float *clean, const float *heard, size_t count, struct alignment *out);

/** Moves what was heard so that it is in step with the clean signal; what is beyond its end is
 * silence. */
void alignment_apply(const struct alignment *alignment, const float *heard, size_t count,
                     float *out);

/**
 * Longest time in which the clean signal speaks (within 25 dB of its level) and the heard one, in
 * step with it, is more than 25 dB weaker, in milliseconds; 10 ms steps.
 */
double alignment_longest_gap_ms(const float *clean, const float *in_step, size_t count);

void alignment_deinit(struct alignment *alignment);

#endif
