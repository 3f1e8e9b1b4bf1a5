#include "base/err.h"
#include "sdp/sdp_fmtp.h"
#include "unit/runner.h"

static struct str_view v(const char *text)
{
    return str_view_text(text);
}

TEST(reads_rtpmap_with_and_without_channels)
{
    struct sdp_rtpmap map;
    REQUIRE_OK(sdp_rtpmap_parse(v("111 opus/48000/2"), &map));
    CHECK_INT(map.pt, 111);
    CHECK(str_view_equal(map.name, "opus"));
    CHECK_INT(map.clock_rate, 48000);
    CHECK_INT(map.channels, 2);
    REQUIRE_OK(sdp_rtpmap_parse(v("0 PCMU/8000"), &map));
    CHECK_INT(map.channels, 1);
    REQUIRE_OK(sdp_rtpmap_parse(v("9 G722/8000/1"), &map)); /* Firefox */
    CHECK_INT(map.channels, 1);
out:
    return;
}

TEST(refuses_broken_rtpmap)
{
    struct sdp_rtpmap map;
    CHECK_INT(sdp_rtpmap_parse(v(""), &map), ERR_MALFORMED);
    CHECK_INT(sdp_rtpmap_parse(v("128 opus/48000/2"), &map), ERR_MALFORMED);
    CHECK_INT(sdp_rtpmap_parse(v("111"), &map), ERR_MALFORMED);
    CHECK_INT(sdp_rtpmap_parse(v("111 opus"), &map), ERR_MALFORMED);
    CHECK_INT(sdp_rtpmap_parse(v("111 /48000"), &map), ERR_MALFORMED);
    CHECK_INT(sdp_rtpmap_parse(v("111 opus/48k"), &map), ERR_MALFORMED);
    CHECK_INT(sdp_rtpmap_parse(v("111 opus/48000/x"), &map), ERR_MALFORMED);
    CHECK_INT(sdp_rtpmap_parse(v("111 opus/4294967296"), &map), ERR_MALFORMED);
}

TEST(finds_fmtp_parameters_without_case_and_with_blanks)
{
    struct sdp_fmtp fmtp;
    struct str_view value = {0};
    REQUIRE_OK(sdp_fmtp_parse(v("111 minptime=10; UseInbandFec=1 ;stereo"), &fmtp));
    CHECK_INT(fmtp.pt, 111);
    CHECK(sdp_fmtp_param_is(fmtp.params, "minptime", "10"));
    CHECK(sdp_fmtp_param_is(fmtp.params, "useinbandfec", "1"));
    CHECK(sdp_fmtp_param(fmtp.params, "stereo", &value));
    CHECK_INT(value.len, 0);
    CHECK(!sdp_fmtp_param(fmtp.params, "cbr", &value));
    CHECK(!sdp_fmtp_param_is(fmtp.params, "stereo", "1"));
    REQUIRE_OK(sdp_fmtp_parse(v("63 111/111"), &fmtp));
    CHECK(str_view_equal(fmtp.params, "111/111"));
    CHECK_INT(sdp_fmtp_parse(v("x y"), &fmtp), ERR_MALFORMED);
out:
    return;
}

TEST(reads_rtcp_fb_with_trailing_blanks_and_for_all)
{
    struct sdp_rtcp_fb fb;
    REQUIRE_OK(sdp_rtcp_fb_parse(v("96 nack "), &fb)); /* pion */
    CHECK(str_view_equal(fb.type, "nack"));
    CHECK_INT(fb.param.len, 0);
    REQUIRE_OK(sdp_rtcp_fb_parse(v("96 nack  pli"), &fb));
    CHECK(str_view_equal(fb.param, "pli"));
    REQUIRE_OK(sdp_rtcp_fb_parse(v("* transport-cc"), &fb));
    CHECK(fb.any_pt);
    CHECK_INT(sdp_rtcp_fb_parse(v("96"), &fb), ERR_MALFORMED);
    CHECK_INT(sdp_rtcp_fb_parse(v("x nack"), &fb), ERR_MALFORMED);
out:
    return;
}
