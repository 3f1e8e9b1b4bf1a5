/* The packets come from GStreamer 1.22 (openh264enc 322x182, rtph264pay), but where it is said. */
#include "base/err.h"
#include "rtp/h264_payload.h"
#include "support/vectors.h"
#include "unit/runner.h"

#define SPS "6742c00d8c8d40a8cb113403c2211a80"
#define PPS "68ce3c80"

static int parse(const char *hex, struct h264_payload *h264)
{
    uint8_t data[256];
    size_t len = vectors_hex(hex, data, sizeof(data));
    return h264_payload_parse(data, len, h264);
}

TEST(h264_parameter_sets_in_packets_of_their_own)
{
    struct h264_payload h264;
    REQUIRE_OK(parse(SPS, &h264));
    CHECK(h264.sps && !h264.idr);
    CHECK_INT(h264.width, 322);
    CHECK_INT(h264.height, 182);
    REQUIRE_OK(parse(PPS, &h264));
    CHECK(!h264.sps && !h264.idr);
    CHECK_INT(h264.width, 0);
out:
    return;
}

TEST(h264_pieces_of_a_slice)
{
    struct h264_payload h264;
    REQUIRE_OK(parse("7c85b800040000", &h264)); /* start of an IDR slice */
    CHECK(h264.idr && !h264.sps);
    REQUIRE_OK(parse("7c058fdf12f699", &h264)); /* middle */
    CHECK(!h264.idr);
    REQUIRE_OK(parse("7c45881894b289", &h264)); /* end */
    CHECK(!h264.idr);
    REQUIRE_OK(parse("7c81e000400000", &h264)); /* start of another slice */
    CHECK(!h264.idr);
    REQUIRE_OK(parse("65b800", &h264)); /* by hand: a whole IDR slice */
    CHECK(h264.idr);
    REQUIRE_OK(parse("419a00", &h264)); /* by hand: a whole other slice */
    CHECK(!h264.idr);
out:
    return;
}

TEST(h264_aggregates)
{
    struct h264_payload h264;
    REQUIRE_OK(parse("780010" SPS "0004" PPS "0010" SPS "0004" PPS, &h264));
    CHECK(h264.sps && !h264.idr);
    CHECK_INT(h264.width, 322);
    REQUIRE_OK(parse("780010" SPS "0004" PPS "000365b800", &h264)); /* by hand */
    CHECK(h264.sps && h264.idr);
    CHECK_INT(parse("780010" SPS "0005" PPS, &h264), ERR_MALFORMED);
    CHECK_INT(parse("780010" SPS "00", &h264), ERR_MALFORMED);
    CHECK_INT(parse("780000", &h264), ERR_MALFORMED);
out:
    return;
}

TEST(h264_sizes_of_other_profiles)
{
    struct h264_payload h264;
    /* x264, high profile level 4.0: 1920x1080 is 1088 less 8 cropped lines; has 00 00 03 inside */
    REQUIRE_OK(parse("67640028acd940780227e5c044000003000400000300f03c60c658", &h264));
    CHECK_INT(h264.width, 1920);
    CHECK_INT(h264.height, 1080);
    /* cut in the middle: still a parameter set, size unknown */
    REQUIRE_OK(parse("67640028acd9", &h264));
    CHECK(h264.sps);
    CHECK_INT(h264.width, 0);
out:
    return;
}

/* Made by hand: delta_scale of 2^31-1, which overflows what it is added to. */
TEST(h264_scaling_list_out_of_range)
{
    struct h264_payload h264;
    REQUIRE_OK(parse("6764001fad80000000fffffffeffffffff", &h264));
    CHECK(h264.sps);
    CHECK_INT(h264.width, 0);
out:
    return;
}

TEST(h264_what_may_not_be_sent_so)
{
    static const char *const bad[] = {"",     "60",     "78",     "7c85",   "790000",
                                      "7a00", "7b0000", "7d8500", "7e0000", "7f00"};
    struct h264_payload h264 = {.width = 7};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_INT(parse(bad[i], &h264), ERR_MALFORMED);
    }
    CHECK_INT(h264.width, 7);
}
