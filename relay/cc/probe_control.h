/**
 * When to probe, and how fast (QUALITY.md 1.4): clusters at three and six times the start when
 * video begins, doubled while they get through; after that only because somebody wants more, for
 * the next step, with back-off after failures.
 */
#ifndef CC_PROBE_CONTROL_H
#define CC_PROBE_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "cc/estimator_demand.h"
#include "probe_cluster.h"

enum { PROBE_CLUSTERS = 4 };

struct probe_control {
    struct probe_cluster clusters[PROBE_CLUSTERS];
    uint32_t last_id;
    uint64_t start_bps;
    uint64_t max_bps;
    bool begun;        /**< the initial clusters were planned */
    bool initial;      /**< still doubling */
    bool near;         /**< a far probe failed: the next one goes less far */
    bool free;         /**< it did without effort: all that is wanted may be there */
    bool continuing;   /**< the last probe got through: the next needs no wait */
    int64_t unmet_us;  /**< since when somebody wants more; INT64_MAX = nobody does */
    int64_t next_us;   /**< not before this */
    int64_t wait_us;   /**< present back-off */
    int64_t last_us;   /**< last cluster was planned */
    int64_t raised_us; /**< last success, INT64_MIN = never */
    int64_t retry_us;  /**< probe_control_next is not before this */
};

/** What the rest of the estimator knows. */
struct probe_context {
    uint64_t target_bps;
    struct estimator_demand demand; /**< all 0 = never told */
    bool demand_known;
    bool calm; /**< link not overused, no queue, loss control does not decrease */
    bool idle; /**< no queue at all */
    bool bad;  /**< must not probe at all */
    int64_t jitter_us;
};

void probe_control_init(struct probe_control *probe, uint64_t start_bps, uint64_t max_bps,
                        int64_t now_us);

/** Plans what is to be planned now. */
void probe_control_update(struct probe_control *probe, const struct probe_context *context,
                          int64_t now_us);

/** Video begins: the initial clusters. */
void probe_control_begin(struct probe_control *probe, const struct probe_context *context,
                         int64_t now_us);

/** What the path carries is known: no initial clusters. */
void probe_control_known(struct probe_control *probe);

/** Bytes to send now. @return false when nothing is due */
bool probe_control_burst(struct probe_control *probe, int64_t now_us, struct estimator_burst *out);

/** What is due has been looked at: if it stays untaken, it is due again a little later. */
void probe_control_timeout(struct probe_control *probe, int64_t now_us);

/** A packet leaves. @return the cluster that it belongs to, 0 = none */
uint32_t probe_control_sent(struct probe_control *probe, uint32_t bytes, int64_t now_us);

void probe_control_acked(struct probe_control *probe, uint32_t id, int64_t sent_us,
                         int64_t arrival_us, uint32_t bytes);
void probe_control_lost(struct probe_control *probe, uint32_t id);

/**
 * Takes the next cluster whose result is known.
 *
 * @param usual_loss share of packets lost anyhow
 * @param heard_us   when the newest packet was sent of which there was word
 * @param rate_bps   out: what was probed
 * @return false when there is none
 */
bool probe_control_result(struct probe_control *probe, double usual_loss, int64_t heard_us,
                          int64_t now_us, struct probe_result *out, uint64_t *rate_bps);

/** The link became overused. */
void probe_control_overused(struct probe_control *probe, int64_t now_us);

/** When probe_control_burst or _update has something to do; INT64_MAX = never. */
int64_t probe_control_next(const struct probe_control *probe);

#endif
