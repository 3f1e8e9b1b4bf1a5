/**
 * The loss that an Opus sender is told, so that its encoder adds in-band FEC (LBRR) when somebody
 * who hears it needs that (QUALITY.md 1.12): the larger of its own way up and the worst way down.
 *
 * Listeners may lie. One alone moves it to FEC_LOSS_ONE at most, two to FEC_LOSS_MOST; libopus
 * spends its bits alike from 10 % on.
 */
#ifndef MEDIA_FEC_LOSS_H
#define MEDIA_FEC_LOSS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    FEC_LOSS_ONE = 26,          /**< of 256: 10 % */
    FEC_LOSS_MOST = 64,         /**< 25 % */
    FEC_LOSS_HOLD_US = 10000000 /**< less is told when that has held for so long */
};

/** Losses of the listeners whose audio nothing else repairs. Zeroed memory is ready for use. */
struct fec_loss_worst {
    uint8_t first; /**< of 256 */
    uint8_t second;
};

/** What is told. Zeroed memory is ready for use. */
struct fec_loss {
    uint8_t told;
    bool calm; /**< less would do, since calm_us */
    int64_t calm_us;
    uint8_t calm_most; /**< the most that was needed since */
};

/** Takes in one listener. @param fraction_lost of 256 */
void fec_loss_add(struct fec_loss_worst *worst, uint8_t fraction_lost);

/**
 * @param own fraction lost on the sender's way up, true
 * @return fraction to report
 */
uint8_t fec_loss_tell(struct fec_loss *loss, const struct fec_loss_worst *worst, uint8_t own,
                      int64_t now_us);

#endif
