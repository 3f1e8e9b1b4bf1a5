#include "base/bytes.h"
#include "unit/runner.h"

TEST(reads_big_endian_and_stops_at_the_end)
{
    static const uint8_t data[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07};
    struct bytes in = bytes_over(data, sizeof(data));
    CHECK_INT(bytes_u16(&in), 0x0102);
    CHECK_INT(bytes_u24(&in), 0x030405);
    CHECK_INT(bytes_left(&in), 2);
    CHECK_INT(bytes_u32(&in), 0);
    CHECK(in.failed);
    CHECK_INT(bytes_u8(&in), 0); /* a failed reader stays failed, even for what would fit */
    REQUIRE(in.failed);
out:;
}

TEST(writes_big_endian_and_nothing_past_the_end)
{
    uint8_t data[6] = {0};
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    bytes_out_u8(&out, 1);
    bytes_out_u24(&out, 0x020304);
    CHECK_INT(bytes_out_len(&out), 4);
    bytes_out_u32(&out, 0xffffffff);
    CHECK(out.failed);
    REQUIRE(data[4] == 0 && data[5] == 0);
    CHECK_INT(bytes_get_u32(data), 0x01020304);
out:;
}

TEST(empty_input_reads_nothing)
{
    struct bytes in = bytes_over(NULL, 0);
    CHECK_INT(bytes_left(&in), 0);
    CHECK(!in.failed);
    REQUIRE(bytes_take(&in, 1) == NULL && in.failed);
out:;
}
