#include "base/err.h"
#include "sdp/sdp_ice.h"
#include "unit/runner.h"

static struct str_view v(const char *text)
{
    return str_view_text(text);
}

/* Lines of recorded offers: Chromium, Firefox, werift, GStreamer; a name of mDNS; a zone id (RFC
 * 8839 5.1). */
TEST(reads_candidates_of_all_clients)
{
    static const char *const lines[] = {
        "4176887344 1 tcp 1518214911 127.0.0.1 9 typ host tcptype active generation 0 "
        "network-id 3 network-cost 50",
        "4 2 TCP 2105327870 127.0.0.1 9 typ host tcptype active",
        "626da4e5384a0ce2d0d93678a 1 udp 2116026367 127.0.0.1 33876 typ host generation 0 ufrag "
        "5f61",
        "1 1 UDP 2122252543 4d3c5b4e-1b7a-4a43-ae0a-6b5d2b6f0c5f.local 54400 typ host",
        "1 1 udp 1 fe80::1%eth0 5 typ srflx raddr 0.0.0.0 rport 0 odd",
    };
    struct sdp_candidate candidate;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        CHECK_INT(sdp_candidate_parse(v(lines[i]), &candidate), 0);
    }
    REQUIRE_OK(sdp_candidate_parse(v(lines[0]), &candidate));
    CHECK_INT(candidate.priority, 1518214911);
    CHECK(str_view_equal(candidate.tcp_type, "active"));
    CHECK_INT(candidate.port, 9);
    REQUIRE_OK(sdp_candidate_parse(v(lines[2]), &candidate));
    CHECK(str_view_equal(candidate.ufrag, "5f61"));
    CHECK(str_view_equal(candidate.type, "host"));
out:
    return;
}

TEST(refuses_broken_candidates)
{
    static const char *const lines[] = {
        "",
        "1",
        "1 x udp 1 192.0.2.1 5 typ host",
        "1 1 udp 4294967296 192.0.2.1 5 typ host",
        "1 1 udp 1 192.0.2.1 65536 typ host",
        "1 1 udp 1 192.0.2.1 5",
        "1 1 udp 1 192.0.2.1 5 typ",
        "1 1 udp 1 192.0.2.1 5 type host",
    };
    struct sdp_candidate candidate;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        CHECK_INT(sdp_candidate_parse(v(lines[i]), &candidate), ERR_MALFORMED);
    }
}

TEST(ice_text_has_bounds_and_an_alphabet)
{
    char long_text[SDP_ICE_MAX + 2];
    memset(long_text, 'x', sizeof(long_text));
    CHECK(sdp_is_ice_text(str_view_of(long_text, SDP_ICE_MAX), SDP_UFRAG_MIN));
    CHECK(!sdp_is_ice_text(str_view_of(long_text, SDP_ICE_MAX + 1), SDP_UFRAG_MIN));
    CHECK(sdp_is_ice_text(v("/1+E"), SDP_UFRAG_MIN));
    CHECK(!sdp_is_ice_text(v("abc"), SDP_UFRAG_MIN));
    CHECK(!sdp_is_ice_text(v("ab:d"), SDP_UFRAG_MIN));
    CHECK(!sdp_is_ice_text(v("ab d"), SDP_UFRAG_MIN));
}

TEST(reads_fingerprints_in_any_case)
{
    struct sdp_fingerprint print;
    REQUIRE_OK(sdp_fingerprint_parse(v("SHA-256 3d:B5:02"), &print));
    CHECK_STR(print.hash, "sha-256");
    CHECK_INT(print.bytes, 3);
    CHECK_INT(print.value[0], 0x3d);
    CHECK_INT(print.value[1], 0xb5);
    CHECK_INT(sdp_fingerprint_parse(v("sha-256"), &print), ERR_MALFORMED);
    CHECK_INT(sdp_fingerprint_parse(v("sha-256 3"), &print), ERR_MALFORMED);
    CHECK_INT(sdp_fingerprint_parse(v("sha-256 3db5"), &print), ERR_MALFORMED);
    CHECK_INT(sdp_fingerprint_parse(v("sha-256 3d:xx"), &print), ERR_MALFORMED);
    char text[300] = "sha-512 00";
    for (int i = 0; i < 64; i++) {
        strcat(text, ":00");
    }
    CHECK_INT(sdp_fingerprint_parse(v(text), &print), ERR_MALFORMED); /* 65 bytes */
out:
    return;
}

TEST(reads_setup)
{
    enum sdp_setup setup = SDP_SETUP_HOLDCONN;
    REQUIRE_OK(sdp_setup_parse(v("actpass"), &setup));
    CHECK_INT(setup, SDP_SETUP_ACTPASS);
    CHECK_INT(sdp_setup_parse(v("Active"), &setup), ERR_MALFORMED);
out:
    return;
}
