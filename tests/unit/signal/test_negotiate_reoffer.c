/* Later offers on one session: what stays, what may come, what is refused (RFC 3264 8, RFC
 * 9429 5.2.2). */
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "support/negotiate_kit.h"
#include "unit/runner.h"

#define CHROMIUM "chromium-156.0.8078.79-"

static const char third[] = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:9\r\n"
                            "a=rtcp-mux\r\na=sendrecv\r\na=rtpmap:96 VP8/90000\r\n";

TEST(an_m_line_may_be_added_and_the_others_stay)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    uint32_t audio = kit.session->media[0].slot_ssrc;
    uint32_t video = kit.session->media[1].slot_ssrc;
    uint32_t stream = kit.session->media[1].slot_stream;
    CHECK_INT(stream, audio); /* the first audio and the first video slot are one stream */
    CHECK_STR(kit.session->media[1].source, "camera");
    kit.session->number = 77;
    memcpy(kit.session->room, "blue", 5);
    REQUIRE_INT(kit_replace(&kit, "BUNDLE 0 1", "BUNDLE 0 1 9"), 1);
    REQUIRE_OK(kit_append(&kit, third));
    REQUIRE_OK(kit_answer_again(&kit, NEGOTIATE_CALL));
    REQUIRE_INT(kit.session->media_count, 3);
    CHECK_INT(kit.session->media[0].slot_ssrc, audio);
    CHECK_INT(kit.session->media[1].slot_ssrc, video);
    CHECK_INT(kit.session->media[1].slot_stream, stream);
    CHECK(kit.session->media[2].slot_ssrc != 0);
    CHECK(kit.session->media[2].slot_stream == kit.session->media[2].slot_ssrc);
    CHECK_STR(kit.session->media[2].source, "screen");
    CHECK_STR(kit.session->media[0].source, "microphone");
    CHECK_INT(kit.session->number, 77);
    CHECK_STR(kit.session->room, "blue");
out:
    kit_free(&kit);
}

TEST(slots_of_a_conference_are_streams_of_their_own_after_the_first_pair)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "conference-8")); /* eight audio, then eight video m-lines */
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    for (size_t i = 0; i < kit.session->media_count; i++) {
        const struct session_media *media = &kit.session->media[i];
        CHECK_INT(media->slot_stream, i == 8 ? kit.session->media[0].slot_ssrc : media->slot_ssrc);
    }
out:
    kit_free(&kit);
}

TEST(a_slot_that_comes_later_joins_the_stream_of_its_partner)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "subscribe"));
    REQUIRE_INT(kit_replace(&kit, "m=video 9 ", "m=video 0 "), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    uint32_t stream = kit.session->media[0].slot_stream;
    REQUIRE_INT(kit_replace(&kit, "m=video 0 ", "m=video 9 "), 1);
    REQUIRE_OK(kit_answer_again(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit.session->media[0].slot_stream, stream);
    CHECK_INT(kit.session->media[1].slot_stream, stream);
    CHECK(kit.session->media[1].slot_ssrc != kit.session->media[0].slot_ssrc);
out:
    kit_free(&kit);
}

TEST(an_m_line_cannot_vanish_or_change_its_kind)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    char *video = strstr(kit.offer, "m=video");
    REQUIRE(video != NULL);
    memcpy(video, "m=audio", 7);
    CHECK_INT(kit_answer_again(&kit, NEGOTIATE_CALL), ERR_MALFORMED);
    CHECK(runner_out_of_memory() || strstr(kit.problem.detail, "expected m=video") != NULL);
    *video = '\0';
    CHECK_INT(kit_answer_again(&kit, NEGOTIATE_CALL), ERR_MALFORMED);
    CHECK(runner_out_of_memory() ||
          strcmp(kit.problem.detail, "expected at least 2 m-lines, found 1") == 0);
    CHECK_INT(kit.session->media_count, 2); /* the session in force was not touched */
out:
    kit_free(&kit);
}

TEST(a_closed_m_line_stays_rejected_and_may_be_used_again)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    uint32_t video = kit.session->media[1].slot_ssrc;
    REQUIRE_INT(kit_replace(&kit, "m=video 9 ", "m=video 0 "), 1);
    REQUIRE_INT(kit_replace(&kit, "BUNDLE 0 1", "BUNDLE 0"), 1);
    REQUIRE_OK(kit_answer_again(&kit, NEGOTIATE_CALL));
    CHECK(kit.session->media[1].rejected);
    REQUIRE_INT(kit_replace(&kit, "m=video 0 ", "m=video 9 "), 1);
    REQUIRE_INT(kit_replace(&kit, "BUNDLE 0", "BUNDLE 0 5"), 1);
    REQUIRE_INT(kit_replace(&kit, "a=mid:1", "a=mid:5"), 1);
    REQUIRE_OK(kit_answer_again(&kit, NEGOTIATE_CALL));
    CHECK(!kit.session->media[1].rejected);
    CHECK(kit.session->media[1].slot_ssrc != video); /* another slot in the same place */
out:
    kit_free(&kit);
}

TEST(all_m_lines_may_be_closed_and_the_transport_stays)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    char ufrag[SESSION_UFRAG_BYTES];
    memcpy(ufrag, kit.session->local_ufrag, sizeof(ufrag));
    REQUIRE(kit_replace(&kit, "m=video 9 ", "m=video 0 ") == 1);
    char *audio = strstr(kit.offer, "m=audio ");
    REQUIRE(audio != NULL);
    memcpy(audio + 8, "00000", 5);
    REQUIRE_OK(kit_answer_again(&kit, NEGOTIATE_CALL));
    CHECK(kit.session->media[0].rejected && kit.session->media[1].rejected);
    CHECK_STR(kit.session->local_ufrag, ufrag);
    CHECK_INT(kit.session->fingerprint_count, 1);
    CHECK_INT(kit_count(&kit, 0, "a=group"), 0);
out:
    kit_free(&kit);
}

TEST(whip_rules_hold_for_later_offers_too)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "publish"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHIP));
    REQUIRE_INT(kit_replace(&kit, "BUNDLE 0 1", "BUNDLE 0 1 9"), 1);
    REQUIRE_OK(kit_append(&kit, third));
    CHECK_INT(kit_answer_again(&kit, NEGOTIATE_WHIP), ERR_UNSUPPORTED);
    CHECK_INT(kit.problem.status, 422);
out:
    kit_free(&kit);
}
