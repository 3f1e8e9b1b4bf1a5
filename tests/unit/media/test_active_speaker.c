#include "media/active_speaker.h"
#include "unit/runner.h"

enum { PEOPLE = 4, TICK_US = 20000 };

static struct active_speaker speakers;
static struct speaker_member people[PEOPLE];
static int64_t now_us;

static void set_up(void)
{
    now_us = 1000000;
    active_speaker_init(&speakers);
    for (uint32_t i = 0; i < PEOPLE; i++) {
        active_speaker_add(&speakers, &people[i], 10 + i);
    }
}

/** Everybody's level for a while; 127 = sends silence. */
static void play(int64_t ms, uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
    uint8_t levels[PEOPLE] = {a, b, c, d};
    for (int64_t end_us = now_us + ms * 1000; now_us < end_us; now_us += TICK_US) {
        for (uint32_t i = 0; i < PEOPLE; i++) {
            active_speaker_receive(&speakers, &people[i], levels[i], now_us);
        }
        if (now_us >= active_speaker_next_deadline(&speakers)) {
            (void)active_speaker_poll(&speakers, now_us);
        }
    }
}

static uint32_t recent(size_t index)
{
    struct speaker_member *order[PEOPLE];
    size_t count = active_speaker_recent(&speakers, order, PEOPLE);
    return index < count ? order[index]->id : 0;
}

TEST(click_is_no_speech)
{
    set_up();
    for (int i = 0; i < 20; i++) {
        play(60, 127, 20, 127, 127);
        play(200, 127, 127, 127, 127);
    }
    CHECK(!people[1].speaking);
    CHECK_INT(active_speaker_dominant(&speakers), 0);
    CHECK_INT(active_speaker_next_deadline(&speakers), INT64_MAX);
    CHECK_INT(recent(0), 10);
}

TEST(speech_begins_soon_and_hangs_over)
{
    set_up();
    CHECK(active_speaker_poll(&speakers, now_us)); /* members came */
    CHECK(!active_speaker_poll(&speakers, now_us));
    play(200, 127, 127, 30, 127);
    CHECK(people[2].speaking);
    CHECK_INT(active_speaker_dominant(&speakers), 12);
    CHECK_INT(recent(0), 12);
    CHECK(!active_speaker_poll(&speakers, now_us)); /* told already, in between */
    /* Pauses between words. */
    play(600, 127, 127, 127, 127);
    CHECK(people[2].speaking);
    play(400, 127, 127, 127, 127);
    CHECK(!people[2].speaking);
    /* Dominance stays through silence. */
    CHECK_INT(active_speaker_dominant(&speakers), 12);
    CHECK_INT(active_speaker_next_deadline(&speakers), INT64_MAX);
}

TEST(turn_taking_changes_the_dominant_speaker)
{
    set_up();
    play(2000, 30, 127, 127, 127);
    CHECK_INT(active_speaker_dominant(&speakers), 10);
    play(1000, 127, 30, 127, 127);
    CHECK_INT(active_speaker_dominant(&speakers), 11);
    CHECK_INT(recent(0), 11);
    play(1000, 127, 127, 127, 127);
    CHECK_INT(recent(0), 11);
    CHECK_INT(recent(1), 10);
}

TEST(interjection_does_not_take_over)
{
    set_up();
    play(2000, 30, 127, 127, 127);
    play(300, 30, 20, 127, 127);
    CHECK_INT(active_speaker_dominant(&speakers), 10);
    play(3000, 30, 127, 127, 127);
    CHECK_INT(active_speaker_dominant(&speakers), 10);
    /* Who still speaks leads the order. */
    CHECK_INT(recent(0), 10);
    CHECK_INT(recent(1), 11);
}

TEST(clearly_louder_speaker_takes_over)
{
    set_up();
    play(2000, 40, 127, 127, 127);
    play(1200, 40, 127, 25, 127);
    CHECK_INT(active_speaker_dominant(&speakers), 12);
    /* As loud as each other: stays. */
    play(3000, 25, 127, 25, 127);
    CHECK_INT(active_speaker_dominant(&speakers), 12);
}

TEST(speaker_who_stops_sending_stops_speaking)
{
    set_up();
    play(1000, 127, 127, 127, 30);
    CHECK(people[3].speaking);
    now_us += SPEAKER_HANG_OVER_US;
    CHECK(active_speaker_poll(&speakers, now_us));
    CHECK(!people[3].speaking);
}

TEST(removal_leaves_no_trace)
{
    set_up();
    play(1000, 30, 127, 127, 127);
    active_speaker_remove(&speakers, &people[0]);
    CHECK_INT(active_speaker_dominant(&speakers), 0);
    CHECK(active_speaker_poll(&speakers, now_us));
    for (size_t i = 0; i < PEOPLE; i++) {
        CHECK(recent(i) != 10);
    }
    active_speaker_remove(&speakers, &people[1]);
    active_speaker_remove(&speakers, &people[2]);
    active_speaker_remove(&speakers, &people[3]);
    (void)active_speaker_poll(&speakers, now_us + 1000000);
    CHECK_INT(recent(0), 0);
    CHECK_INT(active_speaker_next_deadline(&speakers), INT64_MAX);
}
