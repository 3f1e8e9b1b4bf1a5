/**
 * Where everybody hears a mix, what comes is read when the next mix is made, and nobody hears that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "room/exchange.h"
#include "sim/mixed.h"
#include "support/recorded_speech.h"
#include "unit/runner.h"

enum { SECONDS = 12, COUNT = SECONDS * PCM_HZ, TALKERS = 4 };

static float said[TALKERS][COUNT];

/** What one of them heard, and how long the mixes kept what they are made of. */
struct experience {
    float heard[COUNT];
    struct event_mix mix;
    int64_t rtt_us;
};

/** Recorded people talk in turns and at once, on paths that are no better than they must be. */
static int talk(bool patient, uint64_t seed, struct experience *out)
{
    struct mixed mixed;
    struct ear_account account;
    struct link_config path = clean_path;
    path.jitter_us = 8000;
    int err = mixed_init(&mixed, seed);
    if (err == 0) {
        world_set_patient(mixed.world, patient);
    }
    for (size_t i = 0; i < TALKERS && err == 0; i++) {
        err = recorded_speech_read((unsigned)i, NULL, said[i], COUNT);
        err = err == 0 ? mixed_join(&mixed, NULL, &path) : err;
    }
    if (err == 0) {
        world_run(mixed.world, 2 * SECOND_US);
        int64_t start_us = world_now_us(mixed.world);
        for (size_t i = 0; i < TALKERS; i++) {
            mixed_say(&mixed, i, said[i], COUNT);
            world_run(mixed.world, 3700 * (int64_t)i);
        }
        world_run(mixed.world, SECONDS * SECOND_US);
        out->mix = world_counters(mixed.world).mix;
        out->rtt_us = world_report(mixed.world, mixed.peers[0]).rtt_us;
        err = mixed_hear(&mixed, 0, start_us, out->heard, COUNT, &account);
    }
    mixed_deinit(&mixed);
    return err;
}

static double mean_us(const struct event_mix_delay *delay)
{
    uint64_t count = 0;
    for (int i = 0; i <= EVENT_MIX_DELAYS; i++) {
        count += delay->steps[i];
    }
    return count > 0 ? (double)delay->sum_us / (double)count : 0;
}

TEST_NO_OOM(a_mix_is_the_same_however_its_packets_are_read)
{
    static struct experience at_once;
    static struct experience now_and_then;
    double slower = 0;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        REQUIRE_OK(talk(false, seed, &at_once));
        REQUIRE_OK(talk(true, seed, &now_and_then));
        double before_us = mean_us(&at_once.mix.delay);
        double after_us = mean_us(&now_and_then.mix.delay);
        if (getenv("SIM_SHOW") != NULL) {
            printf("  delay %.2f and %.2f ms, round trip %.2f and %.2f ms\n", before_us / 1e3,
                   after_us / 1e3, (double)at_once.rtt_us / 1e3, (double)now_and_then.rtt_us / 1e3);
        }
        CHECK(after_us < before_us + 500);
        slower += mixed_slower_than(&now_and_then.mix.added, 25000) -
                  mixed_slower_than(&at_once.mix.added, 25000);
        CHECK(now_and_then.rtt_us < at_once.rtt_us + 4000); /* of reports: by when they came */
    }
    CHECK(slower / 3 <= 0.002); /* by chance: who of the four is left out, and when */
out:;
}

TEST_NO_OOM(nobody_who_waits_for_packets_is_made_to)
{
    static const struct peer_config secure = {
        .audio_sources = 1, .audio_slots = 1, .real_security = true};
    struct mixed mixed;
    REQUIRE_OK(mixed_init(&mixed, 5));
    struct exchange *exchange = world_exchange(mixed.world);
    CHECK(exchange_is_patient(exchange)); /* nobody is there */
    REQUIRE_OK(mixed_join(&mixed, NULL, &clean_path));
    world_run(mixed.world, SECOND_US);
    CHECK(exchange_is_patient(exchange)); /* nobody hears him */
    REQUIRE_OK(mixed_join(&mixed, NULL, &clean_path));
    world_run(mixed.world, SECOND_US);
    CHECK(!exchange_is_patient(exchange)); /* two hear each other */
    REQUIRE_OK(mixed_join(&mixed, NULL, &clean_path));
    REQUIRE_OK(mixed_join(&mixed, NULL, &clean_path));
    for (size_t i = 0; i < 4; i++) {
        mixed_tone(said[i], COUNT, 500 + 300 * (double)i, 0.1);
        mixed_say(&mixed, i, said[i], COUNT);
    }
    world_run(mixed.world, 5 * SECOND_US);
    CHECK(exchange_is_patient(exchange)); /* all hear mixes */
    REQUIRE_OK(mixed_join(&mixed, &secure, &clean_path));
    CHECK(!exchange_is_patient(exchange)); /* one is about to come */
    CHECK(world_run_until_connected(mixed.world, 5 * SECOND_US));
    world_run(mixed.world, 5 * SECOND_US);
    CHECK(exchange_is_patient(exchange));
    for (size_t i = 4; i > 1; i--) {
        world_leave(mixed.world, mixed.peers[i]);
    }
    world_run(mixed.world, 5 * SECOND_US);
    CHECK(!exchange_is_patient(exchange)); /* two hear each other again */
out:
    mixed_deinit(&mixed);
}

TEST_NO_OOM(pictures_that_come_are_read_at_once)
{
    static const struct peer_config camera = {.video_sources = 1};
    struct world *world = NULL;
    struct peer *peer = NULL;
    REQUIRE_OK(world_new(&world, 6));
    REQUIRE_OK(world_join(world, &camera, &clean_path, &peer));
    world_run(world, SECOND_US);
    CHECK(!exchange_is_patient(world_exchange(world)));
    source_set_on(peer_source(peer, MEDIA_VIDEO), false);
    world_run(world, 8 * SECOND_US);
    CHECK(exchange_is_patient(world_exchange(world)));
out:
    world_free(&world);
}
