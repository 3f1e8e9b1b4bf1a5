#include "base/bits.h"
#include "unit/runner.h"

TEST(bits_come_most_significant_first)
{
    static const uint8_t data[] = {0xa5, 0x0f, 0xff, 0x00, 0x80};
    struct bits in = bits_over(data, sizeof(data));
    CHECK(bits_flag(&in));
    CHECK_INT(bits_read(&in, 3), 2);
    CHECK_INT(bits_read(&in, 8), 0x50);
    bits_skip(&in, 4);
    CHECK_INT(bits_read(&in, 0), 0);
    CHECK_INT(bits_read(&in, 24), 0xff0080);
    CHECK(!in.failed);
    CHECK_INT(bits_read(&in, 1), 0);
    CHECK(in.failed);
}

TEST(bits_past_the_end_fail_for_good)
{
    static const uint8_t data[] = {0xff};
    struct bits in = bits_over(data, sizeof(data));
    CHECK_INT(bits_read(&in, 9), 0);
    CHECK(in.failed);
    CHECK_INT(bits_read(&in, 1), 0);
    in = bits_over(data, sizeof(data));
    bits_skip(&in, SIZE_MAX);
    CHECK(in.failed);
}

TEST(exp_golomb_codes_are_read_by_table_9_2)
{
    /* H.264 table 9-2: 1, 010, 011, 00100, 00111, 0001000 */
    static const uint8_t data[] = {0xa6, 0x42, 0x78, 0x80};
    struct bits in = bits_over(data, sizeof(data));
    static const uint32_t wanted[] = {0, 1, 2, 3, 3};
    CHECK_INT(bits_exp_golomb(&in), wanted[0]);
    CHECK_INT(bits_exp_golomb(&in), wanted[1]);
    CHECK_INT(bits_exp_golomb(&in), wanted[2]);
    CHECK_INT(bits_exp_golomb(&in), wanted[3]);
    static const uint8_t zeros[] = {0, 0, 0, 0, 0x80, 0, 0, 0, 0};
    in = bits_over(zeros, sizeof(zeros));
    CHECK_INT(bits_exp_golomb(&in), 0);
    CHECK(in.failed);
    static const uint8_t longest[] = {0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff};
    in = bits_over(longest, sizeof(longest));
    CHECK_INT(bits_exp_golomb(&in), 0xfffffffe);
    CHECK(!in.failed);
}
