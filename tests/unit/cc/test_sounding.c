#include "relay/cc/sounding.h"
#include "unit/runner.h"

enum { PACKET_BYTES = 200, PACKETS = 5, RTT_US = 50000 };

static struct sounding sounding;

static void open_path(void)
{
    sounding = (struct sounding){.state = SOUNDING_OVER};
    sounding_begin(&sounding, RTT_US, 0);
}

/** Nothing was heard so far. */
static enum sounding_news judge(int64_t now_us)
{
    return sounding_judge(&sounding, INT64_MIN, now_us);
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
    (void)sounding_judge(&sounding, now_us, now_us + RTT_US);
    return sounding_is_over(&sounding);
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
    CHECK_INT(judge(1000000), SOUNDING_NOTHING);
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

TEST(jitter_is_no_thin_path)
{
    static const int64_t trembling[PACKETS] = {0, 14000, 14000, 15000, 19000};
    open_path();
    CHECK(sound(trembling, 0));
    CHECK_INT(sounding.bps, 0);
}

TEST(one_stall_is_neither_a_thin_path_nor_a_usual_one)
{
    static const int64_t stalled[PACKETS] = {0, 0, 80000, 80000, 80000};
    static const int64_t trembling[PACKETS] = {0, 14000, 14000, 15000, 19000};
    static const int64_t together[PACKETS] = {0, 0, 0, 250, 250};
    static const int64_t drawn[PACKETS] = {0, 10700, 21300, 32000, 42700};
    open_path();
    CHECK(!sound(stalled, 0));
    CHECK(sound(together, 100000));
    CHECK(sounding.fast);
    open_path();
    CHECK(!sound(stalled, 0));
    CHECK(!sound(trembling, 100000));
    CHECK(sound(trembling, 200000));
    CHECK_INT(sounding.bps, 0);
    open_path();
    CHECK(!sound(stalled, 0));
    CHECK(!sound(trembling, 100000));
    CHECK(sound(drawn, 200000));
    CHECK(sounding.bps > 80000 && sounding.bps < 160000);
}

TEST(loss_alone_tells_nothing)
{
    static const int64_t few[PACKETS] = {0, -1, 0, -1, 250};
    static const int64_t fewer[PACKETS] = {0, -1, -1, -1, 60000};
    static const int64_t none[PACKETS] = {-1, -1, -1, -1, -1};
    open_path();
    CHECK(sound(few, 0));
    CHECK(sounding.fast);
    open_path();
    CHECK(!sound(fewer, 0));
    CHECK(!sound(none, 100000));
    CHECK(sound(few, 200000));
    CHECK(sounding.fast);
    open_path();
    CHECK(!sound(fewer, 0));
    CHECK(!sound(none, 100000));
    CHECK(sound(none, 200000)); /* enough is enough */
    CHECK_INT(sounding.bps, 0);
    CHECK(!sounding.fast);
}

TEST(thin_path_is_known_in_spite_of_loss)
{
    static const int64_t drawn[PACKETS] = {0, -1, 21300, 32000, 42700};
    open_path();
    bool over = sound(drawn, 0) || sound(drawn, 100000);
    CHECK(over);
    CHECK(sounding.bps > 100000 && sounding.bps < 160000);
}

TEST(nobody_waits_long_for_who_sends_it)
{
    open_path();
    CHECK_INT(judge(59000), SOUNDING_NOTHING);
    CHECK_INT(judge(sounding_next(&sounding)), SOUNDING_USUAL);
    CHECK(sounding_is_over(&sounding));
}

TEST(pictures_do_not_wait_long_for_a_word)
{
    static const int64_t drawn[PACKETS] = {0, 10700, 21300, 32000, 42700};
    open_path();
    uint32_t train = send_train(1000);
    CHECK(sounding.holds);
    CHECK_INT(judge(199000), SOUNDING_NOTHING);
    CHECK_INT(sounding_next(&sounding), 200000);
    CHECK_INT(judge(200000), SOUNDING_LET_GO);
    CHECK(!sounding.holds);
    CHECK_INT(judge(201000), SOUNDING_NOTHING);
    CHECK(send_train(202000) != train); /* in case the first one was lost */
    for (size_t i = 0; i < PACKETS; i++) {
        sounding_acked(&sounding, train, drawn[i], PACKET_BYTES);
    }
    CHECK_INT(sounding_judge(&sounding, 1000, 300000), SOUNDING_THIN); /* late word counts */
    CHECK(sounding.bps > 140000 && sounding.bps < 160000);
}

TEST(silence_is_listened_to_for_a_while)
{
    open_path();
    int64_t now_us = 0;
    enum sounding_news news = SOUNDING_NOTHING;
    for (uint32_t i = 0; i < 20 && !sounding_is_over(&sounding); i++) {
        (void)send_train(now_us);
        now_us = sounding_next(&sounding);
        news = judge(now_us);
    }
    CHECK_INT(news, SOUNDING_UNCLEAR);
    CHECK(now_us > 1000000 && now_us < 2000000);
}

TEST(half_a_word_is_waited_for)
{
    open_path();
    uint32_t train = send_train(1000);
    sounding_acked(&sounding, train, 0, PACKET_BYTES);
    CHECK_INT(sounding_judge(&sounding, 1000, 201000), SOUNDING_NOTHING);
    CHECK(sounding.holds);
    CHECK_INT(sounding_judge(&sounding, 1000, 500000), SOUNDING_LET_GO);
}

TEST(word_of_what_left_later_means_that_there_is_none_of_the_train)
{
    struct estimator_burst burst;
    open_path();
    uint32_t train = send_train(1000);
    CHECK_INT(sounding_judge(&sounding, 1000, 100000), SOUNDING_NOTHING);
    CHECK(!sounding_burst(&sounding, &burst));
    CHECK_INT(sounding_judge(&sounding, 2000, 110000), SOUNDING_NOTHING);
    CHECK(sounding_burst(&sounding, &burst));
    CHECK(burst.probe != train);
    CHECK(sounding.holds);
}

TEST(path_that_changes_often_does_not_hold_pictures_up_for_long)
{
    int64_t held_us = 0;
    open_path();
    for (int64_t now_us = 1000000; now_us < 5000000; now_us += 100000) {
        sounding_begin(&sounding, RTT_US, now_us);
        (void)judge(now_us);
        held_us += sounding.holds ? 100000 : 0;
    }
    CHECK(held_us <= 1000000);
}

TEST(where_the_round_trip_is_not_known_silence_tells_nothing)
{
    sounding = (struct sounding){.state = SOUNDING_OVER};
    sounding_begin(&sounding, 0, 0);
    (void)send_train(1000);
    CHECK_INT(judge(199000), SOUNDING_NOTHING);
    CHECK_INT(judge(200000), SOUNDING_USUAL);
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
    CHECK_INT(sounding.trains[0].acked, 0);
    CHECK_INT(sounding.trains[0].lost, 0);
    CHECK_INT(judge(100000), SOUNDING_NOTHING);
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
    sounding_begin(&sounding, 301000, 0);
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
    uint32_t before = sounding.number;
    sounding_begin(&sounding, 0, 0);
    CHECK(sounding.number >= before + SOUNDING_TRAINS);
}
