/**
 * What a link loses: a share of everything that it loses anyhow, and all that exceeds its bandwidth
 * (QUALITY.md 1.3.2). A packet sent at rate s is lost with p = rho + (1 - rho) * max(0, (s - B)/s).
 */
#ifndef CC_LOSS_MODEL_H
#define CC_LOSS_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "loss_runs.h"

enum { LOSS_WINDOW = 15 };

/** Packets sent in at least a quarter of a second. */
struct loss_observation {
    double kb;   /**< kilobytes sent */
    double lost; /**< kilobytes of them */
    double kbps; /**< at which they were sent */
    struct loss_runs runs;
    int64_t from_us;
    int64_t to_us;
};

/** The last observations, ring. */
struct loss_window {
    struct loss_observation items[LOSS_WINDOW];
    size_t next;
    size_t count;
};

struct loss_model {
    double kbps; /**< B, above which everything is lost */
    double rho;  /**< inherent loss */
};

void loss_window_add(struct loss_window *window, const struct loss_observation *observation);

/** A packet that an observation counts as lost came after all. */
void loss_window_correct(struct loss_window *window, int64_t sent_us, double kb);

/** Loss lately, recent observations counting more, without the least and the most lossy one. */
double loss_window_average(const struct loss_window *window);

/** Mean rate of the latest observations. @param count 1 to window->count */
double loss_window_rate(const struct loss_window *window, size_t count);

/** The last one of at least one. */
const struct loss_observation *loss_window_latest(const struct loss_window *window);

/** What all of them count. */
struct loss_runs loss_window_runs(const struct loss_window *window);

/**
 * Moves rho a step toward what fits the observations best, B given.
 *
 * @param allowance share of loss that may be taken for inherent
 */
void loss_model_fit(struct loss_model *model, const struct loss_window *window, double allowance);

/** How well it explains the observations; the more the better, with a preference for bandwidth. */
double loss_model_score(const struct loss_model *model, const struct loss_window *window,
                        double average_loss);

#endif
