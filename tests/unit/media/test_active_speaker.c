#include <stdlib.h>

#include "media/active_speaker.h"
#include "support/speech.h"
#include "support/vectors.h"
#include "unit/runner.h"

enum { PEOPLE = 49, TICK_US = 20000, TICKS = 960, FIRST_ID = 10, SEEDS = 20 };

static struct active_speaker speakers;
static struct speaker_member people[PEOPLE];
static struct speech voices[PEOPLE];
static uint32_t count;
static int64_t now_us;
static uint32_t dominant;
static unsigned flips;        /* of dominance */
static int64_t flipped_us;    /* last one */
static int64_t least_flip_us; /* least time between two */
static unsigned lists;        /* changes of who speaks */
static unsigned turns;

static void set_up(uint64_t seed, uint32_t members, uint8_t noise_dbov, uint8_t voice_dbov)
{
    now_us = 1000000 + (int64_t)(seed * 7919 % 300000);
    count = members;
    dominant = 0;
    flips = 0;
    lists = 0;
    turns = 0;
    flipped_us = INT64_MIN;
    least_flip_us = INT64_MAX;
    active_speaker_init(&speakers);
    for (uint32_t i = 0; i < count; i++) {
        active_speaker_add(&speakers, &people[i], FIRST_ID + i, 48000);
        speech_init(&voices[i], seed * 1000 + i, noise_dbov, voice_dbov);
    }
}

static void watch(unsigned changed)
{
    lists += (changed & SPEAKERS_LIST) != 0 ? 1 : 0;
    turns += (changed & SPEAKERS_TURNS) != 0 ? 1 : 0;
    if (active_speaker_dominant(&speakers) != dominant) {
        dominant = active_speaker_dominant(&speakers);
        flips++;
        if (flipped_us != INT64_MIN && now_us - flipped_us < least_flip_us) {
            least_flip_us = now_us - flipped_us;
        }
        flipped_us = now_us;
    }
}

/** Everybody's microphone for a while. */
static void play(int64_t ms)
{
    for (int64_t end_us = now_us + ms * 1000; now_us < end_us; now_us += TICK_US) {
        for (uint32_t i = 0; i < count; i++) {
            active_speaker_receive(&speakers, &people[i], speech_next(&voices[i]),
                                   (uint32_t)(now_us / TICK_US) * TICKS, now_us);
        }
        watch(active_speaker_poll(&speakers, now_us));
    }
}

/** Constant levels. */
static void play_flat(int64_t ms, const uint8_t *levels)
{
    for (int64_t end_us = now_us + ms * 1000; now_us < end_us; now_us += TICK_US) {
        for (uint32_t i = 0; i < count; i++) {
            active_speaker_receive(&speakers, &people[i], levels[i],
                                   (uint32_t)(now_us / TICK_US) * TICKS, now_us);
        }
        watch(active_speaker_poll(&speakers, now_us));
    }
}

/** Time until i dominates, at most 3 s. */
static int64_t wait_for(uint32_t i)
{
    int64_t start_us = now_us;
    while (dominant != FIRST_ID + i && now_us < start_us + 3000000) {
        play(20);
    }
    return now_us - start_us;
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

/** The order of voices: place of i. */
static uint32_t place(uint32_t i)
{
    uint32_t at = 0;
    LIST_FOR_EACH(link, &speakers.voices)
    {
        if (link == &people[i].voice_link) {
            return at;
        }
        at++;
    }
    return UINT32_MAX;
}

static uint32_t turn_place(uint32_t i)
{
    uint32_t at = 0;
    LIST_FOR_EACH(link, &speakers.turns)
    {
        if (link == &people[i].turn_link) {
            return at;
        }
        at++;
    }
    return UINT32_MAX;
}

TEST(clear_voice_dominates_within_a_second)
{
    int64_t first[SEEDS];
    int64_t next[SEEDS];
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        set_up(seed, 5, 75, 28);
        play(3000);
        CHECK_INT(dominant, 0);
        speech_talk(&voices[1], true);
        first[seed] = wait_for(1);
        play(4000 + 20 * (int64_t)seed);
        CHECK_INT(dominant, FIRST_ID + 1);
        speech_talk(&voices[1], false);
        speech_talk(&voices[3], true);
        next[seed] = wait_for(3);
        CHECK(next[seed] <= 1300000);
    }
    qsort(first, SEEDS, sizeof(first[0]), compare);
    qsort(next, SEEDS, sizeof(next[0]), compare);
    CHECK(first[0] >= 500000 && first[SEEDS - 1] <= 1000000);
    CHECK(next[0] >= 500000 && next[SEEDS * 9 / 10] <= 1000000);
}

TEST(coughs_and_keyboards_never_dominate)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        set_up(seed, 5, 75, 28);
        voices[2].typing = true;
        for (int i = 0; i < 5; i++) {
            play(2000);
            speech_cough(&voices[4], 300);
        }
        CHECK_INT(dominant, 0);
        CHECK_INT(turn_place(2), 2); /* nor do they change who is seen */
        CHECK_INT(turn_place(4), 4);
        speech_talk(&voices[0], true);
        (void)wait_for(0);
        for (int i = 0; i < 10; i++) {
            play(1000);
            speech_cough(&voices[4], 300);
        }
        CHECK_INT(dominant, FIRST_ID);
        CHECK_INT(flips, 1);
    }
}

TEST(two_who_take_turns)
{
    unsigned late = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        set_up(seed, 4, 70, 30);
        for (uint32_t i = 0; i < 10; i++) {
            speech_talk(&voices[i % 2], true);
            late += wait_for(i % 2) > 1000000 ? 1 : 0;
            play(3000 + 20 * (int64_t)(seed + 3 * i));
            CHECK_INT(dominant, FIRST_ID + i % 2);
            speech_talk(&voices[i % 2], false);
        }
        CHECK_INT(flips, 10);
        CHECK(turns <= 2 * flips); /* a turn, then dominance */
        CHECK(turn_place(0) < 2 && turn_place(1) < 2);
    }
    CHECK(late <= SEEDS * 10 / 20);
}

TEST(noise_floors_30_db_apart_make_no_difference)
{
    unsigned late = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        set_up(seed, 3, 78, 30);
        voices[1].noise_dbov = 48; /* beside a fan */
        voices[1].voice_dbov = 24;
        play(3000);
        CHECK_INT(dominant, 0);
        for (uint32_t i = 0; i < 6; i++) {
            speech_talk(&voices[i % 2], true);
            late += wait_for(i % 2) > 1000000 ? 1 : 0;
            play(2500 + 20 * (int64_t)(seed + 3 * i));
            CHECK_INT(dominant, FIRST_ID + i % 2);
            speech_talk(&voices[i % 2], false);
        }
        CHECK_INT(flips, 6);
    }
    CHECK(late <= SEEDS * 6 / 10);
}

TEST(dominance_changes_at_most_once_per_evaluation)
{
    for (uint64_t seed = 0; seed < 5; seed++) {
        set_up(seed, PEOPLE, 72, 28);
        struct rand rand;
        rand_init(&rand, seed);
        for (int i = 0; i < 100; i++) {
            uint32_t who = (uint32_t)rand_below(&rand, PEOPLE);
            speech_talk(&voices[who], !voices[who].talking);
            play(100 + (int64_t)rand_below(&rand, 400));
        }
        CHECK(flips > 0);
        CHECK(least_flip_us >= SPEAKER_TENURE_US);
        /* every list has everybody once */
        for (uint32_t i = 0; i < PEOPLE; i++) {
            CHECK(place(i) < PEOPLE && turn_place(i) < PEOPLE);
        }
    }
}

TEST(one_voice_among_49_is_found)
{
    set_up(7, PEOPLE, 70, 30);
    play(2000);
    for (uint32_t i = 0; i < PEOPLE; i += 8) {
        speech_talk(&voices[i], true);
        CHECK(wait_for(i) <= 1300000);
        CHECK_INT(place(i), 0);
        CHECK_INT(turn_place(i), 0);
        play(2000);
        speech_talk(&voices[i], false);
    }
    CHECK_INT(turn_place(40), 1);
    CHECK_INT(turn_place(0), 6);
}

TEST(list_of_speakers_begins_soon_and_hangs_over)
{
    set_up(1, 3, 75, 26);
    play(2000);
    CHECK(!people[1].speaking);
    speech_talk(&voices[1], true);
    play(260);
    CHECK(people[1].speaking);
    play(8000);
    CHECK(people[1].speaking);
    CHECK(lists <= 2 + 2); /* beginning, dominance, and perhaps a long pause */
    speech_talk(&voices[1], false);
    play(500);
    CHECK(people[1].speaking);
    play(1200);
    CHECK(!people[1].speaking);
    CHECK_INT(dominant, FIRST_ID + 1); /* stays through silence */
    play(3000);
    CHECK_INT(active_speaker_next_deadline(&speakers), INT64_MAX);
}

/** With three slots: a voice takes the place of one who is silent, and of nobody else. */
TEST(voices_are_in_the_order_in_which_they_began)
{
    set_up(3, 6, 75, 28);
    play(1000);
    for (uint32_t i = 0; i < 4; i++) {
        speech_talk(&voices[i], true);
        play(200);
        CHECK_INT(place(i), i);
    }
    CHECK_INT(place(0), 0);
    speech_talk(&voices[1], false);
    play(900);
    CHECK(place(0) < 3 && place(2) < 3 && place(3) < 3);
    CHECK_INT(place(1), 3); /* the first of the silent ones */
}

TEST(a_louder_voice_goes_first_in_the_pause_of_a_quieter_one)
{
    set_up(3, 6, 75, 40);
    play(1000);
    for (uint32_t i = 0; i < 4; i++) {
        voices[i].voice_dbov = i == 3 ? 20 : 45;
        speech_talk(&voices[i], true);
        play(200);
    }
    play(4000);
    CHECK(place(3) < 3);
}

/** Three in noisy places, whose noise is babble, and one who speaks now and then. */
TEST(babble_does_not_keep_a_speaker_out)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        unsigned away = 0;
        set_up(seed, 6, 75, 48);
        voices[5].voice_dbov = 26;
        for (uint32_t i = 0; i < 3; i++) {
            speech_talk(&voices[i], true);
        }
        play(3000);
        for (int turn = 0; turn < 5; turn++) {
            speech_talk(&voices[5], true);
            for (int i = 0; i < 150; i++) {
                play(20);
                away += place(5) >= 3 && (people[5].activity.voiced & 1) != 0 ? 1 : 0;
            }
            speech_talk(&voices[5], false);
            play(2000);
        }
        CHECK(away <= 30); /* of 750, of which the first 60 ms of each turn are 15 */
    }
}

/** Constant loudness is not speech, but better heard than lost: a tone, or a leg without levels. */
TEST(steady_sound_is_heard_and_yields_to_any_voice)
{
    static const uint8_t tone[] = {127, 127, 15, 127};
    set_up(1, 4, 75, 28);
    play_flat(600, tone);
    CHECK(people[2].speaking);
    CHECK_INT(place(2), 0);
    CHECK_INT(dominant, 0);
    play_flat(2000, tone);
    CHECK_INT(dominant, FIRST_ID + 2); /* nobody else claims it */
    speech_talk(&voices[1], true);
    uint8_t levels[4] = {127, 127, 15, 127};
    for (int i = 0; i < 60; i++) {
        levels[1] = speech_next(&voices[1]);
        play_flat(20, levels);
        CHECK(i < 10 || place(1) == 0);
    }
    CHECK_INT(dominant, FIRST_ID + 1);
    CHECK_INT(place(2), 1);
    /* and it does not come back in the speaker's pauses */
    play_flat(3000, tone);
    CHECK_INT(dominant, FIRST_ID + 1);
    play_flat(4000, tone);
    CHECK_INT(dominant, FIRST_ID + 2);
}

TEST(removal_leaves_no_trace)
{
    set_up(2, 4, 75, 28);
    speech_talk(&voices[0], true);
    play(3000);
    CHECK_INT(active_speaker_dominant(&speakers), FIRST_ID);
    active_speaker_remove(&speakers, &people[0]);
    CHECK_INT(active_speaker_dominant(&speakers), 0);
    CHECK((active_speaker_poll(&speakers, now_us) & SPEAKERS_LIST) != 0);
    for (uint32_t i = 1; i < 4; i++) {
        active_speaker_remove(&speakers, &people[i]);
    }
    CHECK(list_empty(&speakers.voices) && list_empty(&speakers.turns) &&
          list_empty(&speakers.lively));
    (void)active_speaker_poll(&speakers, now_us + 1000000);
    CHECK_INT(active_speaker_next_deadline(&speakers), INT64_MAX);
}

/** Levels of recorded speech, 20 ms each. */
struct recording {
    struct vectors seconds;
    uint8_t levels[4096];
    size_t count;
};

static int recording_load(struct recording *recording)
{
    int err = vectors_load_hex("levels/demo-instruct.hex", &recording->seconds);
    for (size_t i = 0; err == 0 && i < recording->seconds.count; i++) {
        for (size_t j = 0; j < recording->seconds.len[i] && recording->count < 4096; j++) {
            recording->levels[recording->count++] = recording->seconds.at[i][j];
        }
    }
    return err;
}

/** The next place where a voice begins after a fifth of a second of quiet; 0 = no more. */
static size_t next_onset(const struct recording *recording, size_t from)
{
    size_t quiet = 0;
    for (size_t i = from; i + 200 < recording->count; i++) {
        if (recording->levels[i] < 40 && quiet >= 10) {
            return i;
        }
        quiet = recording->levels[i] >= 50 ? quiet + 1 : 0;
    }
    return 0;
}

TEST(who_may_be_about_to_speak_is_known_at_once)
{
    static const uint8_t noise[2] = {75, 75};
    static const uint8_t voice[2] = {40, 75};
    set_up(1, 2, 75, 28);
    play_flat(1000, noise);
    CHECK(!speaker_member_stirs(&people[0]));
    play_flat(20, voice);
    CHECK(speaker_member_stirs(&people[0]));
    CHECK(!speaker_member_stirs(&people[1]));
    play_flat(60, noise);
    CHECK(!speaker_member_stirs(&people[0])); /* it was a click */
    play_flat(60, voice);
    REQUIRE_INT(people[0].zone, SPEAKER_VOICE);
    CHECK(!speaker_member_stirs(&people[0])); /* he speaks */
out:
    return;
}

/** Two people say in turn what was recorded; the third one's room is as noisy as theirs. */
TEST(recorded_speech_dominates_within_a_second)
{
    struct recording recording = {.count = 0};
    int64_t times[256];
    size_t heard = 0;
    REQUIRE_OK(recording_load(&recording));
    set_up(1, 3, 75, 0);
    for (size_t round = 0; round < 4; round++) {
        for (size_t at = next_onset(&recording, 0); at != 0 && heard < 256;
             at = next_onset(&recording, at + 150)) {
            size_t who = heard % 2;
            int64_t start_us = now_us;
            times[heard] = INT64_MAX;
            for (size_t i = 0; i < 190 + 3 * round; i++) {
                uint8_t levels[3];
                for (size_t j = 0; j < 3; j++) {
                    uint8_t noise = speech_next(&voices[j]);
                    uint8_t voice = j == who && i < 180 ? recording.levels[at + i] : noise;
                    levels[j] = voice < noise ? voice : noise;
                }
                play_flat(20, levels);
                if (times[heard] == INT64_MAX && dominant == FIRST_ID + who) {
                    times[heard] = now_us - start_us;
                }
            }
            heard++;
        }
    }
    REQUIRE(heard > 30);
    CHECK_INT(flips, heard);
    qsort(times, heard, sizeof(times[0]), compare);
    CHECK(times[0] >= 500000);
    CHECK(times[heard / 2] <= 800000);
    CHECK(times[heard * 9 / 10] <= 1000000);
    CHECK(times[heard - 1] <= 1600000); /* a word, then a long pause */
out:
    vectors_free(&recording.seconds);
}
