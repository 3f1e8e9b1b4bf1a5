#include "relay/cc/path_start.h"
#include "unit/runner.h"

enum { START_BPS = 1000000, MIN_BPS = 30000, MAX_BPS = 10000000, RTT_US = 50000 };

static struct path_start start;
static struct delay_control delay;
static struct probe_control probe;

static void open_path(void)
{
    delay_control_init(&delay, START_BPS, MIN_BPS, MAX_BPS, 0);
    probe_control_init(&probe, START_BPS, MAX_BPS, 0);
    path_start_init(&start);
    sounding_begin(&start.sounding, RTT_US, 0);
}

/** Sends the train that is due. @return its number */
static uint32_t send_train(int64_t now_us)
{
    struct estimator_burst burst = {.probe = 0};
    while (sounding_burst(&start.sounding, &burst)) {
        sounding_sent(&start.sounding, burst.probe, now_us);
    }
    return burst.probe;
}

/** Word of a train whose packets arrived so far apart. */
static void tell(uint32_t train, int64_t gap_us)
{
    for (int64_t i = 0; i < 5; i++) {
        sounding_acked(&start.sounding, train, 7000000 + i * gap_us, 200);
    }
}

static bool update(int64_t heard_us, int64_t now_us)
{
    return path_start_update(&start, &delay, &probe, heard_us, now_us);
}

TEST(usual_path_begins_as_ever)
{
    open_path();
    uint32_t train = send_train(1000);
    CHECK(!update(INT64_MIN, 50000));
    tell(train, 0);
    CHECK(update(1000, 60000));
    CHECK_INT(delay.rate.rate_bps, START_BPS);
    CHECK_INT(probe.start_bps, START_BPS);
    CHECK(!probe.begun);
    goto out;
out:;
}

TEST(thin_path_begins_below_what_it_carries)
{
    open_path();
    tell(send_train(1000), 10700); /* 150 kbit/s */
    CHECK(update(1000, 60000));
    CHECK(delay.rate.rate_bps > 110000 && delay.rate.rate_bps < 130000);
    CHECK(probe.begun); /* nothing is left to be found out at once */
    goto out;
out:;
}

TEST(what_was_put_off_comes_with_late_word)
{
    open_path();
    uint32_t train = send_train(1000);
    CHECK(update(INT64_MIN, 200000));
    CHECK_INT(delay.rate.rate_bps, 150000);
    CHECK_INT(probe.start_bps, 150000);
    CHECK_INT(path_start_put_off_bps(&start), START_BPS);
    tell(train, 0);
    CHECK(update(1000, 260000));
    CHECK_INT(delay.rate.rate_bps, START_BPS);
    CHECK_INT(probe.start_bps, START_BPS);
    CHECK_INT(path_start_put_off_bps(&start), 0);
    goto out;
out:;
}

TEST(late_word_of_a_thin_link_raises_no_more_than_it_carries)
{
    open_path();
    uint32_t train = send_train(1000);
    CHECK(update(INT64_MIN, 200000));
    tell(train, 6400); /* 250 kbit/s */
    CHECK(update(1000, 260000));
    CHECK(delay.rate.rate_bps > 190000 && delay.rate.rate_bps < 210000);
    goto out;
out:;
}

TEST(care_that_has_proved_right_stays)
{
    open_path();
    uint32_t train = send_train(1000);
    CHECK(update(INT64_MIN, 200000));
    delay.overused = true;
    tell(train, 0);
    CHECK(update(1000, 260000));
    CHECK_INT(delay.rate.rate_bps, 150000);
    goto out;
out:;
}

TEST(who_is_heard_gets_more)
{
    open_path();
    sounding_acked(&start.sounding, send_train(1000), 0, 200);
    CHECK(!update(1000, 200000));
    CHECK(update(1000, 500000));
    CHECK_INT(delay.rate.rate_bps, 300000);
    goto out;
out:;
}
