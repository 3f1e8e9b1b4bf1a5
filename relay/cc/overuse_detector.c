#include "overuse_detector.h"

#include <math.h>
#include <stddef.h>

/** As libwebrtc has them: `trendline_estimator.cc`. Trends count by group (60 at most) times 4. */
#define GAIN            4.0
#define MAX_GROUPS      60
#define THRESHOLD_START 12.5
#define THRESHOLD_MIN   6.0
#define THRESHOLD_MAX   600.0
#define SPIKE           15.0
#define RISE_PER_MS     0.0087
#define FALL_PER_MS     0.039
#define MAX_ADAPT_MS    100.0
#define OVER_MS         10.0

void overuse_detector_init(struct overuse_detector *detector)
{
    *detector = (struct overuse_detector){
        .threshold = THRESHOLD_START, .over_ms = -1, .adapted_us = INT64_MIN};
}

static void threshold_adapt(struct overuse_detector *detector, double trend, int64_t now_us)
{
    if (detector->adapted_us == INT64_MIN) {
        detector->adapted_us = now_us;
    }
    double size = fabs(trend);
    double span_ms = (double)(now_us - detector->adapted_us) / 1000;
    detector->adapted_us = now_us;
    if (size > detector->threshold + SPIKE) {
        return; /* a leap, such as a change of route, is not what is usual */
    }
    double rate = size < detector->threshold ? FALL_PER_MS : RISE_PER_MS;
    detector->threshold +=
        rate * (size - detector->threshold) * fmin(fmax(span_ms, 0), MAX_ADAPT_MS);
    detector->threshold = fmin(fmax(detector->threshold, THRESHOLD_MIN), THRESHOLD_MAX);
}

static void above(struct overuse_detector *detector, double slope, int64_t sent_us)
{
    double sent_ms = (double)sent_us / 1000;
    detector->over_ms = detector->over_ms < 0 ? sent_ms / 2 : detector->over_ms + sent_ms;
    detector->over_count++;
    if (detector->over_ms > OVER_MS && detector->over_count > 1 && slope >= detector->last_slope) {
        detector->over_ms = 0;
        detector->over_count = 0;
        detector->usage = LINK_OVERUSED;
    }
}

void overuse_detector_update(struct overuse_detector *detector, double slope, uint32_t count,
                             int64_t sent_us, int64_t now_us)
{
    if (count < 2) {
        detector->usage = LINK_NORMAL;
        return;
    }
    double trend = fmin(count, MAX_GROUPS) * slope * GAIN;
    if (trend > detector->threshold) {
        above(detector, slope, sent_us);
    } else {
        detector->over_ms = -1;
        detector->over_count = 0;
        detector->usage = trend < -detector->threshold ? LINK_UNDERUSED : LINK_NORMAL;
    }
    detector->last_slope = slope;
    threshold_adapt(detector, trend, now_us);
}
