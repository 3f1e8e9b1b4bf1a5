/**
 * Counters as Prometheus text (exposition format 0.0.4); no room or user labels (API.md 4).
 */
#ifndef SIGNAL_METRICS_H
#define SIGNAL_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "bridge/compose_desk.h"
#include "room/event.h"

/** What the control thread itself knows. */
struct metrics_control {
    size_t rooms;
    size_t participants;
    uint64_t requests[6]; /**< by first digit of the status; [0] is not used */
    bool draining;
    struct compose_desk_counters codecs; /**< of all threads that compose pictures */
};

/**
 * Writes everything.
 *
 * @param workers latest counters of each worker, by index
 */
void metrics_write(const struct metrics_control *control, const struct event_counters *workers,
                   size_t worker_count, struct str *out);

#endif
