#include "media/frame_numbers.h"
#include "unit/runner.h"

TEST(frame_numbers_go_on_over_changes_of_feed)
{
    struct frame_numbers numbers = {0};
    uint16_t out = 0;
    CHECK(frame_numbers_forward(&numbers, 1, 65530, &out));
    CHECK_INT(out, 65530);
    CHECK(frame_numbers_forward(&numbers, 1, 1, &out)); /* wraps; frames between are missing */
    CHECK_INT(out, 1);
    CHECK(frame_numbers_forward(&numbers, 1, 65535, &out)); /* late */
    CHECK_INT(out, 65535);
    CHECK(frame_numbers_forward(&numbers, 2, 40000, &out));
    CHECK_INT(out, 2);
    CHECK(frame_numbers_forward(&numbers, 2, 40003, &out));
    CHECK_INT(out, 5);
    CHECK(frame_numbers_forward(&numbers, 2, 40001, &out));
    CHECK_INT(out, 3);
    CHECK(frame_numbers_forward(&numbers, 5, 3, &out)); /* changes with other codecs between */
    CHECK_INT(out, 6);
    out = 99;
    CHECK(!frame_numbers_forward(&numbers, 2, 40004, &out));
    CHECK_INT(out, 99);
}
