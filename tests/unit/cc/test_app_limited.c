#include "relay/cc/app_limited.h"
#include "unit/runner.h"

static struct app_limited app;
static int64_t now_us;

static void run(uint64_t rate_bps, int64_t ms)
{
    for (int64_t end_us = now_us + ms * 1000; now_us < end_us; now_us += 10000) {
        app_limited_sent(&app, (uint32_t)(rate_bps / 800), now_us);
    }
}

TEST(limited_while_less_is_sent_than_might_be)
{
    now_us = 1000000;
    app_limited_init(&app, 1000000, now_us);
    run(900000, 3000);
    CHECK(!app.limited);
    run(200000, 3000);
    CHECK(app.limited);
    run(900000, 3000);
    CHECK(!app.limited);
    CHECK(app.left_us > 7000000);
    now_us += 10000000;
    app_limited_sent(&app, 0, now_us);
    CHECK(app.limited);
    app_limited_rate(&app, 100000, now_us);
    run(90000, 3000);
    CHECK(!app.limited);
}
