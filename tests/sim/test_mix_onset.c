/**
 * People begin and end to speak in a mix: first syllables are whole, encoders come and go with the
 * speakers, and listeners hear nothing of that.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "score/sound_score.h"
#include "sim/mixed.h"
#include "support/recorded_speech.h"
#include "unit/runner.h"

enum { SPURTS = 20, SPURT = 1500 * PCM_MS, ONSET = 60 * PCM_MS, SPOKEN = 400 * PCM_MS };

static bool showing(void)
{
    return getenv("SIM_SHOW") != NULL;
}

/** Where sound begins: the first sample above a twentieth of full scale. */
static size_t begins_at(const float *sound, size_t count)
{
    size_t at = 0;
    while (at < count && fabsf(sound[at]) < 0.05F) {
        at++;
    }
    return at;
}

/** Vowels, each so long after the beginning of its spurt. */
static void write_spurts(float *spurts, size_t after)
{
    memset(spurts, 0, (size_t)SPURTS * SPURT * sizeof(*spurts));
    for (size_t i = 0; i < SPURTS; i++) {
        float *spurt = spurts + i * SPURT + after + i * 101; /* at any place in a frame */
        float overtone[SPOKEN];
        mixed_tone(spurt, SPOKEN, 220, 0.15);
        mixed_tone(overtone, SPOKEN, 660, 0.1);
        for (size_t k = 0; k < SPOKEN; k++) {
            spurt[k] += overtone[k];
        }
    }
}

/** What is missing of the beginnings of spurts, or too much, at worst. */
static double worst_onset_db(const float *spurts, const float *heard)
{
    double worst_db = 0;
    for (size_t i = 0; i + 1 < SPURTS; i++) {
        size_t said_at = i * SPURT + begins_at(spurts + i * SPURT, SPURT);
        size_t heard_at = said_at + begins_at(heard + said_at, SPURT);
        double off_db =
            mixed_power_db(heard + heard_at, ONSET) - mixed_power_db(spurts + said_at, ONSET);
        if (showing()) {
            printf("  spurt %zu: %+.2f dB, %.0f ms later\n", i, off_db,
                   (double)(heard_at - said_at) / PCM_MS);
        }
        worst_db = fabs(off_db) > worst_db ? fabs(off_db) : worst_db;
    }
    return worst_db;
}

/** Spurts of vowels after silence, at any place between two frames. */
TEST_NO_OOM(the_first_syllable_is_whole)
{
    static float spurts[SPURTS * SPURT];
    static float heard[SPURTS * SPURT];
    struct mixed mixed;
    REQUIRE_OK(mixed_init(&mixed, 1));
    for (int i = 0; i < 3; i++) {
        REQUIRE_OK(mixed_join(&mixed, NULL, &clean_path));
    }
    write_spurts(spurts, 0);
    world_run(mixed.world, 2 * SECOND_US);
    int64_t start_us = world_now_us(mixed.world);
    mixed_say(&mixed, 0, spurts, SPURTS * SPURT);
    world_run(mixed.world, (int64_t)SPURTS * SPURT / PCM_MS * 1000);
    REQUIRE_OK(mixed_hear(&mixed, 2, start_us, heard, SPURTS * SPURT, NULL));
    CHECK(worst_onset_db(spurts, heard) <= 1);
out:
    mixed_deinit(&mixed);
}

/** Three have just fallen silent, and hold the three places: a fourth is not to wait for one. */
TEST_NO_OOM(who_begins_in_a_pause_of_the_others_is_heard_at_once)
{
    static float others[SPURTS * SPURT];
    static float spurts[SPURTS * SPURT];
    static float heard[SPURTS * SPURT];
    struct mixed mixed;
    REQUIRE_OK(mixed_init(&mixed, 1));
    for (int i = 0; i < 5; i++) {
        REQUIRE_OK(mixed_join(&mixed, NULL, &clean_path));
    }
    write_spurts(others, 0);
    write_spurts(spurts, (SPOKEN + 300 * PCM_MS));
    world_run(mixed.world, 2 * SECOND_US);
    int64_t start_us = world_now_us(mixed.world);
    for (size_t i = 0; i < 3; i++) {
        mixed_say(&mixed, i, others, SPURTS * SPURT);
    }
    mixed_say(&mixed, 3, spurts, SPURTS * SPURT);
    world_run(mixed.world, (int64_t)SPURTS * SPURT / PCM_MS * 1000);
    REQUIRE_OK(mixed_hear(&mixed, 4, start_us, heard, SPURTS * SPURT, NULL));
    CHECK(worst_onset_db(spurts, heard) <= 1);
out:
    mixed_deinit(&mixed);
}

/** A hundred times somebody begins or ends, while one goes on. */
TEST_NO_OOM(encoders_come_and_go_with_the_speakers)
{
    enum { PEOPLE = 5, SECONDS = 60, COUNT = SECONDS * PCM_HZ, SLICE_US = 20000 };
    static float said[PEOPLE][COUNT];
    struct mixed mixed;
    uint64_t most = 0;
    int four = 0; /* slices in which one more is decoded, while a place changes hands */
    REQUIRE_OK(mixed_init(&mixed, 2));
    for (unsigned i = 0; i < PEOPLE; i++) {
        static const struct recorded_speech_pauses rare = {
            .first_ms = 500, .least_ms = 1500, .most_ms = 6000};
        REQUIRE_OK(recorded_speech_read(i, i == 0 ? NULL : &rare, said[i], COUNT));
        REQUIRE_OK(mixed_join(&mixed, NULL, &clean_path));
    }
    REQUIRE_OK(mixed_join(&mixed, &(struct peer_config){.audio_slots = 1}, &clean_path));
    world_run(mixed.world, SECOND_US);
    for (size_t i = 0; i < PEOPLE; i++) {
        mixed_say(&mixed, i, said[i], COUNT);
    }
    for (int64_t us = 0; us < SECONDS * SECOND_US; us += SLICE_US) {
        world_run(mixed.world, SLICE_US);
        const struct event_mix mix = world_counters(mixed.world).mix;
        CHECK(mix.decoders <= 3 + 1);
        four += mix.decoders > 3 ? 1 : 0;
        /* one may wait for 100 ms until he is back at the shared one */
        CHECK(mix.encoders <= mix.decoders + 1 + 3);
        most = mix.encoders > most ? mix.encoders : most;
    }
    CHECK(four <= SECONDS * SECOND_US / SLICE_US / 20);
    const struct event_mix mix = world_counters(mixed.world).mix;
    CHECK(mix.copies + mix.rejoins >= 50);
    if (showing()) {
        printf("  copies %u, rejoins %u, at most %u encoders; four decoders for %d ms\n",
               (unsigned)mix.copies, (unsigned)mix.rejoins, (unsigned)most, four * SLICE_US / 1000);
    }
out:
    mixed_deinit(&mixed);
}
