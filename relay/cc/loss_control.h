/**
 * The rate by loss (QUALITY.md 1.3.2, version 2 of libwebrtc): the bandwidth that explains best
 * what was lost at which rate, so that loss by chance does not count as congestion; a trial
 * decides how much of it may be chance.
 */
#ifndef CC_LOSS_CONTROL_H
#define CC_LOSS_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "loss_model.h"
#include "loss_trial.h"

enum loss_state {
    LOSS_DELAY_BASED, /**< does not limit */
    LOSS_INCREASING,
    LOSS_DECREASING
};

struct loss_control {
    enum loss_state state;
    struct loss_window window;
    struct loss_observation open; /**< being filled */
    struct loss_model best;       /**< kbps 0 = none yet */
    struct loss_trial trial;
    uint64_t min_bps;
    uint64_t max_bps;
    uint64_t rate_bps; /**< as last judged; UINT64_MAX = not yet */
    double average;    /**< loss of the window */
    int64_t limit_us;  /**< since when limit_kbps holds, INT64_MIN = it does not */
    double limit_kbps; /**< of increases soon after a decrease */
    int64_t hold_until_us;
    int64_t hold_us; /**< length of the next hold */
    double hold_kbps;
};

/** What feedback says besides. */
struct loss_input {
    uint64_t acked_bps; /**< 0 = not known */
    uint64_t delay_bps; /**< delay-based estimate */
    uint64_t least_bps; /**< with less, something that is shown would have to stop */
    bool limited;       /**< application-limited */
};

void loss_control_init(struct loss_control *loss, uint64_t min_bps, uint64_t max_bps);

/** What became of a packet. @param was_lost it was told lost before, and is not */
void loss_control_packet(struct loss_control *loss, int64_t sent_us, uint32_t bytes, bool lost,
                         bool was_lost);

/** The packets of one feedback are all told. */
void loss_control_feedback(struct loss_control *loss, const struct loss_input *input);

/** Feedback comes again after a silence: loss in it does not count, what was learned stays. */
void loss_control_resume(struct loss_control *loss);

/** What loss allows; UINT64_MAX while it does not limit. */
uint64_t loss_control_bps(const struct loss_control *loss);

/** A probe has shown what gets through. */
void loss_control_set(struct loss_control *loss, uint64_t bps);

/** Share that the link loses whatever the rate. */
double loss_control_inherent(const struct loss_control *loss);

#endif
