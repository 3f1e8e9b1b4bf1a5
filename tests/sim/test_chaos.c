/**
 * Rooms in which everything happens at once, at random and from a seed: people come, go, move, fall
 * silent, mute, pin, restart their sources and their ICE, on bad paths. What reaches anybody must
 * stay one unbroken stream per slot.
 */
#include <stdio.h>

#include "base/rand.h"
#include "sim/scenario.h"
#include "unit/runner.h"

enum { PEERS = 6, STEPS = 120 };

/** One room under way. */
struct chaos {
    struct world *world;
    struct rand rand;
    struct peer *here[PEERS]; /**< NULL = somebody may join */
    struct peer *all[PEERS + STEPS];
    size_t all_count;
};

static void hear_nothing(void *owner, const struct sink_sound *sound)
{
    (void)owner;
    (void)sound;
}

/** One or two slots may get a mix at any time, which carries no marks. */
static void expect_mixes(struct peer *peer, uint32_t slots)
{
    for (uint32_t n = 0; n < slots && slots <= 2; n++) {
        sink_set_listener(peer_sink(peer, MEDIA_AUDIO, n),
                          &(struct sink_listener){.take = hear_nothing});
    }
}

static int somebody_joins(struct chaos *chaos, size_t place)
{
    struct peer_config config = caller;
    struct link_config path = {.delay_us = 5000 + rand_below(&chaos->rand, 80000),
                               .loss = rand_below(&chaos->rand, 50) / 1000.0,
                               .jitter_us = rand_below(&chaos->rand, 20000),
                               .reorder = rand_below(&chaos->rand, 20) / 1000.0,
                               .reorder_us = 20000,
                               .duplicate = rand_below(&chaos->rand, 20) / 1000.0};
    config.audio_slots = 1 + rand_below(&chaos->rand, 4);
    config.video_slots = rand_below(&chaos->rand, 5);
    config.hide_ssrcs = rand_below(&chaos->rand, 2) != 0;
    config.may_resume = true;
    config.always_nominates = rand_below(&chaos->rand, 2) != 0;
    int err = world_join(chaos->world, &config, &path, &chaos->here[place]);
    if (err == 0) {
        chaos->all[chaos->all_count++] = chaos->here[place];
        expect_mixes(chaos->here[place], config.audio_slots);
    }
    return err;
}

static int something_happens(struct chaos *chaos)
{
    struct rand *rand = &chaos->rand;
    struct world *world = chaos->world;
    size_t place = rand_below(rand, PEERS);
    struct peer *peer = chaos->here[place];
    enum media_kind kind = rand_below(rand, 2) != 0 ? MEDIA_VIDEO : MEDIA_AUDIO;
    if (peer == NULL) {
        return somebody_joins(chaos, place);
    }
    switch (rand_below(rand, 12)) {
    case 0:
        world_leave(world, peer);
        chaos->here[place] = NULL;
        break;
    case 1:
        peer_vanish(peer);
        chaos->here[place] = NULL;
        break;
    case 2:
        (void)world_move(world, peer);
        break;
    case 3:
        peer_restart_source(peer, kind);
        break;
    case 4:
        source_set_on(peer_source(peer, kind), rand_below(rand, 2) != 0);
        source_request_keyframe(peer_source(peer, kind));
        break;
    case 5:
        world_mute(world, peer, kind, rand_below(rand, 2) != 0);
        break;
    case 6:
        world_pin(world, peer, rand_below(rand, 6), rand_below(rand, (uint32_t)chaos->all_count));
        break;
    case 7:
        return world_restart_ice(world, peer);
    default:
        source_set_level(peer_source(peer, MEDIA_AUDIO),
                         rand_below(rand, 3) == 0 ? 127 : (uint8_t)(15 + rand_below(rand, 40)));
        break;
    }
    return 0;
}

TEST_NO_OOM(chaos_leaves_every_stream_unbroken)
{
    static const struct audio_bridge_options cheap = {.speakers = 2, .bitrate_bps = 6000};
    struct chaos chaos = {.world = NULL};
    for (uint64_t seed = 0; seed < 20; seed++) {
        chaos = (struct chaos){.world = NULL};
        rand_init(&chaos.rand, 1000 + seed);
        REQUIRE_OK(world_new(&chaos.world, 2000 + seed));
        REQUIRE_OK(world_set_mix(chaos.world, cheap));
        world_set_patient(chaos.world, seed % 2 == 0);
        for (size_t step = 0; step < STEPS; step++) {
            REQUIRE_OK(something_happens(&chaos));
            world_run(chaos.world, 50000 + rand_below(&chaos.rand, 1000000));
        }
        uint64_t decoded = 0;
        for (size_t i = 0; i < chaos.all_count; i++) {
            decoded += peer_sum(chaos.all[i], MEDIA_VIDEO).frames_decoded;
            if (!CHECK(is_clean(chaos.all[i]))) {
                (void)fprintf(stderr, "seed %u\n", (unsigned)seed);
            }
        }
        CHECK(decoded > 3000);
        for (size_t i = 0; i < PEERS; i++) {
            if (chaos.here[i] != NULL) {
                world_leave(chaos.world, chaos.here[i]);
            }
        }
        world_run(chaos.world, 60 * SECOND_US); /* those who vanished are ended by now */
        CHECK_INT(world_packets_in_use(chaos.world), 0);
        CHECK_INT(world_counters(chaos.world).participants, 0);
        CHECK_INT(world_counters(chaos.world).rooms, 0);
        world_free(&chaos.world);
    }
out:
    world_free(&chaos.world);
}
