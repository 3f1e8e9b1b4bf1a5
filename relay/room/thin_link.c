#include "thin_link.h"

enum { SPARE_PERCENT = 110, AMPLE_PERCENT = 150 };

void thin_link_init(struct thin_link *link)
{
    *link = (struct thin_link){.since_us = INT64_MIN};
}

/** Does this period speak for a change? */
static bool speaks_for_change(struct thin_link *link, uint64_t bps, size_t voices,
                              uint64_t target_bps)
{
    if (link->thin) {
        return target_bps / 100 > link->need_bps * AMPLE_PERCENT / 10000;
    }
    if (voices < 2 || target_bps / 100 >= bps * SPARE_PERCENT / 10000) {
        return false; /* a mix is no less than one voice */
    }
    link->need_bps = bps;
    return true;
}

bool thin_link_update(struct thin_link *link, uint64_t bytes, size_t voices, uint64_t target_bps,
                      int64_t now_us)
{
    bool first = link->since_us == INT64_MIN;
    int64_t elapsed_us = first ? 0 : now_us - link->since_us;
    uint64_t grown = bytes > link->bytes ? bytes - link->bytes : 0; /* a slot may have gone */
    link->since_us = now_us;
    link->bytes = bytes;
    if (elapsed_us == 0) {
        return false;
    }
    bool change =
        speaks_for_change(link, grown * 8 * 1000000 / (uint64_t)elapsed_us, voices, target_bps);
    link->periods = (uint8_t)(change ? link->periods + 1 : 0);
    if (link->periods < (link->thin ? THIN_LINK_BETTER_PERIODS : THIN_LINK_WORSE_PERIODS)) {
        return false;
    }
    link->thin = !link->thin;
    link->periods = 0;
    return true;
}
