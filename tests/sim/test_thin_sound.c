/**
 * Sound on links that carry one voice and not three: who has slots for all hears the mix.
 */
#include "sim/mixed.h"
#include "unit/runner.h"

enum { TALKERS = 3, LISTENER = TALKERS, SECONDS = 24, COUNT = SECONDS * PCM_HZ };

static const double tones[TALKERS] = {500, 1100, 2300};
static float said[TALKERS][COUNT];
static float heard[COUNT];

/** Three talk without pause; one listens on this link, with a slot for each. @return 0 or an error
 */
static int meet(struct mixed *mixed, uint64_t seed, const struct link_config *link)
{
    static const struct peer_config listener = {.audio_slots = TALKERS};
    int err = mixed_init(mixed, seed);
    for (size_t i = 0; i < TALKERS && err == 0; i++) {
        err = mixed_join(mixed, NULL, &clean_path);
    }
    err = err == 0 ? mixed_join(mixed, &listener, link) : err;
    if (err == 0) {
        world_run(mixed->world, 2 * SECOND_US);
        for (size_t i = 0; i < TALKERS; i++) {
            mixed_tone(said[i], COUNT, tones[i], 0.1);
            mixed_say(mixed, i, said[i], COUNT);
        }
    }
    return err;
}

/** Packets that the listener's slots got in the last seconds. */
static uint64_t delivered(const struct mixed *mixed, size_t slot)
{
    return peer_sink(mixed->peers[LISTENER], MEDIA_AUDIO, slot)->counts.delivered;
}

TEST_NO_OOM(a_link_for_one_voice_gets_the_mix_of_three)
{
    static const struct link_config thin = {
        .delay_us = 20000, .rate_bps = 100000, .queue_us = 300000};
    struct mixed mixed;
    REQUIRE_OK(meet(&mixed, 1, &thin));
    world_run(mixed.world, 12 * SECOND_US);
    uint64_t before[TALKERS];
    for (size_t slot = 0; slot < TALKERS; slot++) {
        before[slot] = delivered(&mixed, slot);
    }
    int64_t from_us = world_now_us(mixed.world);
    world_run(mixed.world, 6 * SECOND_US);
    CHECK(delivered(&mixed, 0) - before[0] >= 295);
    CHECK_INT(delivered(&mixed, 1), before[1]);
    CHECK_INT(delivered(&mixed, 2), before[2]);
    struct ear_account account;
    REQUIRE_OK(mixed_hear(&mixed, LISTENER, from_us, heard, 4 * PCM_HZ, &account));
    for (size_t i = 0; i < TALKERS; i++) {
        CHECK(mixed_amplitude(heard, 4 * PCM_HZ, tones[i]) > 0.07);
    }
    CHECK(account.concealed_us <= 300000); /* all of it while the queue of the link filled */
    CHECK_INT(peer_sink(mixed.peers[LISTENER], MEDIA_AUDIO, 0)->counts.errors, 0);
    show("listener", mixed.peers[LISTENER]);
out:
    mixed_deinit(&mixed);
}

/** What a strict receiver holds a stream to is kept when a mix takes the place of its publisher. */
TEST_NO_OOM(a_stream_that_becomes_the_mix_never_breaks)
{
    static const struct peer_config talker = {.audio_sources = 1};
    static const struct peer_config listener = {
        .audio_slots = TALKERS, .audio_nack = true, .audio_red = true};
    static const struct link_config thin = {
        .delay_us = 20000, .rate_bps = 100000, .queue_us = 300000, .loss = 0.02};
    struct world *world = NULL;
    struct peer *peers[TALKERS + 1] = {NULL};
    REQUIRE_OK(world_new(&world, 3));
    for (size_t i = 0; i < TALKERS; i++) {
        REQUIRE_OK(world_join(world, &talker, &clean_path, &peers[i]));
    }
    REQUIRE_OK(world_join(world, &listener, &thin, &peers[LISTENER]));
    world_run(world, 20 * SECOND_US);
    struct sink_counts sum = peer_sum(peers[LISTENER], MEDIA_AUDIO);
    CHECK(sum.made > 500);
    CHECK(sum.delivered - sum.made > 50); /* until the link was known to be thin */
    CHECK_INT(sum.errors, 0);
    CHECK(sum.error == NULL);
out:
    world_free(&world);
}

TEST_NO_OOM(a_link_for_three_voices_gets_three)
{
    static const struct link_config wide = {
        .delay_us = 20000, .rate_bps = 500000, .queue_us = 300000};
    struct mixed mixed;
    REQUIRE_OK(meet(&mixed, 2, &wide));
    world_run(mixed.world, 12 * SECOND_US);
    for (size_t slot = 0; slot < TALKERS; slot++) {
        CHECK(delivered(&mixed, slot) > 550);
    }
    show("listener", mixed.peers[LISTENER]);
out:
    mixed_deinit(&mixed);
}
