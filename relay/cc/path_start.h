/**
 * How pictures begin on a path: as usual; at what a thin link carries; or carefully, as long as the
 * sounding has told nothing.
 */
#ifndef CC_PATH_START_H
#define CC_PATH_START_H

#include <stdbool.h>
#include <stdint.h>

#include "delay_control.h"
#include "probe_control.h"
#include "sounding.h"

struct path_start {
    struct sounding sounding;
    uint64_t usual_bps; /**< put off while nothing is known, 0 = nothing was */
};

/** The path is another one: nothing is known, and nothing put off. */
void path_start_init(struct path_start *start);

/** What the path would have, had nothing been put off; 0 = nothing is put off now. */
uint64_t path_start_put_off_bps(const struct path_start *start);

/** All of a feedback is in, or time has passed: sets the rate, and where probes begin.
 *
 * @param heard_us when the newest packet was sent of which there is word, INT64_MIN = none
 * @return true when anything has changed */
bool path_start_update(struct path_start *start, struct delay_control *delay,
                       struct probe_control *probe, int64_t heard_us, int64_t now_us);

#endif
