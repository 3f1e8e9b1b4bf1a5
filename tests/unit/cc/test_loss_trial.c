#include <math.h>

#include "relay/cc/loss_trial.h"
#include "unit/runner.h"

static struct loss_trial trial;
static int64_t now_us;

/** Loss of a share at a rate, as seen in the last seconds. */
static struct loss_before seen(double loss, double kbps)
{
    uint32_t packets = (uint32_t)(kbps / 8 * 2);
    uint32_t lost = (uint32_t)(loss * packets);
    return (struct loss_before){
        .loss = loss,
        .through_kbps = kbps * (1 - loss),
        .runs = {.packets = packets, .lost = lost, .runs = (uint32_t)(lost * (1 - loss))}};
}

/**
 * Sends 1,000-byte packets at a rate, or as the trial caps it, over a link that carries link_kbps
 * and loses one packet in so many by chance; true when a verdict came.
 */
static bool run(double kbps, double link_kbps, uint32_t one_in, double loss, int64_t ms)
{
    static uint32_t count;
    static double room;
    bool verdict = false;
    struct loss_before before = seen(loss, kbps);
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
        verdict |= loss_trial_update(&trial, &before, now_us);
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
    struct loss_before before = seen(0.1, 1000);
    set_up();
    CHECK(!loss_trial_update(&trial, &before, now_us));
    CHECK(loss_trial_runs(&trial));
    for (int i = 0; i < 400; i++) {
        now_us += 8000; /* 1 Mbit/s as before */
        loss_trial_packet(&trial, now_us, 1000, i % 10 == 0, false);
        CHECK(!loss_trial_update(&trial, &before, now_us));
    }
    CHECK_INT(trial.verdict, LOSS_NO_VERDICT);
}

/** Begins a trial and lets so many packets pass in it, of which every so many-th is lost. */
static bool try(double loss, double kbps, int packets, int one_in, int in_a_row)
{
    struct loss_before before = seen(loss, kbps);
    bool verdict = loss_trial_update(&trial, &before, now_us);
    now_us += 300000;
    for (int i = 0; i < packets; i++) {
        now_us += (int64_t)(8e6 / trial.cap_kbps);
        loss_trial_packet(&trial, now_us, 1000, i % one_in < in_a_row, false);
        verdict = verdict || loss_trial_update(&trial, &before, now_us);
    }
    return verdict;
}

TEST(luck_of_a_few_packets_is_no_proof)
{
    set_up();
    CHECK(!try(0.2, 2500, 90, 13, 1)); /* 7 lost where 18 were to be */
    CHECK(loss_trial_runs(&trial));
    CHECK_INT(trial.verdict, LOSS_NO_VERDICT);
}

TEST(half_the_packets_of_a_link_that_loses_in_bursts_are_no_proof)
{
    set_up();
    struct loss_before before = seen(0.05, 5000);
    before.runs.runs = before.runs.lost / 3;
    CHECK(!loss_trial_update(&trial, &before, now_us));
    now_us += 300000;
    for (int i = 0; i < 340; i++) {
        now_us += 1900;
        loss_trial_packet(&trial, now_us, 1000, i % 113 >= 110, false); /* 9, once 17 */
        CHECK(!loss_trial_update(&trial, &before, now_us));
    }
    CHECK_INT(trial.verdict, LOSS_NO_VERDICT);
}

TEST(what_is_neither_is_tried_again_soon)
{
    set_up();
    CHECK(!try(0.1, 1000, 500, 24, 1)); /* less than half is left, and that is not much either */
    CHECK(!loss_trial_runs(&trial));
    CHECK_INT(trial.verdict, LOSS_NO_VERDICT);
    CHECK(trial.next_us > now_us && trial.next_us <= now_us + 5000000);
}

TEST(chance_is_as_much_as_it_may_be)
{
    set_up();
    CHECK(run(2000, 1e9, 7, 0.2, 4000)); /* a seventh of it, or a fifth? */
    CHECK_INT(trial.verdict, LOSS_BY_CHANCE);
    CHECK(trial.chance > 0.17 && trial.chance < 0.26);
    CHECK(!run(2000, 1e9, 5, 0.2, 15000)); /* that it is a fifth is no news */
}

TEST(verdict_against_the_rate_is_taken_back_when_slowness_does_not_help)
{
    const struct loss_runs still = {.packets = 40, .lost = 8, .runs = 7};
    set_up();
    CHECK(try(0.2, 2000, 400, 1000, 0));
    CHECK_INT(trial.verdict, LOSS_BY_RATE);
    loss_trial_watch(&trial, &still, 1700, now_us); /* too fast: to be expected */
    loss_trial_watch(&trial, &still, 1700, now_us);
    loss_trial_watch(&trial, &still, 1700, now_us);
    CHECK_INT(trial.verdict, LOSS_BY_RATE);
    for (int i = 0; i < 4; i++) {
        loss_trial_watch(&trial, &still, 1200, now_us);
    }
    CHECK_INT(trial.verdict, LOSS_NO_VERDICT);
    struct loss_before before = seen(0.2, 1200);
    CHECK(!loss_trial_update(&trial, &before, now_us));
    CHECK(loss_trial_runs(&trial)); /* at once */
}

TEST(verdict_against_the_rate_stands_while_slowness_helps)
{
    const struct loss_runs little = {.packets = 40, .lost = 1, .runs = 1};
    set_up();
    CHECK(try(0.2, 2000, 400, 1000, 0));
    for (int i = 0; i < 100; i++) {
        loss_trial_watch(&trial, &little, 1200, now_us);
    }
    CHECK_INT(trial.verdict, LOSS_BY_RATE);
}
