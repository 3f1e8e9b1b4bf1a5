#include "base/rand.h"
#include "relay/cc/loss_control.h"
#include "unit/runner.h"

static struct loss_control loss;
static int64_t now_us;
static uint64_t delay_bps;
static uint64_t least_bps;
static struct rand dice;
static bool by_dice;

static void set_up(void)
{
    now_us = 1000000;
    delay_bps = 2000000;
    least_bps = 0;
    by_dice = false;
    loss_control_init(&loss, 30000, 100000000);
}

static uint64_t target(void)
{
    return loss.rate_bps < delay_bps ? loss.rate_bps : delay_bps;
}

/** Follows the target over a link with hardly a queue, which loses one in so many by chance. */
static void run(uint64_t link_bps, uint32_t one_in, int64_t ms)
{
    static uint32_t count;
    double room = 0;
    uint64_t acked_bytes = 0;
    int64_t told_us = now_us;
    for (int64_t end_us = now_us + ms * 1000; now_us < end_us;) {
        now_us += (int64_t)(8000000000 / target());
        room += (double)link_bps / (double)target();
        room = room > 5 ? 5 : room;
        uint32_t number = by_dice ? (uint32_t)rand_below(&dice, one_in) : ++count % one_in;
        bool lost = number == 0 || room < 1;
        if (!lost) {
            room -= 1;
            acked_bytes += 1000;
        }
        loss_control_packet(&loss, now_us, 1000, lost, false);
        if (now_us - told_us >= 100000) {
            struct loss_input input = {.acked_bps =
                                           acked_bytes * 8000000 / (uint64_t)(now_us - told_us),
                                       .delay_bps = delay_bps,
                                       .least_bps = least_bps};
            loss_control_feedback(&loss, &input);
            acked_bytes = 0;
            told_us = now_us;
        }
    }
}

TEST(no_loss_limits_nothing)
{
    set_up();
    CHECK(loss.rate_bps == UINT64_MAX);
    run(100000000, UINT32_MAX, 5000);
    CHECK_INT(loss.state, LOSS_DELAY_BASED);
    CHECK_INT(target(), 2000000);
}

TEST(chance_costs_little)
{
    set_up();
    run(100000000, 10, 20000);
    CHECK(target() > 1800000);
    CHECK(loss_control_inherent(&loss) > 0.07 && loss_control_inherent(&loss) < 0.13);
}

TEST(nothing_that_cannot_be_slowed_is_put_on_trial)
{
    set_up();
    least_bps = 1900000;
    run(100000000, 10, 20000);
    CHECK_INT(loss.trial.verdict, LOSS_NO_VERDICT);
    CHECK(loss.trial.next_us == INT64_MIN);
    CHECK(target() > 1800000);
    least_bps = 1500000;
    run(100000000, 10, 5000);
    CHECK_INT(loss.trial.verdict, LOSS_BY_CHANCE);
}

/** Once in a hundred minutes a trial believed its luck, and then nothing was sent any more. */
TEST(no_luck_makes_a_fifth_of_loss_a_full_link)
{
    for (uint64_t seed = 1; seed <= 60; seed++) {
        set_up();
        by_dice = true;
        rand_init(&dice, seed);
        for (int i = 0; i < 12; i++) {
            run(100000000, 5, 5000);
            CHECK(target() > 1000000);
        }
    }
}

TEST(policer_is_found_and_kept_to)
{
    set_up();
    run(1000000, UINT32_MAX, 10000);
    CHECK(target() < 1200000);
    CHECK(target() > 800000);
    CHECK(loss.average < 0.1);
    run(10000000, UINT32_MAX, 20000); /* it is lifted */
    CHECK(target() > 1500000);
}

TEST(lie_that_all_is_lost_is_half_believed)
{
    static const struct loss_input input = {.delay_bps = 60000, .limited = true};
    set_up();
    for (int i = 0; i < 1000; i++) {
        now_us += 20000;
        loss_control_packet(&loss, now_us, 100, true, false);
        loss_control_feedback(&loss, &input);
    }
    CHECK(loss_control_inherent(&loss) <= 0.5);
    goto out;
out:;
}

TEST(probe_replaces_the_estimate)
{
    set_up();
    run(800000, UINT32_MAX, 10000);
    CHECK(target() < 1000000);
    loss_control_set(&loss, 1900000);
    CHECK_INT(target(), 1900000);
}

TEST(total_loss_does_not_go_below_the_floor)
{
    set_up();
    run(1, UINT32_MAX, 20000);
    CHECK(loss.rate_bps >= 30000);
    CHECK(loss.rate_bps < 1000000);
}
