#include "mixing.h"

void mixing_init(struct mixing *mixing)
{
    *mixing = (struct mixing){.since_us = INT64_MAX};
}

/** Is it time to change? */
static bool is_due(const struct mixing *mixing, const struct mixing_input *input, int64_t now_us)
{
    return input->needed ? input->silent || input->paused || input->missed ||
                               now_us - mixing->since_us >= MIXING_ENTER_US
                         : now_us - mixing->since_us >= MIXING_LEAVE_US;
}

bool mixing_update(struct mixing *mixing, const struct mixing_input *input, int64_t now_us)
{
    if (input->needed == mixing->wanted) {
        mixing->since_us = INT64_MAX;
        return mixing->wanted;
    }
    mixing->since_us = mixing->since_us == INT64_MAX ? now_us : mixing->since_us;
    if (is_due(mixing, input, now_us)) {
        mixing->wanted = input->needed;
        mixing->since_us = INT64_MAX;
    }
    return mixing->wanted;
}

int64_t mixing_next_deadline(const struct mixing *mixing)
{
    if (mixing->since_us == INT64_MAX) {
        return INT64_MAX;
    }
    return mixing->since_us + (mixing->wanted ? MIXING_LEAVE_US : MIXING_ENTER_US);
}
