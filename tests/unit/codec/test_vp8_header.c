#include "base/err.h"
#include "codec/vp8_header.h"
#include "unit/runner.h"

/* keyframe, version 0, shown, first partition of 5 bytes; 320 x 180; RFC 6386 9.1 */
static const uint8_t key[] = {0xB0, 0x00, 0x00, 0x9D, 0x01, 0x2A, 0x40, 0x01,
                              0xB4, 0x00, 1,    2,    3,    4,    5,    6};

TEST(reads_a_keyframe)
{
    struct vp8_header header;
    REQUIRE_OK(vp8_header_parse(key, sizeof(key), &header));
    CHECK(header.keyframe);
    CHECK(header.shown);
    CHECK_INT(header.first_part_bytes, 5);
    CHECK_INT(header.width, 320);
    CHECK_INT(header.height, 180);
out:
    return;
}

TEST(reads_sizes_without_the_scaling_bits)
{
    uint8_t frame[sizeof(key)];
    struct vp8_header header;
    memcpy(frame, key, sizeof(key));
    frame[7] |= 0xC0;
    frame[9] |= 0x40;
    REQUIRE_OK(vp8_header_parse(frame, sizeof(frame), &header));
    CHECK_INT(header.width, 320);
    CHECK_INT(header.height, 180);
out:
    return;
}

TEST(reads_an_inter_frame)
{
    static const uint8_t inter[] = {0x31 | 0x40, 0x00, 0x00, 1, 2, 3};
    struct vp8_header header;
    REQUIRE_OK(vp8_header_parse(inter, sizeof(inter), &header));
    CHECK(!header.keyframe);
    CHECK(header.shown);
    CHECK_INT(header.first_part_bytes, 3);
    CHECK_INT(header.width, 0);
out:
    return;
}

TEST(every_cut_of_the_header_is_refused)
{
    struct vp8_header header;
    for (size_t len = 0; len < 15; len++) {
        CHECK_INT(vp8_header_parse(key, len, &header), ERR_TRUNCATED);
    }
    CHECK_INT(vp8_header_parse(key, 15, &header), 0);
    goto out;
out:
    return;
}

TEST(a_bad_start_code_or_side_is_malformed)
{
    uint8_t frame[sizeof(key)];
    struct vp8_header header;
    memcpy(frame, key, sizeof(key));
    frame[4] = 2;
    CHECK_INT(vp8_header_parse(frame, sizeof(frame), &header), ERR_MALFORMED);
    memcpy(frame, key, sizeof(key));
    frame[6] = 0;
    frame[7] = 0xC0;
    CHECK_INT(vp8_header_parse(frame, sizeof(frame), &header), ERR_MALFORMED);
    goto out;
out:
    return;
}

TEST(versions_that_nobody_defined_are_unsupported)
{
    uint8_t frame[sizeof(key)];
    struct vp8_header header;
    memcpy(frame, key, sizeof(key));
    frame[0] |= 4 << 1;
    CHECK_INT(vp8_header_parse(frame, sizeof(frame), &header), ERR_UNSUPPORTED);
    goto out;
out:
    return;
}
