#include "playout_phase.h"

#include "media/jitter_packet.h"

/** Samples by which packet boundaries recur in frames. */
static int64_t grid(const struct playout_phase *phase)
{
    return phase->samples < JITTER_BUFFER_FRAME ? phase->samples : JITTER_BUFFER_FRAME;
}

/** Samples from a position to the boundary at or behind it. */
static int64_t to_boundary(const struct playout_phase *phase, int64_t position)
{
    int64_t offset = (phase->boundary - position) % grid(phase);
    return offset < 0 ? offset + grid(phase) : offset;
}

int64_t playout_lead_us(const struct playout_phase *phase, int64_t position, int64_t now_us)
{
    int64_t behind = to_boundary(phase, position) + JITTER_BUFFER_FRAME - grid(phase);
    return now_us - phase->base_us - playout_us(position + behind);
}

int64_t playout_adjustment(const struct playout_phase *phase, int64_t position, int64_t now_us,
                           int64_t least_us, int64_t slack_us, int64_t spare_us)
{
    int64_t step = grid(phase);
    int64_t lead_us = playout_lead_us(phase, position, now_us);
    int64_t free = to_boundary(phase, position) - phase->early;
    if (lead_us < least_us) {
        int64_t steps = (playout_samples(least_us - lead_us) + step - 1) / step;
        return free - steps * step;
    }
    int64_t excess_us = lead_us - least_us - slack_us;
    excess_us = excess_us < spare_us ? excess_us : spare_us;
    int64_t steps = excess_us > 0 ? playout_samples(excess_us) / step : 0;
    return free + steps * step;
}
