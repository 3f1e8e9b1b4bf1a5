/**
 * Losses on the way to the relay are repaired there, once, before anything goes on to the
 * receivers.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/scenario.h"
#include "unit/runner.h"

enum { RECEIVERS = 20, MAX_DELAY_MS = 1000 };

static const struct peer_config video_only = {.video_sources = 1};
static const struct peer_config viewer = {.video_slots = 1};

/** One who sends and many who watch. */
struct hall {
    struct world *world;
    struct peer *publisher;
    struct peer *receivers[RECEIVERS];
    uint64_t nacks;      /**< of all receivers */
    uint64_t lost;       /**< on the publisher's way up */
    uint64_t unrepaired; /**< packets that any receiver never got */
    uint64_t frames;     /**< seen by the first receiver */
    uint32_t frames_by_delay[MAX_DELAY_MS];
};

static int hall_open(struct hall *hall, const struct peer_config *publisher,
                     const struct link_config *up, int64_t delay_us, uint64_t seed)
{
    struct link_config down = {.delay_us = delay_us};
    int err = world_new(&hall->world, seed);
    if (err == 0) {
        err = world_join(hall->world, publisher, &down, &hall->publisher);
    }
    for (size_t i = 0; i < RECEIVERS && err == 0; i++) {
        err = world_join(hall->world, &viewer, &clean_path, &hall->receivers[i]);
    }
    if (err == 0) {
        world_run(hall->world, 2 * SECOND_US);
        world_set_link(hall->world, hall->publisher, up, NULL);
    }
    return err;
}

/** How old the last picture is that the first receiver could show: noted for each picture. */
static void note_delay(struct hall *hall)
{
    const struct sink *sink = peer_sink(hall->receivers[0], MEDIA_VIDEO, 0);
    if (sink->counts.frames_decoded > hall->frames) {
        hall->frames = sink->counts.frames_decoded;
        int64_t ms = (world_now_us(hall->world) - sink->last.mark.capture_us) / 1000;
        hall->frames_by_delay[ms < MAX_DELAY_MS ? ms : MAX_DELAY_MS - 1]++;
    }
}

static void hall_run(struct hall *hall, int64_t seconds)
{
    uint64_t lost_before = world_link_counts(hall->world, hall->publisher, true)->lost;
    for (int64_t ms = 0; ms < seconds * 1000; ms++) {
        world_run(hall->world, 1000);
        note_delay(hall);
    }
    hall->lost = world_link_counts(hall->world, hall->publisher, true)->lost - lost_before;
    world_set_link(hall->world, hall->publisher, &clean_path, NULL);
    world_run(hall->world, 2 * SECOND_US);
    for (size_t i = 0; i < RECEIVERS; i++) {
        struct sink_counts sum = peer_sum(hall->receivers[i], MEDIA_VIDEO);
        CHECK(is_clean(hall->receivers[i]));
        hall->nacks += sum.nacks;
        hall->unrepaired += sum.unrepaired;
    }
}

/** Delay that a share of the pictures exceeds, in ms. */
static int delay_ms(const struct hall *hall, double share)
{
    uint64_t all = 0;
    for (size_t i = 0; i < MAX_DELAY_MS; i++) {
        all += hall->frames_by_delay[i];
    }
    uint64_t below = 0;
    int ms = 0;
    while (ms < MAX_DELAY_MS - 1 && (double)below < (1 - share) * (double)all) {
        below += hall->frames_by_delay[ms++];
    }
    return ms - 1;
}

static void hall_show(const struct hall *hall, const char *what)
{
    if (getenv("SIM_SHOW") != NULL) {
        printf("  %s: lost %" PRIu64 ", NACKs of receivers %" PRIu64 ", of the relay %" PRIu64
               ", unrepaired %" PRIu64 ", delay p50 %d p90 %d p99 %d ms\n",
               what, hall->lost, hall->nacks, peer_counts(hall->publisher)->nacks_received,
               hall->unrepaired, delay_ms(hall, 0.5), delay_ms(hall, 0.1), delay_ms(hall, 0.01));
    }
}

TEST_NO_OOM(uplink_losses_are_repaired_once_for_all)
{
    struct hall hall = {0};
    struct link_config up = {.delay_us = 20000, .loss = 0.05};
    REQUIRE_OK(hall_open(&hall, &video_only, &up, 20000, 60));
    hall_run(&hall, 60);
    hall_show(&hall, "5 %");
    CHECK(hall.lost > 200);
    CHECK(hall.nacks * 100 < hall.lost);
    CHECK_INT(hall.unrepaired, 0);
    CHECK_INT(delay_ms(&hall, 0.5), 40); /* as without loss */
out:
    world_free(&hall.world);
}

TEST_NO_OOM(uplink_bursts_are_repaired_once_for_all)
{
    struct hall hall = {0};
    struct link_config up = {.delay_us = 20000, .burst_enter = 0.01, .burst_leave = 0.2};
    REQUIRE_OK(hall_open(&hall, &video_only, &up, 20000, 61));
    hall_run(&hall, 60);
    hall_show(&hall, "bursts");
    CHECK(hall.lost > 200);
    /* a keyframe that comes meanwhile ends the wait */
    CHECK(hall.nacks < hall.lost * RECEIVERS / 50);
    CHECK_INT(hall.unrepaired, 0);
out:
    world_free(&hall.world);
}

TEST_NO_OOM(uplink_reordering_asks_for_nothing)
{
    struct hall hall = {0};
    struct link_config up = {.delay_us = 20000, .reorder = 0.05, .reorder_us = 15000};
    REQUIRE_OK(hall_open(&hall, &video_only, &up, 20000, 62));
    hall_run(&hall, 60);
    hall_show(&hall, "reordering");
    CHECK_INT(hall.nacks, 0);
    CHECK(peer_counts(hall.publisher)->nacks_received <= 4); /* until it was learnt */
    CHECK_INT(hall.unrepaired, 0);
    CHECK_INT(delay_ms(&hall, 0.5), 40);
out:
    world_free(&hall.world);
}

TEST_NO_OOM(a_distant_publisher_is_given_time_for_one_repair)
{
    struct hall hall = {0};
    struct link_config up = {.delay_us = 150000, .loss = 0.02};
    REQUIRE_OK(hall_open(&hall, &video_only, &up, 150000, 63));
    hall_run(&hall, 60);
    hall_show(&hall, "RTT 300 ms");
    /* all that they see is what is lost twice, for which they ask each 40 ms, and the first loss,
     * when the round trip is not known yet */
    CHECK(hall.nacks < hall.lost * RECEIVERS / 2);
out:
    world_free(&hall.world);
}

TEST_NO_OOM(a_publisher_without_rtx_is_repaired_as_well)
{
    struct hall hall = {0};
    struct peer_config config = video_only;
    config.without_rtx = true;
    struct link_config up = {.delay_us = 20000, .loss = 0.05};
    REQUIRE_OK(hall_open(&hall, &config, &up, 20000, 64));
    hall_run(&hall, 60);
    hall_show(&hall, "no RTX");
    CHECK(hall.nacks * 100 < hall.lost);
    CHECK_INT(hall.unrepaired, 0);
    CHECK_INT(delay_ms(&hall, 0.5), 40);
out:
    world_free(&hall.world);
}

/** Nothing can be repaired: nothing waits for it, but reordering is put right all the same. */
TEST_NO_OOM(a_publisher_without_nack_is_not_waited_for)
{
    struct hall hall = {0};
    struct peer_config config = video_only;
    config.without_nack = true;
    struct link_config up = {.delay_us = 20000, .reorder = 0.05, .reorder_us = 15000};
    REQUIRE_OK(hall_open(&hall, &config, &up, 20000, 65));
    hall_run(&hall, 30);
    hall_show(&hall, "no NACK, reordering");
    CHECK(hall.nacks < 3 * RECEIVERS); /* until it was learnt */
    CHECK_INT(hall.unrepaired, 0);
    world_free(&hall.world);
    hall = (struct hall){0};
    up = (struct link_config){.delay_us = 20000, .loss = 0.02};
    REQUIRE_OK(hall_open(&hall, &config, &up, 20000, 66));
    hall_run(&hall, 30);
    hall_show(&hall, "no NACK, loss");
out:
    world_free(&hall.world);
}
