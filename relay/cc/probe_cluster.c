#include "probe_cluster.h"

enum {
    MIN_PACKETS = 5,
    MIN_ACKED = 4,
    BURST_US = 2000,
    LONG_BURST_US = 5000,
    LONG_CLUSTER_US = 30000,
    MAX_SENDING_US = 200000, /**< above the length: the pacer had other things to do */
    RESULT_US = 1000000,
    PASSED_US = 250000, /**< word of later packets has come: the feedback itself is lost */
    MAX_SPAN_US = 1000000,
    MIN_BURST_BYTES = 64
};

/** As libwebrtc has them: `probe_bitrate_estimator.cc`. */
#define MAX_RATIO      2.0
#define UNSTRETCHED    0.98
#define STRETCHED      0.9
#define BELOW_CAPACITY 0.95
/** Loss in a probe above the usual that means a full queue, and the least of all that counts. */
#define LOSS_MARGIN 0.2
#define LEAST_SHARE 0.4

void probe_cluster_plan(struct probe_cluster *cluster, uint32_t id, uint64_t rate_bps,
                        int64_t length_us, int64_t now_us)
{
    *cluster =
        (struct probe_cluster){.state = PROBE_PLANNED,
                               .id = id,
                               .rate_bps = rate_bps,
                               .length_us = length_us,
                               .step_us = length_us >= LONG_CLUSTER_US ? LONG_BURST_US : BURST_US,
                               .since_us = now_us,
                               .first_sent_us = INT64_MAX,
                               .last_sent_us = INT64_MIN,
                               .first_arrival_us = INT64_MAX,
                               .last_arrival_us = INT64_MIN};
}

/** Bytes of the rate in a span. */
static int64_t bytes_in(const struct probe_cluster *cluster, int64_t span_us)
{
    return (int64_t)((double)cluster->rate_bps * (double)span_us / 8e6);
}

uint32_t probe_cluster_due(const struct probe_cluster *cluster, int64_t now_us)
{
    int64_t least = bytes_in(cluster, cluster->step_us);
    if (least < MIN_BURST_BYTES) {
        least = MIN_BURST_BYTES;
    }
    if (cluster->state == PROBE_PLANNED) {
        return now_us < cluster->since_us ? 0 : (uint32_t)least;
    }
    if (cluster->state != PROBE_SENDING) {
        return 0;
    }
    int64_t due = bytes_in(cluster, now_us - cluster->since_us) + least - cluster->sent_bytes;
    if (due < least) {
        return 0;
    }
    /* However late its owner comes, no more than the whole cluster. */
    int64_t left = bytes_in(cluster, cluster->length_us) - cluster->sent_bytes;
    left = left > least ? left : least;
    return (uint32_t)(due < left ? due : left);
}

int64_t probe_cluster_next(const struct probe_cluster *cluster)
{
    if (cluster->state == PROBE_PLANNED) {
        return cluster->since_us;
    }
    if (cluster->state != PROBE_SENDING) {
        return INT64_MAX;
    }
    int64_t sent_us = (int64_t)((double)cluster->sent_bytes * 8e6 / (double)cluster->rate_bps);
    return cluster->since_us + sent_us + 1;
}

void probe_cluster_begin(struct probe_cluster *cluster, int64_t now_us)
{
    cluster->state = PROBE_SENDING;
    cluster->since_us = now_us;
}

void probe_cluster_sent(struct probe_cluster *cluster, uint32_t bytes, int64_t now_us)
{
    cluster->sent_bytes += bytes;
    cluster->sent_packets++;
    cluster->latest_us = now_us;
    bool whole = cluster->sent_bytes >= bytes_in(cluster, cluster->length_us) &&
                 cluster->sent_packets >= MIN_PACKETS;
    if (whole || now_us - cluster->since_us > cluster->length_us + MAX_SENDING_US) {
        cluster->state = PROBE_WAITING;
        cluster->since_us = now_us;
    }
}

void probe_cluster_acked(struct probe_cluster *cluster, int64_t sent_us, int64_t arrival_us,
                         uint32_t bytes)
{
    cluster->acked_packets++;
    cluster->acked_bytes += bytes;
    if (sent_us < cluster->first_sent_us) {
        cluster->first_sent_us = sent_us;
    }
    if (sent_us >= cluster->last_sent_us) {
        cluster->last_sent_us = sent_us;
        cluster->last_sent_bytes = bytes;
    }
    if (arrival_us < cluster->first_arrival_us) {
        cluster->first_arrival_us = arrival_us;
        cluster->first_arrival_bytes = bytes;
    }
    if (arrival_us > cluster->last_arrival_us) {
        cluster->last_arrival_us = arrival_us;
    }
}

void probe_cluster_lost(struct probe_cluster *cluster)
{
    cluster->lost_packets++;
}

bool probe_cluster_settled(const struct probe_cluster *cluster, int64_t heard_us, int64_t now_us)
{
    switch (cluster->state) {
    case PROBE_IDLE:
        return false;
    case PROBE_PLANNED:
        return now_us - cluster->since_us > RESULT_US;
    case PROBE_SENDING:
        return now_us - cluster->since_us > cluster->length_us + RESULT_US;
    case PROBE_WAITING:
        return cluster->acked_packets + cluster->lost_packets >= cluster->sent_packets ||
               now_us - cluster->since_us > (heard_us > cluster->latest_us ? PASSED_US : RESULT_US);
    }
    return false;
}

struct probe_result probe_cluster_result(const struct probe_cluster *cluster, double usual_loss)
{
    struct probe_result result = {.verdict = PROBE_NOT_KNOWN};
    if (cluster->acked_packets < MIN_ACKED ||
        cluster->acked_packets < LEAST_SHARE * cluster->sent_packets) {
        return result;
    }
    double share = (double)cluster->acked_packets / (double)cluster->sent_packets;
    int64_t sent_us = cluster->last_sent_us - cluster->first_sent_us;
    int64_t arrival_us = cluster->last_arrival_us - cluster->first_arrival_us;
    if (sent_us <= 0 || sent_us > MAX_SPAN_US || arrival_us <= 0 || arrival_us > MAX_SPAN_US) {
        return result;
    }
    double sent_bps =
        (double)(cluster->acked_bytes - cluster->last_sent_bytes) * 8e6 / (double)sent_us;
    double received_bps =
        (double)(cluster->acked_bytes - cluster->first_arrival_bytes) * 8e6 / (double)arrival_us;
    if (received_bps > MAX_RATIO * sent_bps) {
        return result;
    }
    /* Bursts count whole though the last one's time is not in the span: never more than planned. */
    if (sent_bps > (double)cluster->rate_bps * share) {
        sent_bps = (double)cluster->rate_bps * share;
    }
    bool congested = 1 - share > usual_loss + LOSS_MARGIN;
    if (received_bps < STRETCHED * sent_bps || congested) {
        double least = received_bps < sent_bps ? received_bps : sent_bps;
        result.verdict = PROBE_STRETCHED;
        result.bps = (uint64_t)(BELOW_CAPACITY * least);
        return result;
    }
    /* What this path loses anyhow was carried by the link as well. */
    result.verdict = PROBE_CARRIED;
    result.free = received_bps >= UNSTRETCHED * sent_bps;
    result.bps = (uint64_t)((received_bps < sent_bps ? received_bps : sent_bps) / share);
    return result;
}
