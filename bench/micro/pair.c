#include "pair.h"

#include "base/err.h"

static int take_turns(const struct kernel_pair *pair, void *ideal, void *tandem, size_t rounds,
                      struct comparison *out)
{
    double ideal_ns[COMPARE_MAX_ROUNDS];
    double tandem_ns[COMPARE_MAX_ROUNDS];
    (void)pair->ideal.round(ideal); /* warm up */
    (void)pair->tandem.round(tandem);
    for (size_t i = 0; i < rounds; i++) {
        ideal_ns[i] = pair->ideal.round(ideal);
        tandem_ns[i] = pair->tandem.round(tandem);
        if (ideal_ns[i] <= 0 || tandem_ns[i] <= 0) {
            return ERR_INVALID;
        }
    }
    comparison_of(out, ideal_ns, tandem_ns, rounds);
    return 0;
}

int pair_measure(const struct kernel_pair *pair, size_t rounds, struct comparison *out)
{
    void *ideal = NULL;
    void *tandem = NULL;
    int err = pair->ideal.open(&ideal, pair->ideal.argument);
    if (err != 0) {
        return err;
    }
    err = pair->tandem.open(&tandem, pair->tandem.argument);
    if (err == 0) {
        err = take_turns(pair, ideal, tandem, rounds, out);
        pair->tandem.close(tandem);
    }
    pair->ideal.close(ideal);
    return err;
}
