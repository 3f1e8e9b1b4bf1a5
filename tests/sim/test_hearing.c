/**
 * Real speech through the relay: what a listener hears is what was said.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "score/sound_score.h"
#include "sim/ear.h"
#include "sim/mouth.h"
#include "sim/scenario.h"
#include "support/recorded_speech.h"
#include "unit/runner.h"

enum { SECONDS = 10, COUNT = SECONDS * RECORDED_SPEECH_HZ };

static float said[COUNT];
static float heard[COUNT];
static float in_step[COUNT];

/** A talker on a clean path, a listener on another one with losses. */
static int run(double loss, const struct peer_config *listener, const struct ear_buffer *buffer,
               struct sound_score *score, struct ear_account *account)
{
    static const struct peer_config talker = {.audio_sources = 1, .audio_nack = true};
    const struct link_config down = {.delay_us = 20000, .loss = loss};
    struct world *world = NULL;
    struct peer *peers[2] = {NULL};
    struct mouth mouth = {.encoder = NULL};
    struct ear ear;
    struct alignment alignment = {.blocks = NULL};
    ear_init(&ear);
    int err = recorded_speech_read(0, NULL, said, COUNT);
    if (err == 0) {
        err = mouth_init(&mouth, NULL);
    }
    if (err == 0) {
        err = world_new(&world, 7);
    }
    if (err == 0) {
        err = world_join(world, &talker, &clean_path, &peers[0]);
    }
    if (err == 0) {
        err = world_join(world, listener, &clean_path, &peers[1]);
    }
    if (err == 0) {
        mouth_attach(&mouth, peer_source(peers[0], MEDIA_AUDIO));
        ear_attach(&ear, peer_sink(peers[1], MEDIA_AUDIO, 0));
        world_set_link(world, peers[1], NULL, &down);
        world_run(world, SECOND_US);
        int64_t start_us = world_now_us(world);
        mouth_say(&mouth, said, COUNT, start_us);
        world_run(world, (SECONDS + 1) * SECOND_US);
        CHECK(is_clean(peers[1]));
        err = ear_play(&ear, buffer, start_us, heard, COUNT, account);
    }
    if (err == 0) {
        err = sound_score(said, heard, COUNT, in_step, &alignment, score);
    }
    if (err == 0 && getenv("SIM_SHOW") != NULL) {
        printf(
            "  loss %.0f %%: ESTOI %.3f, LSD %.2f dB, delay %.1f ms, concealed %.0f ms, late %zu\n",
            100 * loss, score->estoi, score->lsd_db, score->delay_ms,
            (double)account->concealed_us / 1e3, account->late);
    }
    alignment_deinit(&alignment);
    ear_deinit(&ear);
    mouth_deinit(&mouth);
    world_free(&world);
    return err;
}

TEST_NO_OOM(speech_is_heard_as_it_was_said)
{
    static const struct peer_config listener = {.audio_slots = 1};
    static const struct ear_buffer buffer = {.us = 20000};
    struct sound_score score;
    struct ear_account account;
    REQUIRE_OK(run(0, &listener, &buffer, &score, &account));
    CHECK(score.estoi > 0.97);
    CHECK(score.lsd_db < 5);
    /* 20 ms of the packet, 40 of the paths, 20 of the buffer, 6.5 of the codec */
    CHECK(score.delay_ms > 86 && score.delay_ms < 88);
    CHECK(score.gap_ms == 0 && score.unheard < 0.05 && score.inserted_ms == 0);
    CHECK(account.late == 0 && account.concealed_us == 0 && account.misplaced == 0);
out:
    return;
}

TEST_NO_OOM(lost_speech_is_repaired_before_it_is_due)
{
    static const struct peer_config plain = {.audio_slots = 1};
    static const struct peer_config page = {
        .audio_slots = 1, .audio_nack = true, .audio_red = true};
    static const struct ear_buffer buffer = {.us = 100000};
    struct sound_score score[2];
    struct ear_account account[2];
    REQUIRE_OK(run(0.1, &plain, &buffer, &score[0], &account[0]));
    REQUIRE_OK(run(0.1, &page, &buffer, &score[1], &account[1]));
    CHECK(account[0].concealed_us > 600000);
    CHECK(account[1].concealed_us < 200000);
    CHECK(score[1].estoi > score[0].estoi + 0.03);
    CHECK(score[1].estoi > 0.96);
out:
    return;
}
