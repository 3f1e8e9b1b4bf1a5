#include "score/sound_score.h"

#include "score/estoi.h"
#include "score/spectral_distance.h"

/** Samples at the end whose sound comes only after the end of what was heard. */
static size_t beyond_end(const struct alignment *alignment, size_t count)
{
    double late_ms = alignment->last_delay_ms > 0 ? alignment->last_delay_ms : 0;
    size_t samples = (size_t)(late_ms * 48) + 1;
    return samples < count ? samples : count;
}

int sound_score(const float *said, const float *heard, size_t count, float *in_step,
                struct alignment *alignment, struct sound_score *out)
{
    struct spectral_distance distance = {0};
    struct sound_score score = {0};
    int err = alignment_find(said, heard, count, alignment);
    if (err != 0) {
        return err;
    }
    alignment_apply(alignment, heard, count, in_step);
    count -= beyond_end(alignment, count);
    err = estoi(said, in_step, count, &score.estoi);
    if (err == 0) {
        err = spectral_distance(said, in_step, count, &distance);
    }
    if (err != 0) {
        alignment_deinit(alignment);
        return err;
    }
    score.lsd_db = distance.lsd_db;
    score.gain_db = distance.gain_db;
    score.delay_ms = alignment->first_delay_ms;
    score.inserted_ms = alignment->inserted_ms;
    score.removed_ms = alignment->removed_ms;
    score.gap_ms = alignment_longest_gap_ms(said, in_step, count);
    score.unheard = 1 - (double)alignment->found / (double)alignment->spoken;
    *out = score;
    return 0;
}
