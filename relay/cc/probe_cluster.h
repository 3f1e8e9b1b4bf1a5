/**
 * One probe: packets sent at a rate for some tens of milliseconds, and what came of them
 * (QUALITY.md 1.4).
 *
 * Whatever leaves while the cluster is being sent belongs to it, media too: the rate of all of it
 * is what is probed.
 */
#ifndef CC_PROBE_CLUSTER_H
#define CC_PROBE_CLUSTER_H

#include <stdbool.h>
#include <stdint.h>

enum probe_state {
    PROBE_IDLE,
    PROBE_PLANNED, /**< nothing sent yet */
    PROBE_SENDING,
    PROBE_WAITING /**< all sent, results come in */
};

struct probe_cluster {
    enum probe_state state;
    uint32_t id;
    uint64_t rate_bps;
    bool far; /**< beyond the next step */
    int64_t length_us;
    int64_t step_us;   /**< between bursts */
    int64_t since_us;  /**< since when it is in this state */
    int64_t latest_us; /**< last packet */
    uint32_t sent_bytes;
    uint32_t sent_packets;

    uint32_t lost_packets;
    uint32_t acked_packets;
    uint32_t acked_bytes;
    int64_t first_sent_us;
    int64_t last_sent_us;
    uint32_t last_sent_bytes;
    int64_t first_arrival_us;
    uint32_t first_arrival_bytes;
    int64_t last_arrival_us;
};

enum probe_verdict {
    PROBE_NOT_KNOWN, /**< too little came back */
    PROBE_CARRIED,   /**< the link takes that rate */
    PROBE_STRETCHED  /**< the link is the bottleneck: bps is what it took */
};

struct probe_result {
    enum probe_verdict verdict;
    uint64_t bps;
    bool free; /**< carried without any stretch: there is more than this */
};

void probe_cluster_plan(struct probe_cluster *cluster, uint32_t id, uint64_t rate_bps,
                        int64_t length_us, int64_t now_us);

/** Bytes to send now; 0 when it is not their time. */
uint32_t probe_cluster_due(const struct probe_cluster *cluster, int64_t now_us);

/** When more are due; INT64_MAX = never. */
int64_t probe_cluster_next(const struct probe_cluster *cluster);

/** The first burst is taken: from now on what leaves belongs to the cluster. */
void probe_cluster_begin(struct probe_cluster *cluster, int64_t now_us);

/** A packet leaves while the cluster is sent. */
void probe_cluster_sent(struct probe_cluster *cluster, uint32_t bytes, int64_t now_us);

void probe_cluster_acked(struct probe_cluster *cluster, int64_t sent_us, int64_t arrival_us,
                         uint32_t bytes);
void probe_cluster_lost(struct probe_cluster *cluster);

/** True when it is known what became of each packet, or waiting longer makes no sense.
 *
 * @param heard_us when the newest packet was sent of which there was word */
bool probe_cluster_settled(const struct probe_cluster *cluster, int64_t heard_us, int64_t now_us);

/** @param usual_loss share of packets that this path loses anyhow */
struct probe_result probe_cluster_result(const struct probe_cluster *cluster, double usual_loss);

#endif
