/**
 * What is wanted of the estimator, and the probes that it wants in return.
 */
#ifndef CC_ESTIMATOR_DEMAND_H
#define CC_ESTIMATOR_DEMAND_H

#include <stdint.h>

/** What the allocation needs, so that probes go exactly where somebody wants more. */
struct estimator_demand {
    uint64_t used_bps;  /**< of all that is allocated now */
    uint64_t next_bps;  /**< total needed for the next step up, 0 = nobody wants more */
    uint64_t ideal_bps; /**< total that would satisfy every wish */
    uint64_t least_bps; /**< with less, pictures that are shown would have to be paused */
};

/** What the pacer is to send as a probe now. */
struct estimator_burst {
    uint32_t probe;  /**< number of the cluster, for estimator_sent; never 0 */
    uint32_t bytes;  /**< to be sent at once, as RTX of recent packets or padding, ... */
    uint8_t padding; /**< ... so much of it in each packet */
};

#endif
