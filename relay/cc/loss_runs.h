/**
 * Counts what is lost by runs of packets in a row, and tells whether losses became rarer.
 *
 * What a burst takes is one stroke of bad luck, not three: counted packet by packet, a lucky second
 * on a link that loses in bursts would look like proof.
 */
#ifndef CC_LOSS_RUNS_H
#define CC_LOSS_RUNS_H

#include <stdbool.h>
#include <stdint.h>

struct loss_runs {
    uint32_t packets;
    uint32_t lost;
    uint32_t runs; /**< of lost ones, each between two that came */
    bool open;     /**< the last one was lost */
};

/** The next packet in order. */
void loss_runs_add(struct loss_runs *runs, bool lost);

/** One that was counted as lost has come after all. */
void loss_runs_correct(struct loss_runs *runs);

/** Adds a part that ended before the other begins, as if what lies between were kept. */
void loss_runs_join(struct loss_runs *sum, const struct loss_runs *part);

/**
 * Logarithm of how much better the two samples are explained by losses that are a third as
 * frequent now as they were, than by losses that are as frequent as before. Where nothing has
 * changed, it reaches x by luck in no more than one of exp(x) cases, about.
 *
 * @return 0 = says nothing, below 0 = nothing has changed
 */
double loss_runs_evidence(const struct loss_runs *before, const struct loss_runs *now);

#endif
