#include "loss_trial.h"

#include <math.h>

enum {
    EFFECT_US = 200000,  /**< until what is sent follows the cap */
    LENGTH_US = 2500000, /**< at most */
    WAIT_US = 20000000,  /**< after a verdict; doubles while it is the same */
    MAX_WAIT_US = 600000000,
    RETRY_US = 5000000, /**< after a trial that said nothing */
    EXPECTED_LOST = 16  /**< if it is chance: few enough to be quick, enough to be seen */
};
/** Loss below this is let be. */
#define WORTH  0.05
#define SLOWER 0.9
/** It is the rate when no more than this share of the loss is left. */
#define GONE 0.5
/** Sent must be less than came through before, about. */
#define FOLLOWED 1.05
/** What libwebrtc grants, slow links more; after a trial that blamed the rate; the most. */
#define USUAL_ALLOWANCE   0.05
#define BALANCE_KBPS      100
#define RATE_ALLOWANCE    0.02
#define MAX_ALLOWANCE     0.3
#define UNKNOWN_ALLOWANCE 0.2
/** Loss this much above what was found to be chance is another loss. */
#define CHANGED_FACTOR 1.3
#define CHANGED_EXTRA  0.03

void loss_trial_init(struct loss_trial *trial)
{
    *trial = (struct loss_trial){.cap_kbps = INFINITY, .next_us = INT64_MIN, .wait_us = WAIT_US};
}

void loss_trial_abort(struct loss_trial *trial)
{
    trial->cap_kbps = INFINITY;
}

bool loss_trial_runs(const struct loss_trial *trial)
{
    return isfinite(trial->cap_kbps);
}

void loss_trial_packet(struct loss_trial *trial, int64_t sent_us, uint32_t bytes, bool lost,
                       bool was_lost)
{
    if (!loss_trial_runs(trial) || sent_us < trial->start_us + EFFECT_US) {
        return;
    }
    if (was_lost) {
        trial->lost -= trial->lost > 0;
        return;
    }
    trial->packets++;
    trial->lost += lost;
    trial->kb += (double)bytes / 1000;
}

double loss_trial_cap(double loss, double kbps)
{
    return SLOWER * kbps * (1 - loss);
}

static void begin(struct loss_trial *trial, double loss, double kbps, int64_t now_us)
{
    trial->before = loss;
    trial->through = kbps * (1 - loss);
    trial->cap_kbps = loss_trial_cap(loss, kbps);
    trial->start_us = now_us;
    trial->packets = 0;
    trial->lost = 0;
    trial->kb = 0;
}

/** Ends it. @return true when it said something */
static bool end(struct loss_trial *trial, int64_t now_us)
{
    int64_t span_us = now_us - trial->start_us - EFFECT_US;
    double kbps = trial->kb * 8e6 / (double)span_us;
    trial->cap_kbps = INFINITY;
    if (kbps > FOLLOWED * trial->through || trial->packets == 0) {
        trial->next_us = now_us + RETRY_US; /* what was sent could not be slowed down */
        return false;
    }
    double loss = (double)trial->lost / trial->packets;
    enum loss_verdict verdict = loss <= GONE * trial->before ? LOSS_BY_RATE : LOSS_BY_CHANCE;
    trial->wait_us = verdict != trial->verdict          ? WAIT_US
                     : trial->wait_us < MAX_WAIT_US / 2 ? 2 * trial->wait_us
                                                        : MAX_WAIT_US;
    trial->next_us = now_us + trial->wait_us;
    trial->verdict = verdict;
    trial->chance = loss;
    return true;
}

bool loss_trial_update(struct loss_trial *trial, double loss, double kbps, int64_t now_us)
{
    if (loss_trial_runs(trial)) {
        int64_t span_us = now_us - trial->start_us - EFFECT_US;
        bool enough = (double)trial->packets * trial->before >= EXPECTED_LOST;
        return span_us > 0 && (enough || span_us >= LENGTH_US) ? end(trial, now_us) : false;
    }
    bool changed = trial->verdict == LOSS_BY_CHANCE &&
                   loss > CHANGED_FACTOR * trial->chance + CHANGED_EXTRA &&
                   now_us - trial->start_us >= RETRY_US;
    if (loss > WORTH && (now_us >= trial->next_us || changed)) {
        begin(trial, loss, kbps, now_us);
    }
    return false;
}

double loss_trial_allowance(const struct loss_trial *trial, double kbps)
{
    double more = BALANCE_KBPS / fmax(kbps, 1);
    switch (trial->verdict) {
    case LOSS_NO_VERDICT:
        return fmin(UNKNOWN_ALLOWANCE + more, 1);
    case LOSS_BY_CHANCE:
        return fmin(fmax(CHANGED_FACTOR * trial->chance + CHANGED_EXTRA, USUAL_ALLOWANCE) + more,
                    MAX_ALLOWANCE);
    case LOSS_BY_RATE:
        break;
    }
    return RATE_ALLOWANCE;
}
