/**
 * Bandwidth estimation alone, on simulated links that several flows may share: an estimator, the
 * pacer, and a source of 30 frames a second that follows the target; on the other side a receiver
 * that answers with transport-wide feedback by our own recorder (QUALITY.md 3.2).
 */
#ifndef TESTS_QUALITY_FLOW_H
#define TESTS_QUALITY_FLOW_H

#include <stddef.h>
#include <stdint.h>

#include "cc/estimator.h"
#include "load/network.h"
#include "quality/trace.h"

enum { FLOW_MAX = 8 };

struct flow_config {
    const char *name;    /**< in the trace: "rate/target NAME", "rate/media NAME" */
    uint64_t source_bps; /**< most that the source wants to send */
    double step;         /**< its next step up, as factor of what it sends; 0 = 1.3 */
    size_t link_out;     /**< of media */
    size_t link_back;    /**< of feedback */
    int64_t start_us;
    int64_t stop_us;       /**< INT64_MAX = never */
    int64_t pause_from_us; /**< no media meanwhile */
    int64_t pause_to_us;
};

/** What a flow did. */
struct flow_counts {
    uint64_t media_bytes;   /**< that left, overhead included */
    uint64_t padding_bytes; /**< of probes */
    uint64_t arrived_media_bytes;
    uint64_t packets;
    uint64_t arrived_packets;
    uint64_t feedbacks;
    uint64_t stale_frames; /**< not made, because the pacer's queue was too long */
};

struct flow_world;

/** @param trace gets what happens; borrowed @return 0 or ERR_NO_MEMORY */
int flow_world_new(struct flow_world **out, uint64_t seed, struct trace *trace);

/** To add and change links. */
struct network *flow_world_network(struct flow_world *world);

/** The queue of this link's bottleneck goes into the trace as "queue/NAME", milliseconds. */
void flow_world_watch(struct flow_world *world, size_t link, const char *name);

/** @return 0 or ERR_NO_MEMORY */
int flow_world_add(struct flow_world *world, const struct flow_config *config, size_t *flow);

/** Goes on until a time; begins at 0. */
void flow_world_run(struct flow_world *world, int64_t until_us);

const struct flow_counts *flow_world_counts(const struct flow_world *world, size_t flow);
void flow_world_view(const struct flow_world *world, size_t flow, struct estimator_view *out);

void flow_world_free(struct flow_world **world);

#endif
