/** The paths of QUALITY.md 2.4, and some of our own. */
#include <stdio.h>
#include <string.h>

#include "sim/matrix.h"
#include "sim/scenario.h"

#define MS(n)   (INT64_C(1000) * (n))
#define KBPS(n) (UINT64_C(1000) * (n))

enum { QUEUE_US = 300000 };

static const struct rate_step down_and_up[] = {{20 * SECOND_US, KBPS(800)},
                                               {50 * SECOND_US, KBPS(4000)}};

static const struct rate_step gone_for_three_seconds[] = {{20 * SECOND_US, 0},
                                                          {23 * SECOND_US, KBPS(5000)}};

/** A path with a bottleneck toward the receiver and the usual queue. */
#define PATH(kbps, delay_ms, jitter_ms)                                                            \
    .rate_bps = KBPS(kbps), .queue_us = QUEUE_US, .delay_us = MS(delay_ms),                        \
    .jitter_us = MS(jitter_ms)

/** The way back: no bottleneck of its own. */
#define BACK(delay_ms, jitter_ms) .delay_us = MS(delay_ms), .jitter_us = MS(jitter_ms)

static const struct matrix_profile profiles[] = {
    {.name = "clean",
     .publishers = 3,
     .length_us = 40 * SECOND_US,
     .down = {PATH(10000, 10, 0)},
     .up = {BACK(10, 0)}},
    {.name = "home_wifi",
     .publishers = 3,
     .length_us = 60 * SECOND_US,
     .down = {PATH(5000, 15, 20), .stall = 0.02, .stall_min_us = MS(60), .stall_max_us = MS(120),
              .loss = 0.005},
     .up = {BACK(15, 20), .stall = 0.02, .stall_min_us = MS(60), .stall_max_us = MS(120),
            .loss = 0.005}},
    {.name = "lte",
     .publishers = 2,
     .length_us = 60 * SECOND_US,
     .wavering = true,
     .down = {PATH(3000, 40, 15), .loss = 0.002},
     .up = {BACK(40, 15), .loss = 0.002}},
    {.name = "lossy_3",
     .publishers = 3,
     .length_us = 60 * SECOND_US,
     .down = {PATH(5000, 30, 5), .loss = 0.03},
     .up = {BACK(30, 5), .loss = 0.03}},
    {.name = "lossy_10",
     .publishers = 3,
     .length_us = 60 * SECOND_US,
     .down = {PATH(5000, 30, 5), .loss = 0.10},
     .up = {BACK(30, 5), .loss = 0.10}},
    {.name = "lossy_20",
     .publishers = 3,
     .length_us = 60 * SECOND_US,
     .down = {PATH(5000, 30, 5), .loss = 0.20},
     .up = {BACK(30, 5), .loss = 0.20}},
    {.name = "burst",
     .publishers = 3,
     .length_us = 60 * SECOND_US,
     .down = {PATH(5000, 30, 5), .burst_enter = 0.0175, .burst_leave = 1.0 / 3},
     .up = {BACK(30, 5)}},
    {.name = "long_rtt",
     .publishers = 3,
     .length_us = 60 * SECOND_US,
     .down = {PATH(5000, 150, 10), .loss = 0.02},
     .up = {BACK(150, 10), .loss = 0.02}},
    {.name = "step_down",
     .publishers = 3,
     .length_us = 80 * SECOND_US,
     .event_us = 20 * SECOND_US,
     .down = {PATH(4000, 30, 0), .schedule = down_and_up, .schedule_count = 2},
     .up = {BACK(30, 0)}},
    {.name = "starve",
     .publishers = 1,
     .length_us = 60 * SECOND_US,
     .down = {PATH(150, 50, 10)},
     .up = {BACK(50, 10)}},
    {.name = "starve_audio",
     .publishers = 1,
     .length_us = 60 * SECOND_US,
     .down = {PATH(90, 50, 10)},
     .up = {BACK(50, 10)}},
    {.name = "mid_layer",
     .publishers = 1,
     .length_us = 80 * SECOND_US,
     .down = {PATH(1240, 30, 0)},
     .up = {BACK(30, 0)}},
    {.name = "mid_layer_low",
     .publishers = 1,
     .length_us = 80 * SECOND_US,
     .down = {PATH(420, 30, 0)},
     .up = {BACK(30, 0)}},
    {.name = "mid_layer_two",
     .publishers = 2,
     .length_us = 80 * SECOND_US,
     .down = {PATH(1850, 30, 0)},
     .up = {BACK(30, 0)}},
    {.name = "outage",
     .publishers = 3,
     .length_us = 45 * SECOND_US,
     .event_us = 23 * SECOND_US,
     .down = {PATH(5000, 20, 0), .schedule = gone_for_three_seconds, .schedule_count = 2},
     .up = {BACK(20, 0)}},
    {.name = "handover",
     .publishers = 2,
     .length_us = 40 * SECOND_US,
     .event_us = 20 * SECOND_US,
     .moves = true,
     .down = {PATH(5000, 20, 0)},
     .up = {BACK(20, 0)}},
    {.name = "reorder",
     .publishers = 1,
     .length_us = 40 * SECOND_US,
     .down = {PATH(10000, 20, 0), .reorder = 0.05, .reorder_us = MS(15)},
     .up = {BACK(20, 0)},
     .publisher_up = {.delay_us = MS(20), .reorder = 0.05, .reorder_us = MS(15)}},
    {.name = "gallery",
     .publishers = 8,
     .length_us = 80 * SECOND_US,
     .dynacast = true,
     .down = {PATH(1200, 30, 5)},
     .up = {BACK(30, 5)}},
    {.name = "no_feedback",
     .publishers = 1,
     .length_us = 60 * SECOND_US,
     .no_twcc = true,
     .down = {PATH(1500, 30, 0)},
     .up = {BACK(30, 0)}},
    {.name = "remb",
     .publishers = 1,
     .length_us = 40 * SECOND_US,
     .no_twcc = true,
     .remb_bps = KBPS(900),
     .down = {PATH(1000, 30, 0)},
     .up = {BACK(30, 0)}},
};

const struct matrix_profile *matrix_profile(const char *name)
{
    for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
        if (strcmp(profiles[i].name, name) == 0) {
            return &profiles[i];
        }
    }
    (void)fprintf(stderr, "no profile %s\n", name);
    return NULL;
}
