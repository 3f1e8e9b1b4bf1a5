/**
 * Whether the trend of the delay means that the link is overused, against a threshold that adapts
 * to what is usual on this path (QUALITY.md 1.2.2).
 */
#ifndef CC_OVERUSE_DETECTOR_H
#define CC_OVERUSE_DETECTOR_H

#include <stdint.h>

enum link_usage { LINK_NORMAL, LINK_OVERUSED, LINK_UNDERUSED };

struct overuse_detector {
    enum link_usage usage;
    double threshold;
    double over_ms; /**< time above the threshold, < 0 = not above */
    uint32_t over_count;
    double last_slope;
    int64_t adapted_us; /**< INT64_MIN = never */
};

void overuse_detector_init(struct overuse_detector *detector);

/**
 * @param slope   trendline's
 * @param count   groups behind it
 * @param sent_us between the last two groups
 */
void overuse_detector_update(struct overuse_detector *detector, double slope, uint32_t count,
                             int64_t sent_us, int64_t now_us);

#endif
