/**
 * Slots that go from layer to layer and from level to level, on good and bad paths.
 */
#include <stdio.h>
#include <stdlib.h>

#include "sim/scenario.h"
#include "unit/runner.h"

static const struct peer_config publisher = {
    .video_sources = 1, .simulcast = true, .temporal = true, .dynacast = true};

static const struct peer_config viewer = {.video_slots = 1, .keep = true};

struct scene {
    struct world *world;
    struct peer *sends;
    struct peer *sees;
};

static int scene_new(struct scene *scene, uint64_t seed, const struct peer_config *from,
                     const struct link_config *up, const struct link_config *down)
{
    int err = world_new(&scene->world, seed);
    if (err == 0) {
        err = world_join(scene->world, from, up, &scene->sends);
    }
    if (err == 0) {
        err = world_join(scene->world, &viewer, down, &scene->sees);
    }
    return err;
}

/** The viewer's picture. */
static const struct sink *sink_of(const struct scene *scene)
{
    return peer_sink(scene->sees, MEDIA_VIDEO, 0);
}

static void view(struct scene *scene, uint32_t height, uint32_t fps)
{
    world_view(scene->world, scene->sees, 0, height * 16 / 9, height, fps);
}

TEST_NO_OOM(views_change_layers_and_levels_without_a_break)
{
    static const uint32_t heights[] = {180, 720, 360, 180, 360, 720};
    static const uint32_t rates[] = {0, 8, 15, 30, 15};
    static const double losses[] = {0, 0.05};
    struct scene scene = {.world = NULL};
    for (size_t c = 0; c < 2; c++) {
        struct link_config path = clean_path;
        path.loss = losses[c];
        path.jitter_us = c == 0 ? 0 : 5000;
        REQUIRE_OK(scene_new(&scene, 70 + c, &publisher, &path, &path));
        world_run(scene.world, 3 * SECOND_US);
        for (size_t i = 0; i < 60; i++) {
            view(&scene, heights[i / 3 % 6], rates[i % 5]);
            world_run(scene.world, 2200000);
            if (c == 0) {
                CHECK_INT(sink_of(&scene)->playback.last.height, heights[i / 3 % 6]);
            }
        }
        show(c == 0 ? "views" : "views, lossy", scene.sees);
        const struct sink *sink = sink_of(&scene);
        CHECK(is_clean(scene.sees));
        CHECK(sink->playback.sums.layer_switches > 15);
        CHECK(sink->playback.sums.temporal_switches > 10);
        CHECK(sink->counts.frames_broken <= (c == 0 ? 0 : 10));
        /* what is not repaired this receiver awaits for a second */
        CHECK(sink->counts.unrepaired <= (c == 0 ? 0 : 8));
        CHECK(sink->counts.longest_freeze_us < (c == 0 ? 200000 : 1300000));
        world_free(&scene.world);
    }
out:
    world_free(&scene.world);
}

TEST_NO_OOM(a_layer_that_stops_is_left_within_a_second_without_a_break)
{
    struct scene scene = {.world = NULL};
    struct peer_config deaf = publisher;
    deaf.dynacast = false;
    REQUIRE_OK(scene_new(&scene, 72, &deaf, &clean_path, &clean_path));
    world_run(scene.world, 5 * SECOND_US);
    CHECK_INT(sink_of(&scene)->playback.last.height, 720);
    source_set_on(peer_video_layer(scene.sends, 2), false);
    world_run(scene.world, 1300000);
    CHECK_INT(sink_of(&scene)->playback.last.height, 360);
    CHECK(sink_of(&scene)->counts.longest_freeze_us < 1100000);
    source_set_on(peer_video_layer(scene.sends, 1), false);
    world_run(scene.world, 1300000);
    CHECK_INT(sink_of(&scene)->playback.last.height, 180);
    source_set_on(peer_video_layer(scene.sends, 2), true);
    world_run(scene.world, 4 * SECOND_US);
    CHECK_INT(sink_of(&scene)->playback.last.height, 720);
    CHECK(is_clean(scene.sees));
    CHECK(sink_of(&scene)->counts.longest_freeze_us < 1100000);
out:
    world_free(&scene.world);
}

TEST_NO_OOM(layers_that_nobody_shows_stop_and_come_back)
{
    struct scene scene = {.world = NULL};
    REQUIRE_OK(scene_new(&scene, 73, &publisher, &clean_path, &clean_path));
    world_run(scene.world, 3 * SECOND_US);
    view(&scene, 180, 0);
    world_run(scene.world, 6 * SECOND_US);
    CHECK(!source_is_on(peer_video_layer(scene.sends, 2)));
    CHECK(!source_is_on(peer_video_layer(scene.sends, 1)));
    CHECK(source_is_on(peer_video_layer(scene.sends, 0)));
    view(&scene, 720, 0);
    world_run(scene.world, SECOND_US);
    CHECK(source_is_on(peer_video_layer(scene.sends, 2)));
    CHECK_INT(sink_of(&scene)->playback.last.height, 720);
    world_view(scene.world, scene.sees, 0, 0, 0, 0);
    world_run(scene.world, 10 * SECOND_US);
    CHECK(!source_is_on(peer_video_layer(scene.sends, 0)));
    view(&scene, 360, 0);
    world_run(scene.world, SECOND_US);
    CHECK_INT(sink_of(&scene)->playback.last.height, 360);
    CHECK(is_clean(scene.sees));
out:
    world_free(&scene.world);
}

TEST_NO_OOM(a_large_keyframe_that_trickles_in_freezes_nothing)
{
    struct scene scene = {.world = NULL};
    struct link_config up = clean_path;
    up.rate_bps = 3500000;
    up.queue_us = 2000000;
    REQUIRE_OK(scene_new(&scene, 74, &publisher, &up, &clean_path));
    world_run(scene.world, 10 * SECOND_US);
    for (size_t i = 0; i < 10; i++) {
        view(&scene, i % 2 == 0 ? 180 : 720, 0);
        world_run(scene.world, 3 * SECOND_US);
    }
    show("slow keyframes", scene.sees);
    CHECK(is_clean(scene.sees));
    CHECK_INT(sink_of(&scene)->playback.last.height, 720);
    CHECK_INT(sink_of(&scene)->playback.sums.freezes, 0);
out:
    world_free(&scene.world);
}
