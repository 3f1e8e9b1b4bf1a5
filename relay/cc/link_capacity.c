#include "link_capacity.h"

#include <math.h>

/** As libwebrtc has them: `link_capacity_estimator.cc`. */
#define DEVIATION_START 0.4
#define DEVIATION_MIN   0.4
#define DEVIATION_MAX   2.5

void link_capacity_reset(struct link_capacity *capacity)
{
    *capacity = (struct link_capacity){.kbps = 0, .deviation = DEVIATION_START};
}

static void update(struct link_capacity *capacity, uint64_t bps, double weight)
{
    double sample = (double)bps / 1000;
    if (capacity->kbps <= 0) {
        capacity->kbps = sample;
    } else {
        capacity->kbps = (1 - weight) * capacity->kbps + weight * sample;
    }
    double norm = fmax(capacity->kbps, 1);
    double error = capacity->kbps - sample;
    capacity->deviation = (1 - weight) * capacity->deviation + weight * error * error / norm;
    capacity->deviation = fmin(fmax(capacity->deviation, DEVIATION_MIN), DEVIATION_MAX);
}

void link_capacity_overuse(struct link_capacity *capacity, uint64_t bps)
{
    update(capacity, bps, 0.05);
}

void link_capacity_probe(struct link_capacity *capacity, uint64_t bps)
{
    update(capacity, bps, 0.5);
}

static double sigma_kbps(const struct link_capacity *capacity)
{
    return sqrt(capacity->deviation * capacity->kbps);
}

uint64_t link_capacity_lower_bps(const struct link_capacity *capacity)
{
    return (uint64_t)(fmax(capacity->kbps - 3 * sigma_kbps(capacity), 0) * 1000);
}

uint64_t link_capacity_upper_bps(const struct link_capacity *capacity)
{
    if (capacity->kbps <= 0) {
        return UINT64_MAX;
    }
    return (uint64_t)((capacity->kbps + 3 * sigma_kbps(capacity)) * 1000);
}
