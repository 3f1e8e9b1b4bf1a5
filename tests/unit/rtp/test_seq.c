#include "rtp/seq.h"
#include "unit/runner.h"

TEST(seq_compares_over_the_wrap)
{
    CHECK(seq_newer(0, 65535));
    CHECK(!seq_newer(65535, 0));
    CHECK(!seq_newer(7, 7));
    CHECK_INT(seq_diff(2, 65534), 4);
    CHECK_INT(seq_diff(65534, 2), -4);
    CHECK(!seq_newer(32768, 0)); /* half a turn counts as before, both ways */
    CHECK(!seq_newer(0, 32768));
    CHECK(seq_newer32(5, UINT32_MAX));
    CHECK_INT(seq_diff32(0, UINT32_MAX), 1);
    goto out;
out:
    return;
}

TEST(seq_extends_to_the_closest)
{
    CHECK_INT(seq_extend(65536 + 65530, 3), 2 * 65536 + 3);
    CHECK_INT(seq_extend(2 * 65536 + 3, 65530), 65536 + 65530);
    CHECK_INT(seq_extend(0x12345, 0x2345), 0x12345);
    CHECK_INT(seq_extend32((INT64_C(5) << 32) + 10, UINT32_MAX), (INT64_C(5) << 32) - 1);
    goto out;
out:
    return;
}

TEST(seq_unwrap_counts_cycles_and_takes_late_numbers)
{
    struct seq_unwrap unwrap = {0};
    CHECK_INT(seq_unwrap(&unwrap, 0), 65536);
    CHECK_INT(seq_unwrap(&unwrap, 65535), 65535); /* before the first, still not negative */
    CHECK_INT(seq_unwrap(&unwrap, 1), 65537);
    int64_t last = 65537;
    for (uint32_t i = 2; i < 200000; i++) {
        int64_t extended = seq_unwrap(&unwrap, (uint16_t)i);
        CHECK_INT(extended, last + 1);
        last = extended;
    }
    CHECK_INT(unwrap.highest, last);
    goto out;
out:
    return;
}

TEST(seq_unwrap32_follows_timestamps)
{
    struct seq_unwrap32 unwrap = {0};
    int64_t first = seq_unwrap32(&unwrap, UINT32_MAX - 10);
    CHECK_INT(seq_unwrap32(&unwrap, 100), first + 111);
    CHECK_INT(seq_unwrap32(&unwrap, UINT32_MAX - 10), first);
    CHECK_INT(seq_unwrap32(&unwrap, 200), first + 211);
    goto out;
out:
    return;
}
