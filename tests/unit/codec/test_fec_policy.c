#include "codec/fec_policy.h"
#include "unit/runner.h"

/* The table of QUALITY.md 1.12, in words: from 32 kbit/s and 2 % on. */
TEST(fec_policy_needs_rate_and_loss)
{
    CHECK(!fec_policy(32000, 0).fec);
    CHECK(!fec_policy(32000, 1).fec);
    CHECK(fec_policy(32000, 2).fec);
    CHECK(fec_policy(64000, 100).fec);
    CHECK(!fec_policy(31999, 25).fec);
    CHECK(!fec_policy(24000, 10).fec);
    goto out;
out:
    return;
}

TEST(fec_policy_tells_the_loss_within_bounds)
{
    CHECK_INT(fec_policy(32000, 0).loss_percent, 0);
    CHECK_INT(fec_policy(24000, 7).loss_percent, 7);
    CHECK_INT(fec_policy(32000, 2).loss_percent, 6);
    CHECK_INT(fec_policy(32000, 7).loss_percent, 7);
    CHECK_INT(fec_policy(32000, 25).loss_percent, 25);
    CHECK_INT(fec_policy(32000, 26).loss_percent, 25);
    CHECK_INT(fec_policy(32000, UINT32_MAX).loss_percent, 25);
    goto out;
out:
    return;
}
