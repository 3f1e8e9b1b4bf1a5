/**
 * Sound that was too loud for who added it up: samples that wrapped round (a jump from one end of
 * the scale to the other), and samples that were cut off at its end.
 */
#ifndef SCORE_CLIPPING_H
#define SCORE_CLIPPING_H

#include <stddef.h>

struct clipping {
    size_t jumps; /**< from one sample to the next, more than any voice makes */
    size_t cut;   /**< samples at the end of the scale */
};

/** @param pcm 48 kHz, -1..1; counts are added to *out */
void clipping_count(const float *pcm, size_t count, struct clipping *out);

#endif
