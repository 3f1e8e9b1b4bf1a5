#include "media/reorder.h"

#include <string.h>

enum { OF_TWENTY = 20 /**< 95 % of the holes are to be within the tolerance */ };

void reorder_init(struct reorder *reorder)
{
    *reorder = (struct reorder){.highest = -1, .tolerance_us = REORDER_DEFAULT_US};
}

void reorder_reset(struct reorder *reorder)
{
    reorder->highest = -1;
    for (size_t i = 0; i < reorder->count; i++) {
        reorder->holes[i].end = reorder->holes[i].first;
    }
}

/** Lateness that at most one hole in twenty exceeds. */
static int64_t percentile_us(const struct reorder *reorder)
{
    size_t above = reorder->count / OF_TWENTY;
    int64_t bound_us = INT64_MAX;
    for (;;) { /* down from the largest, one value at a time */
        int64_t largest_us = 0;
        size_t times = 0;
        for (size_t i = 0; i < reorder->count; i++) {
            int64_t late_us = reorder->holes[i].late_us;
            if (late_us < bound_us && late_us >= largest_us) {
                times = late_us == largest_us ? times + 1 : 1;
                largest_us = late_us;
            }
        }
        if (largest_us == 0 || times > above) {
            return largest_us;
        }
        above -= times;
        bound_us = largest_us;
    }
}

static void learn(struct reorder *reorder)
{
    int64_t us = percentile_us(reorder);
    us = us > 0 ? us + REORDER_MARGIN_US : 0;
    if (reorder->count < REORDER_LEARNT && us < REORDER_DEFAULT_US) {
        us = REORDER_DEFAULT_US;
    }
    reorder->tolerance_us = us < REORDER_MAX_US ? us : REORDER_MAX_US;
}

/** A packet fills (part of) a hole. One that comes later than is ever waited for is no matter of
 * order. */
static void fill(struct reorder *reorder, int64_t ext_seq, int64_t now_us)
{
    for (size_t i = 0; i < reorder->count; i++) {
        struct reorder_hole *hole = &reorder->holes[i];
        int64_t late_us = now_us - hole->since_us;
        if (ext_seq >= hole->first && ext_seq < hole->end) {
            if (late_us > hole->late_us && late_us <= REORDER_MAX_US) {
                hole->late_us = late_us;
                learn(reorder);
            }
            return;
        }
    }
}

bool reorder_receive_other(struct reorder *reorder, int64_t ext_seq, int64_t now_us)
{
    if (ext_seq <= reorder->highest) {
        fill(reorder, ext_seq, now_us);
        return true;
    }
    if (reorder->highest >= 0 && ext_seq > reorder->highest + 1) {
        reorder->holes[reorder->next] = (struct reorder_hole){
            .first = reorder->highest + 1, .end = ext_seq, .since_us = now_us};
        reorder->next = (reorder->next + 1) % REORDER_HOLES;
        reorder->count += reorder->count < REORDER_HOLES ? 1 : 0;
        learn(reorder);
    }
    reorder->highest = ext_seq;
    return true;
}

int64_t reorder_tolerance_us(const struct reorder *reorder)
{
    return reorder->tolerance_us;
}
