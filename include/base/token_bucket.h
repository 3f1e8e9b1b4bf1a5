/**
 * At most so many events a second, with a burst: the policer behind several limits.
 *
 * Kept in time units (each event costs 1/rate seconds), so taking one needs no multiplication.
 */
#ifndef BASE_TOKEN_BUCKET_H
#define BASE_TOKEN_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct token_bucket {
    int64_t cost_us;  /**< of one event */
    int64_t depth_us; /**< burst * cost */
    int64_t level_us;
    int64_t filled_us; /**< when level_us was right; INT64_MIN before the first event */
};

/**
 * Full bucket.
 * @param cost_us microseconds that earn one event, > 0
 * @param burst   events that may come at once, > 0
 */
void token_bucket_init(struct token_bucket *bucket, int64_t cost_us, uint32_t burst);

/** Takes one event; false when over the rate. */
bool token_bucket_take(struct token_bucket *bucket, int64_t now_us);

/** When the next event can be taken: now_us or later. */
int64_t token_bucket_next(const struct token_bucket *bucket, int64_t now_us);

#endif
