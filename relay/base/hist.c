#include "base/hist.h"

#include <stddef.h>

/** Up to 8 each value has a step of its own. */
static size_t step_of(int64_t value)
{
    uint64_t v = value < 0 ? 0 : (uint64_t)value;
    if (v < 8) {
        return (size_t)v;
    }
    unsigned octave = 63U - (unsigned)__builtin_clzll(v);
    size_t step = (size_t)(octave - 2) * 8 + ((v >> (octave - 3)) & 7);
    return step < HIST_STEPS ? step : HIST_STEPS - 1;
}

/** The lowest value of the step after this one. */
static int64_t upper_bound(size_t step)
{
    size_t next = step + 1;
    return next < 8 ? (int64_t)next : (int64_t)(8 + next % 8) << (next / 8 - 1);
}

void hist_add(struct hist *hist, int64_t value)
{
    hist->counts[step_of(value)]++;
    hist->sum += value < 0 ? 0 : (uint64_t)value;
}

void hist_join(struct hist *to, const struct hist *from)
{
    for (size_t i = 0; i < HIST_STEPS; i++) {
        to->counts[i] += from->counts[i];
    }
    to->sum += from->sum;
}

uint64_t hist_count(const struct hist *hist)
{
    uint64_t count = 0;
    for (size_t i = 0; i < HIST_STEPS; i++) {
        count += hist->counts[i];
    }
    return count;
}

uint64_t hist_count_to(const struct hist *hist, int64_t value)
{
    uint64_t count = 0;
    size_t last = step_of(value);
    for (size_t i = 0; i <= last; i++) {
        count += hist->counts[i];
    }
    return count;
}

int64_t hist_permille(const struct hist *hist, unsigned permille)
{
    uint64_t count = hist_count(hist);
    uint64_t wanted = (count * permille + 999) / 1000;
    uint64_t below = 0;
    for (size_t i = 0; i < HIST_STEPS && count > 0; i++) {
        below += hist->counts[i];
        if (below >= wanted) {
            return upper_bound(i);
        }
    }
    return 0;
}

double hist_permille_even(const struct hist *hist, unsigned permille)
{
    double wanted = (double)hist_count(hist) * permille / 1000;
    double below = 0;
    for (size_t i = 0; i < HIST_STEPS && wanted > 0; i++) {
        double here = (double)hist->counts[i];
        if (below + here >= wanted) {
            double from = i == 0 ? 0 : (double)upper_bound(i - 1);
            return from + ((double)upper_bound(i) - from) * (wanted - below) / here;
        }
        below += here;
    }
    return 0;
}
