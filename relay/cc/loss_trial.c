#include "loss_trial.h"

#include <math.h>

enum {
    EFFECT_US = 200000, /**< until what is sent follows the cap */
    SHORTEST_US = 250000,
    LENGTH_US = 2500000,  /**< at most, ... */
    LONGEST_US = 3500000, /**< but for one in which less is lost */
    WAIT_US = 20000000,   /**< after a verdict; doubles while it is the same */
    MAX_WAIT_US = 600000000,
    RETRY_US = 5000000, /**< after a trial that said nothing, ... */
    LATER_US = 10000000 /**< and another one */
};
/** Loss below this is let be. */
#define WORTH  0.05
#define SLOWER 0.9
/** Evidence that makes it the rate (luck does so about once in a thousand trials), or chance. */
#define SURE_RATE   7.0
#define SURE_CHANCE (-4.6)
/** What was seen may be so many standard deviations below what is lost in the long run. */
#define DOUBT 2.0
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
    *trial = (struct loss_trial){
        .cap_kbps = INFINITY, .next_us = INT64_MIN, .wait_us = WAIT_US, .retry_us = RETRY_US};
}

void loss_trial_abort(struct loss_trial *trial)
{
    trial->cap_kbps = INFINITY;
    trial->during = (struct loss_runs){0};
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
        loss_runs_correct(&trial->during);
        return;
    }
    loss_runs_add(&trial->during, lost);
    trial->kb += (double)bytes / 1000;
}

double loss_trial_cap(double through_kbps)
{
    return SLOWER * through_kbps;
}

static void begin(struct loss_trial *trial, const struct loss_before *before, int64_t now_us)
{
    trial->before = before->runs;
    trial->through = before->through_kbps;
    trial->cap_kbps = loss_trial_cap(before->through_kbps);
    trial->start_us = now_us;
    trial->during = (struct loss_runs){0};
    trial->kb = 0;
}

/** As much of the loss as may be chance by what was seen: too little would count as another loss
 * soon, and be tried again and again. */
static double chance_of(const struct loss_runs *during)
{
    double share = (double)during->lost / during->packets;
    double deviation = sqrt(share * (1 - share) / during->packets);
    return share + DOUBT * deviation;
}

/** Ends it. @return true when it said something */
static bool end(struct loss_trial *trial, int64_t now_us)
{
    int64_t span_us = now_us - trial->start_us - EFFECT_US;
    double kbps = trial->kb * 8e6 / (double)span_us;
    struct loss_runs during = trial->during;
    double evidence = loss_runs_evidence(&trial->before, &during);
    bool slowed = kbps <= FOLLOWED * trial->through && during.packets > 0;
    loss_trial_abort(trial);
    if (!slowed || (evidence > 0 && evidence < SURE_RATE)) {
        trial->next_us = now_us + trial->retry_us;
        trial->retry_us = LATER_US;
        return false;
    }
    enum loss_verdict verdict = evidence > 0 ? LOSS_BY_RATE : LOSS_BY_CHANCE;
    trial->wait_us = verdict != trial->verdict          ? WAIT_US
                     : trial->wait_us < MAX_WAIT_US / 2 ? 2 * trial->wait_us
                                                        : MAX_WAIT_US;
    trial->next_us = now_us + trial->wait_us;
    trial->verdict = verdict;
    trial->retry_us = RETRY_US;
    trial->chance = chance_of(&during);
    return true;
}

/** Is there nothing more to learn? */
static bool is_over(const struct loss_trial *trial, int64_t now_us)
{
    int64_t span_us = now_us - trial->start_us - EFFECT_US;
    double evidence = loss_runs_evidence(&trial->before, &trial->during);
    return span_us >= (evidence > 0 ? LONGEST_US : LENGTH_US) ||
           (span_us >= SHORTEST_US && (evidence >= SURE_RATE || evidence <= SURE_CHANCE));
}

bool loss_trial_update(struct loss_trial *trial, const struct loss_before *before, int64_t now_us)
{
    if (loss_trial_runs(trial)) {
        return is_over(trial, now_us) && end(trial, now_us);
    }
    bool changed = trial->verdict == LOSS_BY_CHANCE &&
                   before->loss > CHANGED_FACTOR * trial->chance + CHANGED_EXTRA &&
                   now_us - trial->start_us >= RETRY_US;
    if (before->loss > WORTH && (now_us >= trial->next_us || changed)) {
        begin(trial, before, now_us);
    }
    return false;
}

void loss_trial_watch(struct loss_trial *trial, const struct loss_runs *runs, double kbps,
                      int64_t now_us)
{
    if (trial->verdict != LOSS_BY_RATE || loss_trial_runs(trial) ||
        kbps > loss_trial_cap(trial->through)) {
        return;
    }
    loss_runs_join(&trial->during, runs);
    double evidence = loss_runs_evidence(&trial->before, &trial->during);
    if (evidence > 0) {
        trial->during = (struct loss_runs){0};
    } else if (evidence <= SURE_CHANCE) {
        trial->verdict = LOSS_NO_VERDICT;
        trial->wait_us = WAIT_US;
        trial->next_us = now_us;
    }
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
