#include "media/delay_tracker.h"

#include <assert.h>
#include <string.h>

enum {
    SPAN_US = 5000000,
    LATE_SPANS = 4, /**< within which packets were late that count */
    PRIOR_BIN = 0,  /**< until packets tell */
    PRIOR_SAMPLES = 10,
    MARGIN_US = 10000,
    PEAK_ABOVE_US = 20000, /**< what is required, to be called a peak */
    PEAK_APART_US = 300000,
    PEAK_MEMORY_US = 10000000
};

/** A packet's part once there are many: half of what is known is forgotten in 20 s of 50 a second
 * (QUALITY.md 1.13). */
static const float least_part = 1 - 0.9993F;
/** By the E-model a per cent of concealed sound is worse than 20 ms of delay (ITU-T G.107); of
 * exponential jitter with a mean of 10 ms this leaves 0.3 % concealed and takes 16 ms more than 3 %
 * would, which leaves 1.1 %. */
static const float late_share = 0.01F;

void delay_tracker_init(struct delay_tracker *tracker, int64_t max_us)
{
    assert(max_us >= DELAY_TRACKER_MIN_US && max_us <= DELAY_TRACKER_MOST_US);
    *tracker = (struct delay_tracker){.max_us = max_us,
                                      .samples = PRIOR_SAMPLES,
                                      .peak_at_us = {INT64_MIN, INT64_MIN},
                                      .peak_end_us = INT64_MIN};
    tracker->bins[PRIOR_BIN] = 1;
    tracker->required_us = DELAY_TRACKER_MIN_US;
    delay_tracker_restart(tracker);
}

/** The latest packet not long ago. */
static int64_t most_us(const struct delay_tracker *tracker)
{
    int64_t most = 0;
    for (int i = 0; i < LATE_SPANS; i++) {
        int64_t span_us = tracker->most_us[(uint64_t)(tracker->span - i) % DELAY_TRACKER_SPANS];
        most = span_us > most ? span_us : most;
    }
    return most;
}

void delay_tracker_restart(struct delay_tracker *tracker)
{
    int64_t most = most_us(tracker);
    for (size_t i = 0; i < DELAY_TRACKER_SPANS; i++) {
        tracker->least_us[i] = INT64_MAX;
        tracker->most_us[i] = most; /* time does not count in which nothing came */
    }
    tracker->span = 0;
    tracker->base_us = INT64_MAX;
    tracker->rise_us = 0;
}

/** The base rose: the same transit times are that much less late now. */
static void shift_down(struct delay_tracker *tracker, int64_t rise_us)
{
    tracker->rise_us += rise_us;
    while (tracker->rise_us >= DELAY_TRACKER_BIN_US) {
        int64_t bins = tracker->rise_us / DELAY_TRACKER_BIN_US;
        bins = bins < DELAY_TRACKER_BINS ? bins : DELAY_TRACKER_BINS - 1;
        float first = 0;
        for (int64_t i = 0; i <= bins; i++) {
            first += tracker->bins[i];
        }
        size_t rest = (size_t)(DELAY_TRACKER_BINS - 1 - bins);
        memmove(&tracker->bins[1], &tracker->bins[1 + bins], rest * sizeof(tracker->bins[0]));
        memset(&tracker->bins[1 + rest], 0, (size_t)bins * sizeof(tracker->bins[0]));
        tracker->bins[0] = first;
        tracker->rise_us -= bins * DELAY_TRACKER_BIN_US;
        if (bins == DELAY_TRACKER_BINS - 1) {
            tracker->rise_us = 0;
        }
    }
}

static void follow_base(struct delay_tracker *tracker, int64_t transit_us, int64_t arrival_us)
{
    int64_t span = arrival_us / SPAN_US;
    if (tracker->base_us == INT64_MAX) {
        tracker->span = span;
    }
    for (int i = 0; tracker->span < span && i < DELAY_TRACKER_SPANS; i++) {
        tracker->span++;
        tracker->least_us[(uint64_t)tracker->span % DELAY_TRACKER_SPANS] = INT64_MAX;
        tracker->most_us[(uint64_t)tracker->span % DELAY_TRACKER_SPANS] = 0;
    }
    tracker->span = span > tracker->span ? span : tracker->span;
    int64_t *least_us = &tracker->least_us[(uint64_t)tracker->span % DELAY_TRACKER_SPANS];
    *least_us = transit_us < *least_us ? transit_us : *least_us;

    int64_t base_us = INT64_MAX;
    for (size_t i = 0; i < DELAY_TRACKER_SPANS; i++) {
        base_us = tracker->least_us[i] < base_us ? tracker->least_us[i] : base_us;
    }
    if (tracker->base_us != INT64_MAX && base_us > tracker->base_us) {
        shift_down(tracker, base_us - tracker->base_us);
    }
    tracker->base_us = base_us;
}

static void note(struct delay_tracker *tracker, int64_t late_us, unsigned weight)
{
    int64_t bin = late_us / DELAY_TRACKER_BIN_US;
    bin = bin < DELAY_TRACKER_BINS ? bin : DELAY_TRACKER_BINS - 1;
    float part = (float)weight / (tracker->samples + (float)weight);
    if (part < least_part * (float)weight) {
        part = least_part * (float)weight;
    } else {
        tracker->samples += (float)weight;
    }
    for (size_t i = 0; i < DELAY_TRACKER_BINS; i++) {
        tracker->bins[i] *= 1 - part;
    }
    tracker->bins[bin] += part;
}

static void watch_peaks(struct delay_tracker *tracker, int64_t late_us, int64_t arrival_us)
{
    if (late_us < tracker->required_us + PEAK_ABOVE_US) {
        return;
    }
    if (tracker->peak_end_us != INT64_MIN && arrival_us < tracker->peak_end_us + PEAK_APART_US) {
        tracker->peak_us[0] = late_us > tracker->peak_us[0] ? late_us : tracker->peak_us[0];
    } else {
        tracker->peak_us[1] = tracker->peak_us[0];
        tracker->peak_at_us[1] = tracker->peak_at_us[0];
        tracker->peak_us[0] = late_us;
        tracker->peak_at_us[0] = arrival_us;
    }
    tracker->peak_end_us = arrival_us;
}

/** The higher of two peaks that followed each other and are not long ago. */
static int64_t peak_us(const struct delay_tracker *tracker, int64_t arrival_us)
{
    if (tracker->peak_at_us[1] == INT64_MIN ||
        arrival_us > tracker->peak_at_us[1] + PEAK_MEMORY_US) {
        return 0;
    }
    return tracker->peak_us[0] > tracker->peak_us[1] ? tracker->peak_us[0] : tracker->peak_us[1];
}

static void note_latest(struct delay_tracker *tracker, int64_t late_us)
{
    int64_t *present_us = &tracker->most_us[(uint64_t)tracker->span % DELAY_TRACKER_SPANS];
    *present_us = late_us > *present_us ? late_us : *present_us;
}

/** What all but the latest few need. */
static int64_t percentile_us(const struct delay_tracker *tracker)
{
    float later = 0;
    size_t bin = DELAY_TRACKER_BINS;
    while (bin > 1 && later + tracker->bins[bin - 1] <= late_share) {
        later += tracker->bins[--bin];
    }
    return (int64_t)bin * DELAY_TRACKER_BIN_US;
}

void delay_tracker_receive(struct delay_tracker *tracker, int64_t transit_us, int64_t arrival_us,
                           unsigned weight)
{
    follow_base(tracker, transit_us, arrival_us);
    int64_t late_us = transit_us - tracker->base_us;
    note(tracker, late_us, weight);
    watch_peaks(tracker, late_us, arrival_us);
    note_latest(tracker, late_us);

    int64_t usual_us = percentile_us(tracker);
    int64_t bound_us = most_us(tracker) + DELAY_TRACKER_BIN_US;
    usual_us = usual_us < bound_us ? usual_us : bound_us;
    int64_t required_us = usual_us + (usual_us < MARGIN_US ? usual_us : MARGIN_US);
    int64_t high_us = peak_us(tracker, arrival_us);
    required_us = high_us > required_us ? high_us : required_us;
    tracker->required_us = required_us < tracker->max_us ? required_us : tracker->max_us;
}
