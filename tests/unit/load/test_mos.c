#include <math.h>
#include <stdlib.h>

#include "load/mos.h"
#include "unit/runner.h"

static double cost(const struct mos *mos)
{
    return mos->by_codec + mos->by_loss + mos->by_burst + mos->by_delay;
}

/** A stream with a share of packets lost in runs of a mean length, all delayed by so much. */
static struct stats_received stream(double lost, double run, int64_t delay_us)
{
    enum { PACKETS = 10000 };
    struct stats_received out = {.kind = LOAD_AUDIO, .due_us = 20000ULL * PACKETS};
    out.lost_after = (uint64_t)(lost * PACKETS);
    out.packets = PACKETS - out.lost_after;
    out.runs = (uint64_t)((double)out.lost_after / run);
    out.concealed_us = 20000 * out.lost_after;
    out.buffer_us = 40000;
    for (int i = 0; i < 100; i++) {
        hist_add(&out.delay_us, delay_us);
    }
    return out;
}

TEST(costs_add_up_to_what_is_missing)
{
    for (double lost = 0; lost < 1; lost += 0.09) {
        for (int64_t delay_us = 0; delay_us < 1200000; delay_us += 150000) {
            struct mos mos;
            mos_score(&mos, &(struct quality_input){
                                .lost = lost, .burst = 2.5, .delay_us = delay_us, .ie = 16});
            CHECK(fabs(cost(&mos) + mos.r - MOS_PERFECT_R) < 1e-6);
            CHECK(mos.by_codec >= 0 && mos.by_loss >= 0 && mos.by_burst >= 0 && mos.by_delay >= 0);
            CHECK(mos.score >= 1 && mos.score <= 4.5);
        }
    }
}

TEST(clean_call_costs_codec_only)
{
    struct stats_received clean = stream(0, 1, 300);
    struct mos mos;
    REQUIRE(mos_of_stream(&mos, &clean, &(struct mos_about){.sent_bps = 32000}));
    CHECK(mos.score > 4.3);
    CHECK(mos.by_codec > 10 && mos.by_loss == 0 && mos.by_burst == 0 && mos.by_delay == 0);
out:
    return;
}

TEST(each_harm_is_named)
{
    struct stats_received lossy = stream(0.05, 1.0 / 0.95, 300);
    struct stats_received bursty = stream(0.05, 4, 300);
    struct stats_received late = stream(0, 1, 400000);
    struct mos mos;
    REQUIRE(mos_of_stream(&mos, &lossy, &(struct mos_about){.sent_bps = 48000}));
    CHECK(mos.by_loss > 40 && mos.by_burst < 0.5 && mos.by_delay == 0);
    double random_score = mos.score;
    REQUIRE(mos_of_stream(&mos, &bursty, &(struct mos_about){.sent_bps = 48000}));
    CHECK(mos.by_burst > 5 && mos.score < random_score);
    REQUIRE(mos_of_stream(&mos, &late, &(struct mos_about){.sent_bps = 48000}));
    CHECK(mos.by_delay > 30 && mos.by_loss == 0);
out:
    return;
}

TEST(mix_was_coded_twice)
{
    struct stats_received forwarded = stream(0, 1, 300);
    struct stats_received mix = forwarded;
    mix.mixed = mix.packets;
    struct mos once;
    struct mos twice;
    REQUIRE(mos_of_stream(&once, &forwarded, &(struct mos_about){.sent_bps = 48000}));
    REQUIRE(mos_of_stream(&twice, &mix, &(struct mos_about){.sent_bps = 48000}));
    CHECK(fabs(twice.by_codec - 2 * once.by_codec) < 1e-9);
out:
    return;
}

TEST(worst_stream_counts_and_short_ones_do_not)
{
    struct stats *stats = calloc(1, sizeof(*stats));
    REQUIRE(stats != NULL);
    struct mos mos;
    mos_of_stats(&mos, stats, 48000);
    CHECK(mos.score == 0);
    stats->received_count = 3;
    stats->received[0] = stream(0.01, 1, 300);
    stats->received[1] = stream(0.10, 1, 300);
    stats->received[2] = stream(0.50, 1, 300);
    stats->received[2].due_us = MOS_LEAST_DUE_US - 1;
    mos_of_stats(&mos, stats, 48000);
    struct mos worst;
    REQUIRE(mos_of_stream(&worst, &stats->received[1], &(struct mos_about){.sent_bps = 48000}));
    CHECK(mos.r == worst.r);
out:
    free(stats);
}

TEST(mix_is_as_late_as_it_is_heard_or_as_the_way_is_long)
{
    struct stats *stats = calloc(1, sizeof(*stats));
    REQUIRE(stats != NULL);
    struct mos mos;
    stats->received_count = 1;
    stats->received[0] = stream(0, 1, 300);
    stats->received[0].delay_us = (struct hist){.sum = 0}; /* no marks */
    stats->received[0].mixed = stats->received[0].packets;
    mos_of_stats(&mos, stats, 48000);
    CHECK(!mos.delay_known && mos.by_delay == 0);
    stats->sent_count = 1;
    stats->sent[0].rtt_us = 400000;
    mos_of_stats(&mos, stats, 48000);
    double by_way = mos.by_delay;
    CHECK(mos.delay_known && by_way > 30);
    mos_of_heard(&mos, stats, 48000, 600000);
    CHECK(mos.delay_known && mos.by_delay > by_way);
out:
    free(stats);
}
