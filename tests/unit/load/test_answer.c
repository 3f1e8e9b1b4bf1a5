#include <stdlib.h>

#include "base/err.h"
#include "load/answer.h"
#include "load/offer.h"
#include "signal/negotiate.h"
#include "unit/load/load_kit.h"
#include "unit/runner.h"

#define PATH                                                                                       \
    "a=ice-ufrag:serv\r\na=ice-pwd:serverPasswordOf26Letters1\r\n"                                 \
    "a=fingerprint:sha-256 AA:BB:CC\r\na=setup:passive\r\n"
#define HEAD "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
#define HOST "a=candidate:1 1 udp 2130706431 192.0.2.1 7000 typ host\r\n"
#define OPUS "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n"

struct talk {
    struct agreement plan;
    char *offer;
    char message[DIAL_MESSAGE_BYTES];
};

static int begin(struct talk *talk, const struct dial_wish *wish)
{
    struct rand rand;
    struct agreement_local local = load_kit_local();
    rand_init(&rand, 5);
    memset(talk, 0, sizeof(*talk));
    return offer_write(wish, &local, &rand, &talk->plan, &talk->offer);
}

static enum load_cause hear(struct talk *talk, const char *answer)
{
    return answer_read(&talk->plan, answer, strlen(answer), talk->message);
}

static struct dial_wish audio_wish(void)
{
    return (struct dial_wish){.room = "r", .name = "n", .send_audio = true, .receive_audio = 1};
}

/** What the relay itself answers to our offer. */
static int relay_answers(const char *offer, enum slot_policy audio, char **answer)
{
    struct negotiate_config config = {
        .candidates = {{.ip = {192, 0, 2, 1}, .port = 7000, .family = ADDR_IPV4}},
        .candidate_count = 1,
        .udp = true,
        .tcp = true,
        .fingerprint = "00:11",
        .mix_dtx = true,
        .audio = audio,
    };
    struct session *session = NULL;
    struct negotiate_problem problem;
    struct rand rand;
    rand_init(&rand, 9);
    int err = negotiate_offer(NEGOTIATE_CALL, offer, strlen(offer), &config, &rand, &session,
                              answer, &problem);
    free(session);
    return err;
}

TEST(agrees_with_the_relay)
{
    struct talk talk = {.offer = NULL};
    char *answer = NULL;
    struct dial_wish wish = load_kit_wish();
    wish.simulcast = true;
    wish.red = true;
    wish.receive_video = 3;
    REQUIRE_OK(begin(&talk, &wish));
    REQUIRE_OK(relay_answers(talk.offer, SLOT_POLICY_AUTO, &answer));
    REQUIRE_INT(hear(&talk, answer), LOAD_FINE);
    REQUIRE_INT(talk.plan.stream_count, 4);
    const struct agreement_stream *audio = &talk.plan.streams[0];
    const struct agreement_stream *video = &talk.plan.streams[1];
    CHECK(audio->sends && audio->receives && audio->transport_cc);
    CHECK_INT(audio->pt, 111);
    CHECK_INT(audio->red_pt, 63);
    CHECK_INT(audio->exts.id[RTP_EXT_AUDIO_LEVEL], 1);
    CHECK_INT(audio->exts.id[RTP_EXT_MID], 4);
    CHECK(audio->remote_ssrc != 0);
    CHECK_INT(video->kind, LOAD_VIDEO);
    CHECK_INT(video->rtx_pt, 97);
    CHECK(video->nack && video->pli && video->transport_cc);
    CHECK_INT(video->layer_count, 3);
    CHECK_STR(video->rids[0], "q");
    CHECK(video->ssrcs[2] != 0 && video->rtx_ssrcs[2] != 0);
    CHECK(video->remote_ssrc != 0 && video->remote_rtx_ssrc != 0);
    CHECK(!talk.plan.streams[3].sends && talk.plan.streams[3].receives);
    CHECK_STR(talk.plan.streams[3].mid, "3");
    CHECK(talk.plan.remote.ice_lite && talk.plan.remote.we_are_active);
    CHECK_INT(talk.plan.remote.candidate_count, 1);
    CHECK_INT(talk.plan.remote.candidates[0].port, 7000);
    CHECK_INT(talk.plan.remote.fingerprint.bytes, 2);
out:
    free(talk.offer);
    free(answer);
}

TEST(silence_is_left_out_when_the_answer_asks)
{
    for (int mix = 0; mix < 2; mix++) {
        struct talk talk = {.offer = NULL};
        char *answer = NULL;
        struct dial_wish wish = audio_wish();
        enum slot_policy audio = mix != 0 ? SLOT_POLICY_MIX : SLOT_POLICY_FORWARD;
        REQUIRE_OK(begin(&talk, &wish));
        REQUIRE_OK(relay_answers(talk.offer, audio, &answer));
        REQUIRE_INT(hear(&talk, answer), LOAD_FINE);
        CHECK_INT(talk.plan.streams[0].dtx, mix != 0);
    out:
        free(talk.offer);
        free(answer);
    }
}

TEST(candidates_are_sorted_and_what_cannot_be_used_is_passed_over)
{
    struct talk talk = {.offer = NULL};
    struct dial_wish wish = audio_wish();
    REQUIRE_OK(begin(&talk, &wish));
    REQUIRE_INT(hear(&talk, HEAD
                     "a=fingerprint:SHA-1 01:02\r\na=fingerprint:SHA-256 aa:bb\r\n" OPUS
                     "a=ice-ufrag:serv\r\na=ice-pwd:serverPasswordOf26Letters1\r\n"
                     "a=setup:active\r\n"
                     "a=candidate:1 1 udp 5 192.0.2.1 7000 typ host\r\n"
                     "a=candidate:2 1 UDP 9 2001:db8::1 7001 typ host\r\n"
                     "a=candidate:3 2 udp 99 192.0.2.1 7002 typ host\r\n"
                     "a=candidate:4 1 tcp 99 192.0.2.1 7003 typ host tcptype passive\r\n"
                     "a=candidate:5 1 udp 99 4d3c5b4e-1b7a.local 7004 typ host\r\n"
                     "a=candidate:6 1 udp 7 192.0.2.9 7005 typ srflx raddr 10.0.0.1 rport 1\r\n"),
                LOAD_FINE);
    const struct agreement_remote *remote = &talk.plan.remote;
    REQUIRE_INT(remote->candidate_count, 3);
    CHECK_INT(remote->candidates[0].port, 7001);
    CHECK_INT(remote->candidates[1].port, 7005);
    CHECK_INT(remote->candidates[2].port, 7000);
    CHECK_INT(remote->priorities[1], 7);
    CHECK(!remote->we_are_active && !remote->ice_lite);
    CHECK_STR(remote->fingerprint.hash, "sha-256");
    CHECK_INT(remote->fingerprint.value[0], 0xaa);
    CHECK_INT(talk.plan.streams[0].exts.id[RTP_EXT_MID], 0); /* not taken */
out:
    free(talk.offer);
}

TEST(every_unusable_answer_has_its_cause)
{
    static const struct {
        const char *answer;
        enum load_cause cause;
        const char *words; /**< that the message holds */
    } cases[] = {
        {"", LOAD_BAD_ANSWER, "text ends"},
        {"<html>", LOAD_BAD_ANSWER, "line 1"},
        {HEAD, LOAD_BAD_ANSWER, "0 m-lines answer 1"},
        {HEAD OPUS PATH, LOAD_NO_CANDIDATES, "candidate"},
        {HEAD OPUS "a=ice-ufrag:serv\r\n" HOST, LOAD_BAD_ANSWER, "ice-pwd"},
        {HEAD OPUS "a=ice-ufrag:serv\r\na=ice-pwd:serverPasswordOf26Letters1\r\n" HOST,
         LOAD_BAD_ANSWER, "fingerprint"},
        {HEAD OPUS "a=recvonly\r\n" PATH HOST, LOAD_NO_CODEC, "send us audio"},
        {HEAD OPUS "a=inactive\r\n" PATH HOST, LOAD_NO_CODEC, "take our audio"},
        {HEAD "m=audio 0 UDP/TLS/RTP/SAVPF 111\r\n", LOAD_NO_CODEC, "take our audio"},
        {HEAD "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=rtpmap:0 PCMU/8000\r\n" PATH HOST, LOAD_NO_CODEC,
         "take our audio"},
    };
    struct talk talk = {.offer = NULL};
    struct dial_wish wish = audio_wish();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        REQUIRE_OK(begin(&talk, &wish));
        enum load_cause cause = hear(&talk, cases[i].answer);
        CHECK_INT(cause, cases[i].cause);
        if (strstr(talk.message, cases[i].words) == NULL) {
            CHECK_STR(talk.message, cases[i].words);
        }
        free(talk.offer);
        talk.offer = NULL;
    }
out:
    free(talk.offer);
}

TEST(a_refused_slot_falls_out_and_others_keep_their_order)
{
    struct talk talk = {.offer = NULL};
    struct dial_wish wish = audio_wish();
    wish.receive_audio = 3;
    REQUIRE_OK(begin(&talk, &wish));
    REQUIRE_INT(hear(&talk, HEAD OPUS PATH HOST "m=audio 0 UDP/TLS/RTP/SAVPF 111\r\na=mid:1\r\n"
                                                "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:2\r\n"
                                                "a=sendonly\r\na=ssrc:77 cname:x\r\n"),
                LOAD_FINE);
    REQUIRE_INT(talk.plan.stream_count, 2);
    CHECK_STR(talk.plan.streams[1].mid, "2");
    CHECK_INT(talk.plan.streams[1].pt, 111); /* as offered: it has no a=rtpmap of its own */
    CHECK_INT(talk.plan.streams[1].remote_ssrc, 77);
out:
    free(talk.offer);
}

#define VP8_TAKEN                                                                                  \
    HEAD "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\na=rtpmap:96 "                               \
         "vp8/90000\r\na=recvonly\r\n" PATH HOST

TEST(simulcast_shrinks_to_what_is_taken)
{
    struct talk talk = {.offer = NULL};
    struct dial_wish wish = {.room = "r", .name = "n", .send_video = true, .simulcast = true};
    REQUIRE_OK(begin(&talk, &wish));
    uint32_t highest = talk.plan.streams[0].ssrcs[2];
    REQUIRE_INT(
        hear(&talk, VP8_TAKEN "a=rid:f recv\r\na=rid:q recv\r\na=simulcast:recv ~f;q,h\r\n"),
        LOAD_FINE);
    CHECK_INT(talk.plan.streams[0].layer_count, 2);
    CHECK_STR(talk.plan.streams[0].rids[0], "q");
    CHECK_STR(talk.plan.streams[0].rids[1], "f");
    CHECK_INT(talk.plan.streams[0].ssrcs[1], highest);
    CHECK_INT(talk.plan.streams[0].rtx_ssrcs[0], 0);
    free(talk.offer);
    talk.offer = NULL;
    REQUIRE_OK(begin(&talk, &wish));
    REQUIRE_INT(hear(&talk, VP8_TAKEN), LOAD_FINE);
    CHECK_INT(talk.plan.streams[0].layer_count, 1);
    CHECK_STR(talk.plan.streams[0].rids[0], "");
out:
    free(talk.offer);
}

#define OFFERED_AUDIO(mid, direction, ssrc)                                                        \
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:" mid "\r\na=" direction                             \
    "\r\na=rtpmap:111 opus/48000/2\r\na=ssrc:" ssrc " cname:janus\r\n"
#define ACTPASS                                                                                    \
    "a=ice-ufrag:serv\r\na=ice-pwd:serverPasswordOf26Letters1\r\n"                                 \
    "a=fingerprint:sha-256 AA:BB\r\na=setup:actpass\r\n"

TEST(a_servers_offer_is_answered_and_grows)
{
    struct agreement agreement;
    struct agreement_local local = load_kit_local();
    struct rand rand;
    char *answer = NULL;
    char message[DIAL_MESSAGE_BYTES];
    rand_init(&rand, 3);
    offer_plan_init(&agreement, &rand);
    static const char first[] = HEAD "a=group:BUNDLE a\r\n" OFFERED_AUDIO("a", "sendonly", "11")
        ACTPASS HOST "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:d\r\n";
    REQUIRE_INT(answer_make(&agreement, &local, 1, first, strlen(first), &answer, message),
                LOAD_FINE);
    CHECK_INT(agreement.stream_count, 1);
    CHECK(agreement.streams[0].receives && !agreement.streams[0].sends);
    CHECK(agreement.remote.we_are_active);
    CHECK(strstr(answer, "a=setup:active\r\n") != NULL);
    CHECK(strstr(answer, "a=group:BUNDLE a\r\n") != NULL);
    CHECK(strstr(answer, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n") != NULL);
    CHECK(strstr(answer, "a=recvonly\r\n") != NULL);
    free(answer);
    answer = NULL;
    static const char second[] =
        HEAD "a=group:BUNDLE a v\r\n" OFFERED_AUDIO("a", "inactive", "11") ACTPASS HOST
        "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:d\r\n"
        "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:v\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\n"
        "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtcp-fb:96 nack\r\n"
        "a=ssrc-group:FID 21 22\r\n";
    REQUIRE_INT(answer_make(&agreement, &local, 2, second, strlen(second), &answer, message),
                LOAD_FINE);
    REQUIRE_INT(agreement.stream_count, 2);
    CHECK(!agreement.streams[0].receives);
    CHECK_INT(agreement.streams[1].remote_rtx_ssrc, 22);
    CHECK_INT(agreement.streams[1].rtx_pt, 97);
    CHECK(agreement.streams[1].nack && !agreement.streams[1].pli);
    CHECK(strstr(answer, " 2 IN IP4 127.0.0.1\r\n") != NULL);
out:
    free(answer);
}

TEST(an_offer_without_our_codecs_is_not_answered)
{
    struct agreement agreement;
    struct agreement_local local = load_kit_local();
    struct rand rand;
    char *answer = NULL;
    char message[DIAL_MESSAGE_BYTES];
    rand_init(&rand, 3);
    offer_plan_init(&agreement, &rand);
    static const char offer[] = HEAD "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:v\r\n"
                                     "a=rtpmap:96 H264/90000\r\n" ACTPASS HOST;
    CHECK_INT(answer_make(&agreement, &local, 1, offer, strlen(offer), &answer, message),
              LOAD_NO_CODEC);
    CHECK(answer == NULL && agreement.stream_count == 0);
    free(answer);
}
