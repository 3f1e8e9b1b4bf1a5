#include "relay/room/thin_link.h"
#include "unit/runner.h"

enum { VOICES_BPS = 150000 };

struct scene {
    struct thin_link link;
    uint64_t bytes;
    int64_t now_us;
    int64_t rtt_us;
    uint32_t lost; /* of a hundred */
};

/** A second in which voices took so much. @return has it changed? */
static bool second(struct scene *scene, uint64_t bps, size_t voices, uint64_t target_bps)
{
    scene->bytes += bps / 8;
    scene->now_us += THIN_LINK_PERIOD_US;
    const struct thin_link_input input = {.bytes = scene->bytes,
                                          .voices = voices,
                                          .target_bps = target_bps,
                                          .rtt_us = scene->rtt_us,
                                          .lost = scene->lost,
                                          .expected = 100};
    return thin_link_update(&scene->link, &input, scene->now_us);
}

static void begin(struct scene *scene)
{
    *scene = (struct scene){.now_us = 7000000, .rtt_us = 40000};
    thin_link_init(&scene->link);
    CHECK(thin_link_is_due(&scene->link, scene->now_us));
    CHECK(!second(scene, 0, 3, 30000));
    CHECK(!thin_link_is_due(&scene->link, scene->now_us + THIN_LINK_PERIOD_US - 1));
    CHECK(thin_link_is_due(&scene->link, scene->now_us + THIN_LINK_PERIOD_US));
    scene->rtt_us = 200000; /* packets wait */
}

TEST(several_voices_on_a_thin_link_are_too_much)
{
    struct scene scene;
    begin(&scene);
    CHECK(!second(&scene, VOICES_BPS, 3, 100000));
    CHECK(!second(&scene, 20000, 3, 100000)); /* a pause */
    CHECK(!second(&scene, VOICES_BPS, 3, 100000));
    CHECK(second(&scene, VOICES_BPS, 3, 100000));
    CHECK(scene.link.thin);
    goto out;
out:;
}

TEST(one_voice_or_an_unknown_link_is_left_alone)
{
    struct scene scene;
    begin(&scene);
    for (int i = 0; i < 10; i++) {
        CHECK(!second(&scene, VOICES_BPS, 1, 30000));
        CHECK(!second(&scene, VOICES_BPS, 3, UINT64_MAX));
        CHECK(!second(&scene, VOICES_BPS, 3, 170000));
    }
    goto out;
out:;
}

TEST(an_estimate_alone_is_not_believed)
{
    struct scene scene;
    begin(&scene);
    scene.rtt_us = 40000 + THIN_LINK_QUEUE_US - 1;
    scene.lost = THIN_LINK_LOSS_PERCENT;
    for (int i = 0; i < 10; i++) {
        CHECK(!second(&scene, VOICES_BPS, 3, 100000));
    }
    scene.lost = THIN_LINK_LOSS_PERCENT + 1;
    CHECK(!second(&scene, VOICES_BPS, 3, 100000));
    CHECK(second(&scene, VOICES_BPS, 3, 100000));
    goto out;
out:;
}

TEST(goes_back_when_there_is_ample_room_for_long)
{
    struct scene scene;
    begin(&scene);
    CHECK(!second(&scene, VOICES_BPS, 3, 100000));
    CHECK(second(&scene, VOICES_BPS, 3, 100000));
    for (int i = 0; i < 30; i++) {
        CHECK(!second(&scene, 50000, 0, 200000)); /* would do, just */
    }
    for (int i = 0; i < THIN_LINK_BETTER_PERIODS - 1; i++) {
        CHECK(!second(&scene, 50000, 0, 300000));
    }
    CHECK(second(&scene, 50000, 0, 300000));
    CHECK(!scene.link.thin);
    goto out;
out:;
}

TEST(a_link_is_narrow_until_it_is_clearly_wider)
{
    static const struct {
        uint64_t target_bps;
        bool narrow;
    } steps[] = {{UINT64_MAX, false}, {700000, false}, {599999, true},
                 {899999, true},      {900000, false}, {700000, false}};
    struct scene scene = {.now_us = 7000000};
    thin_link_init(&scene.link);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        CHECK(!second(&scene, 50000, 1, steps[i].target_bps));
        CHECK(scene.link.narrow == steps[i].narrow);
    }
    goto out;
out:;
}
