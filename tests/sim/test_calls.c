/**
 * Calls on clean paths: joining, leaving, feeds that change, sources that restart, many in one
 * room.
 */
#include "sim/scenario.h"
#include "unit/runner.h"

TEST_NO_OOM(two_people_hear_and_see_each_other)
{
    struct world *world = NULL;
    struct peer *peers[2] = {NULL, NULL};
    REQUIRE_OK(world_new(&world, 1));
    REQUIRE_OK(world_join(world, &caller, &clean_path, &peers[0]));
    REQUIRE_OK(world_join(world, &caller, &clean_path, &peers[1]));
    world_run(world, 10 * SECOND_US);
    for (size_t i = 0; i < 2; i++) {
        show("two", peers[i]);
        CHECK(is_clean(peers[i]));
        CHECK(got_at_least(peers[i], MEDIA_AUDIO, 495));
        CHECK(got_at_least(peers[i], MEDIA_VIDEO, 295));
        struct sink_counts video = peer_sum(peers[i], MEDIA_VIDEO);
        CHECK_INT(video.plis, 0); /* it began with a keyframe */
        CHECK_INT(video.feeds, 1);
        CHECK_INT(video.duplicates, 0);
        CHECK(video.reports >= 9);
        CHECK(video.longest_freeze_us < 40000);
        const struct peer_counts *counts = peer_counts(peers[i]);
        /* every packet that reached the relay is told of, save those of the last interval */
        CHECK(counts->twcc_statuses + 40 > world_link_counts(world, peers[i], true)->sent -
                                               counts->check_answers - counts->twcc_sent - 20);
        CHECK_INT(counts->nacks_received, 0);
        CHECK(counts->plis_received <= 1);
    }
    CHECK_INT(world_events(world)->connected, 2);
out:
    world_free(&world);
}

TEST_NO_OOM(two_people_with_dtls_srtp)
{
    struct world *world = NULL;
    struct peer *peers[2] = {NULL, NULL};
    REQUIRE_OK(world_new(&world, 2));
    REQUIRE_OK(world_join(world, &secure_caller, &clean_path, &peers[0]));
    REQUIRE_OK(world_join(world, &secure_caller, &clean_path, &peers[1]));
    REQUIRE(world_run_until_connected(world, SECOND_US));
    world_run(world, 10 * SECOND_US);
    for (size_t i = 0; i < 2; i++) {
        show("dtls", peers[i]);
        CHECK(is_clean(peers[i]));
        CHECK(got_at_least(peers[i], MEDIA_AUDIO, 490));
        CHECK(got_at_least(peers[i], MEDIA_VIDEO, 290));
        CHECK_INT(peer_sum(peers[i], MEDIA_VIDEO).plis, 0);
        /* one round trip of checks, two of DTLS 1.2 */
        CHECK(peer_connected_us(peers[i]) - SECOND_US <= 130000);
    }
out:
    world_free(&world);
}

TEST_NO_OOM(streams_are_found_by_mid_when_no_ssrc_was_announced)
{
    struct world *world = NULL;
    struct peer *peers[2] = {NULL, NULL};
    struct peer_config config = caller;
    config.hide_ssrcs = true;
    REQUIRE_OK(world_new(&world, 3));
    REQUIRE_OK(world_join(world, &config, &clean_path, &peers[0]));
    REQUIRE_OK(world_join(world, &config, &clean_path, &peers[1]));
    world_run(world, 5 * SECOND_US);
    for (size_t i = 0; i < 2; i++) {
        CHECK(is_clean(peers[i]));
        CHECK(got_at_least(peers[i], MEDIA_AUDIO, 245));
        CHECK(got_at_least(peers[i], MEDIA_VIDEO, 145));
    }
out:
    world_free(&world);
}

TEST_NO_OOM(late_join_gets_a_keyframe)
{
    struct world *world = NULL;
    struct peer *publisher = NULL;
    struct peer *late = NULL;
    struct peer_config viewer = {.audio_slots = 1, .video_slots = 1};
    REQUIRE_OK(world_new(&world, 4));
    REQUIRE_OK(world_join(world, &caller, &clean_path, &publisher));
    world_run(world, 7 * SECOND_US);
    uint64_t keyframes = source_counts(peer_source(publisher, MEDIA_VIDEO))->keyframes;
    int64_t joined_us = world_now_us(world);
    REQUIRE_OK(world_join(world, &viewer, &clean_path, &late));
    world_run(world, 3 * SECOND_US);
    show("late", late);
    struct sink_counts video = peer_sum(late, MEDIA_VIDEO);
    CHECK(is_clean(late));
    CHECK_INT(video.plis, 0);
    CHECK_INT(video.frames_broken, 0);
    CHECK(got_at_least(late, MEDIA_VIDEO, 80));
    /* asking takes a round trip, the next frame 33 ms, the way to the viewer 20 */
    CHECK(peer_sink(late, MEDIA_VIDEO, 0)->counts.first_decoded_us - joined_us < 130000);
    CHECK_INT(source_counts(peer_source(publisher, MEDIA_VIDEO))->keyframes, keyframes + 1);
out:
    world_free(&world);
}

TEST_NO_OOM(a_slot_goes_on_unbroken_from_one_feed_to_the_next)
{
    struct world *world = NULL;
    struct peer *stays = NULL;
    struct peer *comes = NULL;
    REQUIRE_OK(world_new(&world, 5));
    REQUIRE_OK(world_join(world, &caller, &clean_path, &stays));
    for (size_t i = 0; i < 5; i++) {
        REQUIRE_OK(world_join(world, &caller, &clean_path, &comes));
        world_run(world, 3 * SECOND_US);
        CHECK(is_clean(comes));
        CHECK(got_at_least(comes, MEDIA_VIDEO, 80));
        world_leave(world, comes);
        world_run(world, 2 * SECOND_US);
    }
    show("stays", stays);
    CHECK(is_clean(stays));
    CHECK_INT(peer_sum(stays, MEDIA_VIDEO).feeds, 5);
    CHECK_INT(peer_sum(stays, MEDIA_AUDIO).feeds, 5);
    CHECK_INT(peer_sum(stays, MEDIA_VIDEO).plis, 0);
    CHECK(got_at_least(stays, MEDIA_VIDEO, 5 * 80));
out:
    world_free(&world);
}

TEST_NO_OOM(all_packets_are_given_back_when_all_have_left)
{
    struct world *world = NULL;
    struct peer *peers[3] = {NULL, NULL, NULL};
    REQUIRE_OK(world_new(&world, 6));
    for (size_t i = 0; i < 3; i++) {
        REQUIRE_OK(world_join(world, &caller, &clean_path, &peers[i]));
    }
    world_run(world, 5 * SECOND_US);
    CHECK(world_packets_in_use(world) > 0);
    for (size_t i = 0; i < 3; i++) {
        world_leave(world, peers[i]);
    }
    world_run(world, SECOND_US);
    CHECK_INT(world_packets_in_use(world), 0);
    CHECK_INT(world_events(world)->left, 0); /* nothing is told of those who were asked to leave */
out:
    world_free(&world);
}

TEST_NO_OOM(a_source_that_restarts_does_not_show)
{
    struct world *world = NULL;
    struct peer *restarts = NULL;
    struct peer *sees = NULL;
    REQUIRE_OK(world_new(&world, 7));
    REQUIRE_OK(world_join(world, &secure_caller, &clean_path, &restarts));
    REQUIRE_OK(world_join(world, &secure_caller, &clean_path, &sees));
    world_run(world, 3 * SECOND_US);
    for (size_t i = 0; i < 20; i++) {
        peer_restart_source(restarts, MEDIA_VIDEO);
        peer_restart_source(restarts, MEDIA_AUDIO);
        world_run(world, 2 * SECOND_US);
    }
    show("restart", sees);
    CHECK(is_clean(sees));
    CHECK_INT(peer_sum(sees, MEDIA_VIDEO).feeds, 21);
    CHECK_INT(peer_sum(sees, MEDIA_AUDIO).feeds, 21);
    CHECK(got_at_least(sees, MEDIA_AUDIO, 2100));
    /* at most one number left unused each time */
    CHECK(peer_sum(sees, MEDIA_VIDEO).unrepaired <= 20);
    CHECK(peer_sum(sees, MEDIA_VIDEO).frames_decoded > 1200);
    CHECK(peer_sum(sees, MEDIA_VIDEO).longest_freeze_us < 700000);
out:
    world_free(&world);
}

TEST_NO_OOM(a_camera_that_was_off_comes_back_with_a_keyframe)
{
    struct world *world = NULL;
    struct peer *a = NULL;
    struct peer *b = NULL;
    REQUIRE_OK(world_new(&world, 8));
    REQUIRE_OK(world_join(world, &caller, &clean_path, &a));
    REQUIRE_OK(world_join(world, &caller, &clean_path, &b));
    world_run(world, 3 * SECOND_US);
    source_set_on(peer_source(a, MEDIA_VIDEO), false);
    world_run(world, 20 * SECOND_US);
    source_set_on(peer_source(a, MEDIA_VIDEO), true);
    source_request_keyframe(peer_source(a, MEDIA_VIDEO)); /* as encoders do */
    world_run(world, 3 * SECOND_US);
    CHECK(is_clean(b));
    CHECK(got_at_least(b, MEDIA_VIDEO, 170));
    CHECK_INT(peer_sum(b, MEDIA_VIDEO).plis, 0);
out:
    world_free(&world);
}

TEST_NO_OOM(twelve_in_a_room_with_three_audio_slots_each)
{
    enum { PEERS = 12 };
    struct world *world = NULL;
    struct peer *peers[PEERS] = {NULL};
    struct peer_config config = {.audio_sources = 1,
                                 .video_sources = 1,
                                 .audio_slots = 3,
                                 .video_slots = 4,
                                 .payload_bytes = 200};
    REQUIRE_OK(world_new(&world, 9));
    for (size_t i = 0; i < PEERS; i++) {
        REQUIRE_OK(world_join(world, &config, &clean_path, &peers[i]));
        source_set_level(peer_source(peers[i], MEDIA_AUDIO), 127);
        world_run(world, 100000);
    }
    for (size_t turn = 0; turn < 24; turn++) {
        size_t speaker = turn * 5 % PEERS;
        source_set_level(peer_source(peers[speaker], MEDIA_AUDIO), 25);
        world_run(world, 2 * SECOND_US);
        CHECK_INT(world_events(world)->dominant, peer_number(peers[speaker]));
        /* everybody else hears who speaks */
        for (size_t i = 0; i < PEERS; i++) {
            size_t heard = 0;
            for (size_t n = 0; n < 3; n++) {
                const struct sink *sink = peer_sink(peers[i], MEDIA_AUDIO, n);
                heard += sink->have_last &&
                         sink->last.mark.publisher == peer_number(peers[speaker]) &&
                         world_now_us(world) - sink->last.arrival_us < 50000;
            }
            CHECK_INT(heard, i == speaker ? 0 : 1);
        }
        source_set_level(peer_source(peers[speaker], MEDIA_AUDIO), 127);
    }
    for (size_t i = 0; i < PEERS; i++) {
        show("twelve", peers[i]);
        CHECK(is_clean(peers[i]));
        CHECK_INT(peer_sum(peers[i], MEDIA_VIDEO).plis, 0);
        CHECK_INT(peer_sum(peers[i], MEDIA_AUDIO).unrepaired, 0);
        CHECK(peer_sum(peers[i], MEDIA_VIDEO).frames_decoded > 48 * 4 * 28);
    }
out:
    world_free(&world);
}
