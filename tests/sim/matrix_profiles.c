/** The paths of QUALITY.md 2.4, whose figures are those of the load tool's lines, and some of our
 * own. */
#include <stdio.h>
#include <string.h>

#include "load/profiles.h"
#include "sim/matrix.h"
#include "sim/scenario.h"

#define MS(n)   (INT64_C(1000) * (n))
#define KBPS(n) (UINT64_C(1000) * (n))

enum { QUEUE_US = 300000 };

/** A path with a bottleneck toward the receiver and the usual queue. */
#define PATH(kbps, delay_ms, jitter_ms)                                                            \
    .rate_bps = KBPS(kbps), .queue_us = QUEUE_US, .delay_us = MS(delay_ms),                        \
    .jitter_us = MS(jitter_ms)

/** The way back: no bottleneck of its own. */
#define BACK(delay_ms, jitter_ms) .delay_us = MS(delay_ms), .jitter_us = MS(jitter_ms)

/** Lines are filled in when they are first asked for. */
static struct matrix_profile profiles[] = {
    {.name = "clean", .line = "clean", .publishers = 3, .length_us = 40 * SECOND_US},
    {.name = "home_wifi", .line = "home-wifi", .publishers = 3, .length_us = 60 * SECOND_US},
    {.name = "lte",
     .publishers = 2,
     .length_us = 60 * SECOND_US,
     .wavering = true,
     .down = {PATH(3000, 40, 15), .loss = 0.002},
     .up = {BACK(40, 15), .loss = 0.002}},
    {.name = "lossy_3", .line = "lossy-3", .publishers = 3, .length_us = 60 * SECOND_US},
    {.name = "lossy_10", .line = "lossy-10", .publishers = 3, .length_us = 60 * SECOND_US},
    {.name = "lossy_20", .line = "lossy-20", .publishers = 3, .length_us = 60 * SECOND_US},
    {.name = "burst", .line = "burst", .publishers = 3, .length_us = 60 * SECOND_US},
    {.name = "long_rtt", .line = "long-rtt", .publishers = 3, .length_us = 60 * SECOND_US},
    {.name = "step_down",
     .line = "step-down",
     .publishers = 3,
     .length_us = 80 * SECOND_US,
     .event_us = 20 * SECOND_US},
    {.name = "starve", .line = "starve", .publishers = 1, .length_us = 60 * SECOND_US},
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
     .line = "outage",
     .publishers = 3,
     .length_us = 45 * SECOND_US,
     .event_us = 23 * SECOND_US},
    {.name = "handover",
     .publishers = 2,
     .length_us = 40 * SECOND_US,
     .event_us = 20 * SECOND_US,
     .moves = true,
     .down = {PATH(5000, 20, 0)},
     .up = {BACK(20, 0)}},
    {.name = "reorder",
     .line = "reorder",
     .publishers = 1,
     .length_us = 40 * SECOND_US,
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

/** Toward the receiver its line; the way back is as far and as unsteady, with room for all. */
static void fill_in(struct matrix_profile *profile)
{
    const struct profile *line = profile_find(profile->line);
    if (line == NULL) {
        (void)fprintf(stderr, "no line %s\n", profile->line);
        return;
    }
    profile->down = line->down;
    profile->up = line->down;
    profile->up.rate_bps = 0;
    profile->up.queue_us = 0;
    profile->up.schedule = NULL;
    profile->up.schedule_count = 0;
    profile->up.burst_enter = 0;
    profile->up.burst_leave = 0;
    profile->up.reorder = 0;
    profile->up.reorder_us = 0;
}

const struct matrix_profile *matrix_profile(const char *name)
{
    for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
        if (strcmp(profiles[i].name, name) == 0) {
            if (profiles[i].line != NULL) {
                fill_in(&profiles[i]);
            }
            return &profiles[i];
        }
    }
    (void)fprintf(stderr, "no profile %s\n", name);
    return NULL;
}
