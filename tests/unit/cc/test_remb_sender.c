#include "cc/remb_sender.h"
#include "unit/runner.h"

static struct remb_sender remb;
static int64_t now_us;

/** Sends at a rate for some seconds; returns the last value told, and how often one was told. */
static uint64_t run(uint64_t rate_bps, int64_t seconds, int *told)
{
    uint64_t last_bps = 0;
    *told = 0;
    for (int64_t end_us = now_us + seconds * 1000000; now_us < end_us; now_us += 10000) {
        remb_sender_receive(&remb, (uint32_t)(rate_bps / 8 / 100), now_us);
        uint64_t bps = 0;
        if (remb_sender_poll(&remb, now_us, &bps)) {
            last_bps = bps;
            (*told)++;
        }
    }
    return last_bps;
}

static void set_up(void)
{
    now_us = 5000000;
    remb_sender_init(&remb);
}

TEST(slow_sender_is_told_the_floor_at_once)
{
    set_up();
    int told = 0;
    CHECK_INT(remb_sender_next_deadline(&remb), INT64_MAX);
    CHECK_INT(run(300000, 5, &told), REMB_FLOOR_BPS);
    CHECK_INT(told, 5);
}

TEST(sender_climbs_by_half_each_second)
{
    set_up();
    int told = 0;
    uint64_t rate_bps = 300000;
    int seconds = 0;
    while (rate_bps < 7000000 && seconds < 30) {
        rate_bps = run(rate_bps, 2, &told);
        seconds += 2;
    }
    CHECK(seconds <= 14);
    CHECK_INT(run(20000000, 3, &told), REMB_CEILING_BPS);
}

TEST(heavy_loss_brings_it_down_at_once_and_light_loss_holds_it)
{
    set_up();
    int told = 0;
    CHECK_INT(run(2000000, 4, &told), 3000000);
    remb_sender_loss(&remb, 64, now_us); /* a quarter lost: 2 Mbit/s less an eighth */
    uint64_t bps = 0;
    CHECK(remb_sender_poll(&remb, now_us, &bps));
    CHECK(bps >= 1740000 && bps <= 1760000);
    remb_sender_loss(&remb, 13, now_us); /* 5 % */
    CHECK(run(1750000, 3, &told) <= 1760000);
    remb_sender_loss(&remb, 0, now_us);
    CHECK(run(1750000, 3, &told) >= 2600000);
}

TEST(loss_alone_never_starves_a_sender)
{
    set_up();
    int told = 0;
    uint64_t rate_bps = 2000000;
    for (int i = 0; i < 50; i++) {
        remb_sender_loss(&remb, 255, now_us);
        rate_bps = run(rate_bps, 1, &told);
    }
    CHECK_INT(rate_bps, REMB_LOSS_FLOOR_BPS);
}
