#include <math.h>

#include "relay/cc/loss_trial.h"
#include "unit/runner.h"

static struct loss_trial trial;
static int64_t now_us;

/**
 * Sends 1,000-byte packets at a rate, or as the trial caps it, over a link that carries link_kbps
 * and loses one packet in so many by chance; true when a verdict came.
 */
static bool run(double kbps, double link_kbps, uint32_t one_in, double loss, int64_t ms)
{
    static uint32_t count;
    static double room;
    bool verdict = false;
    for (int64_t end_us = now_us + ms * 1000; now_us < end_us;) {
        double rate = fmin(kbps, trial.cap_kbps);
        now_us += (int64_t)(8e6 / rate);
        room = fmin(room + link_kbps / rate, 3);
        bool lost = ++count % one_in == 0;
        if (!lost && room < 1) {
            lost = true;
        } else if (!lost) {
            room -= 1;
        }
        loss_trial_packet(&trial, now_us, 1000, lost, false);
        verdict |= loss_trial_update(&trial, loss, kbps, now_us);
    }
    return verdict;
}

static void set_up(void)
{
    now_us = 1000000;
    loss_trial_init(&trial);
}

TEST(trial_finds_chance)
{
    set_up();
    CHECK(run(2000, 1e9, 10, 0.1, 4000));
    CHECK_INT(trial.verdict, LOSS_BY_CHANCE);
    CHECK(!loss_trial_runs(&trial));
    CHECK(loss_trial_allowance(&trial, 1e6) > 0.12);
    CHECK(!run(2000, 1e9, 10, 0.1, 15000)); /* not again so soon */
    CHECK(run(2000, 1e9, 10, 0.1, 10000));
    CHECK(!run(2000, 1e9, 10, 0.1, 30000)); /* and then less often */
}

TEST(trial_finds_a_policer)
{
    set_up();
    CHECK(run(1200, 1000, 1000000, 0.17, 4000));
    CHECK_INT(trial.verdict, LOSS_BY_RATE);
    CHECK(loss_trial_allowance(&trial, 1000) < 0.05);
}

TEST(trial_is_not_worth_it_for_little_loss)
{
    set_up();
    CHECK(!run(2000, 1e9, 25, 0.04, 10000));
    CHECK_INT(trial.verdict, LOSS_NO_VERDICT);
}

TEST(more_loss_than_chance_explained_is_tried_at_once)
{
    set_up();
    CHECK(run(2000, 1e9, 12, 0.083, 4000));
    CHECK(run(2000, 1700, 12, 0.25, 9000));
    CHECK_INT(trial.verdict, LOSS_BY_RATE);
}

TEST(trial_that_was_not_followed_says_nothing)
{
    set_up();
    CHECK(!loss_trial_update(&trial, 0.1, 1000, now_us));
    CHECK(loss_trial_runs(&trial));
    for (int i = 0; i < 400; i++) {
        now_us += 8000; /* 1 Mbit/s as before */
        loss_trial_packet(&trial, now_us, 1000, i % 10 == 0, false);
        CHECK(!loss_trial_update(&trial, 0.1, 1000, now_us));
    }
    CHECK_INT(trial.verdict, LOSS_NO_VERDICT);
}
