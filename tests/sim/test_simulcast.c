/**
 * Publishers with simulcast and temporal layers on clean paths.
 */
#include <stdio.h>

#include "sim/scenario.h"
#include "unit/runner.h"

static const struct peer_config publisher = {
    .audio_sources = 1, .video_sources = 1, .simulcast = true, .temporal = true};

static const struct peer_config viewer = {.audio_slots = 1, .video_slots = 1, .keep = true};

TEST_NO_OOM(the_largest_of_three_layers_is_shown_on_a_wide_path)
{
    struct world *world = NULL;
    struct peer *sends = NULL;
    struct peer *sees = NULL;
    REQUIRE_OK(world_new(&world, 50));
    REQUIRE_OK(world_join(world, &publisher, &clean_path, &sends));
    REQUIRE_OK(world_join(world, &viewer, &clean_path, &sees));
    world_run(world, 10 * SECOND_US);
    show("simulcast", sees);
    const struct sink *sink = peer_sink(sees, MEDIA_VIDEO, 0);
    CHECK(is_clean(sees));
    CHECK_INT(sink->playback.last.height, 720);
    CHECK(sink->playback.sums.frames > 280);
    CHECK_INT(sink->playback.sums.freezes, 0);
    CHECK_INT(sink->playback.sums.temporal_switches, 0);
    CHECK_INT(sink->counts.plis, 0);
    /* the first switch comes before reports tie the layers to one clock: arrivals decide */
    CHECK(sink->counts.worst_switch_us < 70000);
    CHECK(listening_concealed_share(&peer_sink(sees, MEDIA_AUDIO, 0)->listening) == 0);
    for (size_t i = 0; i < PEER_LAYERS; i++) {
        const struct source_counts *counts = source_counts(peer_video_layer(sends, i));
        double bps = (double)counts->octets * 8 / 10;
        CHECK(bps > 0.9 * (double)peer_layers[i].bps && bps < 1.1 * (double)peer_layers[i].bps);
    }
out:
    world_free(&world);
}
