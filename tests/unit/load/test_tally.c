#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "load/tally.h"
#include "unit/runner.h"

static bool make(struct tally *tally, size_t callers)
{
    *tally = (struct tally){.server_cpu_s = -1, .audio_bps = 48000};
    tally->callers = calloc(callers, sizeof(*tally->callers));
    tally->caller_count = tally->callers == NULL ? 0 : callers;
    return tally->callers != NULL;
}

TEST(nobody_sums_up_to_nothing)
{
    struct tally tally = {.server_cpu_s = -1};
    struct tally_sum sum;
    tally_sum(&tally, &sum);
    CHECK(sum.callers == 0 && sum.mos_mean == 0 && sum.loss_after == 0);
    CHECK(sum.server_us_per_packet == -1);
    tally_deinit(&tally);
}

TEST(failures_are_counted_by_cause_with_the_first_words)
{
    struct tally tally;
    struct tally_sum sum;
    REQUIRE(make(&tally, 5));
    for (size_t i = 0; i < 5; i++) {
        tally.callers[i].state = i < 3 ? CALLER_FAILED : CALLER_UP;
    }
    tally.callers[0].cause = LOAD_REFUSED;
    tally.callers[1].cause = LOAD_REFUSED;
    (void)strcpy(tally.callers[1].message, "token expired");
    tally.callers[2].cause = LOAD_ICE_TIMEOUT;
    tally_sum(&tally, &sum);
    CHECK_INT(sum.failed, 3);
    CHECK_INT(sum.up, 2);
    tally.callers[2].times.keys_us = 5; /* came up, and was dropped then */
    tally_sum(&tally, &sum);
    CHECK_INT(sum.up, 3);
    CHECK_INT(sum.causes[LOAD_REFUSED], 2);
    CHECK_INT(sum.causes[LOAD_ICE_TIMEOUT], 1);
    REQUIRE(sum.first_message[LOAD_REFUSED] != NULL);
    CHECK_STR(sum.first_message[LOAD_REFUSED], "token expired");
    CHECK(fabs(tally_failed_share(&sum) - 0.6) < 1e-9);
out:
    tally_deinit(&tally);
}

TEST(mos_is_mean_worst_and_fifth_percentile)
{
    struct tally tally;
    struct tally_sum sum;
    REQUIRE(make(&tally, 101));
    for (size_t i = 0; i < 100; i++) {
        tally.callers[i].state = CALLER_UP;
        tally.callers[i].mos = (struct mos){.score = i < 10 ? 2.0 : 4.0, .r = 100, .by_loss = 48};
    }
    tally_sum(&tally, &sum);
    CHECK_INT(sum.judged, 100);
    CHECK(fabs(sum.mos_mean - 3.8) < 1e-9 && sum.mos_worst == 2 && sum.mos_p5 == 2);
    CHECK(fabs(sum.by_loss - 48) < 1e-9 && fabs(sum.r_mean - 100) < 1e-9);
    for (size_t i = 4; i < 10; i++) {
        tally.callers[i].mos.score = 4;
    }
    tally_sum(&tally, &sum);
    CHECK(fabs(sum.mos_p5 - 4) < 1e-9 && sum.mos_worst == 2);
out:
    tally_deinit(&tally);
}

TEST(rooms_are_summed_apart)
{
    struct tally tally;
    struct tally_sum sum;
    REQUIRE(make(&tally, 4));
    for (uint32_t i = 0; i < 4; i++) {
        struct caller_result *caller = &tally.callers[i];
        caller->state = CALLER_UP;
        caller->config.room = i / 2;
        caller->stats.received_count = 1;
        caller->stats.received[0] = (struct stats_received){
            .kind = LOAD_AUDIO, .packets = 90, .lost_after = i < 2 ? 10 : 0, .lost_before = 10};
    }
    tally_sum_room(&tally, 0, &sum);
    CHECK(sum.callers == 2 && fabs(sum.loss_after - 0.1) < 1e-9);
    tally_sum_room(&tally, 1, &sum);
    CHECK(sum.callers == 2 && sum.loss_after == 0);
    tally_sum(&tally, &sum);
    CHECK(sum.callers == 4 && fabs(sum.loss_after - 20.0 / 380) < 1e-9);
    CHECK(fabs(sum.loss_before - 40.0 / 380) < 1e-9);
out:
    tally_deinit(&tally);
}

TEST(stages_and_server_cost)
{
    struct tally tally;
    struct tally_sum sum;
    REQUIRE(make(&tally, 2));
    for (size_t i = 0; i < 2; i++) {
        tally.callers[i].state = CALLER_UP;
        tally.callers[i].stats.rtp_received = 500;
        tally.callers[i].times = (struct caller_times){.begin_us = 1000,
                                                       .answer_us = 6000,
                                                       .path_us = 7000,
                                                       .keys_us = 17000,
                                                       .sound_us = 37000,
                                                       .frame_us = i == 0 ? 27000 : 0};
    }
    tally.server_cpu_s = 0.002;
    tally.server_bytes_before = 1000;
    tally.server_bytes_peak = 5000;
    tally.moments = calloc(2, sizeof(*tally.moments));
    REQUIRE(tally.moments != NULL);
    tally.moment_count = 2;
    tally.moments[0].up = 1; /* one came after the other: churn */
    tally_sum(&tally, &sum);
    CHECK_INT(hist_count(&sum.stage_us[TALLY_HTTP]), 2);
    CHECK_INT(sum.stage_us[TALLY_HTTP].sum, 10000);
    CHECK_INT(sum.stage_us[TALLY_FRAME].sum, 10000);
    CHECK_INT(hist_count(&sum.stage_us[TALLY_FRAME]), 1);
    CHECK_INT(sum.join_us.sum, 26000 + 36000);
    CHECK(fabs(sum.server_us_per_packet - 2) < 1e-9);
    CHECK(fabs(sum.server_bytes_per_caller - 4000) < 1e-9);
out:
    tally_deinit(&tally);
}

/** Sees 25 frames a second for ten seconds. */
static struct stats_received seen(void)
{
    return (struct stats_received){.kind = LOAD_VIDEO,
                                   .packets = 500,
                                   .frames = 250,
                                   .shown_us = 10000000,
                                   .interval_s = 10,
                                   .interval2_s2 = 0.4};
}

TEST(who_sees_nothing_has_no_frame_rate_and_a_frozen_picture)
{
    struct tally tally;
    struct tally_sum sum;
    REQUIRE(make(&tally, 4));
    for (size_t i = 0; i < 4; i++) {
        struct caller_result *caller = &tally.callers[i];
        caller->state = CALLER_UP;
        caller->pictures_due_us = 10000000;
        caller->stats.received_count = 2; /* the second has nothing to do */
        caller->stats.received[0] = seen();
        caller->stats.received[1].kind = LOAD_VIDEO;
    }
    tally_sum(&tally, &sum);
    CHECK(sum.watching == 4 && fabs(sum.fps - 25) < 1e-9 && sum.frozen == 0);
    /* packets without a frame; nothing at all; one frame that stands still */
    tally.callers[1].stats.received[0] =
        (struct stats_received){.kind = LOAD_VIDEO, .packets = 500};
    tally.callers[2].stats.received[0] = (struct stats_received){.kind = LOAD_VIDEO};
    tally.callers[3].stats.received[0] = (struct stats_received){
        .kind = LOAD_VIDEO, .packets = 30, .frames = 1, .shown_us = 10000000};
    tally_sum(&tally, &sum);
    CHECK_INT(sum.watching, 4);
    CHECK(fabs(sum.fps - 25.0 / 4) < 1e-9);
    CHECK(fabs(sum.frozen - 0.75) < 1e-9);
    CHECK(fabs(sum.freezes_per_min - 3 * 60 / 40.0) < 1e-9);
    tally.callers[2].pictures_due_us = TALLY_BLIND_US - 1; /* has just come */
    tally_sum(&tally, &sum);
    CHECK_INT(sum.watching, 3);
    CHECK(fabs(sum.fps - 25.0 / 3) < 1e-9);
out:
    tally_deinit(&tally);
}

TEST(delay_and_distance_are_of_those_to_whom_something_came)
{
    struct tally tally;
    struct tally_sum sum;
    REQUIRE(make(&tally, 2));
    tally.callers[0].scored = true;
    tally.callers[0].score = (struct heard_score){
        .sound = true, .estoi = 0.9, .compared = true, .lsd_db = 3, .mouth_to_ear_ms = 80};
    tally.callers[1].scored = true; /* nothing of what was said came */
    tally.callers[1].score.sound = true;
    tally_sum(&tally, &sum);
    CHECK(sum.scored == 2 && sum.compared == 1);
    CHECK(fabs(sum.estoi_mean - 0.45) < 1e-9 && sum.estoi_worst == 0);
    CHECK(fabs(sum.lsd_db_mean - 3) < 1e-9 && fabs(sum.mouth_to_ear_ms - 80) < 1e-9);
out:
    tally_deinit(&tally);
}

TEST(a_tool_that_stood_still_once_was_late)
{
    struct tally tally = {.agent = "light"};
    for (unsigned i = 0; i < 100000; i++) {
        hist_add(&tally.lag_us, 300);
    }
    CHECK(!tally_tool_late(&tally) && !tally_tool_wants_core(&tally));
    hist_add(&tally.lag_us, 13000000); /* in no percentile */
    CHECK(tally_tool_late(&tally) && tally_tool_wants_core(&tally));
    tally.real_time = true; /* it has one */
    CHECK(tally_tool_late(&tally) && !tally_tool_wants_core(&tally));
    goto out;
out:
    return;
}
