/**
 * Finds out whether loss comes from sending too fast: for a second or two less is sent than came
 * through before. If the loss stays, the link loses by chance and slowing down would help nobody;
 * if it goes, a short queue or a policer threw away what was too much.
 *
 * Loss of both kinds looks alike at a steady rate, and where a queue is too short to be seen, delay
 * does not tell them apart either.
 *
 * That the rate is to blame has to be proved beyond luck: a trial is over in a second, and of the
 * few packets of a second a lossy link may spare half. A verdict against the rate is also watched
 * afterwards, since it would feed on itself: the rate falls, more is still lost than was allowed
 * for, the rate falls again, until too little is sent for another trial.
 */
#ifndef CC_LOSS_TRIAL_H
#define CC_LOSS_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "loss_runs.h"

enum loss_verdict { LOSS_NO_VERDICT, LOSS_BY_CHANCE, LOSS_BY_RATE };

struct loss_trial {
    enum loss_verdict verdict; /**< last one */
    double cap_kbps;           /**< while it runs; INFINITY = it does not */
    int64_t start_us;
    int64_t next_us;         /**< not before; INT64_MIN = at once */
    int64_t wait_us;         /**< after the next verdict, ... */
    int64_t retry_us;        /**< and when there is none */
    struct loss_runs before; /**< what was lost before */
    double through;          /**< kbit/s that came through then */
    struct loss_runs during; /**< while it runs; after a verdict against the rate, since then */
    double kb;
    double chance; /**< share that is lost by chance, as much as may be by the last trial */
};

void loss_trial_init(struct loss_trial *trial);

/** What a trial would begin with. */
struct loss_before {
    double loss;         /**< share lost lately */
    double through_kbps; /**< rate at which the rest came through */
    struct loss_runs runs;
};

/** What became of a packet sent while it runs. */
void loss_trial_packet(struct loss_trial *trial, int64_t sent_us, uint32_t bytes, bool lost,
                       bool was_lost);

/**
 * Begins or ends one when it is time.
 *
 * @param now_us sending time of the latest packet told of
 * @return true when a verdict was reached
 */
bool loss_trial_update(struct loss_trial *trial, const struct loss_before *before, int64_t now_us);

/**
 * What was lost lately while none runs, and at which rate it was sent: a verdict against the rate
 * is taken back when as much is lost at a rate that it does not blame.
 */
void loss_trial_watch(struct loss_trial *trial, const struct loss_runs *runs, double kbps,
                      int64_t now_us);

/** What a trial that began now would leave, kbit/s. */
double loss_trial_cap(double through_kbps);

/** Ends one without a verdict. */
void loss_trial_abort(struct loss_trial *trial);

bool loss_trial_runs(const struct loss_trial *trial);

/** Share of loss that may be taken for chance on a link of this bandwidth. */
double loss_trial_allowance(const struct loss_trial *trial, double kbps);

#endif
