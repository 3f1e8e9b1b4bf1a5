#include "load/profiles.h"

#include <string.h>

#define MS(n)   (INT64_C(1000) * (n))
#define S(n)    (INT64_C(1000000) * (n))
#define KBPS(n) (UINT64_C(1000) * (n))

enum { QUEUE_US = 300000 };

/** A direction with a bottleneck and the usual queue before it. */
#define LINE(kbps, delay_ms, jitter_ms)                                                            \
    .rate_bps = KBPS(kbps), .queue_us = QUEUE_US, .delay_us = MS(delay_ms),                        \
    .jitter_us = MS(jitter_ms)

#define BOTH(...) .up = {__VA_ARGS__}, .down = {__VA_ARGS__}

/** +-40 % around 3 Mbit/s each 2 s, for a minute; then it stays. */
static const struct rate_step wavering[] = {
    {S(0), KBPS(3000)},  {S(2), KBPS(4100)},  {S(4), KBPS(2300)},  {S(6), KBPS(1900)},
    {S(8), KBPS(3400)},  {S(10), KBPS(2700)}, {S(12), KBPS(4200)}, {S(14), KBPS(3600)},
    {S(16), KBPS(1800)}, {S(18), KBPS(2500)}, {S(20), KBPS(3900)}, {S(22), KBPS(3100)},
    {S(24), KBPS(2000)}, {S(26), KBPS(2900)}, {S(28), KBPS(4000)}, {S(30), KBPS(1900)},
    {S(32), KBPS(3300)}, {S(34), KBPS(2200)}, {S(36), KBPS(3800)}, {S(38), KBPS(2600)},
    {S(40), KBPS(4200)}, {S(42), KBPS(3000)}, {S(44), KBPS(1800)}, {S(46), KBPS(3500)},
    {S(48), KBPS(2400)}, {S(50), KBPS(4100)}, {S(52), KBPS(2800)}, {S(54), KBPS(2100)},
    {S(56), KBPS(3700)}, {S(58), KBPS(3000)}};

static const struct rate_step down_and_up[] = {{S(20), KBPS(800)}, {S(50), KBPS(4000)}};

static const struct rate_step gone_for_three_seconds[] = {{S(20), 0}, {S(23), KBPS(5000)}};

static const struct profile profiles[] = {
    {"clean", "10 Mbit/s, 10 ms", BOTH(LINE(10000, 10, 0))},
    {"home-wifi", "5 Mbit/s, 15 ms with stalls of 60 to 120 ms, 0.5 % lost",
     BOTH(LINE(5000, 15, 20), .stall = 0.02, .stall_min_us = MS(60), .stall_max_us = MS(120),
          .loss = 0.005)},
    {"lte", "3 Mbit/s +-40 % each 2 s, 40 ms, 0.2 % lost",
     BOTH(LINE(3000, 40, 15), .loss = 0.002, .schedule = wavering,
          .schedule_count = sizeof(wavering) / sizeof(wavering[0]))},
    {"lossy-1", "5 Mbit/s, 30 ms, 1 % lost at random", BOTH(LINE(5000, 30, 5), .loss = 0.01)},
    {"lossy-3", "5 Mbit/s, 30 ms, 3 % lost at random", BOTH(LINE(5000, 30, 5), .loss = 0.03)},
    {"lossy-10", "5 Mbit/s, 30 ms, 10 % lost at random", BOTH(LINE(5000, 30, 5), .loss = 0.10)},
    {"lossy-20", "5 Mbit/s, 30 ms, 20 % lost at random", BOTH(LINE(5000, 30, 5), .loss = 0.20)},
    {"burst", "5 Mbit/s, 30 ms, 5 % lost in bursts of three",
     BOTH(LINE(5000, 30, 5), .burst_enter = 0.0175, .burst_leave = 1.0 / 3)},
    {"far", "10 Mbit/s, 120 ms", BOTH(LINE(10000, 120, 5))},
    {"long-rtt", "5 Mbit/s, 150 ms, 2 % lost at random", BOTH(LINE(5000, 150, 10), .loss = 0.02)},
    {"jitter", "10 Mbit/s, 20 to 100 ms", BOTH(LINE(10000, 20, 80))},
    {"step-down", "4 Mbit/s down, 0.8 from 20 s to 50 s, 30 ms", .up = {LINE(4000, 30, 0)},
     .down = {LINE(4000, 30, 0), .schedule = down_and_up, .schedule_count = 2}},
    {"starve", "150 kbit/s down, 50 ms", .up = {LINE(1000, 50, 10)}, .down = {LINE(150, 50, 10)}},
    {"outage", "5 Mbit/s, 20 ms, nothing from 20 s to 23 s",
     BOTH(LINE(5000, 20, 0), .schedule = gone_for_three_seconds, .schedule_count = 2)},
    {"reorder", "10 Mbit/s, 20 ms, 5 % are 15 ms late",
     BOTH(LINE(10000, 20, 0), .reorder = 0.05, .reorder_us = MS(15))},
};

enum { PROFILES = sizeof(profiles) / sizeof(profiles[0]) };

const struct profile *profile_find(const char *name)
{
    for (size_t i = 0; i < PROFILES; i++) {
        if (strcmp(profiles[i].name, name) == 0) {
            return &profiles[i];
        }
    }
    return NULL;
}

const struct profile *profile_at(size_t i)
{
    return i < PROFILES ? &profiles[i] : NULL;
}
