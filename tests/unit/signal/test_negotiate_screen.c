/* A screen comes and goes by later offers, as Chromium and Firefox make them. */
#include <stdio.h>
#include <string.h>

#include "support/negotiate_kit.h"
#include "unit/runner.h"

#define CHROMIUM "chromium-156.0.8078.79"
#define FIREFOX  "firefox-153.7.0"

enum { FIREFOX_CAMERA = 0, CAMERA = 1, SLOT = 2, SCREEN = 3 };

/** The recorded offer of one step ("2-share"). @return 0 or an error */
static int load(struct kit *kit, const char *client, const char *step)
{
    char name[96];
    (void)snprintf(name, sizeof(name), "reoffers/%s-screen-%s", client, step);
    return kit_load(kit, name);
}

/** Plays the steps up to one of them; 0, or what the last negotiation gave. */
static int play(struct kit *kit, const char *client, size_t steps)
{
    static const char *const names[] = {"1-join", "2-share", "3-stop", "4-again"};
    int err = 0;
    for (size_t i = 0; i < steps && err == 0; i++) {
        err = load(kit, client, names[i]);
        if (err == 0) {
            err = i == 0 ? kit_answer(kit, NEGOTIATE_CALL) : kit_answer_again(kit, NEGOTIATE_CALL);
        }
    }
    return err;
}

static void check_share(struct kit *kit, size_t camera, size_t layers)
{
    const struct session_media *screen = &kit->session->media[SCREEN];
    CHECK_INT(kit->session->media_count, 4);
    CHECK(!screen->rejected && screen->client_sends && !screen->client_receives);
    CHECK_STR(screen->source, "screen");
    CHECK_INT(screen->rid_count, layers);
    CHECK_INT(screen->codecs[0].kind, CODEC_VP8);
    CHECK(screen->codecs[0].rtx_pt != 0 && screen->codecs[0].nack && screen->codecs[0].nack_pli);
    CHECK_STR(kit->session->media[camera].source, "camera");
    CHECK_INT(kit_count(kit, SCREEN + 1, "a=recvonly\r"), 1);
}

TEST(a_screen_is_shared_on_a_new_m_line)
{
    struct kit kit = {0};
    REQUIRE_OK(play(&kit, CHROMIUM, 1));
    uint32_t slot = kit.session->media[SLOT].slot_ssrc;
    CHECK_STR(kit.session->media[SLOT].source, "camera");
    REQUIRE_OK(play(&kit, CHROMIUM, 2));
    check_share(&kit, CAMERA, 2);
    CHECK_INT(kit_count(&kit, SCREEN + 1, "a=simulcast:recv h;f\r"), 1);
    REQUIRE_OK(play(&kit, FIREFOX, 2));
    check_share(&kit, FIREFOX_CAMERA, 2);
    CHECK_INT(kit.session->media[SCREEN].ssrc_count, 2);
    CHECK(slot != 0);
out:
    kit_free(&kit);
}

TEST(a_screen_that_stops_keeps_its_m_line_and_its_layers)
{
    struct kit kit = {0};
    REQUIRE_OK(play(&kit, CHROMIUM, 3));
    const struct session_media *screen = &kit.session->media[SCREEN];
    CHECK(!screen->rejected && !screen->client_sends && !screen->client_receives);
    CHECK_INT(kit_count(&kit, SCREEN + 1, "a=inactive\r"), 1);
    /* Chromium offers what is left out here as paused for ever */
    CHECK_INT(kit_count(&kit, SCREEN + 1, "a=simulcast:recv h;f\r"), 1);
    CHECK_INT(kit_count(&kit, SCREEN + 1, "a=rid:f recv\r"), 1);
    REQUIRE_OK(play(&kit, FIREFOX, 3));
    CHECK_INT(kit_count(&kit, SCREEN + 1, "a=inactive\r"), 1);
    CHECK_INT(kit_count(&kit, SCREEN + 1, "a=simulcast:"), 0); /* not offered */
out:
    kit_free(&kit);
}

TEST(a_screen_starts_again_on_the_same_m_line)
{
    struct kit kit = {0};
    REQUIRE_OK(play(&kit, CHROMIUM, 4));
    check_share(&kit, CAMERA, 2);
    REQUIRE_OK(play(&kit, FIREFOX, 4));
    check_share(&kit, FIREFOX_CAMERA, 0);
out:
    kit_free(&kit);
}

TEST(a_screen_stays_one_when_the_camera_stops)
{
    struct kit kit = {0};
    REQUIRE_OK(play(&kit, CHROMIUM, 2));
    REQUIRE_INT(kit_replace(&kit, "a=sendrecv", "a=recvonly"), 2);
    REQUIRE_OK(kit_answer_again(&kit, NEGOTIATE_CALL));
    CHECK_STR(kit.session->media[SCREEN].source, "screen");
    REQUIRE_INT(kit_replace(&kit, "a=sendonly", "a=inactive"), 1);
    REQUIRE_OK(kit_answer_again(&kit, NEGOTIATE_CALL));
    REQUIRE_INT(kit_replace(&kit, "a=inactive", "a=sendonly"), 1);
    REQUIRE_OK(kit_answer_again(&kit, NEGOTIATE_CALL));
    CHECK_STR(kit.session->media[SCREEN].source, "screen");
    REQUIRE_INT(kit_replace(&kit, "a=recvonly", "a=sendrecv"), 3); /* the camera, and the slot */
    REQUIRE_OK(kit_answer_again(&kit, NEGOTIATE_CALL));
    CHECK_STR(kit.session->media[CAMERA].source, "camera");
    CHECK_STR(kit.session->media[SLOT].source, "screen"); /* a second picture all the same */
out:
    kit_free(&kit);
}

TEST(an_m_line_may_say_what_it_shows)
{
    struct kit kit = {0};
    REQUIRE_OK(play(&kit, CHROMIUM, 1));
    REQUIRE_INT(kit_replace(&kit, "a=mid:1", "a=mid:1\r\na=content:slides"), 1);
    REQUIRE_OK(kit_answer_again(&kit, NEGOTIATE_CALL));
    CHECK_STR(kit.session->media[CAMERA].source, "screen");
    REQUIRE_OK(play(&kit, CHROMIUM, 2));
    REQUIRE_INT(kit_replace(&kit, "a=mid:3", "a=mid:3\r\na=content:speaker"), 1);
    REQUIRE_OK(kit_answer_again(&kit, NEGOTIATE_CALL));
    CHECK_STR(kit.session->media[SCREEN].source, "camera");
out:
    kit_free(&kit);
}

TEST(audio_nack_is_answered_to_those_who_offer_it)
{
    struct kit kit = {0};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "-sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 1, "a=rtcp-fb:111 nack"), 0);
    CHECK(!kit.session->media[0].codecs[0].nack);
    REQUIRE_INT(kit_replace(&kit, "a=rtpmap:111 opus/48000/2",
                            "a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 nack\r\n"
                            "a=rtcp-fb:111 nack pli"),
                1);
    REQUIRE_INT(kit_replace(&kit, "a=rtpmap:63 red/48000/2",
                            "a=rtpmap:63 red/48000/2\r\na=rtcp-fb:63 nack"),
                1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit_count(&kit, 1, "a=rtcp-fb:111 nack\r"), 1);
    CHECK_INT(kit_count(&kit, 1, "a=rtcp-fb:111 nack pli"), 0);
    CHECK_INT(kit_count(&kit, 1, "a=rtcp-fb:63 nack\r"), 1);
    const struct session_media *audio = &kit.session->media[0];
    CHECK(audio->codecs[0].nack && session_codec_by_kind(audio, CODEC_RED)->nack);
    CHECK_INT(audio->codecs[0].rtx_pt, 0);
    CHECK_INT(audio->slot_rtx_ssrc, 0);
    /* no client is known to offer it, but RTX of audio is taken like that of video */
    REQUIRE_INT(kit_replace(&kit, "SAVPF 111 63 ", "SAVPF 111 63 50 "), 1);
    REQUIRE_INT(kit_replace(&kit, "a=rtpmap:63 red/48000/2",
                            "a=rtpmap:50 rtx/48000\r\na=fmtp:50 apt=111\r\n"
                            "a=rtpmap:63 red/48000/2"),
                1);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK_INT(kit.session->media[0].codecs[0].rtx_pt, 50);
    CHECK(kit.session->media[0].slot_rtx_ssrc != 0);
out:
    kit_free(&kit);
}
