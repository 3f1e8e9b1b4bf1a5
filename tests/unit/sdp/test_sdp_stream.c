#include "base/err.h"
#include "sdp/sdp_stream.h"
#include "unit/runner.h"

static struct str_view v(const char *text)
{
    return str_view_text(text);
}

TEST(mirrors_directions)
{
    CHECK_INT(sdp_direction_mirror(SDP_SENDRECV), SDP_SENDRECV);
    CHECK_INT(sdp_direction_mirror(SDP_SENDONLY), SDP_RECVONLY);
    CHECK_INT(sdp_direction_mirror(SDP_RECVONLY), SDP_SENDONLY);
    CHECK_INT(sdp_direction_mirror(SDP_INACTIVE), SDP_INACTIVE);
    for (int i = SDP_SENDRECV; i <= SDP_INACTIVE; i++) {
        enum sdp_direction way = (enum sdp_direction)i;
        enum sdp_direction again = SDP_SENDRECV;
        CHECK_INT(sdp_direction_parse(v(sdp_direction_name(way)), &again), 0);
        CHECK_INT(again, way);
        CHECK_INT(sdp_direction_of(sdp_direction_sends(way), sdp_direction_receives(way)), way);
    }
    enum sdp_direction none;
    CHECK_INT(sdp_direction_parse(v("both"), &none), ERR_MALFORMED);
}

TEST(knows_tokens_and_rids)
{
    CHECK(sdp_is_token(v("audio0")));
    CHECK(sdp_is_token(v("{0}")));
    CHECK(!sdp_is_token(v("")));
    CHECK(!sdp_is_token(v("a b")));
    CHECK(!sdp_is_token(v("a\"b")));
    CHECK(!sdp_is_token(v("\xc3\xa4")));
    CHECK(sdp_is_rid(v("hi_1-x")));
    CHECK(!sdp_is_rid(v("~h")));
}

TEST(reads_ssrc_lines)
{
    struct sdp_ssrc ssrc;
    REQUIRE_OK(sdp_ssrc_parse(v("3610786779 cname:{2e:3}"), &ssrc));
    CHECK_INT(ssrc.ssrc, 3610786779u);
    CHECK(str_view_equal(ssrc.name, "cname"));
    CHECK(str_view_equal(ssrc.value, "{2e:3}"));
    REQUIRE_OK(sdp_ssrc_parse(v("1"), &ssrc));
    CHECK_INT(sdp_ssrc_parse(v("4294967296 cname:x"), &ssrc), ERR_MALFORMED);
    CHECK_INT(sdp_ssrc_parse(v("cname:x"), &ssrc), ERR_MALFORMED);
out:
    return;
}

TEST(reads_ssrc_groups_up_to_their_bound)
{
    struct sdp_ssrc_group group;
    REQUIRE_OK(sdp_ssrc_group_parse(v("FID 1 2"), &group));
    CHECK(str_view_equal(group.semantics, "FID"));
    CHECK_INT(group.count, 2);
    CHECK_INT(group.ssrcs[1], 2);
    REQUIRE_OK(sdp_ssrc_group_parse(v("SIM 1 2 3 4 5 6 7 8 9 10"), &group));
    CHECK_INT(group.count, SDP_MAX_GROUP_SSRCS);
    CHECK_INT(sdp_ssrc_group_parse(v("FID 1 x"), &group), ERR_MALFORMED);
    CHECK_INT(sdp_ssrc_group_parse(v(""), &group), ERR_MALFORMED);
out:
    return;
}

TEST(reads_rids_and_their_restrictions)
{
    struct sdp_rid rid;
    REQUIRE_OK(sdp_rid_parse(v("h send"), &rid));
    CHECK(rid.send);
    CHECK_INT(rid.restrictions.len, 0);
    REQUIRE_OK(sdp_rid_parse(v("h recv pt=96;max-width=1280"), &rid));
    CHECK(!rid.send);
    CHECK(str_view_equal(rid.restrictions, "pt=96;max-width=1280"));
    CHECK_INT(sdp_rid_parse(v("h"), &rid), ERR_MALFORMED);
    CHECK_INT(sdp_rid_parse(v("h both"), &rid), ERR_MALFORMED);
    CHECK_INT(sdp_rid_parse(v("~h send"), &rid), ERR_MALFORMED);
out:
    return;
}

/* RFC 8853 section 5.1 */
TEST(reads_simulcast_with_pauses_alternatives_and_both_halves)
{
    struct sdp_simulcast simulcast;
    REQUIRE_OK(sdp_simulcast_parse(v("recv r;s send 1;~2,3;4"), &simulcast));
    REQUIRE_INT(simulcast.send_count, 3);
    CHECK(str_view_equal(simulcast.send[0].rid, "1"));
    CHECK(!simulcast.send[0].paused);
    CHECK(str_view_equal(simulcast.send[1].rid, "2"));
    CHECK(simulcast.send[1].paused);
    CHECK(str_view_equal(simulcast.send[2].rid, "4"));
    REQUIRE_OK(sdp_simulcast_parse(v("recv r"), &simulcast));
    CHECK_INT(simulcast.send_count, 0);
    REQUIRE_OK(sdp_simulcast_parse(v("send 1;2;3;4;5;6;7;8;9"), &simulcast));
    CHECK_INT(simulcast.send_count, SDP_MAX_SIMULCAST);
    CHECK_INT(sdp_simulcast_parse(v("send"), &simulcast), ERR_MALFORMED);
    CHECK_INT(sdp_simulcast_parse(v("send ;"), &simulcast), ERR_MALFORMED);
    CHECK_INT(sdp_simulcast_parse(v("send rid=1;2"), &simulcast), ERR_MALFORMED);
    CHECK_INT(sdp_simulcast_parse(v("give 1"), &simulcast), ERR_MALFORMED);
out:
    return;
}

TEST(reads_extmap_with_direction_and_attributes)
{
    struct sdp_extmap map;
    REQUIRE_OK(sdp_extmap_parse(v("2/recvonly urn:x:y"), &map));
    CHECK_INT(map.id, 2);
    CHECK_INT(map.direction, SDP_RECVONLY);
    CHECK(str_view_equal(map.uri, "urn:x:y"));
    REQUIRE_OK(sdp_extmap_parse(v("1 urn:level vad=on"), &map));
    CHECK_INT(map.direction, SDP_SENDRECV);
    CHECK(str_view_equal(map.uri, "urn:level"));
    CHECK_INT(sdp_extmap_parse(v("1"), &map), ERR_MALFORMED);
    CHECK_INT(sdp_extmap_parse(v("x urn:y"), &map), ERR_MALFORMED);
    CHECK_INT(sdp_extmap_parse(v("1/sideways urn:y"), &map), ERR_MALFORMED);
out:
    return;
}
