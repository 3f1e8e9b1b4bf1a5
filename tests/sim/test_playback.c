/**
 * The judges against known answers: freezes, frame rate, height, layers, pauses; concealed sound.
 */
#include "load/listening.h"
#include "load/playback.h"
#include "unit/runner.h"

static void show_at(struct playback *playback, int64_t at_us, uint16_t height, uint8_t layer,
                    uint8_t tid)
{
    const struct playback_frame frame = {
        .shown_us = at_us, .publisher = 1, .height = height, .layer = layer, .tid = tid};
    playback_show(playback, &frame);
}

/** Frames each interval, the first at `from`; @return the time of the last. */
static int64_t show_frames(struct playback *playback, int64_t from_us, int64_t interval_us,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        show_at(playback, from_us + (int64_t)i * interval_us, 360, 1, 0);
    }
    return from_us + (int64_t)(count - 1) * interval_us;
}

TEST_NO_OOM(playback_a_freeze_is_a_gap_of_the_mean_and_150_ms)
{
    struct playback playback;
    playback_init(&playback, true);
    int64_t at_us = show_frames(&playback, 1000000, 40000, 31);
    show_at(&playback, at_us += 189999, 360, 1, 0); /* mean 40: the limit is 190 */
    CHECK_INT(playback.sums.freezes, 0);
    at_us = show_frames(&playback, at_us + 40000, 40000, 31);
    show_at(&playback, at_us += 190000, 360, 1, 0);
    CHECK_INT(playback.sums.freezes, 1);
    CHECK_INT(playback.sums.frozen_us, 190000);
    REQUIRE_INT(playback.freezes.count, 1);
    CHECK_INT(playback.freezes.at[0].end_us, at_us);
    CHECK_INT(playback_sums(&playback, at_us + 100000).freezes, 1);
    CHECK_INT(playback_sums(&playback, at_us + 1000000).freezes, 2); /* still frozen */
out:
    playback_deinit(&playback);
}

TEST_NO_OOM(playback_a_slow_picture_freezes_at_three_times_its_mean)
{
    struct playback playback;
    playback_init(&playback, false);
    int64_t at_us = show_frames(&playback, 1000000, 200000, 31);
    show_at(&playback, at_us += 599000, 360, 1, 0);
    CHECK_INT(playback.sums.freezes, 0);
    at_us = show_frames(&playback, at_us + 200000, 200000, 31);
    show_at(&playback, at_us + 600000, 360, 1, 0);
    CHECK_INT(playback.sums.freezes, 1);
    playback_deinit(&playback);
}

TEST_NO_OOM(playback_harmonic_rate_counts_gaps_by_their_square)
{
    struct playback playback;
    playback_init(&playback, false);
    int64_t at_us = show_frames(&playback, 1000000, 50000, 21);
    struct playback_sums sums = playback_sums(&playback, at_us);
    CHECK_INT((int)(playback_harmonic_fps(&sums) * 1000 + 0.5), 20000);
    /* one second at 20 frames, then a gap of one second: 2 / (20 * 0.0025 + 1) */
    show_at(&playback, at_us + 1000000, 360, 1, 0);
    sums = playback_sums(&playback, at_us + 1000000);
    CHECK_INT((int)(playback_harmonic_fps(&sums) * 1000 + 0.5), 1905);
    playback_deinit(&playback);
}

TEST_NO_OOM(playback_a_told_pause_is_no_freeze)
{
    struct playback playback;
    playback_init(&playback, true);
    int64_t at_us = show_frames(&playback, 1000000, 40000, 26); /* one second */
    playback_pause(&playback, true, at_us);
    playback_pause(&playback, true, at_us + 1000);
    CHECK_INT(playback_sums(&playback, at_us + 500000).paused_us, 500000);
    playback_pause(&playback, false, at_us + 1000000);
    (void)show_frames(&playback, at_us + 1000000, 40000, 26);
    struct playback_sums sums = playback_sums(&playback, at_us + 2000000);
    CHECK_INT(sums.freezes, 0);
    CHECK_INT(sums.pauses, 1);
    CHECK_INT(sums.paused_us, 1000000);
    CHECK_INT((int)(playback_mean_height(&sums) + 0.5), 240); /* 360 for two of three seconds */
    REQUIRE_INT(playback.told_pauses.count, 1);
    CHECK_INT(playback.told_pauses.at[0].end_us, at_us + 1000000);
out:
    playback_deinit(&playback);
}

TEST_NO_OOM(playback_counts_changes_of_layer)
{
    static const uint8_t full[4] = {0, 2, 1, 2};
    struct playback playback;
    int64_t at_us = 1000000;
    playback_init(&playback, false);
    for (size_t i = 0; i < 40; i++) {
        show_at(&playback, at_us += 33000, 180, 0, full[i % 4]);
    }
    for (size_t i = 0; i < 40; i++) { /* only T0 and T1 */
        show_at(&playback, at_us += 66000, 180, 0, (uint8_t)(i % 2));
    }
    CHECK_INT(playback.sums.temporal_switches, 1);
    for (size_t i = 0; i < 40; i++) {
        show_at(&playback, at_us += 33000, 360, 1, full[i % 4]);
    }
    CHECK_INT(playback.sums.layer_switches, 1);
    CHECK_INT(playback.sums.temporal_switches, 1); /* none of its own */
    playback_deinit(&playback);
}

/** Packets of 20 ms that take delay_us. */
static void hear(struct listening *listening, uint32_t from, uint32_t to, int64_t delay_us)
{
    for (uint32_t n = from; n < to; n++) {
        const struct listening_packet packet = {
            .number = n, .capture_us = n * 20000, .arrival_us = n * 20000 + delay_us};
        listening_hear(listening, &packet);
    }
}

TEST_NO_OOM(listening_conceals_what_is_missing)
{
    struct listening listening = {.begun = false};
    hear(&listening, 0, 50, 30000);
    hear(&listening, 52, 100, 30000);
    CHECK_INT(listening.heard_us, 2000000);
    CHECK_INT(listening.concealed_us, 40000);
    CHECK_INT((int)(listening_concealed_share(&listening) * 1000 + 0.5), 20);
}

TEST_NO_OOM(listening_conceals_a_stall_once_and_then_has_room_for_it)
{
    struct listening listening = {.begun = false};
    hear(&listening, 0, 50, 30000);
    CHECK_INT(listening.concealed_us, 0);
    /* the path is longer by 100 ms from now on; 40 of them are in the buffer */
    hear(&listening, 50, 100, 130000);
    CHECK_INT(listening.concealed_us, 60000);
    hear(&listening, 100, 150, 60000);
    hear(&listening, 150, 200, 130000);
    CHECK(listening.concealed_us < 90000);
}

/** A frame each 40 ms that takes delay_us, or until the one before it is there. */
static void take(struct playback *playback, int64_t n, int64_t delay_us)
{
    const struct playback_frame frame = {
        .capture_us = n * 40000, .publisher = 1, .height = 360, .layer = 1};
    int64_t there_us = n * 40000 + delay_us;
    playback_take(playback, &frame, there_us > playback->there_us ? there_us : playback->there_us);
}

TEST_NO_OOM(playback_the_buffer_hides_what_is_often_late)
{
    struct playback playback;
    playback_init(&playback, true);
    for (int64_t n = 0; n < 500; n++) { /* each tenth needs a repair */
        take(&playback, n, n % 10 == 0 ? 150000 : 20000);
    }
    CHECK_INT(playback.offset_us, 150000);
    for (size_t i = 300; i < 499; i++) {
        CHECK_INT(playback.frames[i + 1].shown_us - playback.frames[i].shown_us, 40000);
    }
    for (int64_t n = 500; n < 1000; n++) { /* each hundredth */
        take(&playback, n, n % 100 == 0 ? 150000 : 20000);
    }
    CHECK(playback.offset_us < 40000);
    CHECK_INT(playback.sums.freezes, 0);
    playback_deinit(&playback);
}
