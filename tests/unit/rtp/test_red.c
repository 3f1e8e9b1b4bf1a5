#include "base/err.h"
#include "rtp/red.h"
#include "support/vectors.h"
#include "unit/runner.h"

TEST(red_splits_blocks)
{
    /* after the figure of RFC 2198 5: 20 ms older block of 7 (offset 960, 3 bytes), primary of 5 */
    uint8_t data[32];
    size_t len = vectors_hex("87 0f0003 05 aabbcc 1122", data, sizeof(data));
    struct red_block blocks[RED_MAX_BLOCKS];
    REQUIRE_INT(red_parse(data, len, blocks), 2);
    CHECK_INT(blocks[0].pt, 7);
    CHECK_INT(blocks[0].timestamp_offset, 960);
    CHECK_INT(blocks[0].offset, 5);
    CHECK_INT(blocks[0].bytes, 3);
    CHECK_INT(blocks[1].pt, 5);
    CHECK_INT(blocks[1].timestamp_offset, 0);
    CHECK_INT(blocks[1].offset, 8);
    CHECK_INT(blocks[1].bytes, 2);
    struct red_block primary;
    REQUIRE_OK(red_find_primary(data, len, &primary));
    CHECK_INT(primary.offset, 8);
out:
    return;
}

TEST(red_takes_a_primary_alone_and_empty_blocks)
{
    uint8_t data[8];
    struct red_block blocks[RED_MAX_BLOCKS];
    size_t len = vectors_hex("6f aabb", data, sizeof(data));
    REQUIRE_INT(red_parse(data, len, blocks), 1);
    CHECK_INT(blocks[0].pt, 111);
    CHECK_INT(blocks[0].bytes, 2);
    len = vectors_hex("ef 000000 6f", data, sizeof(data));
    REQUIRE_INT(red_parse(data, len, blocks), 2);
    CHECK_INT(blocks[0].bytes, 0);
    CHECK_INT(blocks[1].bytes, 0);
out:
    return;
}

TEST(red_refuses_what_is_cut_or_endless)
{
    uint8_t data[160];
    struct red_block blocks[RED_MAX_BLOCKS];
    size_t len = vectors_hex("87 0f0003 05 aabbcc", data, sizeof(data));
    for (size_t cut = 0; cut < len; cut++) {
        CHECK_INT(red_parse(data, cut, blocks), ERR_MALFORMED);
    }
    CHECK_INT(red_parse(data, len, blocks), 2);
    memset(data, 0, sizeof(data));
    for (size_t i = 0; i < 33; i++) {
        data[4 * i] = 0xef;
    }
    CHECK_INT(red_parse(data, sizeof(data), blocks), ERR_FULL);
    CHECK_INT(red_parse(data + 4, sizeof(data) - 4, blocks), RED_MAX_BLOCKS);
    goto out;
out:
    return;
}

TEST(red_is_written_as_it_is_read)
{
    static const uint8_t old[] = {1, 2, 3};
    static const uint8_t recent[] = {4, 5};
    static const uint8_t primary[] = {6, 7, 8, 9};
    const struct red_part parts[] = {
        {.at = old, .timestamp_offset = RED_MAX_TIMESTAMP_OFFSET, .bytes = sizeof(old)},
        {.at = recent, .timestamp_offset = 960, .bytes = sizeof(recent)},
        {.at = primary, .bytes = sizeof(primary)}};
    uint8_t data[32];
    struct red_block blocks[RED_MAX_BLOCKS];
    size_t len = red_bytes(parts, 3);
    REQUIRE_INT(len, 2 * 4 + 1 + 9);
    red_write(data, 111, parts, 3);
    REQUIRE_INT(red_parse(data, len, blocks), 3);
    for (size_t i = 0; i < 3; i++) {
        CHECK_INT(blocks[i].pt, 111);
        CHECK_INT(blocks[i].timestamp_offset, parts[i].timestamp_offset);
        REQUIRE_INT(blocks[i].bytes, parts[i].bytes);
        CHECK_MEM(data + blocks[i].offset, parts[i].at, parts[i].bytes);
    }
    REQUIRE_INT(red_bytes(&parts[2], 1), 5);
    red_write(data, 96, &parts[2], 1);
    REQUIRE_INT(red_parse(data, 5, blocks), 1);
    CHECK_INT(blocks[0].pt, 96);
out:
    return;
}
