#include "base/err.h"
#include "rtp/vp8_payload.h"
#include "support/vectors.h"
#include "unit/runner.h"

static int parse_hex(const char *hex, uint8_t data[32], size_t *len, struct vp8_payload *vp8)
{
    *len = vectors_hex(hex, data, 32);
    return vp8_payload_parse(data, *len, vp8);
}

TEST(vp8_payload_reads_the_short_descriptor)
{
    /* RFC 7741 4.2: no extension, S, PID 0; interframe */
    uint8_t data[32];
    size_t len = 0;
    struct vp8_payload vp8;
    REQUIRE_OK(parse_hex("10 01", data, &len, &vp8));
    CHECK_INT(vp8.descriptor_bytes, 1);
    CHECK(vp8.start);
    CHECK(!vp8.keyframe);
    CHECK(vp8_payload_frame_start(&vp8));
    CHECK_INT(vp8.picture_id_bits, 0);
    REQUIRE_OK(parse_hex("23 00", data, &len, &vp8));
    CHECK(!vp8.start);
    CHECK(vp8.non_reference);
    CHECK_INT(vp8.partition, 3);
    CHECK(!vp8.keyframe);
    REQUIRE_OK(parse_hex("11 00", data, &len, &vp8)); /* start of a later partition */
    CHECK(!vp8.keyframe);
    CHECK(!vp8_payload_frame_start(&vp8));
out:
    return;
}

TEST(vp8_payload_reads_all_fields)
{
    /* X; I L T K; 15-bit PictureID 0x1234; TL0PICIDX 0x56; TID 2, Y, KEYIDX 19 */
    uint8_t data[32];
    size_t len = 0;
    struct vp8_payload vp8;
    REQUIRE_OK(parse_hex("90 f0 9234 56 b3 01", data, &len, &vp8));
    CHECK_INT(vp8.descriptor_bytes, 6);
    CHECK_INT(vp8.picture_id_bits, 15);
    CHECK_INT(vp8.picture_id, 0x1234);
    CHECK_INT(vp8.picture_id_offset, 2);
    CHECK_INT(vp8.tl0picidx, 0x56);
    CHECK_INT(vp8.tl0picidx_offset, 4);
    CHECK(vp8.has_tid && vp8.has_keyidx && vp8.layer_sync);
    CHECK_INT(vp8.tid, 2);
    CHECK_INT(vp8.keyidx, 19);
    CHECK_INT(vp8.tid_keyidx_offset, 5);
    REQUIRE_OK(parse_hex("90 80 11 00", data, &len, &vp8)); /* 7-bit PictureID alone */
    CHECK_INT(vp8.picture_id_bits, 7);
    CHECK_INT(vp8.picture_id, 0x11);
    CHECK_INT(vp8.tl0picidx_offset, 0);
    CHECK(!vp8.has_tid && !vp8.has_keyidx);
    CHECK(vp8.keyframe);
    REQUIRE_OK(
        parse_hex("90 10 ff 01", data, &len, &vp8)); /* KEYIDX alone: TID and Y mean nothing */
    CHECK(vp8.has_keyidx && !vp8.has_tid && !vp8.layer_sync);
    CHECK_INT(vp8.keyidx, 31);
out:
    return;
}

TEST(vp8_payload_refuses_every_cut)
{
    uint8_t data[32];
    struct vp8_payload vp8;
    size_t len = vectors_hex("90 f0 9234 56 b3 01", data, sizeof(data));
    for (size_t cut = 0; cut < len; cut++) {
        CHECK_INT(vp8_payload_parse(data, cut, &vp8), ERR_MALFORMED);
    }
    goto out;
out:
    return;
}

TEST(vp8_payload_reads_the_picture_size)
{
    /* RFC 6386 9.1: tag of 3 bytes, start code, 14 bits of width and height, little-endian, scale
     * above */
    uint8_t data[32];
    size_t len = 0;
    struct vp8_payload vp8;
    uint16_t width = 0;
    uint16_t height = 0;
    REQUIRE_OK(parse_hex("90 80 11 50ab02 9d012a 0045 d0c2 ff", data, &len, &vp8));
    REQUIRE_OK(vp8_payload_size(data, len, &vp8, &width, &height));
    CHECK_INT(width, 1280);
    CHECK_INT(height, 720);
    CHECK_INT(vp8_payload_size(data, 12, &vp8, &width, &height), ERR_MALFORMED);
    data[6] = 0;
    CHECK_INT(vp8_payload_size(data, len, &vp8, &width, &height), ERR_MALFORMED);
    REQUIRE_OK(parse_hex("10 01", data, &len, &vp8));
    CHECK_INT(vp8_payload_size(data, len, &vp8, &width, &height), ERR_INVALID);
out:
    return;
}

TEST(vp8_payload_rewrites_in_place_and_keeps_width)
{
    uint8_t data[32];
    uint8_t want[32];
    size_t len = 0;
    struct vp8_payload vp8;
    REQUIRE_OK(parse_hex("90 f0 9234 56 b3 01", data, &len, &vp8));
    vp8_payload_rewrite(data, &vp8, 0x7fff, 0xab, 0xff);
    (void)vectors_hex("90 f0 ffff ab bf 01", want, sizeof(want));
    CHECK_MEM(data, want, len);
    vp8_payload_rewrite(data, &vp8, 0x0005, 0, 0);
    (void)vectors_hex("90 f0 8005 00 a0 01", want, sizeof(want));
    CHECK_MEM(data, want, len);
    REQUIRE_OK(parse_hex("90 80 11 01", data, &len, &vp8));
    vp8_payload_rewrite(data, &vp8, 0x1ff, 9, 9);
    (void)vectors_hex("90 80 7f 01", want, sizeof(want));
    CHECK_MEM(data, want, len);
    REQUIRE_OK(parse_hex("90 20 ff 01", data, &len, &vp8)); /* TID without KEYIDX */
    vp8_payload_rewrite(data, &vp8, 1, 2, 3);
    (void)vectors_hex("90 20 ff 01", want, sizeof(want));
    CHECK_MEM(data, want, len);
    REQUIRE_OK(parse_hex("10 01", data, &len, &vp8));
    vp8_payload_rewrite(data, &vp8, 1, 2, 3);
    CHECK_MEM(data, "\x10\x01", 2);
out:
    return;
}
