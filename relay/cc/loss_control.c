#include "loss_control.h"

#include <math.h>

/** As libwebrtc's `loss_based_bwe_v2.cc` has them, but for what is said beside them. */
enum {
    OBSERVATION_US = 250000,
    MIN_OBSERVATIONS = 3,
    LIMIT_US = 300000,
    HOLD_US = 300000,
    MAX_HOLD_US = 60000000
};
#define START_RHO          0.01
#define MAX_INCREASE       1.3
#define RAMP_FACTOR        1.5
#define RAMP_FACTOR_HOLD   1.2
#define RAMP_FACTOR_KNOWN  1.08 /* own: more was tried, and was too much */
#define HOLD_NEAR          1.3
#define UPPER_BALANCE_KBPS 100
/** After a trial that found loss to be gone when less was sent. */
#define BELOW_THROUGH 0.95
/** A receiver that claims to lose all is no reason to send twice and more of everything. */
#define MAX_INHERENT 0.5

void loss_control_init(struct loss_control *loss, uint64_t min_bps, uint64_t max_bps)
{
    *loss = (struct loss_control){.state = LOSS_DELAY_BASED,
                                  .open = {.from_us = INT64_MAX, .to_us = INT64_MIN},
                                  .best = {.rho = START_RHO},
                                  .min_bps = min_bps,
                                  .max_bps = max_bps,
                                  .rate_bps = UINT64_MAX,
                                  .limit_us = INT64_MIN,
                                  .hold_until_us = INT64_MIN,
                                  .hold_us = HOLD_US};
    loss_trial_init(&loss->trial);
}

void loss_control_packet(struct loss_control *loss, int64_t sent_us, uint32_t bytes, bool lost,
                         bool was_lost)
{
    struct loss_observation *open = &loss->open;
    double kb = (double)bytes / 1000;
    loss_trial_packet(&loss->trial, sent_us, bytes, lost, was_lost);
    if (was_lost) {
        if (sent_us >= open->from_us) {
            open->lost = fmax(open->lost - kb, 0);
            loss_runs_correct(&open->runs);
        } else {
            loss_window_correct(&loss->window, sent_us, kb);
        }
        return;
    }
    loss_runs_add(&open->runs, lost);
    open->kb += kb;
    open->lost += lost ? kb : 0;
    if (sent_us < open->from_us) {
        open->from_us = sent_us;
    }
    if (sent_us > open->to_us) {
        open->to_us = sent_us;
    }
}

/** Closes the open observation when it is long enough. */
static bool observation_close(struct loss_control *loss)
{
    struct loss_observation *open = &loss->open;
    if (open->from_us == INT64_MAX || open->to_us - open->from_us < OBSERVATION_US) {
        return false;
    }
    open->kbps = open->kb * 8e6 / (double)(open->to_us - open->from_us);
    loss_window_add(&loss->window, open);
    *open = (struct loss_observation){.from_us = INT64_MAX, .to_us = INT64_MIN};
    return true;
}

/** Bandwidths worth a look. @return how many */
static size_t candidates(const struct loss_control *loss, const struct loss_input *input,
                         double out[static 5])
{
    static const double factors[] = {1.02, 1.0, 0.95};
    double present = loss->best.kbps;
    size_t count = 0;
    for (; count < 3; count++) {
        out[count] = present * factors[count];
    }
    if (input->acked_bps > 0 && !input->limited) {
        out[count++] = (double)input->acked_bps / 1000;
    }
    double delay_kbps = (double)input->delay_bps / 1000;
    if (delay_kbps > present) {
        out[count++] = delay_kbps;
    }
    double upper = (double)loss->max_bps / 1000;
    if (loss->state != LOSS_DELAY_BASED && loss->limit_us != INT64_MIN) {
        upper = loss->limit_kbps;
    }
    for (size_t i = 0; i < count; i++) {
        out[i] = fmin(out[i], fmax(present, upper));
    }
    return count;
}

static struct loss_model best_of(const struct loss_control *loss, const struct loss_input *input)
{
    double kbps[5];
    size_t count = candidates(loss, input, kbps);
    struct loss_model best = loss->best;
    double best_score = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        struct loss_model model = {.kbps = kbps[i], .rho = loss->best.rho};
        loss_model_fit(&model, &loss->window, loss_trial_allowance(&loss->trial, kbps[i]));
        double score = loss_model_score(&model, &loss->window, loss->average);
        if (score > best_score) {
            best_score = score;
            best = model;
        }
    }
    return best;
}

/** While loss limits, the estimate rises in bounded steps only. */
static double rise_bounded(const struct loss_control *loss, const struct loss_input *input,
                           double kbps, int64_t sent_us)
{
    double present = loss->best.kbps;
    if (loss->limit_us != INT64_MIN && sent_us - loss->limit_us < LIMIT_US) {
        kbps = fmin(kbps, fmax(loss->limit_kbps, present));
    }
    if (kbps >= present && input->acked_bps > 0) {
        double acked = (double)input->acked_bps / 1000;
        double factor = RAMP_FACTOR;
        if (loss->trial.verdict == LOSS_BY_RATE) {
            factor = RAMP_FACTOR_KNOWN;
        } else if (loss->hold_kbps > 0 && acked < HOLD_NEAR * loss->hold_kbps) {
            factor = RAMP_FACTOR_HOLD;
        }
        kbps = fmax(present, fmin(kbps, factor * acked));
    }
    return kbps;
}

/** Beyond this much loss the rate has a bound that needs no model. */
static double instant_upper(const struct loss_control *loss)
{
    double allowance = loss_trial_allowance(&loss->trial, loss->best.kbps);
    return loss->average > allowance ? UPPER_BALANCE_KBPS / (loss->average - allowance) : INFINITY;
}

static void state_update(struct loss_control *loss, const struct loss_input *input, int64_t sent_us)
{
    double delay = (double)input->delay_bps / 1000;
    double least = (double)loss->min_bps / 1000;
    double acked = (double)input->acked_bps / 1000;
    double bounded = fmin(loss->best.kbps, instant_upper(loss));
    bounded = fmin(fmax(bounded, acked), fmin(delay, loss->trial.cap_kbps));
    bounded = fmax(bounded, least);
    double before = loss->rate_bps == UINT64_MAX ? INFINITY : (double)loss->rate_bps / 1000;
    if (bounded >= delay) {
        loss->state = LOSS_DELAY_BASED;
        loss->hold_us = HOLD_US;
        loss->hold_kbps = 0;
        loss->hold_until_us = INT64_MIN;
    } else if (loss->state == LOSS_DECREASING && sent_us < loss->hold_until_us) {
        bounded = fmin(bounded, loss->hold_kbps);
    } else if (bounded > before && loss->state != LOSS_DELAY_BASED) {
        loss->state = LOSS_INCREASING;
    } else if (bounded < before || loss->state == LOSS_DELAY_BASED) {
        if (loss->state != LOSS_DECREASING) {
            loss->hold_until_us = sent_us + loss->hold_us;
            loss->hold_us = 2 * loss->hold_us < MAX_HOLD_US ? 2 * loss->hold_us : MAX_HOLD_US;
            loss->hold_kbps = bounded;
        }
        loss->state = LOSS_DECREASING;
    }
    if (loss->state != LOSS_DELAY_BASED &&
        (loss->limit_us == INT64_MIN || sent_us - loss->limit_us >= LIMIT_US)) {
        loss->limit_us = sent_us;
        loss->limit_kbps = fmax((double)loss->min_bps / 1000, loss->best.kbps * MAX_INCREASE);
    }
    loss->rate_bps = (uint64_t)(bounded * 1000);
}

/** What comes through, kbit/s: loss by the rate may be more by now than its average tells. */
static double through_kbps(const struct loss_control *loss, const struct loss_input *input)
{
    double kbps = loss_window_rate(&loss->window, MIN_OBSERVATIONS) * (1 - loss->average);
    return input->acked_bps > 0 ? fmin(kbps, (double)input->acked_bps / 1000) : kbps;
}

/** Loss that may come from the rate is put to the test; not where little is sent, which would prove
 * nothing about more, and not where a picture that comes in one quality only would be the price. */
static void trial_update(struct loss_control *loss, const struct loss_input *input, int64_t sent_us)
{
    if (loss->window.count < MIN_OBSERVATIONS) {
        return;
    }
    double kbps = through_kbps(loss, input);
    const struct loss_observation *latest = loss_window_latest(&loss->window);
    loss_trial_watch(&loss->trial, &latest->runs, latest->kbps, sent_us);
    if (!loss_trial_runs(&loss->trial) &&
        (input->limited || loss_trial_cap(kbps) < (double)input->least_bps / 1000)) {
        return;
    }
    struct loss_before before = {
        .loss = loss->average, .through_kbps = kbps, .runs = loss_window_runs(&loss->window)};
    if (loss_trial_update(&loss->trial, &before, sent_us) && loss->trial.verdict == LOSS_BY_RATE) {
        loss->best.kbps = fmin(loss->best.kbps, BELOW_THROUGH * loss->trial.through);
    }
}

void loss_control_feedback(struct loss_control *loss, const struct loss_input *input)
{
    int64_t sent_us = loss->open.to_us;
    if (!observation_close(loss)) {
        return;
    }
    if (loss->best.kbps <= 0) {
        loss->best.kbps = (double)input->delay_bps / 1000;
    }
    loss->average = loss_window_average(&loss->window);
    trial_update(loss, input, sent_us);
    struct loss_model best = best_of(loss, input);
    if (loss->average > best.rho && best.kbps > loss->best.kbps) {
        best.kbps = loss->best.kbps; /* more is lost than the link loses anyhow */
    }
    if (loss->state != LOSS_DELAY_BASED) {
        best.kbps = rise_bounded(loss, input, best.kbps, sent_us);
    }
    loss->best = best;
    if (loss->window.count >= MIN_OBSERVATIONS) {
        state_update(loss, input, sent_us);
    }
}

void loss_control_resume(struct loss_control *loss)
{
    struct loss_trial trial = loss->trial;
    struct loss_model best = {.kbps = 0, .rho = loss->best.rho};
    loss_control_init(loss, loss->min_bps, loss->max_bps);
    loss->best = best;
    loss->trial = trial;
    loss_trial_abort(&loss->trial);
}

uint64_t loss_control_bps(const struct loss_control *loss)
{
    return loss->state == LOSS_DELAY_BASED ? UINT64_MAX : loss->rate_bps;
}

void loss_control_set(struct loss_control *loss, uint64_t bps)
{
    loss->best.kbps = (double)bps / 1000;
    if (loss->rate_bps != UINT64_MAX) {
        loss->rate_bps = bps;
    }
}

double loss_control_inherent(const struct loss_control *loss)
{
    return fmin(fmin(loss->best.rho, loss->average), MAX_INHERENT);
}
