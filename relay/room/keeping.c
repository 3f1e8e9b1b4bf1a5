#include "keeping.h"

#include "base/minmax.h"
#include "media/rtx_cache.h"

enum {
    FALL_SHARE = 16,    /**< an age falls by one of so many parts at a time */
    GAP_FALL_SHARE = 64 /**< and the pause that is reckoned with */
};

void keeping_init(struct keeping *keeping)
{
    *keeping = (struct keeping){.check_us = INT64_MIN, .lossy_us = INT64_MIN, .left_us = INT64_MIN};
}

int64_t keeping_update(struct keeping *keeping, const struct keeping_need *need, int64_t now_us)
{
    /* a longer one counts no more: nothing is kept until its end, and it would take long to fall */
    keeping->gap_us = min_i64(keeping->gap_us, RTX_CACHE_VIDEO_AGE_US);
    int64_t age_us = need->others ? KEEPING_LEAST_US + keeping->gap_us + need->age_us : 0;
    age_us = max_i64(age_us, keeping->age_us - keeping->age_us / FALL_SHARE);
    if (now_us < keeping->lossy_us) {
        age_us = RTX_CACHE_VIDEO_AGE_US;
    }
    keeping->age_us = min_i64(age_us, RTX_CACHE_VIDEO_AGE_US);
    keeping->gap_us -= keeping->gap_us / GAP_FALL_SHARE;
    keeping->check_us = now_us + KEEPING_CHECK_US;
    return min_i64(need->arrived_us, now_us - max_i64(keeping->age_us, need->keyframe_us));
}
