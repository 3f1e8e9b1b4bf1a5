#include "media/fec_loss.h"

static uint8_t at_most(uint8_t value, uint8_t bound)
{
    return value < bound ? value : bound;
}

void fec_loss_add(struct fec_loss_worst *worst, uint8_t fraction_lost)
{
    if (fraction_lost > worst->first) {
        worst->second = worst->first;
        worst->first = fraction_lost;
    } else if (fraction_lost > worst->second) {
        worst->second = fraction_lost;
    }
}

uint8_t fec_loss_tell(struct fec_loss *loss, const struct fec_loss_worst *worst, uint8_t own,
                      int64_t now_us)
{
    uint8_t one = at_most(worst->first, FEC_LOSS_ONE);
    uint8_t two = at_most(worst->second, FEC_LOSS_MOST);
    uint8_t needed = one > two ? one : two;
    if (needed >= loss->told) {
        loss->told = needed;
        loss->calm = false;
    } else if (!loss->calm) {
        loss->calm = true;
        loss->calm_us = now_us;
        loss->calm_most = needed;
    } else {
        loss->calm_most = needed > loss->calm_most ? needed : loss->calm_most;
        if (now_us - loss->calm_us >= FEC_LOSS_HOLD_US) {
            loss->told = loss->calm_most;
            loss->calm = false;
        }
    }
    return own > loss->told ? own : loss->told;
}
