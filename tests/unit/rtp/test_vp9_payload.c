/* The first packets come from GStreamer 1.22 (vp9enc 322x182, rtpvp9pay); the rest is by hand. */
#include "base/err.h"
#include "rtp/vp9_payload.h"
#include "support/vectors.h"
#include "unit/runner.h"

static int parse(const char *hex, struct vp9_payload *vp9)
{
    uint8_t data[64];
    size_t len = vectors_hex(hex, data, sizeof(data));
    return vp9_payload_parse(data, len, vp9);
}

TEST(vp9_payload_reads_what_gstreamer_sends)
{
    struct vp9_payload vp9;
    REQUIRE_OK(parse("8a99c0 18 0142 00b6 01 04 01 b124c1", &vp9));
    CHECK(vp9.keyframe && vp9.start && !vp9.end && !vp9.inter_predicted && !vp9.flexible);
    CHECK_INT(vp9.descriptor_bytes, 11);
    CHECK_INT(vp9.picture_id_bits, 15);
    CHECK_INT(vp9.picture_id, 0x19c0);
    CHECK_INT(vp9.picture_id_offset, 1);
    CHECK_INT(vp9.tl0picidx_offset, 0);
    CHECK_INT(vp9.width, 322);
    CHECK_INT(vp9.height, 182);
    REQUIRE_OK(parse("8499c0bb8b", &vp9)); /* end of the keyframe */
    CHECK(vp9.end && !vp9.start && !vp9.keyframe);
    REQUIRE_OK(parse("c899c1b300", &vp9)); /* start of the next picture */
    CHECK(vp9.start && vp9.inter_predicted && !vp9.keyframe);
    CHECK_INT(vp9.picture_id, 0x19c1);
out:
    return;
}

TEST(vp9_payload_reads_layers)
{
    struct vp9_payload vp9;
    /* I, P, L, B; 7-bit id 5; TID 2, U, SID 1, D; TL0PICIDX 9 */
    REQUIRE_OK(parse("e8 05 53 09 00", &vp9));
    CHECK_INT(vp9.descriptor_bytes, 4);
    CHECK_INT(vp9.picture_id_bits, 7);
    CHECK_INT(vp9.picture_id, 5);
    CHECK(vp9.has_layers && vp9.switching_up);
    CHECK_INT(vp9.tid, 2);
    CHECK_INT(vp9.sid, 1);
    CHECK_INT(vp9.tl0picidx, 9);
    CHECK_INT(vp9.tl0picidx_offset, 3);
    /* without P, the higher spatial layer of a keyframe is not its beginning */
    REQUIRE_OK(parse("a8 05 03 09 00", &vp9));
    CHECK(!vp9.keyframe);
    REQUIRE_OK(parse("a8 05 00 09 00", &vp9));
    CHECK(vp9.keyframe);
    /* sizes of three layers: the last counts */
    REQUIRE_OK(parse("aa 05 00 09 50 0140 00b4 0280 0168 0500 02d0 00", &vp9));
    CHECK_INT(vp9.width, 1280);
    CHECK_INT(vp9.height, 720);
    CHECK_INT(vp9.descriptor_bytes, 17);
out:
    return;
}

TEST(vp9_payload_reads_the_flexible_mode)
{
    struct vp9_payload vp9;
    /* I, P, L, F; layers without TL0PICIDX; two references */
    REQUIRE_OK(parse("f0 8123 00 03 04 ff", &vp9));
    CHECK(vp9.flexible && vp9.inter_predicted);
    CHECK_INT(vp9.tl0picidx_offset, 0);
    CHECK_INT(vp9.descriptor_bytes, 6);
    CHECK_INT(parse("f0 8123 00 03 05 07 04 ff", &vp9), ERR_MALFORMED); /* four references */
    REQUIRE_OK(parse("f0 8123 00 03 05 06 ff", &vp9));
    CHECK_INT(vp9.descriptor_bytes, 7);
out:
    return;
}

TEST(vp9_payload_refuses_what_is_cut_short)
{
    static const char *const bad[] = {"",
                                      "08",
                                      "80",
                                      "80 99",
                                      "80 05",
                                      "a0 05 00",
                                      "a0 05 00 09",
                                      "d0 05 01",
                                      "8a 05 18 0142 00b6 01 08 01",
                                      "8a 05 08 ff"};
    struct vp9_payload vp9 = {.tid = 6};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_INT(parse(bad[i], &vp9), ERR_MALFORMED);
    }
    CHECK_INT(vp9.tid, 6);
}
