/**
 * Calls on bad paths: loss, bursts, duplicates, reordering, a bottleneck, and joining through loss.
 */
#include <stdio.h>
#include <stdlib.h>

#include "sim/scenario.h"
#include "unit/runner.h"

/** Thin pictures: what no estimate takes for too much for long, whatever is lost. */
static const struct peer_config thin_caller = {.audio_sources = 1,
                                               .video_sources = 1,
                                               .audio_slots = 1,
                                               .video_slots = 1,
                                               .payload_bytes = 200};

static const struct peer_config thin_secure_caller = {.real_security = true,
                                                      .audio_sources = 1,
                                                      .video_sources = 1,
                                                      .audio_slots = 1,
                                                      .video_slots = 1,
                                                      .payload_bytes = 60};

/** A minute of a call between two on one kind of path. */
static int call_over(const struct link_config *path, uint64_t seed, struct world **world,
                     struct peer *peers[2])
{
    int err = world_new(world, seed);
    for (size_t i = 0; i < 2 && err == 0; i++) {
        err = world_join(*world, &thin_caller, path, &peers[i]);
    }
    if (err == 0) {
        world_run(*world, 60 * SECOND_US);
    }
    return err;
}

TEST_NO_OOM(loss_each_way_is_repaired_by_rtx)
{
    static const struct {
        double loss;
        double unrepaired;
    } cases[] = {{0, 0}, {0.01, 0.0005}, {0.05, 0.001}, {0.10, 0.005}, {0.20, 0.005}};
    struct world *world = NULL;
    for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
        struct peer *peers[2] = {NULL, NULL};
        struct link_config path = clean_path;
        path.loss = cases[c].loss;
        REQUIRE_OK(call_over(&path, 20 + c, &world, peers));
        for (size_t i = 0; i < 2; i++) {
            char what[32];
            (void)snprintf(what, sizeof(what), "loss %.0f %%", cases[c].loss * 100);
            show(what, peers[i]);
            CHECK(is_clean(peers[i]));
            CHECK(unrepaired_share(peers[i], MEDIA_VIDEO) <= cases[c].unrepaired);
        }
        world_free(&world);
    }
out:
    world_free(&world);
}

/** Half a minute of sound and a picture in one quality, over a path that loses 5 % of them. */
static int watch(uint32_t payload_bytes, uint32_t delta_packets, uint64_t seed,
                 struct world **world, struct peer **sees)
{
    static const struct peer_config viewer = {.audio_slots = 1, .video_slots = 1};
    const struct peer_config camera = {.audio_sources = 1,
                                       .video_sources = 1,
                                       .delta_packets = delta_packets,
                                       .payload_bytes = payload_bytes};
    struct peer *sends = NULL;
    struct link_config path = clean_path;
    path.loss = 0.05;
    int err = world_new(world, seed);
    if (err == 0) {
        err = world_join(*world, &camera, &clean_path, &sends);
    }
    if (err == 0) {
        err = world_join(*world, &viewer, &path, sees);
    }
    if (err == 0) {
        world_run(*world, 30 * SECOND_US);
    }
    return err;
}

TEST_NO_OOM(loss_by_chance_takes_no_picture_away)
{
    static const struct {
        uint32_t payload_bytes;
        uint32_t delta_packets;
        uint64_t pauses; /* more than the first estimate has to be probed for */
        int64_t freeze_us;
    } cases[] = {{100, 1, 0, 300000},   {1000, 1, 0, 300000}, {750, 2, 0, 300000},
                 {1000, 3, 0, 300000},  {1000, 4, 0, 300000}, {1000, 5, 1, 4000000},
                 {1000, 6, 1, 4000000}, {1000, 8, 1, 4000000}};
    struct world *world = NULL;
    for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
        for (uint64_t seed = 1; seed <= 4; seed++) {
            struct peer *sees = NULL;
            REQUIRE_OK(watch(cases[c].payload_bytes, cases[c].delta_packets, seed, &world, &sees));
            show("one quality", sees);
            struct sink_counts counts = peer_sum(sees, MEDIA_VIDEO);
            CHECK(is_clean(sees));
            CHECK(peer_counts(sees)->pauses_told <= cases[c].pauses);
            CHECK(counts.longest_freeze_us < cases[c].freeze_us);
            CHECK(counts.frames_decoded + (uint64_t)cases[c].freeze_us * 30 / SECOND_US > 895);
            world_free(&world);
        }
    }
out:
    world_free(&world);
}

TEST_NO_OOM(sound_and_picture_stay_together)
{
    struct world *world = NULL;
    struct peer *peers[2] = {NULL, NULL};
    struct link_config path = clean_path;
    path.loss = 0.02;
    path.jitter_us = 20000;
    REQUIRE_OK(world_new(&world, 34));
    REQUIRE_OK(world_join(world, &caller, &path, &peers[0]));
    REQUIRE_OK(world_join(world, &caller, &path, &peers[1]));
    for (size_t i = 0; i < 20; i++) {
        world_run(world, 5 * SECOND_US);
        for (size_t p = 0; p < 2; p++) {
            int64_t audio_us = sink_report_offset_us(peer_sink(peers[p], MEDIA_AUDIO, 0));
            int64_t video_us = sink_report_offset_us(peer_sink(peers[p], MEDIA_VIDEO, 0));
            int64_t apart_us = audio_us > video_us ? audio_us - video_us : video_us - audio_us;
            CHECK(i == 0 || apart_us < 2000);
        }
        peer_restart_source(peers[0], i % 2 == 0 ? MEDIA_VIDEO : MEDIA_AUDIO);
    }
    CHECK(is_clean(peers[0]));
    CHECK(is_clean(peers[1]));
out:
    world_free(&world);
}

TEST_NO_OOM(a_run_repeats_exactly_from_its_seed)
{
    struct world *world = NULL;
    struct sink_counts counts[2];
    struct peer_counts peer_numbers[2];
    struct link_config path = clean_path;
    path.loss = 0.05;
    path.jitter_us = 10000;
    for (size_t run = 0; run < 2; run++) {
        struct peer *peers[2] = {NULL, NULL};
        REQUIRE_OK(call_over(&path, 35, &world, peers));
        counts[run] = peer_sum(peers[1], MEDIA_VIDEO);
        peer_numbers[run] = *peer_counts(peers[1]);
        world_free(&world);
    }
    CHECK_MEM(&counts[0], &counts[1], sizeof(counts[0]));
    CHECK_MEM(&peer_numbers[0], &peer_numbers[1], sizeof(peer_numbers[0]));
out:
    world_free(&world);
}

TEST_NO_OOM(bursts_of_loss_are_repaired)
{
    /* 2 % of packets in bursts of four on average */
    struct world *world = NULL;
    struct peer *peers[2] = {NULL, NULL};
    struct link_config path = clean_path;
    path.burst_enter = 0.005;
    path.burst_leave = 0.25;
    REQUIRE_OK(call_over(&path, 30, &world, peers));
    for (size_t i = 0; i < 2; i++) {
        show("bursts", peers[i]);
        CHECK(is_clean(peers[i]));
        CHECK(unrepaired_share(peers[i], MEDIA_VIDEO) <= 0.001);
    }
out:
    world_free(&world);
}

TEST_NO_OOM(duplicates_go_no_further)
{
    struct world *world = NULL;
    struct peer *peers[2] = {NULL, NULL};
    struct link_config path = clean_path;
    path.duplicate = 0.2;
    REQUIRE_OK(world_new(&world, 31));
    for (size_t i = 0; i < 2; i++) {
        REQUIRE_OK(world_join(world, &caller, &path, &peers[i]));
        world_set_link(world, peers[i], NULL, &clean_path);
    }
    world_run(world, 20 * SECOND_US);
    for (size_t i = 0; i < 2; i++) {
        CHECK(is_clean(peers[i]));
        CHECK(got_at_least(peers[i], MEDIA_VIDEO, 590));
        CHECK_INT(peer_sum(peers[i], MEDIA_VIDEO).duplicates, 0);
        CHECK_INT(peer_sum(peers[i], MEDIA_AUDIO).duplicates, 0);
    }
out:
    world_free(&world);
}

TEST_NO_OOM(reordering_is_put_right)
{
    struct world *world = NULL;
    struct peer *peers[2] = {NULL, NULL};
    struct link_config path = clean_path;
    path.reorder = 0.1;
    path.reorder_us = 30000;
    path.jitter_us = 5000;
    REQUIRE_OK(call_over(&path, 32, &world, peers));
    for (size_t i = 0; i < 2; i++) {
        show("reordering", peers[i]);
        CHECK(is_clean(peers[i]));
        CHECK_INT(peer_sum(peers[i], MEDIA_VIDEO).unrepaired, 0);
        CHECK_INT(peer_sum(peers[i], MEDIA_AUDIO).unrepaired, 0);
    }
out:
    world_free(&world);
}

TEST_NO_OOM(a_bottleneck_of_one_receiver_harms_no_other)
{
    struct world *world = NULL;
    struct peer *peers[3] = {NULL, NULL, NULL};
    struct peer_config config = {
        .audio_sources = 1, .video_sources = 1, .audio_slots = 2, .video_slots = 2};
    struct link_config narrow = clean_path;
    narrow.rate_bps = 500000; /* of the 1.5 Mbit/s that come */
    narrow.queue_bytes = 30000;
    REQUIRE_OK(world_new(&world, 33));
    for (size_t i = 0; i < 3; i++) {
        REQUIRE_OK(world_join(world, &config, &clean_path, &peers[i]));
    }
    world_set_link(world, peers[2], NULL, &narrow);
    world_run(world, 30 * SECOND_US);
    for (size_t i = 0; i < 3; i++) {
        show("bottleneck", peers[i]);
        CHECK(is_clean(peers[i]));
    }
    for (size_t i = 0; i < 2; i++) {
        CHECK(got_at_least(peers[i], MEDIA_VIDEO, 890));
        CHECK(got_at_least(peers[i], MEDIA_AUDIO, 1490));
        /* a receiver that cannot be helped may not force keyframes on the room: 3 per 10 s */
        CHECK(peer_counts(peers[i])->plis_received <= 12);
    }
out:
    world_free(&world);
}

TEST_NO_OOM(joining_with_dtls_srtp_works_through_heavy_loss)
{
    struct world *world = NULL;
    struct link_config path = clean_path;
    int64_t slowest_us = 0;
    path.loss = 0.20;
    for (uint64_t seed = 0; seed < 30; seed++) {
        struct peer *peers[2] = {NULL, NULL};
        REQUIRE_OK(world_new(&world, 100 + seed));
        REQUIRE_OK(world_join(world, &thin_secure_caller, &path, &peers[0]));
        REQUIRE_OK(world_join(world, &thin_secure_caller, &path, &peers[1]));
        CHECK(world_run_until_connected(world, 10 * SECOND_US));
        world_run(world, 15 * SECOND_US);
        for (size_t i = 0; i < 2; i++) {
            int64_t took_us = peer_connected_us(peers[i]) - SECOND_US;
            slowest_us = took_us > slowest_us ? took_us : slowest_us;
            CHECK(is_clean(peers[i]));
            CHECK(peer_sum(peers[i], MEDIA_VIDEO).frames_decoded > 20);
        }
        world_free(&world);
    }
    if (getenv("SIM_SHOW") != NULL) {
        printf("  slowest join %lld ms\n", (long long)slowest_us / 1000);
    }
out:
    world_free(&world);
}
