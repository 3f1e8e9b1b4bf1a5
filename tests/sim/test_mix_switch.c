/**
 * A slot goes over from what is forwarded to the mix and back while people speak: nothing is
 * missing, nothing comes twice.
 */
#include <stdio.h>
#include <stdlib.h>

#include "score/sound_score.h"
#include "sim/mixed.h"
#include "support/recorded_speech.h"
#include "unit/runner.h"

enum { SECONDS = 20, COUNT = SECONDS * PCM_HZ };

static float said[2][COUNT];
static float third[COUNT];
static float heard[COUNT];
static float in_step[COUNT];

static const struct recorded_speech_pauses hardly = {.first_ms = 0, .least_ms = 60, .most_ms = 90};

/** Two talk; a third is there from the sixth to the thirteenth second, and of every second seed he
 * talks as well. */
static int run(struct mixed *mixed, uint64_t seed, int64_t *start_us)
{
    int err = mixed_init(mixed, seed);
    for (size_t i = 0; i < 2 && err == 0; i++) {
        err = recorded_speech_read((unsigned)i, &hardly, said[i], COUNT);
        err = err == 0 ? mixed_join(mixed, NULL, &clean_path) : err;
    }
    if (err != 0) {
        return err;
    }
    world_run(mixed->world, SECOND_US + (int64_t)seed * 3300);
    *start_us = world_now_us(mixed->world);
    mixed_say(mixed, 0, said[0], COUNT);
    mixed_say(mixed, 1, said[1], COUNT);
    world_run(mixed->world, 6 * SECOND_US);
    err = mixed_join(mixed, NULL, &clean_path);
    if (err == 0 && seed % 2 == 0) {
        err = recorded_speech_read(2, &hardly, third, 5 * PCM_HZ);
        mixed_say(mixed, 2, third, 5 * PCM_HZ);
    }
    world_run(mixed->world, 7 * SECOND_US);
    if (err == 0) {
        CHECK_INT(world_counters(mixed->world).mix.entered, 3);
        world_leave(mixed->world, mixed->peers[2]);
        world_run(mixed->world, (SECONDS - 13) * SECOND_US);
        CHECK_INT(world_counters(mixed->world).mix.left, 2);
        CHECK_INT(world_counters(mixed->world).mix.rooms, 0);
    }
    return err;
}

TEST_NO_OOM(a_third_comes_and_goes_and_nothing_is_missed)
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct mixed mixed;
        struct alignment alignment;
        struct sound_score score;
        struct ear_account account;
        int64_t start_us = 0;
        REQUIRE_OK(run(&mixed, seed, &start_us));
        for (size_t who = 0; who < 2; who++) {
            REQUIRE_OK(mixed_hear(&mixed, who, start_us, heard, COUNT, &account));
            REQUIRE_OK(sound_score(said[1 - who], heard, COUNT, in_step, &alignment, &score));
            alignment_deinit(&alignment);
            if (getenv("SIM_SHOW") != NULL) {
                printf("  seed %u, listener %zu: ESTOI %.3f, LSD %.2f dB, gap %.0f ms, "
                       "unheard %.3f, inserted %.1f, removed %.1f; longest made up %.0f ms, "
                       "waited %.0f, misplaced %zu, delay at the end %.0f ms\n",
                       (unsigned)seed, who, score.estoi, score.lsd_db, score.gap_ms, score.unheard,
                       score.inserted_ms, score.removed_ms,
                       (double)account.longest_concealed_us / 1e3, (double)account.waited_us / 1e3,
                       account.misplaced, (double)account.delay_us / 1e3);
            }
            CHECK(is_clean(mixed.peers[who]));
            CHECK(account.longest_concealed_us <= 40000);
            CHECK_INT(account.misplaced, 0);
        }
    out:
        mixed_deinit(&mixed);
    }
}

/** Who sends nothing while he is silent is heard in the mix as soon as he speaks. */
TEST_NO_OOM(a_pause_at_the_switch_makes_nobody_late)
{
    struct mixed mixed;
    struct alignment alignment;
    struct sound_score score;
    struct audio_encoder_config dtx = audio_encoder_defaults();
    dtx.dtx = true;
    REQUIRE_OK(mixed_init(&mixed, 9));
    REQUIRE_OK(recorded_speech_read(0, &hardly, said[0], COUNT));
    for (size_t i = 0; i < 2; i++) {
        REQUIRE_OK(mixed_join(&mixed, NULL, &clean_path));
    }
    REQUIRE_OK(audio_encoder_set(mixed.mouths[0].encoder, &dtx));
    world_run(mixed.world, SECOND_US);
    mixed_say(&mixed, 0, said[0], 2 * PCM_HZ);
    world_run(mixed.world, 7 * SECOND_US); /* of them five in silence */
    REQUIRE_OK(mixed_join(&mixed, NULL, &clean_path));
    world_run(mixed.world, SECOND_US);
    int64_t start_us = world_now_us(mixed.world);
    mixed_say(&mixed, 0, said[0], 5 * PCM_HZ);
    world_run(mixed.world, 6 * SECOND_US);
    for (size_t who = 1; who <= 2; who++) {
        struct ear_account account;
        REQUIRE_OK(mixed_hear(&mixed, who, start_us, heard, 5 * PCM_HZ, &account));
        REQUIRE_OK(sound_score(said[0], heard, 5 * PCM_HZ, in_step, &alignment, &score));
        /* what the player waited for in the unannounced pause does not count */
        double delay_ms = score.delay_ms - (double)account.waited_us / 1e3;
        if (getenv("SIM_SHOW") != NULL) {
            printf("  listener %zu: ESTOI %.3f, delay %.0f ms\n", who, score.estoi, delay_ms);
        }
        alignment_deinit(&alignment);
        CHECK(score.estoi > 0.93);
        CHECK(delay_ms < 250);
    }
out:
    mixed_deinit(&mixed);
}
