#include "net/gather.h"

#include "base/minmax.h"

enum {
    SECOND_US = 1000000,
    SMOOTHING_US = 4 * GATHER_WINDOW_US /**< after so long the rates are those of now */
};

void gather_init(struct gather *gather, int64_t most_us, int64_t now_us)
{
    *gather = (struct gather){.most_us = most_us,
                              .until_us = INT64_MIN,
                              .window_us = now_us,
                              .arrival_us = INT64_MIN / 2};
}

static uint32_t smoothed(uint32_t rate, uint32_t count, int64_t span_us)
{
    int64_t now = (int64_t)count * SECOND_US / span_us;
    return (uint32_t)(rate + (now - (int64_t)rate) * min_i64(span_us, SMOOTHING_US) / SMOOTHING_US);
}

/** How long to wait at these rates. */
static int64_t choose_wait(const struct gather *gather)
{
    uint32_t least = gather->wait_us > 0 ? GATHER_END : GATHER_BEGIN;
    if (gather->bunch_rate < least) {
        return 0;
    }
    int64_t filled_us = (int64_t)GATHER_DATAGRAMS * SECOND_US / (int64_t)gather->datagram_rate;
    return min_i64(filled_us, gather->most_us);
}

static void close_window(struct gather *gather, int64_t now_us)
{
    int64_t span_us = now_us - gather->window_us;
    gather->datagram_rate = smoothed(gather->datagram_rate, gather->datagrams, span_us);
    gather->bunch_rate = smoothed(gather->bunch_rate, gather->bunches, span_us);
    gather->wait_us = choose_wait(gather);
    gather->datagrams = 0;
    gather->bunches = 0;
    gather->window_us = now_us;
}

void gather_turn(struct gather *gather, int64_t now_us)
{
    if (now_us - gather->window_us >= GATHER_WINDOW_US) {
        close_window(gather, now_us);
    }
    gather->until_us =
        gather->wait_us == 0 ? INT64_MIN : now_us - now_us % gather->wait_us + gather->wait_us;
}
