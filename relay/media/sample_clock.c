#include "media/sample_clock.h"

#include "rtp/seq.h"

enum {
    RUN = 10,       /**< steps that settle it */
    MOST_RATIO = 12 /**< of rates: 48 kHz to 4 kHz */
};

void sample_clock_init(struct sample_clock *clock)
{
    *clock = (struct sample_clock){.samples = 1, .ticks = 1};
}

void sample_clock_restart(struct sample_clock *clock)
{
    clock->newest = 0;
    clock->run = 0;
}

int64_t sample_clock_time(const struct sample_clock *clock, uint32_t timestamp)
{
    if (clock->newest == 0) {
        return (INT64_C(1) << 32) + timestamp;
    }
    int64_t ticks = seq_extend32(clock->newest, timestamp) - clock->origin;
    return clock->origin + ticks * clock->samples / clock->ticks;
}

uint32_t sample_clock_timestamp(const struct sample_clock *clock, int64_t time)
{
    return (uint32_t)(clock->origin + (time - clock->origin) * clock->ticks / clock->samples);
}

/** Steps as long as this one, time after time, that are not what they should be. */
static bool is_wrong(struct sample_clock *clock, int64_t step, uint16_t samples, int64_t arrival_us)
{
    if (step * clock->samples == (int64_t)samples * clock->ticks) {
        clock->run = 0;
        clock->run_us = arrival_us;
        return false;
    }
    if (clock->run == 0 || step != clock->step || samples != clock->lasting) {
        clock->step = (uint32_t)step;
        clock->lasting = samples;
        clock->run = 0;
    }
    clock->run++;
    if (clock->run < RUN) {
        return false;
    }
    /* packets that do not overlap may stand apart: then as much time passes, too */
    int64_t passed = (arrival_us - clock->run_us) * 6 / 125;
    int64_t played = (int64_t)clock->run * samples;
    bool apart = step > samples && passed > played + played / 4;
    return !apart;
}

bool sample_clock_receive(struct sample_clock *clock, int64_t ext_seq, uint32_t timestamp,
                          uint16_t samples, bool even, int64_t arrival_us)
{
    if (clock->newest == 0) {
        clock->newest = (INT64_C(1) << 32) + timestamp;
        clock->newest_seq = ext_seq;
        clock->origin = clock->newest;
        clock->run_us = arrival_us;
        return false;
    }
    int64_t wire = seq_extend32(clock->newest, timestamp);
    int64_t step = wire - clock->newest;
    bool next = even && ext_seq == clock->newest_seq + 1;
    bool possible =
        step > 0 && step <= (int64_t)samples * MOST_RATIO && step * MOST_RATIO >= samples;
    clock->newest = wire;
    clock->newest_seq = ext_seq;
    if (!next || !possible) {
        clock->run = 0;
        clock->run_us = arrival_us;
        return false;
    }
    if (!is_wrong(clock, step, samples, arrival_us)) {
        return false;
    }
    clock->samples = samples;
    clock->ticks = (uint32_t)step;
    return true;
}
