#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "signal/negotiate.h"
#include "support/negotiate_kit.h"
#include "support/offers.h"
#include "unit/runner.h"

#define CHROMIUM "chromium-156.0.8078.79-"

TEST(a_session_says_what_was_agreed)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv-datachannel"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    const struct session *session = kit.session;
    REQUIRE_INT(session->media_count, 3);
    const struct session_media *audio = &session->media[0];
    const struct session_media *video = &session->media[1];
    CHECK_INT(audio->kind, MEDIA_AUDIO);
    CHECK_STR(audio->mid, "0");
    CHECK_INT(audio->codec_count, 3);
    CHECK_INT(audio->ssrc_count, 1);
    CHECK_INT(audio->ssrcs[0], 2105537185);
    CHECK_INT(audio->exts.id[RTP_EXT_AUDIO_LEVEL], 1);
    CHECK_INT(video->kind, MEDIA_VIDEO);
    CHECK_INT(video->codec_count, 10);
    CHECK_INT(video->codecs[0].kind, CODEC_VP8);
    CHECK_INT(video->codecs[0].rtx_pt, 97);
    CHECK_INT(video->ssrcs[0], 915330218);
    CHECK_INT(video->rtx_ssrcs[0], 1379062467);
    CHECK_INT(video->exts.id[RTP_EXT_DEPENDENCY_DESCRIPTOR], 0);
    CHECK_STR(session->remote_ufrag, "5P0J");
    CHECK_STR(session->remote_pwd, "92q+mdcKS0FV36qnW9zLvHnt");
    CHECK(session->bundle);
    CHECK(session->cname[0] != '\0');
    CHECK(video->slot_ssrc != audio->slot_ssrc && video->slot_ssrc != video->slot_rtx_ssrc);
out:
    kit_free(&kit);
}

TEST(the_same_seed_gives_the_same_answer)
{
    struct kit a = {0};
    struct kit b = {0};
    REQUIRE_OK(kit_load(&a, CHROMIUM "conference-8"));
    REQUIRE_OK(kit_load(&b, CHROMIUM "conference-8"));
    REQUIRE_OK(kit_answer(&a, NEGOTIATE_CALL));
    REQUIRE_OK(kit_answer(&b, NEGOTIATE_CALL));
    CHECK_STR(a.answer, b.answer);
    REQUIRE_OK(kit_answer(&b, NEGOTIATE_CALL)); /* the next seed */
    CHECK(strcmp(a.answer, b.answer) != 0);
out:
    kit_free(&a);
    kit_free(&b);
}

TEST(slides_are_a_screen)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "publish"));
    REQUIRE_INT(kit_replace(&kit, "a=mid:1\r\n", "a=mid:1\r\na=content:slides\r\n"), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHIP));
    CHECK_STR(kit.session->media[1].source, "screen");
out:
    kit_free(&kit);
}

TEST(malformed_offers_are_answered_with_the_line)
{
    static const struct {
        const char *from;
        const char *to;
        const char *detail;
    } all[] = {
        {"v=0", "v=1", "line 1: expected v=0"},
        {"a=mid:0", "a=mid:", "expected a mid of 1 to 32"},
        {"a=mid:1", "a=mid:0", "expected a mid of its own"},
        {"a=rtpmap:111 opus", "a=rtpmap:x opus", "expected a=rtpmap"},
        {"a=fmtp:111 ", "a=fmtp:x ", "expected a=fmtp"},
        {"a=rtcp-fb:111 ", "a=rtcp-fb:x ", "expected a=rtcp-fb"},
        {"SAVPF 111 ", "SAVPF 300 ", "expected payload types"},
        {"a=extmap:1 ", "a=extmap:x ", "expected a=extmap"},
        {"a=ssrc:", "a=ssrc:x", "expected a=ssrc"},
        {"a=ssrc-group:FID ", "a=ssrc-group:FID x", "expected a=ssrc-group"},
        {"a=fingerprint:sha-256 ", "a=fingerprint:sha-256 x", "expected a=fingerprint"},
        {"m=audio ", "m=audio x", "expected m=<media> <port>"},
    };
    struct kit kit = {0};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv"));
        REQUIRE(kit_replace(&kit, all[i].from, all[i].to) > 0);
        CHECK(kit_refuses(&kit, NEGOTIATE_CALL, 400, all[i].detail));
        CHECK(runner_out_of_memory() || kit.problem.line > 0);
    }
    REQUIRE_OK(kit_load(&kit, CHROMIUM "publish-simulcast"));
    REQUIRE(kit_replace(&kit, "a=simulcast:send l", "a=simulcast:give l") > 0);
    CHECK(kit_refuses(&kit, NEGOTIATE_CALL, 400, "expected a=simulcast"));
out:
    kit_free(&kit);
}

TEST(offers_that_hold_nothing_are_refused)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv"));
    char *media = strstr(kit.offer, "m=audio");
    REQUIRE(media != NULL);
    *media = '\0';
    CHECK(kit_refuses(&kit, NEGOTIATE_CALL, 400, "at least one m-line"));
    REQUIRE_OK(kit_append(&kit, "m=audio 0 UDP/TLS/RTP/SAVPF 111\r\n"));
    CHECK(kit_refuses(&kit, NEGOTIATE_CALL, 406, "nothing to carry"));
    REQUIRE_INT(kit_replace(&kit, "m=audio 0", "m=text 9"), 1);
    CHECK(kit_refuses(&kit, NEGOTIATE_CALL, 406, "expected m=audio or m=video"));
    REQUIRE_INT(kit_replace(&kit, "m=text 9 UDP/TLS/RTP/SAVPF", "m=audio 9 RTP/AVP"), 1);
    CHECK(kit_refuses(&kit, NEGOTIATE_CALL, 406, "expected the protocol"));
out:
    kit_free(&kit);
}

TEST(each_of_eight_participants_gets_numbers_of_its_own)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv"));
    uint32_t seen[8];
    for (size_t i = 0; i < 8; i++) {
        REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
        seen[i] = kit.session->media[0].slot_ssrc;
        for (size_t k = 0; k < i; k++) {
            CHECK(seen[k] != seen[i]);
        }
    }
out:
    kit_free(&kit);
}
