/**
 * How fast the delay grows: a least-squares line through the smoothed, accumulated delay of the
 * last groups (QUALITY.md 1.2.2).
 */
#ifndef CC_TRENDLINE_H
#define CC_TRENDLINE_H

#include <stddef.h>
#include <stdint.h>

#include "arrival_group.h"

enum { TRENDLINE_WINDOW = 20 };

struct trendline {
    double at_ms[TRENDLINE_WINDOW];
    double delay_ms[TRENDLINE_WINDOW];
    size_t next;    /**< place of the oldest point once the window is full */
    uint32_t count; /**< groups so far, at most 1,000 */
    int64_t first_us;
    double sum_ms;
    double smooth_ms;
    double slope; /**< of delay over time, no unit; 0 until the window is full */
};

void trendline_init(struct trendline *trend);

void trendline_add(struct trendline *trend, const struct arrival_delta *delta);

#endif
