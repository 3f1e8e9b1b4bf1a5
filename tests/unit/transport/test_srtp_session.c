#include "base/bytes.h"
#include "relay/transport/srtp_session.h"
#include "unit/runner.h"

enum { PACKET_ROOM = 256 };

static const uint8_t key_a[SRTP_SESSION_MAX_KEY] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
static const uint8_t key_b[SRTP_SESSION_MAX_KEY] = {10, 9, 8, 7, 6, 5, 4, 3, 2, 1};

static size_t make_rtp(uint8_t *packet, uint32_t ssrc, uint16_t seq)
{
    memset(packet, 0, PACKET_ROOM);
    packet[0] = 0x80;
    packet[1] = 96;
    bytes_put_u16(packet + 2, seq);
    bytes_put_u32(packet + 8, ssrc);
    packet[12] = (uint8_t)seq;
    return 32;
}

static size_t make_rtcp(uint8_t *packet, uint32_t ssrc)
{
    memset(packet, 0, PACKET_ROOM);
    packet[0] = 0x80;
    packet[1] = 201;
    packet[3] = 1;
    bytes_put_u32(packet + 4, ssrc);
    return 8;
}

/** A pair: what one sends the other receives. */
static int make_pair(enum srtp_profile profile, struct srtp_session **a, struct srtp_session **b)
{
    int err = srtp_session_new(a, profile, key_a, key_b);
    return err == 0 ? srtp_session_new(b, profile, key_b, key_a) : err;
}

static enum drop_reason deliver(struct srtp_session *from, struct srtp_session *to, uint32_t ssrc,
                                uint16_t seq)
{
    _Alignas(16) uint8_t packet[PACKET_ROOM];
    size_t len = make_rtp(packet, ssrc, seq);
    return srtp_session_protect_rtp(from, packet, &len) == 0
               ? srtp_session_unprotect_rtp(to, packet, &len)
               : DROP_EMPTY;
}

TEST(exporter_is_cut_as_rfc_5764_says_for_both_roles)
{
    uint8_t exported[88];
    uint8_t client_send[SRTP_SESSION_MAX_KEY];
    uint8_t client_receive[SRTP_SESSION_MAX_KEY];
    uint8_t server_send[SRTP_SESSION_MAX_KEY];
    uint8_t server_receive[SRTP_SESSION_MAX_KEY];
    for (size_t i = 0; i < sizeof(exported); i++) {
        exported[i] = (uint8_t)i;
    }
    CHECK_INT(srtp_session_exporter_bytes(SRTP_PROFILE_CM_128_SHA1_80), 60);
    CHECK_INT(srtp_session_exporter_bytes(SRTP_PROFILE_GCM_128), 56);
    CHECK_INT(srtp_session_exporter_bytes(SRTP_PROFILE_GCM_256), 88);
    CHECK_INT(srtp_session_exporter_bytes(SRTP_PROFILE_NONE), 0);

    srtp_session_split_exporter(SRTP_PROFILE_GCM_128, exported, true, client_send, client_receive);
    srtp_session_split_exporter(SRTP_PROFILE_GCM_128, exported, false, server_send, server_receive);
    CHECK_INT(client_send[0], 0);   /* client write key */
    CHECK_INT(client_send[16], 32); /* client write salt: 12 bytes after both keys */
    CHECK_INT(client_receive[0], 16);
    CHECK_INT(client_receive[16], 44);
    CHECK_MEM(server_send, client_receive, 28);
    CHECK_MEM(server_receive, client_send, 28);

    srtp_session_split_exporter(SRTP_PROFILE_CM_128_SHA1_80, exported, true, client_send,
                                client_receive);
    CHECK_INT(client_send[16], 32);
    CHECK_INT(client_receive[16], 46); /* salts have 14 bytes here */
    srtp_session_split_exporter(SRTP_PROFILE_GCM_256, exported, false, server_send, server_receive);
    CHECK_INT(server_send[0], 32);
    CHECK_INT(server_send[32], 76);
}

TEST(each_profile_carries_both_directions)
{
    static const enum srtp_profile profiles[] = {SRTP_PROFILE_CM_128_SHA1_80, SRTP_PROFILE_GCM_128,
                                                 SRTP_PROFILE_GCM_256, SRTP_PROFILE_NULL};
    struct srtp_session *a = NULL;
    struct srtp_session *b = NULL;
    for (size_t i = 0; i < 4; i++) {
        REQUIRE_OK(make_pair(profiles[i], &a, &b));
        CHECK_INT(deliver(a, b, 1, 100), DROP_NONE);
        CHECK_INT(deliver(b, a, 2, 200), DROP_NONE);
        if (profiles[i] != SRTP_PROFILE_NULL) {
            CHECK_INT(deliver(a, a, 3, 1), DROP_SRTP_AUTH); /* own packets come back: wrong key */
        }
        srtp_session_free(&a);
        srtp_session_free(&b);
    }
    CHECK_INT(srtp_session_new(&a, SRTP_PROFILE_NONE, key_a, key_b), -4);
out:
    srtp_session_free(&a);
    srtp_session_free(&b);
}

TEST(replays_and_packets_before_the_window_are_named)
{
    _Alignas(16) uint8_t first[PACKET_ROOM];
    _Alignas(16) uint8_t again[PACKET_ROOM];
    struct srtp_session *a = NULL;
    struct srtp_session *b = NULL;
    REQUIRE_OK(make_pair(SRTP_PROFILE_GCM_128, &a, &b));
    size_t len = make_rtp(first, 5, 10);
    REQUIRE_OK(srtp_session_protect_rtp(a, first, &len));
    for (uint16_t seq = 11; seq <= 10 + 1023; seq++) {
        REQUIRE_INT(deliver(a, b, 5, seq), DROP_NONE);
    }
    size_t copy_len = len;
    memcpy(again, first, len);
    CHECK_INT(srtp_session_unprotect_rtp(b, again, &copy_len), DROP_NONE); /* 1023 late: inside */
    copy_len = len;
    memcpy(again, first, len);
    CHECK_INT(srtp_session_unprotect_rtp(b, again, &copy_len), DROP_SRTP_REPLAY);
    CHECK_INT(deliver(a, b, 5, 1034), DROP_NONE);
    CHECK_INT(srtp_session_unprotect_rtp(b, first, &len), DROP_SRTP_REPLAY); /* now too old */
out:
    srtp_session_free(&a);
    srtp_session_free(&b);
}

TEST(a_packet_can_be_sent_again_as_it_was)
{
    _Alignas(16) uint8_t first[PACKET_ROOM];
    _Alignas(16) uint8_t again[PACKET_ROOM];
    struct srtp_session *a = NULL;
    struct srtp_session *b = NULL;
    REQUIRE_OK(make_pair(SRTP_PROFILE_CM_128_SHA1_80, &a, &b));
    size_t len = make_rtp(first, 5, 10);
    size_t again_len = make_rtp(again, 5, 10);
    REQUIRE_OK(srtp_session_protect_rtp(a, first, &len));
    REQUIRE_INT(deliver(a, b, 5, 12), DROP_NONE);
    REQUIRE_OK(srtp_session_protect_rtp(a, again, &again_len));
    REQUIRE_INT(again_len, len);
    CHECK_MEM(first, again, len);
out:
    srtp_session_free(&a);
    srtp_session_free(&b);
}

TEST(ssrcs_are_bounded_before_libsrtp_sees_them)
{
    _Alignas(16) uint8_t packet[PACKET_ROOM];
    struct srtp_session *a = NULL;
    struct srtp_session *b = NULL;
    REQUIRE_OK(make_pair(SRTP_PROFILE_GCM_128, &a, &b));
    for (uint32_t i = 0; i < 100; i++) { /* forgeries do not use the places up */
        size_t len = make_rtp(packet, 1000 + i, 1);
        CHECK_INT(srtp_session_unprotect_rtp(b, packet, &len), DROP_SRTP_AUTH);
    }
    for (uint32_t ssrc = 1; ssrc <= SRTP_SESSION_MAX_RTP_SSRCS; ssrc++) {
        REQUIRE_INT(deliver(a, b, ssrc, 1), DROP_NONE);
    }
    CHECK_INT(deliver(a, b, 99, 1), DROP_SSRC_LIMIT);
    CHECK_INT(deliver(a, b, SRTP_SESSION_MAX_RTP_SSRCS, 2), DROP_NONE);
    for (uint32_t i = 0; i <= SRTP_SESSION_MAX_RTCP_SSRCS; i++) {
        size_t len = make_rtcp(packet, 500 + i);
        REQUIRE_OK(srtp_session_protect_rtcp(a, packet, &len));
        CHECK_INT(srtp_session_unprotect_rtcp(b, packet, &len),
                  i < SRTP_SESSION_MAX_RTCP_SSRCS ? DROP_NONE : DROP_SSRC_LIMIT);
    }
    size_t len = make_rtcp(packet, 3); /* sends media as well, so it is known */
    REQUIRE_OK(srtp_session_protect_rtcp(a, packet, &len));
    CHECK_INT(srtp_session_unprotect_rtcp(b, packet, &len), DROP_NONE);
out:
    srtp_session_free(&a);
    srtp_session_free(&b);
}

TEST(a_new_ssrc_takes_the_place_of_the_one_silent_longest)
{
    struct srtp_session *a = NULL;
    struct srtp_session *b = NULL;
    REQUIRE_OK(make_pair(SRTP_PROFILE_GCM_128, &a, &b));
    for (uint32_t ssrc = 1; ssrc <= SRTP_SESSION_MAX_RTP_SSRCS; ssrc++) {
        REQUIRE_INT(deliver(a, b, ssrc, 1), DROP_NONE);
    }
    for (uint16_t seq = 2; seq < 2 + SRTP_SESSION_IDLE_PACKETS; seq++) {
        REQUIRE_INT(deliver(a, b, 1, seq), DROP_NONE);
    }
    CHECK_INT(deliver(a, b, 99, 1), DROP_NONE);
    CHECK_INT(srtp_session_ssrc_count(b), SRTP_SESSION_MAX_RTP_SSRCS + 1);
    CHECK_INT(deliver(a, b, 1, 1000), DROP_NONE);
    CHECK_INT(deliver(a, b, 3, 2), DROP_NONE);
    CHECK_INT(deliver(a, b, 2, 2), DROP_SSRC_LIMIT); /* its replay list has gone: never again */
    CHECK_INT(deliver(a, b, 99, 2), DROP_NONE);
out:
    srtp_session_free(&a);
    srtp_session_free(&b);
}

TEST(an_ssrc_that_only_reports_keeps_its_place)
{
    _Alignas(16) uint8_t packet[PACKET_ROOM];
    struct srtp_session *a = NULL;
    struct srtp_session *b = NULL;
    REQUIRE_OK(make_pair(SRTP_PROFILE_GCM_128, &a, &b));
    for (uint32_t ssrc = 1; ssrc <= SRTP_SESSION_MAX_RTP_SSRCS; ssrc++) {
        REQUIRE_INT(deliver(a, b, ssrc, 1), DROP_NONE);
    }
    for (uint16_t seq = 2; seq < 2 + SRTP_SESSION_IDLE_PACKETS; seq++) {
        REQUIRE_INT(deliver(a, b, 1, seq), DROP_NONE);
    }
    size_t len = make_rtcp(packet, 2);
    REQUIRE_OK(srtp_session_protect_rtcp(a, packet, &len));
    REQUIRE_INT(srtp_session_unprotect_rtcp(b, packet, &len), DROP_NONE);
    CHECK_INT(deliver(a, b, 99, 1), DROP_NONE);
    CHECK_INT(deliver(a, b, 2, 2), DROP_NONE);
    CHECK_INT(deliver(a, b, 3, 2), DROP_SSRC_LIMIT);
out:
    srtp_session_free(&a);
    srtp_session_free(&b);
}

/** Who listens on the way could wait for the place to be taken, and send old reports once more. */
TEST(reports_of_an_ssrc_that_lost_its_place_come_once)
{
    _Alignas(16) uint8_t packet[PACKET_ROOM];
    _Alignas(16) uint8_t kept[PACKET_ROOM];
    struct srtp_session *a = NULL;
    struct srtp_session *b = NULL;
    REQUIRE_OK(make_pair(SRTP_PROFILE_GCM_128, &a, &b));
    size_t len = make_rtcp(packet, 2);
    REQUIRE_OK(srtp_session_protect_rtcp(a, packet, &len));
    size_t kept_len = len;
    memcpy(kept, packet, len);
    for (uint32_t ssrc = 1; ssrc <= SRTP_SESSION_MAX_RTP_SSRCS; ssrc++) {
        REQUIRE_INT(deliver(a, b, ssrc, 1), DROP_NONE);
    }
    REQUIRE_INT(srtp_session_unprotect_rtcp(b, packet, &len), DROP_NONE);
    for (uint16_t seq = 2; seq < 2 + 2 * SRTP_SESSION_IDLE_PACKETS; seq++) {
        for (uint32_t ssrc = 3; ssrc <= SRTP_SESSION_MAX_RTP_SSRCS; ssrc++) {
            REQUIRE_INT(deliver(a, b, ssrc, seq), DROP_NONE);
        }
        REQUIRE_INT(deliver(a, b, 1, seq), DROP_NONE);
    }
    REQUIRE_INT(deliver(a, b, 99, 1), DROP_NONE);
    REQUIRE_INT(deliver(a, b, 2, 2), DROP_SSRC_LIMIT);
    CHECK_INT(srtp_session_unprotect_rtcp(b, kept, &kept_len), DROP_SRTP_REPLAY);
    len = make_rtcp(packet, 2); /* new ones are taken all the same */
    REQUIRE_OK(srtp_session_protect_rtcp(a, packet, &len));
    CHECK_INT(srtp_session_unprotect_rtcp(b, packet, &len), DROP_NONE);
out:
    srtp_session_free(&a);
    srtp_session_free(&b);
}

TEST(cut_short_packets_do_not_reach_libsrtp)
{
    static const enum srtp_profile profiles[] = {SRTP_PROFILE_CM_128_SHA1_80, SRTP_PROFILE_GCM_128,
                                                 SRTP_PROFILE_GCM_256, SRTP_PROFILE_NULL};
    _Alignas(16) uint8_t packet[PACKET_ROOM];
    struct srtp_session *a = NULL;
    struct srtp_session *b = NULL;
    for (size_t i = 0; i < 4; i++) {
        REQUIRE_OK(make_pair(profiles[i], &a, &b));
        for (size_t cut = 0; cut < 28; cut++) {
            size_t len = make_rtp(packet, 1, 1);
            packet[0] = 0xbf; /* padding, extension, 15 CSRC: none of it is there */
            len = cut;
            enum drop_reason rtp = srtp_session_unprotect_rtp(b, packet, &len);
            CHECK(rtp != DROP_NONE || (profiles[i] == SRTP_PROFILE_NULL && cut >= 12));
            (void)make_rtcp(packet, 1);
            len = cut;
            enum drop_reason rtcp = srtp_session_unprotect_rtcp(b, packet, &len);
            CHECK(rtcp != DROP_NONE || (profiles[i] == SRTP_PROFILE_NULL && cut >= 8));
        }
        srtp_session_free(&a);
        srtp_session_free(&b);
    }
out:
    srtp_session_free(&a);
    srtp_session_free(&b);
}

TEST(srtcp_that_claims_to_be_in_the_clear_is_refused)
{
    static const enum srtp_profile profiles[] = {SRTP_PROFILE_CM_128_SHA1_80, SRTP_PROFILE_GCM_128};
    _Alignas(16) uint8_t packet[PACKET_ROOM];
    struct srtp_session *a = NULL;
    struct srtp_session *b = NULL;
    for (size_t i = 0; i < 2; i++) {
        REQUIRE_OK(make_pair(profiles[i], &a, &b));
        size_t len = make_rtcp(packet, 1);
        REQUIRE_OK(srtp_session_protect_rtcp(a, packet, &len));
        packet[len - (i == 0 ? 14 : 4)] &= 0x7f;
        CHECK_INT(srtp_session_unprotect_rtcp(b, packet, &len), DROP_SRTP_ERROR);
        srtp_session_free(&a);
        srtp_session_free(&b);
    }
out:
    srtp_session_free(&a);
    srtp_session_free(&b);
}

TEST(sequence_wraps_keep_the_roll_over_counter)
{
    struct srtp_session *a = NULL;
    struct srtp_session *b = NULL;
    REQUIRE_OK(make_pair(SRTP_PROFILE_GCM_128, &a, &b));
    for (uint32_t i = 0; i < 140000; i += 7) {
        REQUIRE_INT(deliver(a, b, 9, (uint16_t)i), DROP_NONE);
    }
out:
    srtp_session_free(&a);
    srtp_session_free(&b);
}
