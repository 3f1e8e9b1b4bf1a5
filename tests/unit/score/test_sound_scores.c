/** ESTOI, log-spectral distance and alignment by what is known of them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/rand.h"
#include "score/alignment.h"
#include "score/estoi.h"
#include "score/spectral_distance.h"
#include "support/recorded_speech.h"
#include "unit/runner.h"

enum { SECONDS = 8, COUNT = SECONDS * 48000, FRAME = 960, MS = 48 };

static float clean[COUNT];
static float heard[COUNT];
static float step[COUNT];

static int load(void)
{
    return recorded_speech_read(0, NULL, clean, COUNT);
}

/** Frames of 20 ms are silent, by chance. */
static void lose(double share, uint64_t seed)
{
    struct rand rand;
    rand_init(&rand, seed);
    memcpy(heard, clean, sizeof(heard));
    for (size_t i = 0; i < COUNT; i += FRAME) {
        if (rand_below(&rand, 1000) < share * 1000) {
            memset(heard + i, 0, FRAME * sizeof(*heard));
        }
    }
}

static void add_noise(double level)
{
    struct rand rand;
    rand_init(&rand, 5);
    for (size_t i = 0; i < COUNT; i++) {
        heard[i] = (float)(clean[i] + level * ((double)rand_below(&rand, 20001) / 10000 - 1));
    }
}

/** What is heard is the clean signal so much later, from a sample of it on. */
static void delay(size_t from, int64_t ms)
{
    for (size_t i = from; i < COUNT; i++) {
        int64_t source = (int64_t)i - ms * MS;
        heard[i] = source < 0 || source >= COUNT ? 0 : clean[source];
    }
}

TEST_NO_OOM(the_same_sound_scores_best)
{
    double score = 0;
    struct spectral_distance distance;
    struct alignment alignment;
    REQUIRE_OK(load());
    REQUIRE_OK(estoi(clean, clean, COUNT, &score));
    REQUIRE_OK(spectral_distance(clean, clean, COUNT, &distance));
    REQUIRE_OK(alignment_find(clean, clean, COUNT, &alignment));
    CHECK(fabs(score - 1) < 1e-9);
    CHECK(distance.lsd_db < 1e-9 && fabs(distance.gain_db) < 1e-9);
    CHECK(alignment.first_delay_ms == 0 && alignment.found == alignment.spoken);
    CHECK(alignment.inserted_ms == 0 && alignment.removed_ms == 0);
    CHECK(alignment_longest_gap_ms(clean, clean, COUNT) == 0);
    alignment_deinit(&alignment);
out:
    return;
}

TEST_NO_OOM(level_alone_changes_no_score)
{
    double score = 0;
    struct spectral_distance distance;
    REQUIRE_OK(load());
    for (size_t i = 0; i < COUNT; i++) {
        heard[i] = clean[i] / 2;
    }
    REQUIRE_OK(estoi(clean, heard, COUNT, &score));
    REQUIRE_OK(spectral_distance(clean, heard, COUNT, &distance));
    CHECK(fabs(score - 1) < 1e-6);
    CHECK(distance.lsd_db < 1e-3);
    CHECK(fabs(distance.gain_db + 6.0206) < 1e-3);
out:
    return;
}

TEST_NO_OOM(the_more_is_lost_the_worse_are_the_scores)
{
    static const double shares[] = {0.01, 0.05, 0.1, 0.2, 0.4};
    double last_score = 1;
    double last_distance = 0;
    REQUIRE_OK(load());
    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        double score = 0;
        struct spectral_distance distance;
        lose(shares[i], 3);
        REQUIRE_OK(estoi(clean, heard, COUNT, &score));
        REQUIRE_OK(spectral_distance(clean, heard, COUNT, &distance));
        CHECK(score < last_score);
        CHECK(distance.lsd_db > last_distance);
        last_score = score;
        last_distance = distance.lsd_db;
    }
    CHECK(last_score < 0.75);
out:
    return;
}

TEST_NO_OOM(noise_worsens_scores_by_its_level)
{
    static const double levels[] = {0.001, 0.01, 0.1, 1};
    double last_score = 1;
    double last_distance = 0;
    REQUIRE_OK(load());
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        double score = 0;
        struct spectral_distance distance;
        add_noise(levels[i]);
        REQUIRE_OK(estoi(clean, heard, COUNT, &score));
        REQUIRE_OK(spectral_distance(clean, heard, COUNT, &distance));
        CHECK(score < last_score);
        CHECK(distance.lsd_db > last_distance);
        last_score = score;
        last_distance = distance.lsd_db;
    }
    CHECK(last_score < 0.1);
out:
    return;
}

TEST_NO_OOM(distance_is_the_difference_of_flat_spectra)
{
    struct spectral_distance distance;
    struct rand rand;
    rand_init(&rand, 8);
    for (size_t i = 0; i < COUNT; i++) { /* two halves, of which one is 20 dB weaker than it was */
        clean[i] = (float)((double)rand_below(&rand, 20001) / 10000 - 1);
        heard[i] = i < COUNT / 2 ? clean[i] : clean[i] / 10;
    }
    REQUIRE_OK(spectral_distance(clean, heard, COUNT, &distance));
    /* level 10 lg((1 + 0.01) / 2) = -2.97 dB: half is 2.97 dB too strong, half 17.03 too weak */
    CHECK(fabs(distance.gain_db + 2.97) < 0.05);
    CHECK(fabs(distance.lsd_db - 10) < 0.05);
out:
    return;
}

TEST_NO_OOM(a_delay_is_found_and_taken_back)
{
    static const int64_t delays[] = {7, 60, 333, 780};
    REQUIRE_OK(load());
    for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
        struct alignment alignment;
        double score = 0;
        memset(heard, 0, sizeof(heard));
        delay(0, delays[i]);
        REQUIRE_OK(alignment_find(clean, heard, COUNT, &alignment));
        CHECK(fabs(alignment.first_delay_ms - (double)delays[i]) < 0.2);
        CHECK(alignment.inserted_ms == 0 && alignment.removed_ms == 0);
        alignment_apply(&alignment, heard, COUNT, step);
        alignment_deinit(&alignment);
        REQUIRE_OK(estoi(clean, step, COUNT - 48000, &score));
        CHECK(score > 0.999);
    }
out:
    return;
}

TEST_NO_OOM(repeated_and_missing_sound_are_found)
{
    struct alignment alignment;
    REQUIRE_OK(load());
    memset(heard, 0, sizeof(heard));
    delay(0, 50);
    delay(3 * 48000, 110); /* 60 ms are heard twice */
    delay(6 * 48000, 80);  /* 30 ms never */
    REQUIRE_OK(alignment_find(clean, heard, COUNT, &alignment));
    CHECK(fabs(alignment.first_delay_ms - 50) < 0.2);
    CHECK(fabs(alignment.last_delay_ms - 80) < 0.2);
    CHECK(fabs(alignment.inserted_ms - 60) < 0.5);
    CHECK(fabs(alignment.worst_inserted_ms - 60) < 0.5);
    CHECK(fabs(alignment.removed_ms - 30) < 0.5);
    alignment_deinit(&alignment);
out:
    return;
}

TEST_NO_OOM(the_moment_of_a_leap_is_found)
{
    struct alignment alignment;
    REQUIRE_OK(load());
    for (size_t i = 0; i < 6; i++) {
        double at_ms = 3000 + 17.0 * (double)i;
        size_t block = 0;
        memset(heard, 0, sizeof(heard));
        delay(0, 50);
        delay((size_t)(at_ms * MS), 42 + 16 * ((int64_t)i % 2)); /* 8 ms missing, or heard twice */
        REQUIRE_OK(alignment_find(clean, heard, COUNT, &alignment));
        while (block + 1 < alignment.count && fabs(alignment.blocks[block].delay_ms - 50) < 1) {
            block++;
        }
        CHECK(fabs(alignment.blocks[block].since_ms - (at_ms - 50)) < 9);
        alignment_deinit(&alignment);
    }
out:
    return;
}

TEST_NO_OOM(a_gap_is_measured)
{
    REQUIRE_OK(load());
    memcpy(heard, clean, sizeof(heard));
    size_t loudest = 0;
    for (size_t i = 0; i < COUNT - 100 * MS; i++) {
        loudest = fabsf(clean[i]) > fabsf(clean[loudest]) ? i : loudest;
    }
    size_t from = loudest / (10 * (size_t)MS) * (10 * (size_t)MS);
    memset(heard + from, 0, 50 * MS * sizeof(*heard));
    CHECK(alignment_longest_gap_ms(clean, heard, COUNT) == 50);
out:
    return;
}

TEST(scores_free_what_they_took)
{
    double score = 0;
    struct spectral_distance distance;
    struct alignment alignment = {NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    struct rand rand;
    enum { SHORT = 48000 };
    rand_init(&rand, 2);
    for (size_t i = 0; i < SHORT; i++) {
        clean[i] = (float)rand_below(&rand, 1000) / 1000 - 0.5F;
    }
    REQUIRE_OK(estoi(clean, clean, SHORT, &score));
    REQUIRE_OK(spectral_distance(clean, clean, SHORT, &distance));
    REQUIRE_OK(alignment_find(clean, clean, SHORT, &alignment));
    CHECK(score > 0.999 && distance.lsd_db < 1e-6 && alignment.found == alignment.spoken);
    memset(clean, 0, sizeof(clean));
    CHECK(estoi(clean, clean, 4800, &score) == ERR_INVALID);
    CHECK(spectral_distance(clean, clean, 100, &distance) == ERR_INVALID);
    CHECK(spectral_distance(clean, clean, SHORT, &distance) == ERR_INVALID);
out:
    alignment_deinit(&alignment);
}
