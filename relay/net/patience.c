#include "net/patience.h"

enum { SECOND_US = 1000000 };

void patience_init(struct patience *patience, int64_t now_us)
{
    *patience = (struct patience){.due_us = INT64_MAX, .window_us = now_us};
}

static int64_t choose_wait(const struct patience *patience, int64_t rate, int64_t begin)
{
    int64_t wait_us = GRID_US;
    if (rate < (patience_waits(patience) ? begin / 2 : begin)) {
        return 0;
    }
    for (int i = 0;
         i < PATIENCE_HALVINGS && rate * wait_us > (int64_t)PATIENCE_DATAGRAMS * SECOND_US; i++) {
        wait_us /= 2;
    }
    return wait_us;
}

bool patience_turn(struct patience *patience, int64_t begin, int64_t now_us)
{
    bool waited = patience_waits(patience);
    int64_t span_us = now_us - patience->window_us;
    if (span_us >= PATIENCE_WINDOW_US) {
        patience->wait_us =
            choose_wait(patience, (int64_t)patience->datagrams * SECOND_US / span_us, begin);
        patience->datagrams = 0;
        patience->window_us = now_us;
    }
    patience->due_us = INT64_MAX;
    if (patience_waits(patience)) {
        patience->due_us = now_us - now_us % patience->wait_us + patience->wait_us;
    }
    return waited != patience_waits(patience);
}
