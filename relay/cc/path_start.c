#include "path_start.h"

#define SOUNDED_SHARE 0.8 /* a link that is thin is not to be full as well */

/** While it is not known whether a link is thin: little enough for it to carry for a second, enough
 * for the smallest pictures; and where at least something is heard from the client, which will tell
 * soon. */
static const uint64_t silent_bps = 150000;
static const uint64_t careful_bps = 300000;

void path_start_init(struct path_start *start)
{
    sounding_forget(&start->sounding);
    start->usual_bps = 0;
}

uint64_t path_start_put_off_bps(const struct path_start *start)
{
    return sounding_is_over(&start->sounding) ? 0 : start->usual_bps;
}

static void begin_carefully(struct path_start *start, struct rate_control *rate,
                            struct probe_control *probe, int64_t now_us)
{
    uint64_t bps = start->sounding.alive ? careful_bps : silent_bps;
    if (start->usual_bps == 0 && rate->rate_bps > bps) {
        start->usual_bps = rate->rate_bps;
        probe->start_bps = bps;
        rate_control_set(rate, bps, now_us);
    }
}

/** What was put off is made good, unless care has proved right. */
static void begin_again(struct delay_control *delay, uint64_t bps, int64_t now_us)
{
    struct rate_control *rate = &delay->rate;
    if (bps > rate->rate_bps && !rate->fell && !delay->overused) {
        rate_control_set(rate, bps, now_us);
    }
}

static void begin_usually(const struct path_start *start, struct delay_control *delay,
                          struct probe_control *probe, int64_t now_us)
{
    if (start->usual_bps != 0) {
        begin_again(delay, start->usual_bps, now_us);
        probe->start_bps = start->usual_bps;
    }
}

/** A thin link starts at what it carries; probes find out from there whether there is more. */
static void begin_thinly(const struct path_start *start, struct delay_control *delay,
                         struct probe_control *probe, int64_t now_us)
{
    struct rate_control *rate = &delay->rate;
    uint64_t bps = (uint64_t)(SOUNDED_SHARE * (double)start->sounding.bps);
    if (bps < rate->rate_bps) {
        rate_control_set(rate, bps, now_us);
    } else if (bps < start->usual_bps) {
        begin_again(delay, bps, now_us);
    } else {
        begin_usually(start, delay, probe, now_us);
        return;
    }
    link_capacity_probe(&rate->capacity, start->sounding.bps);
    probe_control_known(probe);
}

bool path_start_update(struct path_start *start, struct delay_control *delay,
                       struct probe_control *probe, int64_t heard_us, int64_t now_us)
{
    switch (sounding_judge(&start->sounding, heard_us, now_us)) {
    case SOUNDING_NOTHING:
        return false;
    case SOUNDING_USUAL:
        begin_usually(start, delay, probe, now_us);
        break;
    case SOUNDING_THIN:
        begin_thinly(start, delay, probe, now_us);
        break;
    case SOUNDING_LET_GO:
    case SOUNDING_UNCLEAR:
        begin_carefully(start, &delay->rate, probe, now_us);
        break;
    }
    return true;
}
