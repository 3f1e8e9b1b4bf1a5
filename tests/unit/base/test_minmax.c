#include "base/minmax.h"
#include "unit/runner.h"

TEST(a_deadline_that_is_not_set_loses)
{
    CHECK(min_i64(INT64_MAX, 5) == 5 && min_i64(-7, INT64_MAX) == -7);
    CHECK(max_i64(INT64_MIN, 5) == 5 && max_i64(-7, -8) == -7);
    goto out;
out:;
}

TEST(keeps_what_is_between_the_bounds)
{
    CHECK(clamp_u64(5, 1, 9) == 5 && clamp_u64(0, 1, 9) == 1);
    CHECK(clamp_u64(UINT64_MAX, 1, 9) == 9 && clamp_u64(3, 9, 9) == 9);
    goto out;
out:;
}
