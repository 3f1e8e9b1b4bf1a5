#include "base/token_bucket.h"

#include <assert.h>

void token_bucket_init(struct token_bucket *bucket, int64_t cost_us, uint32_t burst)
{
    assert(cost_us > 0 && burst > 0);
    *bucket = (struct token_bucket){.cost_us = cost_us,
                                    .depth_us = cost_us * burst,
                                    .level_us = cost_us * burst,
                                    .filled_us = INT64_MIN};
}

static int64_t level_at(const struct token_bucket *bucket, int64_t now_us)
{
    if (bucket->filled_us == INT64_MIN || now_us <= bucket->filled_us) {
        return bucket->level_us;
    }
    int64_t earned_us = now_us - bucket->filled_us;
    int64_t missing_us = bucket->depth_us - bucket->level_us;
    return earned_us >= missing_us ? bucket->depth_us : bucket->level_us + earned_us;
}

bool token_bucket_take(struct token_bucket *bucket, int64_t now_us)
{
    bucket->level_us = level_at(bucket, now_us);
    if (bucket->filled_us == INT64_MIN || now_us > bucket->filled_us) {
        bucket->filled_us = now_us;
    }
    if (bucket->level_us < bucket->cost_us) {
        return false;
    }
    bucket->level_us -= bucket->cost_us;
    return true;
}

int64_t token_bucket_next(const struct token_bucket *bucket, int64_t now_us)
{
    int64_t missing_us = bucket->cost_us - level_at(bucket, now_us);
    return missing_us > 0 ? now_us + missing_us : now_us;
}
