/* The rules of interoperability that an answer can keep or break, one test each, by their numbers
 * in the notes. */
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "support/negotiate_kit.h"
#include "support/offers.h"
#include "unit/runner.h"

#define CHROMIUM "chromium-156.0.8078.79-"
#define FIREFOX  "firefox-153.7.0-"

TEST(rule_1_extmap_allow_mixed_is_echoed_where_it_was_offered)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 0, "a=extmap-allow-mixed"), 1);
    CHECK(kit.session->extmap_allow_mixed);
    REQUIRE_INT(kit_remove(&kit, "a=extmap-allow-mixed"), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 0, "a=extmap-allow-mixed"), 0);
    CHECK(!kit.session->extmap_allow_mixed);
    REQUIRE_OK(kit_load(&kit, FIREFOX "sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 0, "a=extmap-allow-mixed"), 0);
    CHECK_INT(kit_count(&kit, 1, "a=extmap-allow-mixed"), 1);
    CHECK(kit.session->extmap_allow_mixed);
out:
    kit_free(&kit);
}

TEST(rule_2_rejected_m_lines_keep_protocol_and_formats)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, FIREFOX "sendrecv-datachannel"));
    REQUIRE_INT(kit_replace(&kit, "VP8/90000", "VPX/90000"), 1);
    REQUIRE_INT(kit_replace(&kit, "VP9/90000", "VPX/90000"), 1);
    REQUIRE_INT(kit_replace(&kit, "AV1/90000", "AVX/90000"), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 2, "m=video 0 UDP/TLS/RTP/SAVPF 120 124 121 125 99 100 123 122 119"),
              1);
    CHECK_INT(kit_count(&kit, 2, "a=mid:1"), 1);
    CHECK_INT(kit_count(&kit, 3, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel"), 1);
    CHECK_INT(kit_count(&kit, 3, "a=mid:2"), 1);
    CHECK(kit.session->media[1].rejected && !kit.session->media[1].is_data);
    CHECK(kit.session->media[2].rejected && kit.session->media[2].is_data);
    REQUIRE_OK(kit_load(&kit, "aiortc-1.4.0-sendrecv-datachannel"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 3, "m=application 0 DTLS/SCTP 5000"), 1);
    CHECK(kit.session->media[2].is_data);
out:
    kit_free(&kit);
}

TEST(rule_3_a_mid_never_changes_but_a_recycled_m_line_may_get_a_new_one)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv-datachannel"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    REQUIRE(kit_replace(&kit, "BUNDLE 0 1 2", "BUNDLE 0 1 7") == 1);
    REQUIRE(kit_replace(&kit, "a=mid:2", "a=mid:7") == 1); /* we rejected it: it is free */
    REQUIRE_OK(kit_answer_again(&kit, NEGOTIATE_CALL));
    REQUIRE(kit_replace(&kit, "BUNDLE 0 1 7", "BUNDLE 0 8 7") == 1);
    REQUIRE(kit_replace(&kit, "a=mid:1", "a=mid:8") == 1);
    CHECK_INT(kit_answer_again(&kit, NEGOTIATE_CALL), ERR_MALFORMED);
    CHECK(runner_out_of_memory() || strstr(kit.problem.detail, "expected a=mid:1") != NULL);
    CHECK_INT(kit.problem.status, 400);
out:
    kit_free(&kit);
}

TEST(rule_4_the_version_goes_up_by_one_and_the_id_stays)
{
    struct kit kit = {0};
    char wanted[64];
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv"));
    for (unsigned i = 0; i < 3; i++) {
        if (i == 0) {
            REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
            CHECK_INT(kit.session->origin_version, 1);
        } else {
            REQUIRE_OK(kit_answer_again(&kit, NEGOTIATE_CALL));
        }
        if (i == 0) {
            (void)snprintf(wanted, sizeof(wanted), "o=- %llu ",
                           (unsigned long long)kit.session->origin_id);
        }
        char line[96];
        (void)snprintf(line, sizeof(line), "%s%u IN IP4 ", wanted, i + 1);
        CHECK_INT(kit_count(&kit, 0, line), 1);
    }
out:
    kit_free(&kit);
}

TEST(rule_5_the_group_holds_accepted_mids_only_and_bundle_only_is_no_rejection)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, FIREFOX "sendrecv-datachannel"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 0, "a=group:BUNDLE 0 1\r"), 1);
    CHECK(!kit.session->media[1].rejected); /* port 0 with bundle-only */
    CHECK(kit.session->bundle);
    REQUIRE_INT(kit_replace(&kit,
                            "m=video 0 UDP/TLS/RTP/SAVPF 120 124 121 125 99 100 123 122 119\r\n"
                            "c=IN IP4 0.0.0.0\r\na=bundle-only\r\n",
                            "m=video 0 UDP/TLS/RTP/SAVPF 120\r\nc=IN IP4 0.0.0.0\r\n"),
                1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK(kit.session->media[1].rejected);
    CHECK_INT(kit_count(&kit, 0, "a=group:BUNDLE 0\r"), 1);
    REQUIRE_OK(kit_load(&kit, FIREFOX "sendrecv"));
    REQUIRE_INT(kit_replace(&kit, "BUNDLE 0 1", "BUNDLE 0"), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK(kit.session->media[1].rejected); /* bundle-only outside the group has no way to travel */
out:
    kit_free(&kit);
}

TEST(rule_5_the_tag_moves_to_the_first_accepted_mid_of_the_group)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, "aiortc-1.4.0-sendrecv-datachannel"));
    REQUIRE_INT(kit_replace(&kit, "BUNDLE 0 1 2", "BUNDLE 2 1 0"), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 0, "a=group:BUNDLE 1 0\r"), 1);
    CHECK_INT(kit_count(&kit, 1, "a=candidate:"), 0);
    CHECK_INT(kit_count(&kit, 2, "a=candidate:"), 4);
    CHECK_STR(kit.session->remote_ufrag, "GkL4"); /* the video section's */
out:
    kit_free(&kit);
}

TEST(rule_6_transport_attributes_of_other_bundled_m_lines_are_ignored_or_absent)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, "aiortc-1.4.0-sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    const char *first = strstr(kit.offer, "a=ice-ufrag:");
    REQUIRE(first != NULL);
    CHECK(strncmp(first + 12, kit.session->remote_ufrag, strlen(kit.session->remote_ufrag)) == 0);
    CHECK_INT(kit.session->fingerprint_count, 1);
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv"));
    char *video = strstr(kit.offer, "m=video");
    REQUIRE(video != NULL);
    char ufrag[16] = "";
    memcpy(ufrag, strstr(kit.offer, "a=ice-ufrag:") + 12, 4);
    char *ice = strstr(video, "a=ice-ufrag:"); /* the video section says something unreadable */
    REQUIRE(ice != NULL);
    memcpy(ice, "x=", 2);
    memcpy(ice, "b=", 2);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_STR(kit.session->remote_ufrag, ufrag);
out:
    kit_free(&kit);
}

TEST(rule_7_a_dash_does_not_become_a_stream_name)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv"));
    char *msid = strstr(kit.offer, "a=msid:");
    REQUIRE(msid != NULL);
    memcpy(msid + 7, "- ", 2);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK(strstr(kit.answer, "msid:-") == NULL);
    CHECK_INT(kit_count(&kit, 1, "a=msid:tandem-"), 1);
    REQUIRE_OK(kit_load(&kit, CHROMIUM "subscribe"));
    CHECK(strstr(kit.offer, "a=msid-semantic: WMS\r\n") != NULL);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHEP));
out:
    kit_free(&kit);
}

TEST(rule_8_rsize_is_echoed_and_extended_reports_are_not)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 1, "a=rtcp-rsize"), 1);
    CHECK(strstr(kit.answer, "rtcp-xr") == NULL);
    CHECK(kit.session->rtcp_rsize);
    REQUIRE(kit_remove(&kit, "a=rtcp-rsize") > 0);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK(strstr(kit.answer, "rsize") == NULL);
    CHECK(!kit.session->rtcp_rsize);
    REQUIRE_OK(kit_load(&kit, FIREFOX "sendrecv")); /* video only */
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 1, "a=rtcp-rsize"), 0);
    CHECK_INT(kit_count(&kit, 2, "a=rtcp-rsize"), 1);
    CHECK(!kit.session->rtcp_rsize);
out:
    kit_free(&kit);
}

static const char one_audio[] = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
                                "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\n"
                                "a=rtcp-mux\r\na=ice-ufrag:abcd\r\n"
                                "a=ice-pwd:0123456789012345678901\r\na=setup:actpass\r\n"
                                "a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:"
                                "EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n"
                                "a=rtpmap:111 opus/48000/2\r\n";

/** An offer of one sendrecv audio m-line, without mid. */
static int load_one_audio(struct kit *kit)
{
    free(kit->offer);
    kit->offer = strdup(one_audio);
    return kit->offer == NULL ? ERR_NO_MEMORY : 0;
}

TEST(rule_9_payload_types_from_35_are_taken_and_those_of_rtcp_are_not)
{
    struct kit kit = {0};
    REQUIRE_OK(load_one_audio(&kit));
    REQUIRE_INT(kit_replace(&kit, "111", "35"), 2);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit.session->media[0].codecs[0].pt, 35);
    REQUIRE_INT(kit_replace(&kit, "35", "72"), 2);
    CHECK(kit_refuses(&kit, NEGOTIATE_CALL, 406, "opus/48000/2"));
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK(session_codec_by_pt(&kit.session->media[0], 63) != NULL);
out:
    kit_free(&kit);
}

TEST(rule_10_extension_ids_are_those_of_the_section)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, "aiortc-1.4.0-sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit.session->media[0].exts.id[RTP_EXT_AUDIO_LEVEL], 2);
    CHECK_INT(kit.session->media[0].exts.id[RTP_EXT_ABS_SEND_TIME], 0);
    CHECK_INT(kit.session->media[1].exts.id[RTP_EXT_ABS_SEND_TIME], 0);
    CHECK_INT(kit.session->media[1].exts.id[RTP_EXT_AUDIO_LEVEL], 0);
    CHECK_INT(kit.session->media[1].exts.id[RTP_EXT_MID], 1);
    REQUIRE_OK(kit_load(&kit, "werift-0.24.4-sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit.session->media[0].exts.id[RTP_EXT_MID], 1);
    CHECK_INT(kit.session->media[1].exts.id[RTP_EXT_MID], 2);
out:
    kit_free(&kit);
}

TEST(rule_10_ids_above_14_need_two_byte_headers_and_15_is_never_used)
{
    struct kit kit = {0};
    REQUIRE_OK(load_one_audio(&kit));
    REQUIRE_OK(kit_append(&kit, "a=extmap:20 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit.session->media[0].exts.id[RTP_EXT_AUDIO_LEVEL], 0);
    REQUIRE_OK(kit_append(&kit, "a=extmap-allow-mixed\r\n"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit.session->media[0].exts.id[RTP_EXT_AUDIO_LEVEL], 20);
    REQUIRE_INT(kit_replace(&kit, "extmap:20", "extmap:15"), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit.session->media[0].exts.id[RTP_EXT_AUDIO_LEVEL], 0);
    REQUIRE_INT(kit_replace(&kit, "extmap:15", "extmap:300"), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit.session->media[0].exts.id[RTP_EXT_AUDIO_LEVEL], 0);
out:
    kit_free(&kit);
}

TEST(rule_10_one_id_has_one_meaning_and_one_meaning_one_id)
{
    struct kit kit = {0};
    REQUIRE_OK(load_one_audio(&kit));
    REQUIRE_OK(kit_append(&kit, "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
                                "a=extmap:2 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
                                "a=extmap:1 http://www.webrtc.org/experiments/rtp-hdrext/"
                                "abs-send-time\r\n"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 1, "a=extmap:"), 1);
    CHECK_INT(kit.session->media[0].exts.id[RTP_EXT_AUDIO_LEVEL], 1);
out:
    kit_free(&kit);
}

TEST(rule_11_the_offerers_numbers_are_used_and_rtx_stays_on_its_m_line)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, FIREFOX "sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit.session->media[0].codecs[0].pt, 109);
    CHECK_INT(kit.session->media[1].codecs[0].pt, 120);
    CHECK_INT(kit.session->media[1].codecs[0].rtx_pt, 124);
    CHECK(kit.session->media[1].slot_rtx_ssrc != 0);
    REQUIRE_INT(kit_replace(&kit, "apt=120", "apt=109"), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit.session->media[1].codecs[0].rtx_pt, 0);
    CHECK(kit.session->media[1].slot_rtx_ssrc != 0); /* of the other codecs */
    REQUIRE_INT(kit_replace(&kit, "apt=121", "apt=109"), 1);
    REQUIRE_INT(kit_replace(&kit, "apt=99", "apt=109"), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit.session->media[1].slot_rtx_ssrc, 0);
    CHECK_INT(kit_count(&kit, 2, "a=ssrc-group:"), 0);
out:
    kit_free(&kit);
}

TEST(rules_12_and_13_codecs_that_we_do_not_forward_are_not_taken_for_ours)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, "werift-0.24.4-publish"));
    REQUIRE_INT(kit_replace(&kit, "VP8/90000", "H265/90000"), 1);
    CHECK(kit_refuses(&kit, NEGOTIATE_WHIP, 406, "expected VP8, H264, VP9 or AV1"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL)); /* a call goes on with the sound */
    CHECK(!kit.session->media[0].rejected);
    CHECK(kit.session->media[1].rejected);
out:
    kit_free(&kit);
}

TEST(rule_14_the_direction_is_the_mirror_of_the_offer)
{
    static const struct {
        const char *offer;
        const char *answer;
        bool sends;
        bool receives;
    } all[] = {{"a=sendrecv\r\n", "a=sendrecv", true, true},
               {"a=sendonly\r\n", "a=recvonly", true, false},
               {"a=recvonly\r\n", "a=sendonly", false, true},
               {"a=inactive\r\n", "a=inactive", false, false},
               {"", "a=sendrecv", true, true}};
    struct kit kit = {0};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        REQUIRE_OK(load_one_audio(&kit));
        REQUIRE_OK(kit_append(&kit, all[i].offer));
        REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
        CHECK_INT(kit_count(&kit, 1, all[i].answer), 1);
        CHECK_INT(kit.session->media[0].client_sends, all[i].sends);
        CHECK_INT(kit.session->media[0].client_receives, all[i].receives);
        CHECK_INT(kit.session->media[0].slot_ssrc != 0, all[i].receives);
    }
    REQUIRE_OK(load_one_audio(&kit)); /* said at session level, as Firefox does, and not below */
    REQUIRE_INT(kit_replace(&kit, "t=0 0\r\n", "t=0 0\r\na=recvonly\r\n"), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 1, "a=sendonly"), 1);
out:
    kit_free(&kit);
}

TEST(rule_15_slots_keep_their_numbers_over_later_offers)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "conference-8"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    REQUIRE_INT(kit.session->media_count, 16);
    uint32_t ssrcs[16];
    uint32_t rtx_ssrcs[16];
    for (size_t i = 0; i < 16; i++) {
        ssrcs[i] = kit.session->media[i].slot_ssrc;
        rtx_ssrcs[i] = kit.session->media[i].slot_rtx_ssrc;
        CHECK(ssrcs[i] != 0);
    }
    REQUIRE_OK(kit_answer_again(&kit, NEGOTIATE_CALL));
    for (size_t i = 0; i < 16; i++) {
        CHECK_INT(kit.session->media[i].slot_ssrc, ssrcs[i]);
        CHECK_INT(kit.session->media[i].slot_rtx_ssrc, rtx_ssrcs[i]);
    }
    REQUIRE(kit_replace(&kit, "a=recvonly", "a=inactive") > 0); /* switched off, and on again */
    REQUIRE_OK(kit_answer_again(&kit, NEGOTIATE_CALL));
    REQUIRE(kit_replace(&kit, "a=inactive", "a=recvonly") > 0);
    REQUIRE_OK(kit_answer_again(&kit, NEGOTIATE_CALL));
    for (size_t i = 0; i < 16; i++) {
        CHECK_INT(kit.session->media[i].slot_ssrc, ssrcs[i]);
    }
out:
    kit_free(&kit);
}

TEST(rule_16_rtcp_mux_is_demanded_and_mux_only_never_answered)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, "gstreamer-1.22.0-sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK(strstr(kit.answer, "rtcp-mux-only") == NULL);
    CHECK_INT(kit_count(&kit, 1, "a=rtcp-mux\r"), 1);
    REQUIRE_OK(load_one_audio(&kit));
    REQUIRE_INT(kit_replace(&kit, "a=rtcp-mux\r\n", "a=rtcp-mux-only\r\n"), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    REQUIRE_INT(kit_remove(&kit, "a=rtcp-mux"), 1);
    CHECK(kit_refuses(&kit, NEGOTIATE_CALL, 406, "a=rtcp-mux"));
out:
    kit_free(&kit);
}

TEST(rule_17_of_the_feedback_formats_transport_cc_is_chosen)
{
    struct kit kit = {0};
    REQUIRE_OK(load_one_audio(&kit));
    REQUIRE_OK(kit_append(&kit, "a=rtcp-fb:111 ack ccfb\r\na=rtcp-fb:111 transport-cc\r\n"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 1, "a=rtcp-fb:"), 0); /* no extension to count by */
    CHECK(!kit.session->media[0].codecs[0].transport_cc);
    REQUIRE_OK(kit_append(&kit, "a=extmap:3 http://www.ietf.org/id/"
                                "draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 1, "a=rtcp-fb:"), 1);
    CHECK(kit.session->media[0].codecs[0].transport_cc);
    CHECK_INT(kit.session->media[0].exts.id[RTP_EXT_TRANSPORT_CC], 3);
    REQUIRE_INT(kit_remove(&kit, "a=rtcp-fb:111 transport-cc"), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL)); /* ccfb alone: none of both */
    CHECK_INT(kit.session->media[0].exts.id[RTP_EXT_TRANSPORT_CC], 0);
out:
    kit_free(&kit);
}

TEST(rule_18_ssrc_lines_may_be_absent)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "publish-simulcast"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHIP));
    CHECK_INT(kit.session->media[0].ssrc_count, 1);
    CHECK_INT(kit.session->media[1].ssrc_count, 0);
    CHECK_INT(kit.session->media[1].rid_count, 3);
out:
    kit_free(&kit);
}

TEST(rule_19_candidates_never_fail_the_description)
{
    struct kit kit = {0};
    REQUIRE_OK(load_one_audio(&kit));
    REQUIRE_OK(kit_append(&kit, "a=candidate:\r\na=candidate:nonsense\r\n"
                                "a=candidate:1 1 udp 1 4d3c5b4e.local 5 typ host\r\n"
                                "a=candidate:1 1 udp 1 fe80::1%eth0 5 typ host odd pair\r\n"
                                "a=candidate:1 1 sctp 1 0.0.0.0 5 typ unheard\r\n"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
out:
    kit_free(&kit);
}

TEST(rule_20_credentials_have_bounds_and_an_alphabet)
{
    struct kit kit = {0};
    REQUIRE_OK(load_one_audio(&kit));
    REQUIRE_INT(kit_replace(&kit, "ufrag:abcd", "ufrag:abc"), 1);
    CHECK(kit_refuses(&kit, NEGOTIATE_CALL, 400, "line 8: expected 4 to 256 characters"));
    REQUIRE_INT(kit_replace(&kit, "ufrag:abc", "ufrag:ab d"), 1);
    CHECK(kit_refuses(&kit, NEGOTIATE_CALL, 400, "line 8"));
    REQUIRE_INT(kit_replace(&kit, "ufrag:ab d", "ufrag:abcd"), 1);
    REQUIRE_INT(kit_replace(&kit, "pwd:0", "pwd:"), 1);
    CHECK(kit_refuses(&kit, NEGOTIATE_CALL, 400, "line 9: expected 22 to 256 characters"));
    REQUIRE_INT(kit_remove(&kit, "a=ice-pwd"), 1);
    CHECK(kit_refuses(&kit, NEGOTIATE_CALL, 406, "a=ice-ufrag and a=ice-pwd"));
    char longest[257];
    memset(longest, 'x', 256);
    longest[256] = '\0';
    REQUIRE_OK(load_one_audio(&kit));
    REQUIRE_INT(kit_replace(&kit, "ufrag:abcd", "ufrag:LONG"), 1);
    REQUIRE_INT(kit_replace(&kit, "LONG", longest), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_STR(kit.session->remote_ufrag, longest);
    CHECK_INT(strlen(kit.session->local_ufrag), 8);
    CHECK_INT(strlen(kit.session->local_pwd), 24);
out:
    kit_free(&kit);
}

TEST(rules_21_and_22_all_offered_layers_are_received_once)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "publish-simulcast"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHIP));
    CHECK_INT(kit_count(&kit, 2, "a=simulcast:recv l;m;h\r"), 1);
    CHECK_INT(kit_count(&kit, 2, "a=rid:l recv\r"), 1);
    CHECK_INT(kit_count(&kit, 2, "a=rid:m recv\r"), 1);
    CHECK_INT(kit_count(&kit, 2, "a=rid:h recv\r"), 1);
    CHECK_INT(kit_count(&kit, 2, "a=recvonly"), 1);
    REQUIRE_INT(kit_replace(&kit, "send l;m;h", "send l;l;q;m"), 1); /* doubled, and unknown */
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHIP));
    CHECK_INT(kit_count(&kit, 2, "a=simulcast:recv l;m\r"), 1);
    CHECK_INT(kit_count(&kit, 2, "a=rid:"), 2);
out:
    kit_free(&kit);
}

TEST(rule_22_layers_need_their_extension_and_grantable_restrictions)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "publish-simulcast"));
    REQUIRE_INT(kit_replace(&kit, "a=rid:l send", "a=rid:l send pt=118,98,96;max-width=320"), 1);
    REQUIRE_INT(kit_replace(&kit, "a=rid:m send", "a=rid:m send pt=118"), 1); /* RED */
    REQUIRE_INT(kit_replace(&kit, "a=rid:h send", "a=rid:h send max-wonder=1"), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHIP));
    CHECK_INT(kit_count(&kit, 2, "a=simulcast:recv l\r"), 1);
    CHECK_INT(kit_count(&kit, 2, "a=rid:l recv pt=98,96;max-width=320\r"), 1);
    REQUIRE_OK(kit_load(&kit, CHROMIUM "publish-simulcast"));
    REQUIRE_INT(kit_remove(&kit, "a=extmap:10 "), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHIP));
    CHECK_INT(kit_count(&kit, 2, "a=simulcast:"), 0);
    CHECK_INT(kit_count(&kit, 2, "a=rid:"), 0);
out:
    kit_free(&kit);
}

TEST(rule_23_paused_layers_stay_paused)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "publish-simulcast"));
    REQUIRE_INT(kit_replace(&kit, "send l;m;h", "send l;~m;h"), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHIP));
    CHECK_INT(kit_count(&kit, 2, "a=simulcast:recv l;~m;h\r"), 1);
    CHECK_STR(kit.session->media[1].rids[1], "m");
out:
    kit_free(&kit);
}

TEST(rule_24_the_order_of_simulcast_is_kept_and_alternatives_are_resolved)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "publish-simulcast"));
    REQUIRE_INT(kit_replace(&kit, "send l;m;h", "send h,m;l"), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHIP));
    CHECK_INT(kit_count(&kit, 2, "a=simulcast:recv h;l\r"), 1);
    CHECK_STR(kit.session->media[1].rids[0], "h");
    CHECK_STR(kit.session->media[1].rids[1], "l");
out:
    kit_free(&kit);
}

TEST(rules_25_and_26_mid_rid_and_rrid_extensions_are_taken)
{
    static const char *const names[] = {CHROMIUM "publish-simulcast", FIREFOX "publish-simulcast",
                                        "pion-3.1.56-publish-simulcast",
                                        "wrtc-0.10.0-publish-simulcast"};
    struct kit kit = {0};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        REQUIRE_OK(kit_load(&kit, names[i]));
        REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHIP));
        const struct session_media *video = &kit.session->media[1];
        CHECK(video->exts.id[RTP_EXT_MID] != 0);
        CHECK(video->exts.id[RTP_EXT_RID] != 0);
        CHECK(video->exts.id[RTP_EXT_RRID] != 0);
        CHECK_INT(video->rid_count, 3);
    }
out:
    kit_free(&kit);
}

TEST(rule_27_ssrc_groups_are_kept_beside_rids)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, FIREFOX "publish-simulcast"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHIP));
    const struct session_media *video = &kit.session->media[1];
    REQUIRE_INT(video->ssrc_count, 3);
    CHECK_INT(video->ssrcs[0], 2527885980u);
    CHECK_INT(video->rtx_ssrcs[0], 1330648210u);
    CHECK_INT(video->ssrcs[2], 1589167618u);
    CHECK_INT(video->rtx_ssrcs[2], 2057526861u);
    CHECK_INT(video->rid_count, 3);
out:
    kit_free(&kit);
}

TEST(rules_30_and_45_an_offer_without_candidates_or_with_names_is_fine)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv"));
    REQUIRE(kit_remove(&kit, "a=candidate") > 0);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    REQUIRE_OK(kit_append(&kit, "a=candidate:1 1 udp 1 4d3c5b4e.local 5 typ host\r\n"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK(strstr(kit.answer, ".local") == NULL);
out:
    kit_free(&kit);
}

TEST(rule_34_we_are_lite_and_cannot_serve_another_lite_agent)
{
    struct kit kit = {0};
    REQUIRE_OK(load_one_audio(&kit));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 0, "a=ice-lite"), 1);
    REQUIRE_INT(kit_replace(&kit, "t=0 0\r\n", "t=0 0\r\na=ice-lite\r\n"), 1);
    CHECK(kit_refuses(&kit, NEGOTIATE_CALL, 406, "ice-lite"));
out:
    kit_free(&kit);
}

TEST(rule_38_new_credentials_get_new_credentials_and_dtls_stays)
{
    struct kit kit = {0};
    char ufrag[SESSION_UFRAG_BYTES];
    char pwd[SESSION_PWD_BYTES];
    REQUIRE_OK(load_one_audio(&kit));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    memcpy(ufrag, kit.session->local_ufrag, sizeof(ufrag));
    memcpy(pwd, kit.session->local_pwd, sizeof(pwd));
    REQUIRE_OK(kit_answer_again(&kit, NEGOTIATE_CALL));
    CHECK_STR(kit.session->local_ufrag, ufrag);
    CHECK_STR(kit.session->local_pwd, pwd);
    REQUIRE_INT(kit_replace(&kit, "ufrag:abcd", "ufrag:efgh"), 1);
    REQUIRE_INT(kit_replace(&kit, "pwd:01", "pwd:10"), 1);
    REQUIRE_OK(kit_answer_again(&kit, NEGOTIATE_CALL));
    CHECK(strcmp(kit.session->local_ufrag, ufrag) != 0);
    CHECK(strcmp(kit.session->local_pwd, pwd) != 0);
    CHECK_STR(kit.session->remote_ufrag, "efgh");
    CHECK(!kit.session->dtls_client);
    CHECK_INT(kit_count(&kit, 1, "a=setup:passive"), 1);
out:
    kit_free(&kit);
}

TEST(rule_42_tcp_candidates_are_passive_and_follow_the_configuration)
{
    struct kit kit = {0};
    struct rand rand;
    rand_init(&rand, 1);
    REQUIRE_OK(load_one_audio(&kit));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 1, "a=candidate:"), 4);
    CHECK_INT(kit_count(&kit, 1, "a=candidate:101 1 tcp"), 1);
    struct negotiate_config config = *offers_config();
    config.tcp = false;
    free(kit.answer);
    free(kit.session);
    kit.answer = NULL;
    kit.session = NULL;
    REQUIRE_OK(negotiate_offer(NEGOTIATE_CALL, kit.offer, strlen(kit.offer), &config, &rand,
                               &kit.session, &kit.answer, &kit.problem));
    CHECK_INT(kit_count(&kit, 1, "a=candidate:"), 2);
    CHECK(strstr(kit.answer, " tcp ") == NULL);
out:
    kit_free(&kit);
}

TEST(rule_48_the_role_answers_the_offer_and_stays)
{
    struct kit kit = {0};
    REQUIRE_OK(load_one_audio(&kit));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 1, "a=setup:passive"), 1);
    CHECK(!kit.session->dtls_client);
    REQUIRE_INT(kit_replace(&kit, "setup:actpass", "setup:active"), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK(!kit.session->dtls_client);
    REQUIRE_INT(kit_replace(&kit, "setup:active", "setup:passive"), 1);
    CHECK_INT(kit_answer_again(&kit, NEGOTIATE_CALL), ERR_UNSUPPORTED);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK(kit.session->dtls_client);
    CHECK_INT(kit_count(&kit, 1, "a=setup:active"), 1);
    REQUIRE_INT(kit_replace(&kit, "setup:passive", "setup:actpass"), 1);
    REQUIRE_OK(kit_answer_again(&kit, NEGOTIATE_CALL));
    CHECK(kit.session->dtls_client);
    CHECK_INT(kit_count(&kit, 1, "a=setup:active"), 1);
    REQUIRE_INT(kit_replace(&kit, "setup:actpass", "setup:holdconn"), 1);
    CHECK(kit_refuses(&kit, NEGOTIATE_CALL, 406, "a=setup"));
    REQUIRE_INT(kit_replace(&kit, "setup:holdconn", "setup:sideways"), 1);
    CHECK(kit_refuses(&kit, NEGOTIATE_CALL, 400, "a=setup"));
out:
    kit_free(&kit);
}

TEST(rule_50_fingerprints_in_any_case_several_and_strong_enough)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, "baresip-1.0.0-sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    REQUIRE_INT(kit.session->fingerprint_count, 1);
    CHECK_STR(kit.session->fingerprints[0].hash, "sha-256");
    CHECK_INT(kit.session->fingerprints[0].bytes, 32);
    CHECK_INT(kit.session->fingerprints[0].value[0], 0x3D);
    REQUIRE_OK(load_one_audio(&kit));
    REQUIRE_OK(kit_append(&kit, "a=fingerprint:sha-1 00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:"
                                "0f:10:11:12:13\r\na=fingerprint:sha-256 01:11:22:33:44:55:66:77:"
                                "88:99:aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:"
                                "dd:ee:ff\r\n"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit.session->fingerprint_count, 2);
    REQUIRE_INT(kit_remove(&kit, "a=fingerprint:sha-256"), 2);
    CHECK(kit_refuses(&kit, NEGOTIATE_CALL, 406, "a=fingerprint:sha-256"));
    REQUIRE_INT(kit_remove(&kit, "a=fingerprint"), 1);
    CHECK(kit_refuses(&kit, NEGOTIATE_CALL, 406, "a=fingerprint:sha-256"));
    REQUIRE_OK(kit_append(&kit, "a=fingerprint:sha-256 00:11\r\n"));
    CHECK(kit_refuses(&kit, NEGOTIATE_CALL, 400, "expected 32 bytes"));
out:
    kit_free(&kit);
}

TEST(rule_50_a_new_certificate_cannot_enter_by_a_later_offer)
{
    struct kit kit = {0};
    REQUIRE_OK(load_one_audio(&kit));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    REQUIRE_INT(kit_replace(&kit, "sha-256 00", "sha-256 01"), 1);
    CHECK_INT(kit_answer_again(&kit, NEGOTIATE_CALL), ERR_UNSUPPORTED);
    CHECK_INT(kit.problem.status, 406);
out:
    kit_free(&kit);
}

TEST(rule_85_opus_has_two_channels_in_the_rtpmap_and_any_case)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, "gstreamer-1.22.0-publish"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHIP));
    CHECK_INT(kit_count(&kit, 1, "a=rtpmap:111 OPUS/48000/2\r"), 1);
    REQUIRE_INT(kit_replace(&kit, "OPUS/48000/2", "OPUS/48000"), 1);
    CHECK(kit_refuses(&kit, NEGOTIATE_WHIP, 406, "opus/48000/2"));
out:
    kit_free(&kit);
}

TEST(rules_86_and_87_stereo_where_the_offer_has_it_and_fec_always)
{
    struct kit kit = {0};
    REQUIRE_OK(load_one_audio(&kit));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 1, "a=fmtp:111 minptime=10;useinbandfec=1\r"), 1);
    CHECK(!kit.session->media[0].codecs[0].stereo);
    CHECK(!kit.session->media[0].codecs[0].inband_fec);
    CHECK(kit.session->media[0].codecs[0].whole_frames); /* of which nothing is said */
    REQUIRE_OK(kit_append(&kit, "a=fmtp:111 stereo=1; useinbandfec=1\r\n"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 1, "a=fmtp:111 minptime=10;useinbandfec=1;stereo=1\r"), 1);
    CHECK(kit.session->media[0].codecs[0].stereo);
    CHECK(kit.session->media[0].codecs[0].inband_fec);
    CHECK(!kit.session->media[0].codecs[0].whole_frames);
out:
    kit_free(&kit);
}

TEST(rule_87_opus_says_how_much_it_wants_at_most)
{
    static const struct {
        const char *params;
        uint32_t bps;
    } cases[] = {
        {"maxaveragebitrate=20000", 20000}, {"useinbandfec=1; maxaveragebitrate=510000", 510000},
        {"maxaveragebitrate=5999", 0},      {"maxaveragebitrate=510001", 0},
        {"maxaveragebitrate=many", 0},      {"useinbandfec=1", 0}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct kit kit = {0};
        char line[128];
        (void)snprintf(line, sizeof(line), "a=fmtp:111 %s\r\n", cases[i].params);
        REQUIRE_OK(load_one_audio(&kit));
        REQUIRE_OK(kit_append(&kit, line));
        REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
        CHECK_INT(kit.session->media[0].codecs[0].max_bps, cases[i].bps);
    out:
        kit_free(&kit);
    }
}

TEST(rule_91_red_follows_opus_when_its_blocks_are_opus)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 1, "m=audio 7000 UDP/TLS/RTP/SAVPF 111 63 "), 1);
    CHECK_INT(kit_count(&kit, 1, "a=fmtp:63 111/111\r"), 1);
    REQUIRE_INT(kit_replace(&kit, "a=fmtp:63 111/111", "a=fmtp:63 111/9"), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK(session_codec_by_kind(&kit.session->media[0], CODEC_RED) == NULL);
    REQUIRE_INT(kit_remove(&kit, "a=fmtp:63"), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK(session_codec_by_kind(&kit.session->media[0], CODEC_RED) == NULL);
out:
    kit_free(&kit);
}

TEST(rule_92_telephone_events_are_taken_at_the_clock_of_opus)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    const struct session_codec *events =
        session_codec_by_kind(&kit.session->media[0], CODEC_TELEPHONE_EVENT);
    REQUIRE(events != NULL);
    CHECK_INT(events->pt, 110);
    CHECK_INT(events->clock_rate, 48000);
    REQUIRE_OK(kit_load(&kit, "baresip-1.0.0-sendrecv")); /* only at 8000 beside Opus at 48000 */
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK(session_codec_by_kind(&kit.session->media[0], CODEC_TELEPHONE_EVENT) == NULL);
out:
    kit_free(&kit);
}

TEST(rule_99_a_data_line_alone_is_nothing_to_serve)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv-datachannel"));
    REQUIRE_INT(kit_remove(&kit, "a=rtpmap:"), 31);
    CHECK(kit_refuses(&kit, NEGOTIATE_CALL, 406, "opus/48000/2"));
out:
    kit_free(&kit);
}

TEST(rule_100_whip_receives_and_whep_sends)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, "libdatachannel-0.33.4-sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHIP));
    CHECK_INT(kit_count(&kit, 1, "a=recvonly") + kit_count(&kit, 2, "a=recvonly"), 2);
    CHECK(!kit.session->media[0].client_receives);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHEP));
    CHECK_INT(kit_count(&kit, 1, "a=sendonly") + kit_count(&kit, 2, "a=sendonly"), 2);
    CHECK(!kit.session->media[0].client_sends);
    REQUIRE_OK(kit_load(&kit, CHROMIUM "subscribe"));
    CHECK(kit_refuses(&kit, NEGOTIATE_WHIP, 422, "expected sendonly"));
    REQUIRE_OK(kit_load(&kit, CHROMIUM "publish"));
    CHECK(kit_refuses(&kit, NEGOTIATE_WHEP, 422, "expected recvonly"));
out:
    kit_free(&kit);
}

TEST(rule_101_the_answer_holds_all_candidates_and_says_so)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, "npm-eyevinn-1.1.7-publish"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHIP));
    CHECK_INT(kit_count(&kit, 1, "a=candidate:"), 4);
    CHECK_INT(kit_count(&kit, 1, "a=end-of-candidates"), 1);
    CHECK_INT(kit_count(&kit, 2, "a=candidate:"), 0);
out:
    kit_free(&kit);
}

TEST(rule_108_whip_and_whep_are_answered_whole_or_not_at_all)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv-datachannel"));
    CHECK(kit_refuses(&kit, NEGOTIATE_WHIP, 422, "data channels"));
    REQUIRE_OK(kit_load(&kit, CHROMIUM "conference-8"));
    CHECK(kit_refuses(&kit, NEGOTIATE_WHEP, 422, "this is the second audio"));
    CHECK_INT(kit.problem.line, 47);
    REQUIRE_OK(kit_load(&kit, CHROMIUM "publish"));
    REQUIRE_INT(kit_replace(&kit, "opus/48000/2", "opux/48000/2"), 1);
    CHECK(kit_refuses(&kit, NEGOTIATE_WHIP, 406, "opus/48000/2"));
out:
    kit_free(&kit);
}

TEST(rule_110_an_active_offer_is_served_passively)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "publish"));
    REQUIRE_INT(kit_replace(&kit, "setup:actpass", "setup:active"), 2);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHIP));
    CHECK_INT(kit_count(&kit, 1, "a=setup:passive"), 1);
out:
    kit_free(&kit);
}

/* "What a relay should do", 1 and 3, and API.md 1. */
TEST(relay_rules_1_to_3_one_transport_and_a_real_default_address)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, "baresip-1.0.0-sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 1, "m=audio 7000 "), 1);
    CHECK_INT(kit_count(&kit, 1, "c=IN IP4 192.0.2.1"), 1);
    CHECK_INT(kit_count(&kit, 1, "a=mid:"), 0);
    CHECK_INT(kit_count(&kit, 0, "a=group:"), 0);
    CHECK(!kit.session->bundle);
    CHECK_STR(kit.session->media[0].mid, "");
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv"));
    REQUIRE_INT(kit_remove(&kit, "a=group"), 1);
    CHECK(kit_refuses(&kit, NEGOTIATE_CALL, 406, "no BUNDLE group"));
    CHECK(kit_refuses(&kit, NEGOTIATE_WHIP, 406, "no BUNDLE group"));
out:
    kit_free(&kit);
}

TEST(relay_rule_5_tolerates_what_clients_write)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, "pion-3.1.56-sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    const struct session_codec *vp8 = &kit.session->media[1].codecs[0];
    CHECK(vp8->nack && vp8->nack_pli && vp8->ccm_fir && vp8->goog_remb && vp8->transport_cc);
    CHECK(kit.session->media[0].codecs[0].transport_cc);
    REQUIRE_OK(kit_load(&kit, FIREFOX "sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 2, "a=extmap:6/sendonly "), 1); /* playout-delay, offered recvonly */
out:
    kit_free(&kit);
}
