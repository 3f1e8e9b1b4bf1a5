#include "score/clipping.h"

#include <math.h>

/** A tone of full scale at 4 kHz moves by 0.52 from sample to sample; coding softens a jump of 2
 * to two or three steps. */
static const double jump_least = 0.7;
static const double cut_least = 0.985;

void clipping_count(const float *pcm, size_t count, struct clipping *out)
{
    for (size_t i = 0; i < count; i++) {
        if (fabs((double)pcm[i]) >= cut_least) {
            out->cut++;
        }
        if (i > 0 && fabs((double)pcm[i] - (double)pcm[i - 1]) >= jump_least) {
            out->jumps++;
        }
    }
}
