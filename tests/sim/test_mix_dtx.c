/**
 * People whose microphones send nothing in silence (Opus DTX), in rooms with noise, hear each other
 * in a mix: words begin whole, pauses are no loss, and nobody is forgotten while he is silent.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "score/sound_score.h"
#include "sim/mixed.h"
#include "support/recorded_speech.h"
#include "unit/runner.h"

enum { PEOPLE = 4, SECONDS = 16, COUNT = SECONDS * PCM_HZ, NOISE_DBOV = -68 };

static float said[PEOPLE][COUNT];
static float all[COUNT];
static float heard[COUNT];
static float in_step[COUNT];
static const struct link_config broken = {.loss = 1};

static bool showing(void)
{
    return getenv("SIM_SHOW") != NULL;
}

/** As libwebrtc codes where usedtx=1 is answered. */
static struct audio_encoder_config coded(bool dtx)
{
    struct audio_encoder_config config = audio_encoder_defaults();
    config.complexity = 9;
    config.dtx = dtx;
    return config;
}

/** All join, and say something: libopus takes noise for sound until it has heard sound that is 25
 * dB louder. Then they are silent for three seconds. */
static int gather(struct mixed *mixed, uint64_t seed, const struct audio_encoder_config *config)
{
    int err = mixed_init(mixed, seed);
    for (size_t i = 0; i < PEOPLE && err == 0; i++) {
        err = mixed_join(mixed, NULL, &clean_path);
        err = err == 0 ? audio_encoder_set(mixed->mouths[i].encoder, config) : err;
        mouth_surround(&mixed->mouths[i], NOISE_DBOV, seed + i);
        err = err == 0 ? recorded_speech_read((unsigned)i, NULL, said[i], COUNT) : err;
        mixed_say(mixed, i, said[i], 2 * PCM_HZ);
    }
    if (err == 0) {
        world_run(mixed->world, 6 * SECOND_US);
    }
    return err;
}

static uint64_t sent(const struct mixed *mixed, size_t who)
{
    return world_link_counts(mixed->world, mixed->peers[who], true)->sent;
}

/** What somebody hears beside what was said. */
static int judge(const struct mixed *mixed, size_t who, int64_t start_us, struct sound_score *score)
{
    struct alignment alignment;
    int err = mixed_hear(mixed, who, start_us, heard, COUNT, NULL);
    err = err == 0 ? sound_score(all, heard, COUNT, in_step, &alignment, score) : err;
    if (err == 0) {
        alignment_deinit(&alignment);
    }
    return err;
}

/** One after the other says a sentence, and all but him are silent meanwhile. */
static int talk_in_turns(struct mixed *mixed, int64_t *start_us)
{
    enum { TURN = 2 * PCM_HZ };
    memset(all, 0, sizeof(all));
    *start_us = world_now_us(mixed->world);
    for (unsigned i = 0; i < PEOPLE; i++) {
        int err = recorded_speech_read(i, NULL, said[i], COUNT);
        if (err != 0) {
            return err;
        }
        for (size_t k = 0; k < COUNT; k++) {
            size_t within = k % TURN;
            size_t edge = within < TURN - within ? within : TURN - within;
            float fade = edge < 10 * PCM_MS ? (float)edge / (10 * PCM_MS) : 1;
            said[i][k] *= k / TURN % PEOPLE == i && i != PEOPLE - 1 ? fade : 0;
            all[k] += said[i][k];
        }
        mixed_say(mixed, i, said[i], COUNT);
    }
    world_run(mixed->world, (SECONDS + 1) * SECOND_US);
    return 0;
}

TEST_NO_OOM(who_talks_in_turns_is_heard_as_well_with_pauses_left_out)
{
    struct sound_score score[2];
    struct event_mix mix[2];
    uint64_t packets[2];
    for (int dtx = 0; dtx < 2; dtx++) {
        struct mixed mixed;
        struct audio_encoder_config config = coded(dtx != 0);
        int64_t start_us;
        REQUIRE_OK(gather(&mixed, 5, &config));
        uint64_t before = sent(&mixed, PEOPLE - 1);
        REQUIRE_OK(talk_in_turns(&mixed, &start_us));
        REQUIRE_OK(judge(&mixed, PEOPLE - 1, start_us, &score[dtx]));
        mix[dtx] = world_counters(mixed.world).mix;
        packets[dtx] = sent(&mixed, PEOPLE - 1) - before;
        if (showing()) {
            printf("  dtx %d: ESTOI %.3f, LSD %.2f dB, %.0f ms, concealed %llu of %llu, silent one "
                   "sent %llu\n",
                   dtx, score[dtx].estoi, score[dtx].lsd_db, score[dtx].delay_ms,
                   (unsigned long long)mix[dtx].concealed_samples,
                   (unsigned long long)mix[dtx].total_samples, (unsigned long long)packets[dtx]);
        }
    out:
        mixed_deinit(&mixed);
    }
    CHECK(score[1].estoi > score[0].estoi - 0.02);
    CHECK(score[1].lsd_db < score[0].lsd_db + 0.4);
    CHECK(score[1].delay_ms < score[0].delay_ms + 10);
    CHECK_INT(mix[1].concealed_samples, 0);
    CHECK(packets[1] < packets[0] / 3); /* of both a part is RTCP and checks of the path */
}

enum { SPURT = 1500 * PCM_MS, SPOKEN = 400 * PCM_MS, ONSET = 60 * PCM_MS, FRAME_US = 20000 };

/** Where sound begins. */
static size_t begins_at(const float *sound, size_t count)
{
    size_t at = 0;
    while (at < count && fabsf(sound[at]) < 0.05F) {
        at++;
    }
    return at;
}

static void write_spurts(float *spurts)
{
    memset(spurts, 0, COUNT * sizeof(*spurts));
    for (size_t i = 0; i < COUNT / SPURT; i++) {
        float overtone[SPOKEN];
        float *spurt = spurts + i * SPURT;
        mixed_tone(spurt, SPOKEN, 220, 0.15);
        mixed_tone(overtone, SPOKEN, 660, 0.1);
        for (size_t k = 0; k < SPOKEN; k++) {
            spurt[k] += overtone[k];
        }
    }
}

/** Says spurts, of each of which the packets are lost that leave for so long from some time on. */
static void say_spurts(struct mixed *mixed, int64_t lost_from_us, int64_t lost_us)
{
    mixed_say(mixed, 0, said[0], COUNT);
    for (size_t i = 0; i < COUNT / SPURT; i++) {
        world_run(mixed->world, lost_from_us);
        world_set_link(mixed->world, mixed->peers[0], &broken, NULL);
        world_run(mixed->world, lost_us);
        world_set_link(mixed->world, mixed->peers[0], &clean_path, NULL);
        world_run(mixed->world, SPURT / PCM_MS * 1000 - lost_from_us - lost_us);
    }
    world_run(mixed->world, SECOND_US);
}

/** What is missing of the beginnings of spurts, or too much, at worst. */
static double worst_onset_db(void)
{
    double worst_db = 0;
    for (size_t i = 0; i + 1 < COUNT / SPURT; i++) {
        size_t said_at = i * SPURT + begins_at(said[0] + i * SPURT, SPURT);
        size_t heard_at = said_at + begins_at(heard + said_at, SPURT);
        double off_db =
            mixed_power_db(heard + heard_at, ONSET) - mixed_power_db(said[0] + said_at, ONSET);
        if (showing()) {
            printf("  spurt %zu: %+.2f dB, %.0f ms later\n", i, off_db,
                   (double)(heard_at - said_at) / PCM_MS);
        }
        worst_db = fabs(off_db) > worst_db ? fabs(off_db) : worst_db;
    }
    return worst_db;
}

TEST_NO_OOM(words_are_whole_whichever_packet_of_a_pause_is_lost)
{
    static const struct {
        const char *what;
        int64_t from_us;
        int64_t us;
        double most_db;
    } cases[] = {
        {"nothing", 0, 0, 1},
        {"the packet that ends the pause", 0, FRAME_US, 1},
        {"those that announce it", 560000, 100000, 1},
        {"the refresh", 800000, 400000, 1},
    };
    struct audio_encoder_config config = coded(true);
    config.fec = true;
    config.loss_percent = 10;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mixed mixed;
        REQUIRE_OK(gather(&mixed, 3, &config));
        write_spurts(said[0]);
        int64_t start_us = world_now_us(mixed.world);
        say_spurts(&mixed, cases[i].from_us, cases[i].us);
        REQUIRE_OK(mixed_hear(&mixed, 1, start_us, heard, COUNT, NULL));
        if (showing()) {
            const struct event_mix mix = world_counters(mixed.world).mix;
            printf("  %s: concealed %llu of %llu\n", cases[i].what,
                   (unsigned long long)mix.concealed_samples,
                   (unsigned long long)mix.total_samples);
        }
        CHECK(worst_onset_db() <= cases[i].most_db);
    out:
        mixed_deinit(&mixed);
    }
}
