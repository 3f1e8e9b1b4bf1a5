#include "probe_control.h"

#include <stddef.h>

enum {
    INITIAL_LENGTH_US = 15000,
    SHORT_LENGTH_US = 30000,
    LONG_LENGTH_US = 100000,
    FIRST_WAIT_US = 1000000, /**< of unmet demand before a probe */
    MAX_WAIT_US = 3500000,
    STAGNATION_US = 15000000, /**< then a probe goes also when the link is not quite calm */
    FALSE_RISE_US = 3000000,  /**< overuse so soon after a success: it was none */
    FRESH_US = 5000000,       /**< a success older than this says nothing more */
    EXTRA_BPS = 200000,
    RETRY_US = 5000 /**< a burst of which its owner sent nothing is offered again after this */
};

#define DEMAND_FACTOR  1.2
#define ENOUGH         1.12 /* of a step, so that the allocation takes it */
#define MAX_FACTOR     2.0
#define NEAR_FACTOR    1.4
#define INITIAL_PASSED 0.7
#define BACKOFF        1.5
#define JITTER_LENGTHS 12

void probe_control_init(struct probe_control *probe, uint64_t start_bps, uint64_t max_bps,
                        int64_t now_us)
{
    *probe = (struct probe_control){.start_bps = start_bps,
                                    .max_bps = max_bps,
                                    .unmet_us = INT64_MAX,
                                    .next_us = now_us,
                                    .wait_us = FIRST_WAIT_US,
                                    .last_us = now_us,
                                    .raised_us = INT64_MIN,
                                    .retry_us = INT64_MIN};
}

static struct probe_cluster *cluster_find(struct probe_control *probe, uint32_t id)
{
    for (size_t i = 0; i < PROBE_CLUSTERS; i++) {
        if (probe->clusters[i].state != PROBE_IDLE && probe->clusters[i].id == id) {
            return &probe->clusters[i];
        }
    }
    return NULL;
}

/** Index of the one that is or will be sent first; PROBE_CLUSTERS = none. */
static size_t first_sending(const struct probe_control *probe)
{
    size_t first = PROBE_CLUSTERS;
    for (size_t i = 0; i < PROBE_CLUSTERS; i++) {
        const struct probe_cluster *cluster = &probe->clusters[i];
        if ((cluster->state == PROBE_PLANNED || cluster->state == PROBE_SENDING) &&
            (first == PROBE_CLUSTERS || cluster->id - probe->clusters[first].id > UINT32_MAX / 2)) {
            first = i;
        }
    }
    return first;
}

static struct probe_cluster *cluster_sending(struct probe_control *probe)
{
    size_t first = first_sending(probe);
    return first == PROBE_CLUSTERS ? NULL : &probe->clusters[first];
}

static bool is_busy(const struct probe_control *probe)
{
    for (size_t i = 0; i < PROBE_CLUSTERS; i++) {
        if (probe->clusters[i].state != PROBE_IDLE) {
            return true;
        }
    }
    return false;
}

static void plan(struct probe_control *probe, double rate_bps, int64_t length_us, bool far,
                 int64_t now_us)
{
    for (size_t i = 0; i < PROBE_CLUSTERS; i++) {
        if (probe->clusters[i].state == PROBE_IDLE) {
            if (++probe->last_id == 0) {
                probe->last_id = 1;
            }
            probe->last_us = now_us;
            probe_cluster_plan(&probe->clusters[i], probe->last_id, (uint64_t)rate_bps, length_us,
                               now_us);
            probe->clusters[i].far = far;
            return;
        }
    }
}

/** Never above twice what would satisfy every wish, nor above the configured limit. */
static double rate_bounded(const struct probe_control *probe, const struct probe_context *context,
                           double rate_bps)
{
    if (context->demand_known && rate_bps > MAX_FACTOR * (double)context->demand.ideal_bps) {
        rate_bps = MAX_FACTOR * (double)context->demand.ideal_bps;
    }
    return rate_bps < (double)probe->max_bps ? rate_bps : (double)probe->max_bps;
}

/** True when the last probe got through so easily that all that is wanted may be there. */
static bool is_far(const struct probe_control *probe, const struct probe_context *context)
{
    return probe->free && context->idle && context->demand.next_bps > 0 &&
           context->demand.ideal_bps > context->demand.next_bps;
}

/**
 * What the target is to reach: the next step, and after a success all that anybody wants, since the
 * allocation trusts a higher target only after seconds, and each step would cost them again.
 */
static double wanted_bps(const struct probe_control *probe, const struct probe_context *context)
{
    const struct estimator_demand *demand = &context->demand;
    return (double)(is_far(probe, context) ? demand->ideal_bps : demand->next_bps);
}

static bool is_met(const struct probe_control *probe, const struct probe_context *context)
{
    return context->demand_known &&
           (double)context->target_bps >= ENOUGH * wanted_bps(probe, context);
}

void probe_control_begin(struct probe_control *probe, const struct probe_context *context,
                         int64_t now_us)
{
    probe->begun = true;
    probe->continuing = true; /* who is asked for more later does not wait either */
    if (is_met(probe, context)) {
        return;
    }
    static const double factors[] = {3, 6};
    double before_bps = (double)context->target_bps;
    for (size_t i = 0; i < sizeof(factors) / sizeof(factors[0]); i++) {
        double rate_bps = rate_bounded(probe, context, factors[i] * (double)probe->start_bps);
        if (rate_bps > before_bps) {
            plan(probe, rate_bps, INITIAL_LENGTH_US, false, now_us);
            probe->initial = true;
        }
        before_bps = rate_bps;
    }
}

void probe_control_known(struct probe_control *probe)
{
    probe->begun = true;
}

static int64_t length_of(const struct probe_context *context)
{
    int64_t length_us = JITTER_LENGTHS * context->jitter_us;
    if (length_us < SHORT_LENGTH_US) {
        return SHORT_LENGTH_US;
    }
    return length_us > LONG_LENGTH_US ? LONG_LENGTH_US : length_us;
}

/** For exactly what is wanted and a margin, in strides of twice the present target. */
static double demand_rate(const struct probe_control *probe, const struct probe_context *context)
{
    double target_bps = (double)context->target_bps;
    double rate_bps = DEMAND_FACTOR * wanted_bps(probe, context);
    double stride = is_far(probe, context) && probe->near ? NEAR_FACTOR : MAX_FACTOR;
    if (rate_bps > stride * target_bps) {
        rate_bps = stride * target_bps;
    }
    double extra_bps = target_bps < EXTRA_BPS ? target_bps / 2 : EXTRA_BPS;
    if (rate_bps < target_bps + extra_bps) {
        rate_bps = target_bps + extra_bps;
    }
    return rate_bounded(probe, context, rate_bps);
}

void probe_control_update(struct probe_control *probe, const struct probe_context *context,
                          int64_t now_us)
{
    if (probe->raised_us != INT64_MIN && now_us - probe->raised_us > FRESH_US) {
        probe->continuing = false;
        probe->free = false;
    }
    if (is_met(probe, context) || !context->demand_known) {
        probe->unmet_us = INT64_MAX;
        return;
    }
    if (probe->unmet_us == INT64_MAX) {
        probe->unmet_us = now_us;
    }
    if (!probe->begun || is_busy(probe) || context->bad) {
        return;
    }
    bool stagnates = now_us - probe->last_us >= STAGNATION_US;
    if (!context->calm && !stagnates) {
        return;
    }
    if (!probe->continuing &&
        (now_us < probe->next_us || now_us - probe->unmet_us < FIRST_WAIT_US)) {
        return;
    }
    double rate_bps = demand_rate(probe, context);
    if (rate_bps > (double)context->target_bps) {
        plan(probe, rate_bps, length_of(context), is_far(probe, context), now_us);
        probe->continuing = false;
    }
}

bool probe_control_burst(struct probe_control *probe, int64_t now_us, struct estimator_burst *out)
{
    struct probe_cluster *cluster = cluster_sending(probe);
    uint32_t bytes = cluster == NULL ? 0 : probe_cluster_due(cluster, now_us);
    if (bytes == 0) {
        return false;
    }
    if (cluster->state == PROBE_PLANNED) {
        probe_cluster_begin(cluster, now_us);
    }
    *out = (struct estimator_burst){.probe = cluster->id, .bytes = bytes, .padding = UINT8_MAX};
    return true;
}

void probe_control_timeout(struct probe_control *probe, int64_t now_us)
{
    probe->retry_us = now_us + RETRY_US;
}

uint32_t probe_control_sent(struct probe_control *probe, uint32_t bytes, int64_t now_us)
{
    struct probe_cluster *cluster = cluster_sending(probe);
    if (cluster == NULL || cluster->state != PROBE_SENDING) {
        return 0;
    }
    uint32_t id = cluster->id;
    probe->retry_us = INT64_MIN;
    probe_cluster_sent(cluster, bytes, now_us);
    return id;
}

void probe_control_acked(struct probe_control *probe, uint32_t id, int64_t sent_us,
                         int64_t arrival_us, uint32_t bytes)
{
    struct probe_cluster *cluster = cluster_find(probe, id);
    if (cluster != NULL) {
        probe_cluster_acked(cluster, sent_us, arrival_us, bytes);
    }
}

void probe_control_lost(struct probe_control *probe, uint32_t id)
{
    struct probe_cluster *cluster = cluster_find(probe, id);
    if (cluster != NULL) {
        probe_cluster_lost(cluster);
    }
}

static void failed(struct probe_control *probe, int64_t now_us)
{
    probe->initial = false;
    probe->continuing = false;
    probe->free = false;
    probe->next_us = now_us + probe->wait_us;
    probe->wait_us = (int64_t)((double)probe->wait_us * BACKOFF);
    if (probe->wait_us > MAX_WAIT_US) {
        probe->wait_us = MAX_WAIT_US;
    }
}

static void succeeded(struct probe_control *probe, int64_t now_us)
{
    probe->continuing = true;
    probe->next_us = now_us;
    probe->raised_us = now_us;
    probe->wait_us = FIRST_WAIT_US;
}

/** What a result means for the next probe. */
static void judge(struct probe_control *probe, const struct probe_cluster *cluster,
                  struct probe_result *result, int64_t now_us)
{
    bool passed =
        result->verdict == PROBE_CARRIED ||
        (probe->initial && (double)result->bps > INITIAL_PASSED * (double)cluster->rate_bps);
    if (passed) {
        succeeded(probe, now_us);
        probe->free = result->free;
        probe->near = false;
        return;
    }
    bool retry = cluster->far && !probe->near;
    failed(probe, now_us);
    probe->near = retry;
    probe->free = retry;
    if (cluster->far && result->verdict == PROBE_STRETCHED) {
        /* On a shared link this is what others were pushed aside for, not what is free. */
        result->bps = 0;
    }
}

bool probe_control_result(struct probe_control *probe, double usual_loss, int64_t heard_us,
                          int64_t now_us, struct probe_result *out, uint64_t *rate_bps)
{
    for (size_t i = 0; i < PROBE_CLUSTERS; i++) {
        struct probe_cluster *cluster = &probe->clusters[i];
        if (!probe_cluster_settled(cluster, heard_us, now_us)) {
            continue;
        }
        bool sent = cluster->state == PROBE_WAITING;
        cluster->state = PROBE_IDLE;
        if (!sent) {
            failed(probe, now_us); /* nobody could send it */
            continue;
        }
        *out = probe_cluster_result(cluster, usual_loss);
        *rate_bps = cluster->rate_bps;
        judge(probe, cluster, out, now_us);
        return true;
    }
    return false;
}

void probe_control_overused(struct probe_control *probe, int64_t now_us)
{
    probe->initial = false;
    if (probe->raised_us != INT64_MIN && now_us - probe->raised_us < FALSE_RISE_US) {
        probe->raised_us = INT64_MIN;
        failed(probe, now_us);
    }
}

int64_t probe_control_next(const struct probe_control *probe)
{
    size_t first = first_sending(probe);
    if (first == PROBE_CLUSTERS) {
        return INT64_MAX;
    }
    int64_t next_us = probe_cluster_next(&probe->clusters[first]);
    return next_us < probe->retry_us ? probe->retry_us : next_us;
}
