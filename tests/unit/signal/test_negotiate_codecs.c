/* Codecs of video besides VP8: which are taken, under which numbers, with which parameters. */
#include <stdio.h>
#include <string.h>

#include "support/negotiate_kit.h"
#include "support/offers.h"
#include "support/vectors.h"
#include "unit/runner.h"

#define CHROMIUM "chromium-156.0.8078.79-"
#define FIREFOX  "firefox-153.7.0-"
#define DESCRIPTOR                                                                                 \
    "a=extmap:12 https://aomediacodec.github.io/av1-rtp-spec/"                                     \
    "#dependency-descriptor-rtp-header-extension\r\n"

/** Codec of the second m-line by payload type, or NULL. */
static const struct session_codec *video(const struct kit *kit, uint8_t pt)
{
    return session_codec_by_pt(&kit->session->media[1], pt);
}

TEST(chromium_is_answered_every_codec_with_vp8_first)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 2,
                        "m=video 7000 UDP/TLS/RTP/SAVPF 96 97 102 103 104 107 108 109 114 115 116 "
                        "117 39 40 45 46 98 99 100 101\r"),
              1);
    CHECK_INT(kit_count(&kit, 2, "a=rtpmap:102 H264/90000\r"), 1);
    CHECK_INT(kit_count(&kit, 2,
                        "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;"
                        "profile-level-id=42001f\r"),
              1);
    CHECK_INT(kit_count(&kit, 2, "a=fmtp:103 apt=102\r"), 1);
    CHECK_INT(kit_count(&kit, 2, "a=fmtp:45 level-idx=5;profile=0;tier=0\r"), 1);
    CHECK_INT(kit_count(&kit, 2, "a=fmtp:98 profile-id=0\r"), 1);
    CHECK_INT(kit_count(&kit, 2, "a=fmtp:100 profile-id=2\r"), 1);
    CHECK_INT(kit_count(&kit, 2, "a=rtcp-fb:45 nack pli\r"), 1);
    REQUIRE(video(&kit, 114) != NULL && video(&kit, 45) != NULL && video(&kit, 100) != NULL);
    CHECK_INT(video(&kit, 114)->kind, CODEC_H264);
    CHECK_INT(video(&kit, 114)->profile, 0x42e0);
    CHECK_INT(video(&kit, 114)->mode, 0);
    CHECK_INT(video(&kit, 114)->rtx_pt, 115);
    CHECK_INT(video(&kit, 116)->profile, 0x4d00);
    CHECK_INT(video(&kit, 45)->kind, CODEC_AV1);
    CHECK_INT(video(&kit, 45)->rtx_pt, 46);
    CHECK_INT(video(&kit, 100)->kind, CODEC_VP9);
    CHECK_INT(video(&kit, 100)->profile, 2);
    CHECK(video(&kit, 118) == NULL && video(&kit, 120) == NULL); /* RED and ULPFEC of video */
out:
    kit_free(&kit);
}

TEST(vp8_goes_first_also_where_the_client_prefers_another)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv"));
    REQUIRE_INT(kit_replace(&kit, "SAVPF 96 97 102 103 ", "SAVPF 102 103 96 97 "), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 2, "m=video 7000 UDP/TLS/RTP/SAVPF 96 97 102 103 104 "), 1);
    REQUIRE_INT(kit_remove(&kit, "a=rtpmap:96 "), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 2, "m=video 7000 UDP/TLS/RTP/SAVPF 102 103 104 "), 1);
    CHECK_INT(kit_count(&kit, 2, "a=fmtp:97 "), 0); /* its partner is gone */
out:
    kit_free(&kit);
}

TEST(a_publisher_with_h264_alone_is_taken)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, "gstreamer-1.22.0-publish"));
    REQUIRE_INT(kit_replace(&kit, "VP8/90000", "h264/90000"), 1);
    REQUIRE_INT(kit_replace(&kit, "a=rtpmap:96 ",
                            "a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0LAHw==,aM4=;"
                            "profile-level-id=42C01F\r\na=rtpmap:96 "),
                1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHIP));
    size_t part = kit.session->media[0].kind == MEDIA_VIDEO ? 1 : 2;
    const struct session_codec *codec =
        session_codec_by_kind(&kit.session->media[part - 1], CODEC_H264);
    REQUIRE(codec != NULL);
    CHECK_INT(codec->profile, 0x42e0);
    CHECK_INT(codec->mode, 1);
    CHECK_INT(kit_count(&kit, part, "a=rtpmap:96 h264/90000\r"), 1);
    CHECK_INT(kit_count(&kit, part, "a=fmtp:96 packetization-mode=1;profile-level-id=42C01F\r"), 1);
out:
    kit_free(&kit);
}

TEST(configurations_that_cannot_be_read_are_passed_over)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv"));
    REQUIRE_INT(kit_replace(&kit, "profile-level-id=42001f", "profile-level-id=42001"), 2);
    REQUIRE_INT(kit_replace(&kit, "packetization-mode=0;profile-level-id=42e01f",
                            "packetization-mode=2;profile-level-id=42e01f"),
                1);
    REQUIRE_INT(kit_replace(&kit, "profile-id=2", "profile-id=7"), 1);
    REQUIRE_INT(kit_replace(&kit, "profile=0", "profile=x"), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(
        kit_count(&kit, 2, "m=video 7000 UDP/TLS/RTP/SAVPF 96 97 108 109 116 117 39 40 98 99\r"),
        1);
out:
    kit_free(&kit);
}

TEST(the_same_configuration_is_taken_once)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, FIREFOX "sendrecv"));
    REQUIRE_INT(kit_replace(&kit, "AV1/90000", "VP9/90000"), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 2, "m=video 7000 UDP/TLS/RTP/SAVPF 120 124 121 125\r"), 1);
    CHECK_INT(kit_count(&kit, 2, "a=fmtp:121 "), 0); /* max-fs is what Firefox receives */
out:
    kit_free(&kit);
}

TEST(more_codecs_than_fit_are_left_out)
{
    struct kit kit = {0};
    char line[160];
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv"));
    REQUIRE_INT(kit_replace(&kit, "SAVPF 96 97 ", "SAVPF 96 97 50 51 52 53 54 55 56 57 58 59 "), 1);
    for (unsigned pt = 50; pt < 60; pt++) {
        (void)snprintf(line, sizeof(line),
                       "a=rtpmap:%u H264/90000\r\na=fmtp:%u profile-level-id=64%02x1f\r\n", pt, pt,
                       pt);
        REQUIRE_OK(kit_append(&kit, line));
    }
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit.session->media[1].codec_count, SESSION_MAX_CODECS);
    CHECK_INT(kit.session->media[1].codecs[0].kind, CODEC_VP8);
out:
    kit_free(&kit);
}

TEST(the_dependency_descriptor_is_agreed_where_no_vp8_is_sent)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "subscribe"));
    REQUIRE_OK(kit_append(&kit, DESCRIPTOR));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHEP));
    CHECK_INT(kit.session->media[1].exts.id[RTP_EXT_DEPENDENCY_DESCRIPTOR], 12);
    REQUIRE_OK(kit_load(&kit, CHROMIUM "publish"));
    REQUIRE_OK(kit_append(&kit, DESCRIPTOR));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHIP));
    CHECK_INT(kit.session->media[1].exts.id[RTP_EXT_DEPENDENCY_DESCRIPTOR], 0);
    REQUIRE_INT(kit_remove(&kit, "a=rtpmap:96 "), 1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHIP));
    CHECK_INT(kit.session->media[1].exts.id[RTP_EXT_DEPENDENCY_DESCRIPTOR], 12);
    (void)kit_remove(&kit, "a=extmap-allow-mixed");
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHIP));
    CHECK_INT(kit.session->media[1].exts.id[RTP_EXT_DEPENDENCY_DESCRIPTOR], 0);
out:
    kit_free(&kit);
}

/** Payload types of the codec in an offer's first video m-line that the answer must have. */
static size_t count_offered(const char *offer, const char *name)
{
    char wanted[32];
    size_t count = 0;
    (void)snprintf(wanted, sizeof(wanted), " %s/90000", name);
    const char *at = strstr(offer, "m=video");
    const char *end = at == NULL ? NULL : strstr(at + 1, "m=");
    while (at != NULL && (at = strstr(at, wanted)) != NULL && (end == NULL || at < end)) {
        count++;
        at++;
    }
    return count;
}

TEST_NO_OOM(every_recorded_offer_of_these_codecs_is_answered_with_all_of_them)
{
    static const struct {
        const char *name;
        enum codec_kind kind;
    } all[] = {{"VP8", CODEC_VP8}, {"H264", CODEC_H264}, {"VP9", CODEC_VP9}, {"AV1", CODEC_AV1}};
    struct kit kit = {0};
    size_t seen = 0;
    for (size_t i = 0; i < OFFERS_COUNT; i++) {
        char name[128];
        (void)snprintf(name, sizeof(name), "%s", offers_name(i) + strlen("offers/"));
        name[strlen(name) - strlen(".sdp")] = '\0';
        REQUIRE_OK(kit_load(&kit, name));
        REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
        const struct session_media *media = kit.session->media;
        while (media < kit.session->media + kit.session->media_count &&
               (media->kind != MEDIA_VIDEO || media->is_data)) {
            media++;
        }
        size_t count =
            media < kit.session->media + kit.session->media_count ? media->codec_count : 0;
        for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
            size_t taken = 0;
            for (size_t c = 0; c < count; c++) {
                taken += media->codecs[c].kind == all[k].kind ? 1 : 0;
                CHECK(media->codecs[c].nack_pli);
            }
            CHECK_INT(taken, count_offered(kit.offer, all[k].name));
            seen += taken;
        }
    }
    CHECK(seen > 200);
out:
    kit_free(&kit);
}
