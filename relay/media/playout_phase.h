/**
 * Where a frame of 20 ms stands among the packets that it is made of, and what that leaves for
 * packets to be late: the last packet that a frame needs begins somewhere in it, best at its start,
 * or shortly behind that, as the owner likes it.
 *
 * All positions are samples at 48 kHz of the source's clock.
 */
#ifndef MEDIA_PLAYOUT_PHASE_H
#define MEDIA_PLAYOUT_PHASE_H

#include <stdint.h>

struct playout_phase {
    int64_t boundary; /**< any packet's begin */
    uint16_t samples; /**< of a packet */
    uint16_t early;   /**< samples from a frame's start to a packet's begin, at best */
    int64_t base_us;  /**< least transit, as of media/delay_tracker.h */
};

static inline int64_t playout_us(int64_t samples)
{
    return samples * 125 / 6;
}

static inline int64_t playout_samples(int64_t us)
{
    return us * 6 / 125;
}

/**
 * How long before now the last packet that a frame from `position` on needs would have come by the
 * least transit.
 */
int64_t playout_lead_us(const struct playout_phase *phase, int64_t position, int64_t now_us);

/**
 * By how many samples a frame may come earlier (above 0), or has to come later, so that its lead is
 * the least that is not below `least_us`, and stands to packets as it should.
 *
 * @param slack_us more lead than the least that is left as it is
 * @param spare_us whole packets' times only go as far as this much waiting can be done without
 */
int64_t playout_adjustment(const struct playout_phase *phase, int64_t position, int64_t now_us,
                           int64_t least_us, int64_t slack_us, int64_t spare_us);

#endif
