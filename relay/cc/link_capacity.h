/**
 * Memory of the rate at which the link was found full, with how sure that is (QUALITY.md 1.2.4).
 */
#ifndef CC_LINK_CAPACITY_H
#define CC_LINK_CAPACITY_H

#include <stdint.h>

struct link_capacity {
    double kbps;      /**< 0 = not known */
    double deviation; /**< normalised variance, kbit/s */
};

void link_capacity_reset(struct link_capacity *capacity);

/** The link was overused while so much came through. */
void link_capacity_overuse(struct link_capacity *capacity, uint64_t bps);

/** A probe got so much through and no more. */
void link_capacity_probe(struct link_capacity *capacity, uint64_t bps);

/** Three standard deviations below and above; 0 and UINT64_MAX when not known. */
uint64_t link_capacity_lower_bps(const struct link_capacity *capacity);
uint64_t link_capacity_upper_bps(const struct link_capacity *capacity);

#endif
