#include <string.h>

#include "support/negotiate_kit.h"
#include "unit/runner.h"

#define CHROMIUM "chromium-156.0.8078.79-"

static bool answers(const struct kit *kit, const char *text)
{
    return strstr(kit->answer, text) != NULL;
}

TEST(who_hears_a_mix_is_asked_for_pauses)
{
    static const struct {
        enum slot_policy audio;
        size_t voices;
        bool asked;
    } cases[] = {
        {SLOT_POLICY_MIX, 0, true},   {SLOT_POLICY_FORWARD, 3, false}, {SLOT_POLICY_OFF, 3, false},
        {SLOT_POLICY_AUTO, 0, false}, {SLOT_POLICY_AUTO, 1, false},    {SLOT_POLICY_AUTO, 2, true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct kit kit = {.mix_dtx = true, .audio = cases[i].audio, .voices = cases[i].voices};
        REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv"));
        REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
        CHECK_INT(answers(&kit, ";usedtx=1\r"), cases[i].asked);
        kit.mix_dtx = false;
        REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
        CHECK(!answers(&kit, "usedtx"));
    out:
        kit_free(&kit);
    }
}

TEST(whose_slots_carry_the_loudest_forwarded_is_not_asked)
{
    struct kit kit = {.mix_dtx = true, .audio = SLOT_POLICY_AUTO, .voices = SESSION_MIX_SLOTS + 1};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "conference-8"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK(!answers(&kit, "usedtx"));
    kit_free(&kit);
    kit = (struct kit){.mix_dtx = true, .audio = SLOT_POLICY_AUTO, .voices = 3};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "publish"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHIP)); /* hears nothing: a stream, as far as we know */
    CHECK(!answers(&kit, "usedtx"));
    kit.audio = SLOT_POLICY_MIX; /* but a microphone in a mixed room when it says so */
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHIP));
    CHECK(answers(&kit, ";usedtx=1\r"));
out:
    kit_free(&kit);
}

TEST(who_only_listens_is_not_asked)
{
    struct kit kit = {.mix_dtx = true, .audio = SLOT_POLICY_MIX};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "subscribe"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHEP));
    CHECK(!answers(&kit, "usedtx"));
out:
    kit_free(&kit);
}

TEST(firefox_which_can_hear_stereo_is_asked_and_music_is_not)
{
    struct kit kit = {.mix_dtx = true, .audio = SLOT_POLICY_MIX};
    REQUIRE_OK(kit_load(&kit, "firefox-153.7.0-sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK(answers(&kit, "useinbandfec=1;stereo=1;usedtx=1\r"));
    REQUIRE_OK(kit_load(&kit, "libdatachannel-0.33.4-publish"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_WHIP));
    CHECK(answers(&kit, "useinbandfec=1;stereo=1\r"));
out:
    kit_free(&kit);
}

TEST(who_offers_pauses_is_taken_at_his_word_wherever_he_is_heard)
{
    struct kit kit = {.audio = SLOT_POLICY_FORWARD};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv"));
    REQUIRE(kit_replace(&kit, "useinbandfec=1", "useinbandfec=1;usedtx=1") > 0);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK(answers(&kit, ";usedtx=1\r"));
    REQUIRE(kit_replace(&kit, "usedtx=1", "usedtx=0") > 0);
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK(!answers(&kit, "usedtx"));
out:
    kit_free(&kit);
}

TEST(a_later_answer_asks_the_same_or_what_the_room_has_come_to)
{
    struct kit kit = {.mix_dtx = true, .audio = SLOT_POLICY_AUTO, .voices = 1};
    REQUIRE_OK(kit_load(&kit, CHROMIUM "sendrecv"));
    REQUIRE_OK(kit_answer(&kit, NEGOTIATE_CALL));
    CHECK(!answers(&kit, "usedtx"));
    kit.voices = 2;
    REQUIRE_OK(kit_answer_again(&kit, NEGOTIATE_CALL));
    CHECK(answers(&kit, ";usedtx=1\r"));
    REQUIRE_OK(kit_answer_again(&kit, NEGOTIATE_CALL));
    CHECK(answers(&kit, ";usedtx=1\r"));
out:
    kit_free(&kit);
}
