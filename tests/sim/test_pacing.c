/**
 * What pacing and probes are for: bursts do not overflow thin links, sound does not wait for
 * pictures, and receivers see nothing odd.
 */
#include "sim/scenario.h"
#include "unit/runner.h"

/** Down: 1 Mbit/s behind 100 ms of queue. */
static struct link_config thin_path(void)
{
    struct link_config path = clean_path;
    path.rate_bps = 1000000;
    path.queue_us = 100000;
    return path;
}

/** Keyframes of 60 packets, 300 kbit/s beside them. */
static const struct peer_config bursty = {
    .audio_sources = 1, .video_sources = 1, .key_packets = 60, .delta_packets = 1};
static const struct peer_config viewer = {.audio_slots = 1, .video_slots = 1};

TEST_NO_OOM(a_keyframe_of_sixty_packets_fits_a_thin_link)
{
    struct world *world = NULL;
    struct peer *sends = NULL;
    struct peer *sees = NULL;
    struct link_config thin = thin_path();
    REQUIRE_OK(world_new(&world, 60));
    REQUIRE_OK(world_join(world, &bursty, &clean_path, &sends));
    REQUIRE_OK(world_join(world, &viewer, &clean_path, &sees));
    world_set_link(world, sees, NULL, &thin);
    world_run(world, 15 * SECOND_US);
    uint64_t full = world_link_counts(world, sees, false)->queue_full;
    uint64_t frames = peer_sum(sees, MEDIA_VIDEO).frames_decoded;
    uint64_t plis = peer_sum(sees, MEDIA_VIDEO).plis;
    for (int i = 0; i < 5; i++) {
        source_request_keyframe(peer_source(sends, MEDIA_VIDEO));
        world_run(world, 3 * SECOND_US);
    }
    show("thin", sees);
    CHECK(is_clean(sees));
    CHECK_INT(world_link_counts(world, sees, false)->queue_full, full);
    CHECK_INT(peer_sum(sees, MEDIA_VIDEO).frames_decoded, frames + 5 * 90);
    CHECK_INT(peer_sum(sees, MEDIA_VIDEO).plis, plis);
    CHECK(peer_sink(sees, MEDIA_AUDIO, 0)->counts.longest_freeze_us < 150000);
out:
    world_free(&world);
}

TEST_NO_OOM(a_link_that_falls_far_gets_its_picture_back)
{
    struct world *world = NULL;
    struct peer *sends = NULL;
    struct peer *sees = NULL;
    struct link_config thin = thin_path();
    struct link_config starved = thin_path();
    starved.rate_bps = 150000;
    REQUIRE_OK(world_new(&world, 61));
    REQUIRE_OK(world_join(world, &bursty, &clean_path, &sends));
    REQUIRE_OK(world_join(world, &viewer, &clean_path, &sees));
    world_set_link(world, sees, NULL, &thin);
    world_run(world, 10 * SECOND_US);
    world_set_link(world, sees, NULL, &starved);
    world_run(world, 10 * SECOND_US);
    world_set_link(world, sees, NULL, &thin);
    world_run(world, 20 * SECOND_US);
    show("fell", sees);
    uint64_t frames = peer_sum(sees, MEDIA_VIDEO).frames_decoded;
    world_run(world, 5 * SECOND_US);
    CHECK(is_clean(sees));
    CHECK(peer_sum(sees, MEDIA_VIDEO).frames_decoded > frames + 145);
    CHECK(unrepaired_share(sees, MEDIA_AUDIO) < 0.02);
out:
    world_free(&world);
}

TEST_NO_OOM(probes_are_repeats_and_padding_that_no_receiver_minds)
{
    struct world *world = NULL;
    struct peer *sends = NULL;
    struct peer *sees = NULL;
    struct peer_config simulcast = {.audio_sources = 1, .video_sources = 1, .simulcast = true};
    REQUIRE_OK(world_new(&world, 62));
    REQUIRE_OK(world_join(world, &simulcast, &clean_path, &sends));
    REQUIRE_OK(world_join(world, &viewer, &clean_path, &sees));
    world_run(world, 10 * SECOND_US);
    show("probed", sees);
    struct sink_counts video = peer_sum(sees, MEDIA_VIDEO);
    CHECK(is_clean(sees));
    CHECK(video.probes > 0);
    CHECK(video.probes < video.packets / 5);
    CHECK_INT(video.nacks, 0);
    CHECK_INT(video.duplicates, 0);
out:
    world_free(&world);
}

TEST_NO_OOM(a_full_queue_goes_with_its_participant)
{
    struct world *world = NULL;
    struct peer *sends = NULL;
    struct peer *sees = NULL;
    struct link_config starved = thin_path();
    starved.rate_bps = 100000;
    REQUIRE_OK(world_new(&world, 63));
    REQUIRE_OK(world_join(world, &bursty, &clean_path, &sends));
    REQUIRE_OK(world_join(world, &viewer, &clean_path, &sees));
    world_run(world, 3 * SECOND_US);
    world_set_link(world, sees, NULL, &starved);
    for (int i = 0; i < 3; i++) {
        source_request_keyframe(peer_source(sends, MEDIA_VIDEO));
        world_run(world, SECOND_US);
    }
    source_request_keyframe(peer_source(sends, MEDIA_VIDEO));
    world_run(world, 60000);
    world_leave(world, sees);
    world_leave(world, sends);
    world_run(world, 2 * SECOND_US);
    CHECK_INT(world_packets_in_use(world), 0);
out:
    world_free(&world);
}
