#include <stdlib.h>

#include "load/measure.h"
#include "load/mos.h"
#include "unit/runner.h"

enum { S_US = 1000000, BEGIN_US = 100 * S_US };

/** Two streams of sound of which the second was heard last, 50 packets a second. */
static struct stats *heard_until(int64_t last_us)
{
    struct stats *stats = calloc(1, sizeof(*stats));
    if (stats != NULL) {
        stats->received_count = 2;
        stats->received[0] = (struct stats_received){
            .kind = LOAD_AUDIO, .packets = 50, .due_us = S_US, .last_us = BEGIN_US};
        stats->received[1] = (struct stats_received){
            .kind = LOAD_AUDIO, .packets = 500, .due_us = 10 * S_US, .last_us = last_us};
    }
    return stats;
}

TEST(sound_that_ceases_is_lost_until_the_last_word)
{
    struct stats *stats = heard_until(BEGIN_US + 10 * S_US);
    struct mos mos;
    REQUIRE(stats != NULL);
    const struct measure_time time = {
        .begin_us = BEGIN_US, .sound_due_us = 5 * S_US, .spoken_us = BEGIN_US + 30 * S_US};
    measure_take(stats, &time);
    CHECK_INT(stats->received[0].lost_after, 0);
    CHECK_INT(stats->received[1].due_us, 30 * S_US);
    CHECK_INT(stats->received[1].concealed_us, 20 * S_US);
    CHECK_INT(stats->received[1].lost_after, 1000);
    CHECK_INT(stats->received[1].lost_before, 1000);
    CHECK_INT(stats->received[1].runs, 1);
    mos_of_stats(&mos, stats, 48000);
    CHECK(mos.score > 0 && mos.score < 2);
out:
    free(stats);
}

TEST(who_hears_nothing_at_all_in_the_time_measured_is_judged)
{
    struct stats *stats = heard_until(BEGIN_US - 20 * S_US);
    struct span_mark *mark = NULL;
    struct mos mos;
    REQUIRE(stats != NULL);
    stats->received[0].last_us = BEGIN_US - 30 * S_US;
    REQUIRE_OK(span_set(&mark, stats));
    const struct measure_time time = {.begin_us = BEGIN_US,
                                      .mark = mark,
                                      .sound_due_us = 5 * S_US,
                                      .spoken_us = BEGIN_US + 8 * S_US};
    measure_take(stats, &time);
    CHECK_INT(stats->received[1].packets, 0);
    CHECK_INT(stats->received[1].due_us, 8 * S_US);
    CHECK_INT(stats->received[1].concealed_us, 8 * S_US);
    mos_of_stats(&mos, stats, 48000);
    CHECK(mos.score > 0 && mos.score < 1.5);
out:
    span_free(&mark);
    free(stats);
}

TEST(pauses_and_rooms_where_nobody_speaks_are_no_loss)
{
    struct stats *stats = heard_until(BEGIN_US + 10 * S_US);
    REQUIRE(stats != NULL);
    struct measure_time time = {
        .begin_us = BEGIN_US, .sound_due_us = 5 * S_US, .spoken_us = BEGIN_US + 11 * S_US - 1};
    measure_take(stats, &time); /* the last word was soon after */
    time.spoken_us = BEGIN_US + 30 * S_US;
    time.sound_due_us = 0;
    measure_take(stats, &time); /* others have gone */
    CHECK_INT(stats->received[1].concealed_us, 0);
    CHECK_INT(stats->received[1].lost_after, 0);
out:
    free(stats);
}

TEST(nothing_is_measured_before_the_begin)
{
    struct stats *stats = heard_until(BEGIN_US);
    struct mos mos;
    REQUIRE(stats != NULL);
    stats->rtp_received = 550;
    const struct measure_time time = {.sound_due_us = 5 * S_US, .spoken_us = BEGIN_US + 9 * S_US};
    measure_take(stats, &time);
    CHECK_INT(stats->received_count, 0);
    CHECK_INT(stats->rtp_received, 0);
    mos_of_stats(&mos, stats, 48000);
    CHECK(mos.score == 0);
out:
    free(stats);
}
