/**
 * What is left of audio losses on the way down, by distance, loss, and what was agreed: to be held
 * against the measurements in QUALITY.md 3.1 (p with nothing, p^2 with one copy, p^3 with two).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/scenario.h"
#include "unit/runner.h"

enum { LISTENERS = 10, SETTLE_S = 15, MEASURE_S = 40 };

static const struct peer_config speaker = {.audio_sources = 1, .audio_nack = true};

/** What became of the packets sent to all listeners while it was measured. */
struct outcome {
    double lost;     /**< share that never came, nor its copy */
    double copied;   /**< share that came as a copy */
    double repeated; /**< repeats per packet */
};

static int run(const struct peer_config *listener, double loss, int64_t rtt_us, uint64_t seed,
               struct outcome *out)
{
    struct world *world = NULL;
    struct peer *peers[LISTENERS + 1] = {NULL};
    struct link_config clean = {.delay_us = 5000};
    struct link_config up = {.delay_us = rtt_us / 2};
    struct link_config down = {.delay_us = rtt_us / 2, .loss = loss};
    uint64_t unrepaired = 0;
    uint64_t delivered = 0;
    uint64_t copied = 0;
    uint64_t repeated = 0;
    int err = world_new(&world, seed);
    if (err == 0) {
        err = world_join(world, &speaker, &clean, &peers[LISTENERS]);
    }
    for (size_t i = 0; i < LISTENERS && err == 0; i++) {
        err = world_join(world, listener, &up, &peers[i]);
    }
    if (err != 0) {
        world_free(&world);
        return err;
    }
    for (size_t i = 0; i < LISTENERS; i++) {
        world_set_link(world, peers[i], NULL, &down);
    }
    world_run(world, SETTLE_S * SECOND_US);
    for (int pass = 0; pass < 2; pass++) { /* the second minus the first */
        for (size_t i = 0; i < LISTENERS; i++) {
            struct sink_counts sum = peer_sum(peers[i], MEDIA_AUDIO);
            unrepaired += pass == 0 ? -sum.unrepaired : sum.unrepaired;
            delivered += pass == 0 ? -sum.delivered : sum.delivered;
            copied += pass == 0 ? -sum.copied : sum.copied;
            CHECK(is_clean(peers[i]));
        }
        uint64_t rtx = world_counters(world).rtx_sent;
        repeated += pass == 0 ? -rtx : rtx;
        if (pass == 0) {
            world_run(world, MEASURE_S * SECOND_US);
        }
    }
    double all = (double)(unrepaired + delivered);
    *out = (struct outcome){(double)unrepaired / all, (double)copied / all, (double)repeated / all};
    if (getenv("SIM_SHOW") != NULL) {
        printf("  loss %2.0f %% RTT %3d ms %s %s: left %.3f %%, copies used %.1f %%, repeats %.1f "
               "%%\n",
               100 * loss, (int)(rtt_us / 1000), listener->audio_nack ? "NACK" : "    ",
               listener->audio_red ? "RED" : "   ", 100 * out->lost, 100 * out->copied,
               100 * out->repeated);
    }
    world_free(&world);
    return 0;
}

/** What listeners on clean lines miss of a speaker whose way up loses packets, and how often they
 * ask. */
static int run_up(const struct peer_config *config, double loss, int64_t rtt_us, uint64_t seed,
                  double *left, uint64_t *nacks)
{
    static const struct peer_config listener = {.audio_slots = 1, .audio_nack = true};
    struct world *world = NULL;
    struct peer *publisher = NULL;
    struct peer *peers[LISTENERS] = {NULL};
    struct link_config up = {.delay_us = rtt_us / 2, .loss = loss};
    struct link_config down = {.delay_us = rtt_us / 2};
    uint64_t unrepaired = 0;
    uint64_t delivered = 0;
    *nacks = 0;
    int err = world_new(&world, seed);
    if (err == 0) {
        err = world_join(world, config, &down, &publisher);
    }
    for (size_t i = 0; i < LISTENERS && err == 0; i++) {
        err = world_join(world, &listener, &clean_path, &peers[i]);
    }
    if (err == 0) {
        world_set_link(world, publisher, &up, NULL);
        world_run(world, 60 * SECOND_US);
        for (size_t i = 0; i < LISTENERS; i++) {
            struct sink_counts sum = peer_sum(peers[i], MEDIA_AUDIO);
            unrepaired += sum.unrepaired;
            delivered += sum.delivered;
            *nacks += sum.nacks;
            CHECK(is_clean(peers[i]));
        }
        *left = (double)unrepaired / (double)(unrepaired + delivered);
        if (getenv("SIM_SHOW") != NULL) {
            printf("  up %2.0f %% RTT %3d ms %s RED %u: left %.3f %%, NACKs of listeners %" PRIu64
                   "\n",
                   100 * loss, (int)(rtt_us / 1000), config->audio_nack ? "NACK" : "    ",
                   config->red_copies, 100 * *left, *nacks);
        }
    }
    world_free(&world);
    return err;
}

TEST_NO_OOM(audio_losses_on_the_way_up_are_repaired_at_the_relay)
{
    static const struct {
        bool nack;
        uint32_t copies;
        int64_t rtt_us;
        double most;
        uint64_t most_nacks;
    } cases[] = {
        {false, 0, 40000, 0.12, UINT64_MAX},
        {true, 0, 40000, 0.001, UINT64_MAX},
        /* copies come with the next packet: nobody notices, but for what is lost twice in a row */
        {false, 1, 250000, 0.015, 3000},
        {false, 2, 250000, 0.003, 600},
        {true, 1, 40000, 0.0005, 1500},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct peer_config config = {.audio_sources = 1,
                                     .audio_nack = cases[i].nack,
                                     .audio_red = cases[i].copies > 0,
                                     .red_copies = cases[i].copies};
        double left = 1;
        uint64_t nacks = 0;
        REQUIRE_OK(run_up(&config, 0.10, cases[i].rtt_us, 90 + i, &left, &nacks));
        CHECK(left <= cases[i].most);
        CHECK(nacks <= cases[i].most_nacks);
    }
out:
    return;
}

TEST_NO_OOM(audio_losses_are_left_as_measured)
{
    static const struct {
        bool nack;
        bool red;
        int64_t rtt_us;
        double loss;
        double least; /**< left */
        double most;
    } cases[] = {
        /* nothing agreed: p */
        {false, false, 40000, 0.05, 0.04, 0.06},
        /* near: repeats, a little above p of the traffic; what is left is lost again and again */
        {true, true, 40000, 0.05, 0, 0.0005},
        {true, true, 40000, 0.10, 0, 0.002},
        {true, true, 40000, 0.20, 0, 0.015},
        {true, false, 40000, 0.10, 0, 0.002},
        /* far: one copy leaves p^2, two p^3 */
        {true, true, 250000, 0.03, 0.0003, 0.002},
        {true, true, 250000, 0.10, 0.0003, 0.003},
        {true, true, 250000, 0.20, 0.003, 0.015},
        {false, true, 40000, 0.10, 0.0003, 0.003},
        /* far, and no RED: repeats come too late, for the most part */
        {true, false, 250000, 0.05, 0.03, 0.06},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct peer_config listener = {
            .audio_slots = 1, .audio_nack = cases[i].nack, .audio_red = cases[i].red};
        struct outcome out;
        REQUIRE_OK(run(&listener, cases[i].loss, cases[i].rtt_us, 70 + i, &out));
        CHECK(out.lost >= cases[i].least && out.lost <= cases[i].most);
    }
out:
    return;
}
