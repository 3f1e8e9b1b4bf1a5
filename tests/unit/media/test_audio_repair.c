#include "media/audio_repair.h"
#include "unit/runner.h"

enum { NEAR_US = 40000, FAR_US = 250000, SECOND_US = 1000000 };

static struct audio_repair repair;
static int64_t now_us;
static struct audio_repair_sent sent;

static void start(bool nack, bool red)
{
    now_us = 5 * SECOND_US;
    audio_repair_init(&repair);
    sent = (struct audio_repair_sent){0};
    audio_repair_agree(&repair, nack, red, now_us);
}

/** Reports of so many seconds, one each. @param percent lost */
static void report(int seconds, double percent, int64_t rtt_us)
{
    for (int i = 0; i < seconds; i++) {
        now_us += SECOND_US;
        sent.packets += 50;
        audio_repair_report(&repair, &sent, (uint8_t)(percent * 2.56 + 0.5), rtt_us, now_us);
    }
}

TEST(the_means_follow_agreement_and_distance)
{
    static const struct {
        bool nack;
        bool red;
        int64_t rtt_us;
        double percent;
        enum audio_repair_means means;
        int distance;
    } cases[] = {
        {false, false, NEAR_US, 10, AUDIO_REPAIR_NONE, 0},
        {false, false, FAR_US, 10, AUDIO_REPAIR_NONE, 0},
        {true, false, NEAR_US, 10, AUDIO_REPAIR_NACK, 0},
        {true, false, FAR_US, 10, AUDIO_REPAIR_NACK, 0}, /* better than nothing */
        {false, true, NEAR_US, 0, AUDIO_REPAIR_RED, 0},
        {false, true, NEAR_US, 3, AUDIO_REPAIR_RED, 1},
        {false, true, FAR_US, 10, AUDIO_REPAIR_RED, 2},
        {true, true, NEAR_US, 5, AUDIO_REPAIR_NACK, 0},
        {true, true, NEAR_US, 10, AUDIO_REPAIR_NACK, 2}, /* what is asked for may be too late */
        {true, true, 49999, 3, AUDIO_REPAIR_NACK, 0},
        {true, true, 50000, 3, AUDIO_REPAIR_RED, 1},
        {true, true, FAR_US, 0, AUDIO_REPAIR_RED, 0},
        {true, true, FAR_US, 0.4, AUDIO_REPAIR_RED, 0},
        {true, true, FAR_US, 2, AUDIO_REPAIR_RED, 1},
        {true, true, FAR_US, 20, AUDIO_REPAIR_RED, 2},
        {true, true, 0, 3, AUDIO_REPAIR_RED, 1}, /* not known */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        start(cases[i].nack, cases[i].red);
        CHECK_INT(repair.distance, 0);
        report(20, cases[i].percent, cases[i].rtt_us);
        CHECK_INT(repair.means, cases[i].means);
        CHECK_INT(repair.distance, cases[i].distance);
    }
}

TEST(more_copies_at_once_and_fewer_later)
{
    start(false, true);
    report(1, 10, FAR_US);
    CHECK_INT(repair.distance, 2);
    report(10, 0, FAR_US);
    CHECK_INT(repair.distance, 2);
    report(15, 0, FAR_US);
    CHECK_INT(repair.distance, 0);
    /* one lost packet in a report of fifty is no reason */
    report(1, 2, FAR_US);
    CHECK_INT(repair.distance, 0);
    report(3, 2, FAR_US);
    CHECK_INT(repair.distance, 1);
    /* between the bounds it stays */
    report(60, 0.8, FAR_US);
    CHECK_INT(repair.distance, 1);
}

TEST(the_means_do_not_flap)
{
    start(true, true);
    report(1, 3, NEAR_US);
    CHECK_INT(repair.means, AUDIO_REPAIR_NACK);
    report(30, 3, 60000); /* a little farther: not far */
    CHECK_INT(repair.means, AUDIO_REPAIR_NACK);
    report(1, 3, FAR_US);
    CHECK_INT(repair.means, AUDIO_REPAIR_RED);
    CHECK_INT(repair.distance, 1);
    report(9, 3, NEAR_US);
    CHECK_INT(repair.means, AUDIO_REPAIR_RED);
    report(1, 3, NEAR_US);
    CHECK_INT(repair.means, AUDIO_REPAIR_NACK);
    CHECK_INT(repair.distance, 0);
}

TEST(a_new_agreement_holds_at_once)
{
    start(false, true);
    report(5, 10, NEAR_US);
    CHECK_INT(repair.distance, 2);
    audio_repair_agree(&repair, true, false, now_us);
    CHECK_INT(repair.means, AUDIO_REPAIR_NACK);
    CHECK_INT(repair.distance, 0);
    audio_repair_agree(&repair, true, true, now_us);
    report(1, 10, NEAR_US);
    CHECK_INT(repair.means, AUDIO_REPAIR_NACK);
    audio_repair_agree(&repair, true, true, now_us); /* nothing new */
    CHECK_INT(repair.means, AUDIO_REPAIR_NACK);
}

TEST(who_is_helpless_needs_fec)
{
    static const struct {
        bool nack;
        bool red;
        int64_t rtt_us;
        bool helpless;
    } cases[] = {
        {false, false, NEAR_US, true}, {true, false, NEAR_US, false}, {true, false, FAR_US, true},
        {false, true, FAR_US, false},  {true, true, NEAR_US, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        start(cases[i].nack, cases[i].red);
        report(5, 10, cases[i].rtt_us);
        CHECK_INT(audio_repair_is_helpless(&repair), cases[i].helpless);
        CHECK_INT(audio_repair_loss(&repair), 26);
    }
}

/** A receiver near enough to be sent most of it again reports no loss. */
TEST(repeats_do_not_hide_what_they_are_for)
{
    start(true, true);
    for (int i = 0; i < 10; i++) {
        sent.repeats += 5;
        report(1, 0, 70000);
    }
    CHECK_INT(repair.means, AUDIO_REPAIR_RED);
    CHECK_INT(repair.distance, 2);
    CHECK(audio_repair_loss(&repair) >= 24 && audio_repair_loss(&repair) <= 26);
    audio_repair_report(&repair, &sent, 255, 70000, now_us); /* nothing sent since */
    sent.packets++;
    sent.repeats += 100;
    audio_repair_report(&repair, &sent, 255, 70000, now_us);
    CHECK_INT(repair.distance, 2);
}
