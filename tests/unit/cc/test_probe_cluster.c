#include "relay/cc/probe_cluster.h"
#include "unit/runner.h"

static struct probe_cluster cluster;

/** Sends it whole in 1 ms steps from `from_us` on; returns when the last packet left. */
static int64_t send_all(int64_t from_us)
{
    int64_t now_us = from_us;
    for (; cluster.state != PROBE_WAITING && now_us < from_us + 1000000; now_us += 1000) {
        uint32_t bytes = probe_cluster_due(&cluster, now_us);
        if (bytes > 0 && cluster.state == PROBE_PLANNED) {
            probe_cluster_begin(&cluster, now_us);
        }
        for (; bytes > 0 && cluster.state == PROBE_SENDING; bytes -= bytes < 250 ? bytes : 250) {
            probe_cluster_sent(&cluster, bytes < 250 ? bytes : 250, now_us);
        }
    }
    return now_us - 1000;
}

/** Tells arrivals of 20 packets, 1,000 bytes each, sent and come in so many us each. */
static struct probe_result judge(int64_t sent_step_us, int64_t arrival_step_us, uint32_t lost,
                                 double usual_loss)
{
    probe_cluster_plan(&cluster, 1, 8000000000 / (uint64_t)sent_step_us, 20 * sent_step_us, 0);
    probe_cluster_begin(&cluster, 0);
    for (uint32_t i = 0; i < 20; i++) {
        probe_cluster_sent(&cluster, 1000, i * sent_step_us);
    }
    for (uint32_t i = 0; i < 20; i++) {
        if (i % 2 == 1 && i / 2 < lost) {
            probe_cluster_lost(&cluster);
        } else {
            probe_cluster_acked(&cluster, i * sent_step_us, i * arrival_step_us, 1000);
        }
    }
    return probe_cluster_result(&cluster, usual_loss);
}

TEST(cluster_is_sent_at_its_rate)
{
    probe_cluster_plan(&cluster, 1, 4000000, 40000, 5000);
    CHECK_INT(probe_cluster_due(&cluster, 4999), 0);
    CHECK_INT(probe_cluster_next(&cluster), 5000);
    int64_t end_us = send_all(5000);
    CHECK_INT(cluster.state, PROBE_WAITING);
    CHECK(cluster.sent_bytes >= 20000 && cluster.sent_bytes < 23000);
    CHECK(end_us >= 5000 + 30000 && end_us <= 5000 + 45000);
    CHECK_INT(probe_cluster_next(&cluster), INT64_MAX);
}

TEST(media_counts_for_the_cluster)
{
    probe_cluster_plan(&cluster, 1, 4000000, 40000, 0);
    probe_cluster_begin(&cluster, 0);
    probe_cluster_sent(&cluster, 10000, 0);
    CHECK_INT(probe_cluster_due(&cluster, 10000), 0); /* 20 ms worth of it have left */
    CHECK(probe_cluster_next(&cluster) > 19000);
    CHECK(probe_cluster_due(&cluster, 20001) > 0);
}

TEST(slow_cluster_still_has_packets_enough)
{
    probe_cluster_plan(&cluster, 1, 200000, 15000, 0);
    (void)send_all(0);
    CHECK_INT(cluster.state, PROBE_WAITING);
    CHECK(cluster.sent_packets >= 5);
}

TEST(cluster_that_got_through)
{
    struct probe_result result = judge(2000, 2000, 0, 0);
    CHECK_INT(result.verdict, PROBE_CARRIED);
    CHECK_INT(result.bps, 4000000);
    result = judge(2000, 1800, 0, 0); /* queue behind it was shorter than before it */
    CHECK_INT(result.verdict, PROBE_CARRIED);
    CHECK_INT(result.bps, 4000000);
}

TEST(cluster_that_met_the_bottleneck)
{
    struct probe_result result = judge(2000, 4000, 0, 0);
    CHECK_INT(result.verdict, PROBE_STRETCHED);
    CHECK_INT(result.bps, 1900000);
}

TEST(loss_means_congestion_only_above_the_usual)
{
    CHECK_INT(judge(2000, 2000, 6, 0.02).verdict, PROBE_STRETCHED);
    struct probe_result result = judge(2000, 2000, 3, 0.12);
    CHECK_INT(result.verdict, PROBE_CARRIED);
    CHECK(result.bps >= 3800000 && result.bps <= 4000000);
}

TEST(arrivals_that_cannot_be_true_prove_nothing)
{
    CHECK_INT(judge(2000, 500, 0, 0).verdict, PROBE_NOT_KNOWN);
    CHECK_INT(judge(2000, 0, 0, 0).verdict, PROBE_NOT_KNOWN);
    CHECK_INT(judge(2000, 100000, 0, 0).verdict, PROBE_NOT_KNOWN);
}

TEST(cluster_does_not_wait_for_ever)
{
    probe_cluster_plan(&cluster, 1, 4000000, 40000, 0);
    CHECK(!probe_cluster_settled(&cluster, INT64_MIN, 500000));
    CHECK(probe_cluster_settled(&cluster, INT64_MIN, 1100000)); /* never taken */
    (void)send_all(0);
    CHECK(!probe_cluster_settled(&cluster, INT64_MIN, 200000));
    CHECK(probe_cluster_settled(&cluster, 100000, 460000)); /* word of later ones came long ago */
    CHECK(probe_cluster_settled(&cluster, INT64_MIN, 2000000));
}
