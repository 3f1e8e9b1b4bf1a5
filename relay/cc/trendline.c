#include "trendline.h"

/** As libwebrtc has them: `trendline_estimator.cc`. */
#define SMOOTHING 0.9
enum { MAX_COUNT = 1000 };

void trendline_init(struct trendline *trend)
{
    *trend = (struct trendline){0};
}

static double slope_of(const struct trendline *trend, double otherwise)
{
    double mean_x = 0;
    double mean_y = 0;
    for (size_t i = 0; i < TRENDLINE_WINDOW; i++) {
        mean_x += trend->at_ms[i];
        mean_y += trend->delay_ms[i];
    }
    mean_x /= TRENDLINE_WINDOW;
    mean_y /= TRENDLINE_WINDOW;
    double xy = 0;
    double xx = 0;
    for (size_t i = 0; i < TRENDLINE_WINDOW; i++) {
        double x = trend->at_ms[i] - mean_x;
        xy += x * (trend->delay_ms[i] - mean_y);
        xx += x * x;
    }
    return xx > 0 ? xy / xx : otherwise;
}

void trendline_add(struct trendline *trend, const struct arrival_delta *delta)
{
    if (trend->count == 0) {
        trend->first_us = delta->at_us;
    }
    if (trend->count < MAX_COUNT) {
        trend->count++;
    }
    trend->sum_ms += (double)(delta->arrived_us - delta->sent_us) / 1000;
    trend->smooth_ms = SMOOTHING * trend->smooth_ms + (1 - SMOOTHING) * trend->sum_ms;
    trend->at_ms[trend->next] = (double)(delta->at_us - trend->first_us) / 1000;
    trend->delay_ms[trend->next] = trend->smooth_ms;
    trend->next = (trend->next + 1) % TRENDLINE_WINDOW;
    if (trend->count >= TRENDLINE_WINDOW) {
        trend->slope = slope_of(trend, trend->slope);
    }
}
