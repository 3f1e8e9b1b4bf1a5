#include "base/token_bucket.h"
#include "unit/runner.h"

TEST(bucket_gives_burst_then_rate)
{
    struct token_bucket bucket;
    token_bucket_init(&bucket, 1000, 3);
    int64_t now_us = 5000000;
    CHECK_INT(token_bucket_next(&bucket, now_us), now_us);
    CHECK(token_bucket_take(&bucket, now_us));
    CHECK(token_bucket_take(&bucket, now_us));
    CHECK(token_bucket_take(&bucket, now_us));
    CHECK(!token_bucket_take(&bucket, now_us));
    CHECK_INT(token_bucket_next(&bucket, now_us), now_us + 1000);
    CHECK(!token_bucket_take(&bucket, now_us + 999));
    CHECK(token_bucket_take(&bucket, now_us + 1000));
    /* Never more than the burst is saved up. */
    now_us += INT64_C(1) << 50;
    CHECK(token_bucket_take(&bucket, now_us));
    CHECK(token_bucket_take(&bucket, now_us));
    CHECK(token_bucket_take(&bucket, now_us));
    CHECK(!token_bucket_take(&bucket, now_us));
}

TEST(bucket_earns_nothing_when_time_stands_or_goes_back)
{
    struct token_bucket bucket;
    token_bucket_init(&bucket, 1000, 1);
    CHECK(token_bucket_take(&bucket, 10000));
    CHECK(!token_bucket_take(&bucket, 9000));
    CHECK(!token_bucket_take(&bucket, 10000));
    CHECK(!token_bucket_take(&bucket, 10999));
    CHECK(token_bucket_take(&bucket, 11000));
}

TEST(bucket_lets_its_rate_pass)
{
    enum { PER_S = 3000 };
    struct token_bucket bucket;
    token_bucket_init(&bucket, 1000000 / PER_S, PER_S);
    int passed = 0;
    for (int64_t us = 0; us < 10000000; us += 100) { /* 10,000 a second */
        passed += token_bucket_take(&bucket, us) ? 1 : 0;
    }
    /* The first second's worth at once, then the rate. */
    CHECK(passed >= 11 * PER_S - 100);
    CHECK(passed <= 11 * PER_S + 100);
    token_bucket_init(&bucket, 1000000 / PER_S, PER_S);
    int refused = 0;
    for (int64_t us = 0; us < 10000000; us += 334) {
        refused += token_bucket_take(&bucket, us) ? 0 : 1;
    }
    CHECK_INT(refused, 0);
}
