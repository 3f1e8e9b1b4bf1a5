#include "thin_link.h"

enum { SPARE_PERCENT = 110, AMPLE_PERCENT = 150 };

void thin_link_init(struct thin_link *link)
{
    *link = (struct thin_link){.since_us = INT64_MIN, .least_rtt_us = INT64_MAX};
}

void thin_link_path_moved(struct thin_link *link)
{
    link->since_us = INT64_MIN;
    link->least_rtt_us = INT64_MAX;
    link->periods = 0;
}

/** Does the receiver suffer from what is sent? */
static bool is_strained(const struct thin_link *link, const struct thin_link_input *input)
{
    bool queues = input->rtt_us > 0 && input->rtt_us - link->least_rtt_us >= THIN_LINK_QUEUE_US;
    return queues ||
           (uint64_t)input->lost * 100 > (uint64_t)input->expected * THIN_LINK_LOSS_PERCENT;
}

/** Does this period speak for a change? */
static bool speaks_for_change(struct thin_link *link, const struct thin_link_input *input,
                              uint64_t bps)
{
    if (link->thin) {
        return input->target_bps / 100 > link->need_bps * AMPLE_PERCENT / 10000;
    }
    if (input->voices < 2 || input->target_bps / 100 >= bps * SPARE_PERCENT / 10000 ||
        !is_strained(link, input)) {
        return false; /* a mix is no less than one voice */
    }
    link->need_bps = bps;
    return true;
}

static bool is_narrow(const struct thin_link *link, uint64_t target_bps)
{
    return target_bps < (link->narrow ? THIN_LINK_WIDE_BPS : THIN_LINK_NARROW_BPS);
}

bool thin_link_update(struct thin_link *link, const struct thin_link_input *input, int64_t now_us)
{
    link->narrow = is_narrow(link, input->target_bps);
    bool first = link->since_us == INT64_MIN;
    int64_t elapsed_us = first ? 0 : now_us - link->since_us;
    uint64_t grown =
        input->bytes > link->bytes ? input->bytes - link->bytes : 0; /* a slot may have gone */
    link->since_us = now_us;
    link->bytes = input->bytes;
    if (input->rtt_us > 0 && input->rtt_us < link->least_rtt_us) {
        link->least_rtt_us = input->rtt_us;
    }
    if (elapsed_us == 0) {
        return false;
    }
    bool change = speaks_for_change(link, input, grown * 8 * 1000000 / (uint64_t)elapsed_us);
    link->periods = (uint8_t)(change ? link->periods + 1 : 0);
    if (link->periods < (link->thin ? THIN_LINK_BETTER_PERIODS : THIN_LINK_WORSE_PERIODS)) {
        return false;
    }
    link->thin = !link->thin;
    link->periods = 0;
    return true;
}
