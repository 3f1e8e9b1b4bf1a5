/**
 * Finds out whether loss comes from sending too fast: for a second or two less is sent than came
 * through before. If the loss stays, the link loses by chance and slowing down would help nobody;
 * if it goes, a short queue or a policer threw away what was too much.
 *
 * Loss of both kinds looks alike at a steady rate, and where a queue is too short to be seen, delay
 * does not tell them apart either.
 */
#ifndef CC_LOSS_TRIAL_H
#define CC_LOSS_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

enum loss_verdict { LOSS_NO_VERDICT, LOSS_BY_CHANCE, LOSS_BY_RATE };

struct loss_trial {
    enum loss_verdict verdict; /**< last one */
    double cap_kbps;           /**< while it runs; INFINITY = it does not */
    int64_t start_us;
    int64_t next_us; /**< not before; INT64_MIN = at once */
    int64_t wait_us;
    double before;  /**< share lost before */
    double through; /**< kbit/s that came through then */
    uint32_t packets;
    uint32_t lost;
    double kb;
    double chance; /**< share that was found to be lost by chance */
};

void loss_trial_init(struct loss_trial *trial);

/** What became of a packet sent while it runs. */
void loss_trial_packet(struct loss_trial *trial, int64_t sent_us, uint32_t bytes, bool lost,
                       bool was_lost);

/**
 * Begins or ends one when it is time.
 *
 * @param loss share lost lately
 * @param kbps rate at which that was sent
 * @param now_us sending time of the latest packet told of
 * @return true when a verdict was reached
 */
bool loss_trial_update(struct loss_trial *trial, double loss, double kbps, int64_t now_us);

/** What a trial that began now would leave, kbit/s. */
double loss_trial_cap(double loss, double kbps);

/** Ends one without a verdict. */
void loss_trial_abort(struct loss_trial *trial);

bool loss_trial_runs(const struct loss_trial *trial);

/** Share of loss that may be taken for chance on a link of this bandwidth. */
double loss_trial_allowance(const struct loss_trial *trial, double kbps);

#endif
