#include "relay/cc/sounding.h"
#include "unit/runner.h"

enum { PACKET_BYTES = 200, PACKETS = 5, RTT_US = 50000 };

static struct sounding sounding;

static void open_path(void)
{
    sounding = (struct sounding){.state = SOUNDING_OVER};
    sounding_begin(&sounding, 0, 0);
}

/** Sends the train that is due. @return its number */
static uint32_t send_train(int64_t now_us)
{
    struct estimator_burst burst = {.probe = 0};
    for (size_t i = 0; i < PACKETS && sounding_burst(&sounding, &burst); i++) {
        sounding_sent(&sounding, burst.probe, now_us);
    }
    return burst.probe;
}

/** Sends a train and tells of the arrivals, us after the first; -1 = lost.
 * @return whether it ended thereby */
static bool sound(const int64_t arrivals_us[static PACKETS], int64_t now_us)
{
    uint32_t train = send_train(now_us);
    for (size_t i = 0; i < PACKETS; i++) {
        if (arrivals_us[i] < 0) {
            sounding_lost(&sounding, train);
        } else {
            sounding_acked(&sounding, train, 7000000 + now_us + arrivals_us[i], PACKET_BYTES);
        }
    }
    return sounding_judge(&sounding, now_us + RTT_US);
}

TEST(usual_path_is_sounded_once)
{
    static const int64_t together[PACKETS] = {0, 0, 250, 250, 500};
    struct estimator_burst burst;
    open_path();
    CHECK(sound(together, 0));
    CHECK(sounding_is_over(&sounding));
    CHECK_INT(sounding.bps, 0);
    CHECK(sounding.fast);
    CHECK(!sounding_burst(&sounding, &burst));
    CHECK(sounding_next(&sounding) == INT64_MAX);
    CHECK(!sounding_judge(&sounding, 1000000));
}

TEST(train_that_is_drawn_evenly_and_far_is_enough)
{
    static const int64_t drawn[PACKETS] = {0, 10700, 21300, 32000, 42700};
    open_path();
    CHECK(sound(drawn, 0));
    CHECK(sounding.bps > 140000 && sounding.bps < 160000);
    CHECK(!sounding.fast);
}

TEST(train_that_is_drawn_less_needs_another)
{
    static const int64_t drawn[PACKETS] = {0, 3800, 7600, 11400, 15200};
    open_path();
    CHECK(!sound(drawn, 0));
    CHECK_INT(sounding.bps, 0);
    CHECK(sound(drawn, 100000));
    CHECK(sounding.bps > 400000 && sounding.bps < 440000);
}

TEST(stall_and_jitter_are_no_thin_path)
{
    static const int64_t stalled[PACKETS] = {0, 0, 80000, 80000, 80000};
    static const int64_t trembling[PACKETS] = {0, 14000, 14000, 15000, 19000};
    open_path();
    CHECK(!sound(stalled, 0)); /* whatever it was */
    CHECK(sound(trembling, 100000));
    CHECK_INT(sounding.bps, 0);
    open_path();
    CHECK(sound(trembling, 0));
    CHECK_INT(sounding.bps, 0);
}

TEST(loss_alone_is_no_thin_path)
{
    static const int64_t few[PACKETS] = {0, -1, 0, -1, 250};
    static const int64_t fewer[PACKETS] = {0, -1, -1, -1, 60000};
    static const int64_t none[PACKETS] = {-1, -1, -1, -1, -1};
    open_path();
    CHECK(sound(few, 0));
    CHECK_INT(sounding.bps, 0);
    open_path();
    CHECK(sound(fewer, 0));
    CHECK_INT(sounding.bps, 0);
    CHECK(!sounding.fast);
    open_path();
    CHECK(sound(none, 0));
    CHECK_INT(sounding.bps, 0);
}

TEST(thin_path_is_known_in_spite_of_loss)
{
    static const int64_t drawn[PACKETS] = {0, -1, 21300, 32000, 42700};
    open_path();
    bool over = sound(drawn, 0) || sound(drawn, 100000);
    CHECK(over);
    CHECK(sounding.bps > 100000 && sounding.bps < 160000);
}

TEST(nobody_waits_long_for_a_word)
{
    open_path();
    CHECK(!sounding_judge(&sounding, 19000)); /* nobody sends it */
    CHECK(sounding_judge(&sounding, sounding_next(&sounding)));
    CHECK_INT(sounding.bps, 0);
    open_path();
    uint32_t train = send_train(1000);
    CHECK(!sounding_judge(&sounding, 150000));
    CHECK_INT(sounding_next(&sounding), 201000);
    CHECK(sounding_judge(&sounding, 201000)); /* no word */
    open_path();
    uint32_t other = send_train(1000);
    CHECK(other != 0 && train != 0);
    sounding_acked(&sounding, other, 0, PACKET_BYTES);
    CHECK(!sounding_judge(&sounding, 201000)); /* half a word */
    CHECK(sounding_judge(&sounding, sounding_next(&sounding)));
    CHECK_INT(sounding.bps, 0);
}

TEST(word_of_other_packets_counts_for_nothing)
{
    open_path();
    uint32_t train = send_train(0);
    for (uint32_t i = 0; i < 10; i++) {
        sounding_sent(&sounding, train, 0);
        sounding_acked(&sounding, train + 1, i * 20000, PACKET_BYTES);
        sounding_lost(&sounding, train + 1);
        sounding_acked(&sounding, 1, i * 20000, PACKET_BYTES);
    }
    CHECK_INT(sounding.acked, 0);
    CHECK_INT(sounding.lost, 0);
    CHECK(!sounding_judge(&sounding, 100000));
}

TEST(packets_that_overtake_others_are_counted_right)
{
    static const int64_t drawn[PACKETS] = {10700, 0, 32000, 21300, 42700};
    open_path();
    (void)sound(drawn, 0);
    CHECK(sound(drawn, 100000));
    CHECK(sounding.bps > 140000 && sounding.bps < 160000);
}

TEST(long_way_is_not_waited_for)
{
    sounding_begin(&sounding, 201000, 0);
    CHECK(sounding_is_over(&sounding));
    sounding_begin(&sounding, 20000, 0);
    (void)send_train(0);
    CHECK_INT(sounding_next(&sounding), 170000);
    sounding_forget(&sounding);
    CHECK(sounding_is_over(&sounding));
}

TEST(path_that_has_moved_is_another_one)
{
    static const int64_t together[PACKETS] = {0, 0, 0, 250, 250};
    open_path();
    CHECK(sound(together, 0));
    CHECK(sounding.fast);
    sounding_forget(&sounding);
    CHECK(!sounding.fast);
    uint32_t before = sounding.train;
    sounding_begin(&sounding, 0, 0);
    CHECK(sounding.train != before);
}
