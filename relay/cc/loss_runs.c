#include "loss_runs.h"

#include <math.h>

/** What is left of the losses when it was the rate that made them. */
#define LEFT 0.35

void loss_runs_add(struct loss_runs *runs, bool lost)
{
    runs->packets++;
    runs->lost += lost;
    runs->runs += lost && !runs->open;
    runs->open = lost;
}

void loss_runs_correct(struct loss_runs *runs)
{
    runs->lost -= runs->lost > 0;
    runs->runs -= runs->runs > runs->lost; /* most that come late were missed alone */
}

void loss_runs_join(struct loss_runs *sum, const struct loss_runs *part)
{
    sum->packets += part->packets;
    sum->lost += part->lost;
    sum->runs += part->runs;
    sum->open = false;
}

/** Both samples as Poisson processes, each hypothesis with the frequency that suits it best. */
double loss_runs_evidence(const struct loss_runs *before, const struct loss_runs *now)
{
    double both = (double)before->packets + now->packets;
    if (both <= 0) {
        return 0;
    }
    double rarer = before->packets + LEFT * now->packets;
    return ((double)before->runs + now->runs) * log(both / rarer) + now->runs * log(LEFT);
}
