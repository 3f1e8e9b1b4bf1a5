/**
 * How many packets of a camera are kept: of one packet each 10 ms, for a receiver who tells what
 * came, or does not.
 */
#include "base/bytes.h"
#include "cc/twcc_recorder.h"
#include "media/rtx_cache.h"
#include "relay/room/keeping.h"
#include "rtp/rtcp_fb.h"
#include "rtp/rtp_ext.h"
#include "support/call.h"
#include "unit/runner.h"

enum {
    CAMERA = 1,
    VIEWER = 2,
    STEP_US = 10000,
    KEYFRAME_EVERY = 100,
    UNTOLD_MOST = 16, /**< the least age, and the pause between packets */
    SETTLE_US =
        9000000,    /**< of the probes at first the viewer tells nothing, as if they were lost */
    TOLD_MOST = 30, /**< a round trip of unknown length, and the pause of feedback */
    ALL_LEAST = 120 /**< all of 1.25 s, but for rounding */
};

struct scene {
    struct call call;
    struct twcc_recorder recorder; /**< the viewer's */
    uint16_t frame;
    bool loses_feedback; /**< the next one is lost on its way */
};

static int set_up(struct scene *scene, bool watched)
{
    *scene = (struct scene){0};
    twcc_recorder_init(&scene->recorder);
    int err = call_init(&scene->call);
    scene->call.twcc = true;
    if (err == 0 && !call_join_pair(&scene->call, CAMERA, 0)) {
        return -1;
    }
    return err == 0 && watched && !call_join_pair(&scene->call, VIEWER, 0) ? -1 : err;
}

static void tear_down(struct scene *scene)
{
    twcc_recorder_deinit(&scene->recorder);
    call_deinit(&scene->call);
}

/** The viewer notes what was sent to him. */
static void watch(struct scene *scene)
{
    const struct call_sent *sent;
    struct rtp_header header;
    uint32_t ssrc = call_slot_ssrc(VIEWER, 1);
    for (size_t i = 0; (sent = call_find_rtp(&scene->call, ssrc, i, &header)) != NULL; i++) {
        uint8_t bytes = 0;
        const uint8_t *number = rtp_ext_find(sent->data, &header, CALL_EXT_TWCC, &bytes);
        if (number != NULL && bytes == 2) {
            twcc_recorder_receive(&scene->recorder, (uint16_t)(number[0] << 8 | number[1]), ssrc,
                                  (uint32_t)sent->len, header.marker, sent->at_us,
                                  scene->call.now_us);
        }
    }
    call_clear(&scene->call);
}

static void run(struct scene *scene, int64_t us, bool tells)
{
    uint8_t feedback[TWCC_MAX_BYTES];
    for (int64_t passed = 0; passed < us; passed += STEP_US) {
        uint16_t frame = scene->frame++;
        call_video(&scene->call, CAMERA, frame, frame, frame % KEYFRAME_EVERY == 0, true, true);
        call_turn(&scene->call);
        watch(scene);
        size_t len = tells ? twcc_recorder_poll(&scene->recorder, 1, scene->call.now_us, feedback,
                                                sizeof(feedback))
                           : 0;
        if (len > 0 && !scene->loses_feedback) {
            call_rtcp(&scene->call, VIEWER, feedback, len);
        }
        scene->loses_feedback = scene->loses_feedback && len == 0;
        call_run(&scene->call, STEP_US);
    }
}

static size_t kept(const struct scene *scene)
{
    return pool_in_use(scene->call.packets);
}

TEST_NO_OOM(what_nobody_watches_is_hardly_kept)
{
    struct scene scene;
    REQUIRE_OK(set_up(&scene, false));
    run(&scene, 3000000, false);
    CHECK(kept(&scene) <= UNTOLD_MOST);
out:
    tear_down(&scene);
}

/** Little is kept, then all for as long as this takes, then little again. */
static void check_kept(bool asks, int64_t all_us, bool tells, int64_t less_us)
{
    struct scene scene;
    uint8_t nack[] = {0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0};
    REQUIRE_OK(set_up(&scene, true));
    bytes_put_u32(nack + 8, call_slot_ssrc(VIEWER, 1));
    run(&scene, SETTLE_US, true);
    CHECK(kept(&scene) <= TOLD_MOST);
    if (asks) {
        call_rtcp(&scene.call, VIEWER, nack, sizeof(nack));
    }
    run(&scene, all_us, tells);
    CHECK(kept(&scene) >= ALL_LEAST);
    run(&scene, less_us, true);
    CHECK(kept(&scene) <= TOLD_MOST);
out:
    tear_down(&scene);
}

TEST_NO_OOM(what_a_receiver_has_told_is_not_kept)
{
    check_kept(false, 2000000, false, 3000000); /* he may be cut off, and ask for all of it */
    goto out;
out:
    return;
}

/** Of what a lost feedback would have told it is not known whether it came. */
TEST_NO_OOM(after_a_lost_feedback_more_is_kept_for_some_seconds)
{
    struct scene scene;
    REQUIRE_OK(set_up(&scene, true));
    run(&scene, SETTLE_US, true);
    CHECK(kept(&scene) <= TOLD_MOST);
    scene.loses_feedback = true;
    run(&scene, 1000000, true);
    CHECK(kept(&scene) > TOLD_MOST);
    run(&scene, 3500000, true);
    CHECK(kept(&scene) > TOLD_MOST);
    run(&scene, 2000000, true);
    CHECK(kept(&scene) <= TOLD_MOST);
out:
    tear_down(&scene);
}

TEST_NO_OOM(where_something_is_missed_all_is_kept_for_a_while)
{
    check_kept(true, 3000000, true, 6000000);
    goto out;
out:
    return;
}

TEST_NO_OOM(a_slow_picture_is_kept_until_the_next_one)
{
    struct scene scene;
    REQUIRE_OK(set_up(&scene, true));
    run(&scene, 1000000, true);
    for (uint16_t i = 0; i < 4; i++) { /* its loss is noticed when the next one comes */
        call_run(&scene.call, 600000);
        run(&scene, STEP_US, true);
    }
    CHECK(kept(&scene) >= 2);
out:
    tear_down(&scene);
}

TEST(after_the_longest_pause_all_is_kept_for_seconds_only)
{
    const struct keeping_need nobody = {.arrived_us = INT64_MAX, .others = true};
    struct keeping keeping;
    int64_t now_us = 0;
    keeping_init(&keeping);
    keeping_note_gap(&keeping, INT64_C(3600000000)); /* a camera that was off for an hour */
    CHECK_INT(keeping_update(&keeping, &nobody, now_us), now_us - RTX_CACHE_VIDEO_AGE_US);
    for (; now_us < 10000000; now_us += KEEPING_CHECK_US) {
        (void)keeping_update(&keeping, &nobody, now_us);
    }
    CHECK(keeping_update(&keeping, &nobody, now_us) > now_us - RTX_CACHE_VIDEO_AGE_US / 4);
    goto out;
out:
    return;
}
