/**
 * The first seconds on a link that carries sound and no picture to speak of, and what disturbs the
 * sounding of it: the path moves, word comes late, or not at all, or in pieces.
 */
#include "sim/scenario.h"
#include "unit/runner.h"

enum { HOP_US = 50000, DISTURBED_US = 600000 };

static const struct link_config thin = {.delay_us = HOP_US, .rate_bps = 150000, .queue_us = 300000};
static const struct peer_config camera = {
    .audio_sources = 1, .video_sources = 1, .simulcast = true, .temporal = true};
static const struct peer_config viewer = {
    .real_security = true, .audio_slots = 1, .video_slots = 1};

struct call {
    struct world *world;
    struct peer *sends;
    struct peer *views;
};

/** A viewer on a link has joined a camera, and its path is just open. @return 0 or an error */
static int meet(struct call *call, const struct link_config *link, uint64_t seed)
{
    int err = world_new(&call->world, seed);
    err = err == 0 ? world_join(call->world, &camera, &clean_path, &call->sends) : err;
    if (err == 0) {
        world_run(call->world, 2 * SECOND_US);
        err = world_join(call->world, &viewer, link, &call->views);
    }
    for (int ms = 0; err == 0 && ms < 1000 && !peer_connected(call->views); ms++) {
        world_run(call->world, 1000);
    }
    return err;
}

/** The first seconds: little or nothing was pushed out of the queue, no sound, and little of it
 * was made up. */
static void check_start(struct call *call, const char *what, uint64_t overflown,
                        uint64_t concealed_us)
{
    world_run(call->world, 8 * SECOND_US);
    show(what, call->views);
    const struct sink *sound = peer_sink(call->views, MEDIA_AUDIO, 0);
    CHECK(world_link_counts(call->world, call->views, false)->queue_full <= overflown);
    CHECK(sound->listening.heard_us > 7 * SECOND_US);
    CHECK(sound->listening.concealed_us <= concealed_us);
}

TEST_NO_OOM(thin_start_as_it_should_be)
{
    struct call call = {.world = NULL};
    REQUIRE_OK(meet(&call, &thin, 1));
    check_start(&call, "as it should be", 0, 0);
out:
    world_free(&call.world);
}

/** A browser often finds a better pair of addresses a moment after the first one works. Here what
 * is under way to the old address is lost: later than the first sound that is some of it. */
TEST_NO_OOM(thin_start_on_a_path_that_moves)
{
    struct call call = {.world = NULL};
    for (int64_t ms = 0; ms <= 400; ms += 20) {
        bool early = ms < HOP_US / 1000;
        REQUIRE_OK(meet(&call, &thin, 10 + (uint64_t)ms));
        world_run(call.world, ms * 1000);
        (void)world_move(call.world, call.views);
        peer_check(call.views, true, world_now_us(call.world));
        check_start(&call, "moves", early ? 0 : 4, early ? 0 : SECOND_US);
        world_free(&call.world);
    }
out:
    world_free(&call.world);
}

/** The client's threads have other things to do: what it says comes late. */
TEST_NO_OOM(thin_start_with_late_word)
{
    struct call call = {.world = NULL};
    for (int64_t late_ms = 50; late_ms <= 600; late_ms += 50) {
        struct link_config late = thin;
        late.delay_us += late_ms * 1000;
        REQUIRE_OK(meet(&call, &thin, 500 + (uint64_t)late_ms));
        world_set_link(call.world, call.views, &late, NULL);
        world_run(call.world, DISTURBED_US);
        world_set_link(call.world, call.views, &thin, NULL);
        check_start(&call, "late word", 0, 80000);
        world_free(&call.world);
    }
out:
    world_free(&call.world);
}

/** Nothing that the client says in the first moments arrives. */
TEST_NO_OOM(thin_start_with_lost_word)
{
    struct call call = {.world = NULL};
    for (int64_t lost_ms = 150; lost_ms <= 600; lost_ms += 50) {
        struct link_config lost = thin;
        lost.loss = 1;
        REQUIRE_OK(meet(&call, &thin, 1000 + (uint64_t)lost_ms));
        world_set_link(call.world, call.views, &lost, NULL);
        world_run(call.world, lost_ms * 1000);
        world_set_link(call.world, call.views, &thin, NULL);
        check_start(&call, "lost word", 0, 80000);
        world_free(&call.world);
    }
out:
    world_free(&call.world);
}

/** The link comes in fits: packets arrive together that left apart, and apart that left together.
 */
TEST_NO_OOM(thin_start_with_jitter)
{
    struct call call = {.world = NULL};
    struct link_config trembling = thin;
    trembling.jitter_us = 20000;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        REQUIRE_OK(meet(&call, &trembling, 2000 + seed));
        check_start(&call, "jitter", 2, 250000);
        world_free(&call.world);
    }
out:
    world_free(&call.world);
}

/** Much is lost by chance: of the sounding, and of what is said about it. */
TEST_NO_OOM(thin_start_with_loss)
{
    struct call call = {.world = NULL};
    struct link_config lossy = thin;
    lossy.loss = 0.1;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        REQUIRE_OK(meet(&call, &lossy, 3000 + seed));
        check_start(&call, "loss", 8, 1500000);
        world_free(&call.world);
    }
out:
    world_free(&call.world);
}
