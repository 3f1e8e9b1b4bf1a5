#include <math.h>

#include "media/speech_activity.h"
#include "unit/runner.h"

enum { TICK_US = 20000, TICKS = 960 };

static struct speech_activity activity;
static int64_t now_us;
static uint32_t timestamp;

static void set_up(void)
{
    now_us = 1000000;
    timestamp = 0xFFFFF000; /* wraps soon */
    speech_activity_init(&activity, 48000);
}

/** So many packets of one level. */
static void play(int packets, uint8_t dbov)
{
    for (int i = 0; i < packets; i++) {
        speech_activity_receive(&activity, dbov, timestamp, now_us);
        timestamp += TICKS;
        now_us += TICK_US;
    }
}

static double choose(unsigned n, unsigned k)
{
    double ways = 1;
    for (unsigned i = 0; i < k; i++) {
        ways = ways * (n - i) / (i + 1);
    }
    return ways;
}

static double score(unsigned k, unsigned n, double lambda)
{
    double value = log(choose(n, k)) + n * log(0.5) - log(lambda) + lambda * k;
    return log(value > 1e-10 ? value : 1e-10);
}

TEST(tables_are_the_formula)
{
    for (unsigned k = 0; k <= 13; k++) {
        CHECK(fabs(speech_score_immediate(k) - score(k, 13, 0.78)) < 1e-3);
    }
    for (unsigned k = 0; k <= 5; k++) {
        CHECK(fabs(speech_score_medium(k) - score(k, 5, 24)) < 1e-3);
    }
    for (unsigned k = 0; k <= 10; k++) {
        CHECK(fabs(speech_score_longer(k) - score(k, 10, 47)) < 1e-3);
    }
}

TEST(a_voice_stands_out_from_its_own_noise)
{
    set_up();
    play(50, 70);
    CHECK_INT(speech_activity_count(activity.voiced, 50), 0);
    play(10, 25);
    CHECK_INT(speech_activity_count(activity.voiced, 10), 10);
    CHECK_INT(speech_activity_count(activity.high, 50), 10);
    CHECK_INT(speech_activity_count(activity.loud, 50), 10);
    struct speech_scores scores;
    speech_activity_score(&activity, &scores);
    CHECK_INT(scores.blocks, 2);
    CHECK(scores.longer == speech_score_longer(2));
    CHECK(scores.medium == speech_score_medium(5));
    CHECK(scores.immediate == speech_score_immediate(10));
}

TEST(a_loud_fan_is_noise_after_a_while)
{
    set_up();
    play(50, 80);
    play(20, 40);
    CHECK_INT(speech_activity_count(activity.high, 20), 20);
    play(150, 40);
    CHECK_INT(speech_activity_count(activity.high, 20), 0);
    CHECK_INT(speech_activity_count(activity.steady, 20), 20);
    /* a voice above the fan is heard */
    play(10, 20);
    CHECK_INT(speech_activity_count(activity.voiced, 10), 10);
}

TEST(noise_floor_follows_a_quieter_and_a_noisier_room)
{
    set_up();
    play(10, 60);
    CHECK_INT(activity.floor, 67);
    play(1, 90);
    CHECK_INT(activity.floor, 37);
    play(800, 60);
    CHECK_INT(activity.floor, 49); /* sqrt(37 * 67) */
    /* a pause without packets says nothing, a muted microphone does */
    timestamp += 100 * TICKS;
    now_us += 100 * TICK_US;
    play(1, 60);
    CHECK_INT(activity.floor, 49);
    play(1, 127);
    CHECK_INT(activity.floor, 1);
}

TEST(late_packets_find_their_place)
{
    set_up();
    play(30, 100);
    uint32_t late = timestamp;
    timestamp += TICKS;
    play(3, 100);
    speech_activity_receive(&activity, 20, late, now_us);
    CHECK_INT((int64_t)(activity.high & 0xF), 0x8);
    /* and those that are too late have none */
    speech_activity_receive(&activity, 20, late - 60 * TICKS, now_us);
    CHECK_INT(speech_activity_count(activity.high, 50), 1);
}

TEST(a_lost_packet_is_no_silence_but_a_pause_is)
{
    set_up();
    play(30, 100);
    play(5, 20);
    timestamp += 2 * TICKS;
    now_us += 2 * TICK_US;
    play(1, 20);
    CHECK_INT(speech_activity_count(activity.high, 8), 8);
    timestamp += 20 * TICKS; /* DTX */
    now_us += 20 * TICK_US;
    play(1, 20);
    CHECK_INT((int64_t)(activity.high & 0x1FFFFF), 1);
}

TEST(who_stops_sending_falls_silent)
{
    set_up();
    play(30, 100);
    play(20, 20);
    speech_activity_advance(&activity, now_us);
    CHECK_INT(speech_activity_count(activity.high, 50), 20);
    speech_activity_advance(&activity, now_us + 500000);
    CHECK_INT((int64_t)(activity.high & 0xFFFF), 0);
    CHECK_INT(speech_activity_count(activity.high, 50), 20);
    speech_activity_advance(&activity, now_us + 5000000);
    CHECK_INT(speech_activity_count(activity.high, 50), 0);
}

/** Wi-Fi delivers in bursts: the clock of the track counts, not the arrival. */
TEST(bursts_are_read_by_their_timestamps)
{
    set_up();
    play(30, 100);
    for (int i = 0; i < 4; i++) {
        speech_activity_receive(&activity, 20, timestamp, now_us + 80000);
        timestamp += TICKS;
    }
    CHECK_INT(speech_activity_count(activity.high, 50), 4);
}

TEST(long_and_short_packets_fill_their_time)
{
    set_up();
    play(30, 100);
    for (int i = 0; i < 10; i++) {
        speech_activity_receive(&activity, 20, timestamp, now_us);
        timestamp += 3 * TICKS;
        now_us += 3 * TICK_US;
    }
    CHECK_INT(speech_activity_count(activity.high, 50), 28);
    set_up();
    play(30, 100);
    for (int i = 0; i < 20; i++) {
        speech_activity_receive(&activity, i % 2 == 0 ? 100 : 20, timestamp, now_us);
        timestamp += TICKS / 2;
        now_us += TICK_US / 2;
    }
    CHECK_INT(speech_activity_count(activity.high, 50), 10);
}

/** A source that restarts has another clock; a mad one hurts nobody but itself. */
TEST(clock_that_jumps_goes_on_behind_the_newest)
{
    set_up();
    play(30, 100);
    play(10, 20);
    timestamp += 0x12345678;
    play(10, 20);
    CHECK_INT(speech_activity_count(activity.high, 50), 20);
    timestamp -= 0x3456789;
    play(10, 20);
    CHECK_INT(speech_activity_count(activity.high, 50), 30);
    for (uint32_t i = 0; i < 1000; i++) {
        speech_activity_receive(&activity, (uint8_t)i, i * 0x9E3779B9U, now_us += 1000);
    }
    CHECK(activity.head < 60000);
}
