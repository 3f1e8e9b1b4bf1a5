#include <math.h>
#include <string.h>

#include "load/listening_desk.h"
#include "unit/runner.h"

enum { PACKETS = 200, STEP_US = 20000, BEGIN_US = 60000000 };

static const struct caller_config listens = {
    .number = 1, .room = 3, .place = 0, .receive_audio = 1, .listens = true};
static const struct caller_config speaks = {.number = 2, .room = 3, .place = 1, .receive_audio = 1};

/** What a caller says in a tone comes to caller 1. */
static void hear(const struct content *content, const struct endpoint_tap *ear,
                 const struct endpoint_tap *mouth, unsigned tone, uint32_t caller)
{
    size_t loop = content_loop(content, true);
    mouth->spoke(mouth->owner, true, 5, BEGIN_US);
    for (unsigned i = 0; i < PACKETS; i++) {
        struct content_sound sound;
        content_sound(content, tone, true, 5 + i, &sound);
        struct stats_sound told = {.arrived_us = BEGIN_US + i * STEP_US + 5000,
                                   .ssrc = 8,
                                   .ext_seq = 100 + i,
                                   .timestamp = 960LL * i,
                                   .marked = true,
                                   .mark = {.caller = caller,
                                            .number = i,
                                            .content = (uint16_t)((5 + i) % loop),
                                            .sent_us = BEGIN_US + i * STEP_US}};
        ear->sound(ear->owner, 0, &told, sound.data, sound.len);
    }
}

/** What caller 2 sends comes to caller 1, or caller 1's own voice does. */
static void call(const struct content *content, const struct endpoint_tap *ear,
                 const struct endpoint_tap *mouth, unsigned who)
{
    hear(content, ear, mouth, who, who + 1);
}

static int open_desk(struct content **content, struct listening_desk **desk)
{
    const struct content_config config = {.tones = 2, .seed = 3, .audio_bps = 40000};
    const char *reason = "";
    int err = content_new(content, &config, &reason);
    return err == 0 ? listening_desk_new(desk, *content, false) : err;
}

TEST_NO_OOM(sampled_callers_are_scored_when_nothing_comes_any_more)
{
    struct content *content = NULL;
    struct listening_desk *desk = NULL;
    struct heard_score score;
    REQUIRE_OK(open_desk(&content, &desk));
    const struct endpoint_tap *ear = listening_desk_seat(desk, &listens);
    const struct endpoint_tap *mouth = listening_desk_seat(desk, &speaks);
    REQUIRE(ear != NULL && mouth != NULL && mouth->sound == NULL);
    listening_desk_begin(desk, BEGIN_US);
    call(content, ear, mouth, 1);
    REQUIRE(listening_desk_score(desk, 1, &score));
    CHECK(score.sound && score.estoi > 0.9 && score.wrong_count == 0 && score.missing_count == 0);
    CHECK(fabs(score.mouth_to_ear_ms - 71.5) < 2);
    CHECK(!listening_desk_score(desk, 2, &score) && !listening_desk_score(desk, 9, &score));
out:
    listening_desk_free(&desk);
    content_free(&content);
}

TEST_NO_OOM(who_hears_himself_is_found_at_the_desk)
{
    struct content *content = NULL;
    struct listening_desk *desk = NULL;
    struct heard_score score;
    REQUIRE_OK(open_desk(&content, &desk));
    const struct endpoint_tap *ear = listening_desk_seat(desk, &listens);
    const struct endpoint_tap *mouth = listening_desk_seat(desk, &speaks);
    REQUIRE(ear != NULL && mouth != NULL);
    listening_desk_begin(desk, BEGIN_US);
    call(content, ear, mouth, 0);
    REQUIRE(listening_desk_score(desk, 1, &score));
    REQUIRE(score.wrong_count == 1 && score.missing_count == 1);
    CHECK(score.wrong[0] == 1 && score.missing[0] == 2);
out:
    listening_desk_free(&desk);
    content_free(&content);
}

TEST_NO_OOM(a_voice_of_a_large_room_is_known)
{
    struct content *content = NULL;
    struct listening_desk *desk = NULL;
    struct heard_score score;
    struct caller_config config = speaks;
    REQUIRE_OK(open_desk(&content, &desk));
    const struct endpoint_tap *ear = listening_desk_seat(desk, &listens);
    const struct endpoint_tap *mouth = NULL;
    for (config.number = 2; config.number <= 80; config.number++) {
        mouth = listening_desk_seat(desk, &config);
        REQUIRE(ear != NULL && mouth != NULL);
    }
    listening_desk_begin(desk, BEGIN_US);
    hear(content, ear, mouth, 1, 80);
    REQUIRE(listening_desk_score(desk, 1, &score));
    CHECK(score.sound && score.estoi > 0.9 && score.wrong_count == 0 && score.missing_count == 0);
out:
    listening_desk_free(&desk);
    content_free(&content);
}

TEST_NO_OOM(who_has_left_in_the_midst_of_a_word_is_not_missing)
{
    struct content *content = NULL;
    struct listening_desk *desk = NULL;
    struct heard_score score;
    struct caller_config third = speaks;
    struct caller_config two = listens;
    third.number = 3;
    two.receive_audio = 2;
    REQUIRE_OK(open_desk(&content, &desk));
    const struct endpoint_tap *ear = listening_desk_seat(desk, &two);
    const struct endpoint_tap *mouth = listening_desk_seat(desk, &speaks);
    const struct endpoint_tap *gone = listening_desk_seat(desk, &third);
    REQUIRE(ear != NULL && mouth != NULL && gone != NULL);
    listening_desk_begin(desk, BEGIN_US);
    gone->spoke(gone->owner, true, 7, BEGIN_US - 50000000);
    listening_desk_leave(desk, gone, BEGIN_US);
    call(content, ear, mouth, 1);
    REQUIRE(listening_desk_score(desk, 1, &score));
    CHECK(score.wrong_count == 0 && score.missing_count == 0);
out:
    listening_desk_free(&desk);
    content_free(&content);
}

TEST_NO_OOM(warm_up_does_not_count_and_the_desk_may_close_early)
{
    struct content *content = NULL;
    struct listening_desk *desk = NULL;
    struct heard_score score;
    REQUIRE_OK(open_desk(&content, &desk));
    const struct endpoint_tap *ear = listening_desk_seat(desk, &listens);
    const struct endpoint_tap *mouth = listening_desk_seat(desk, &speaks);
    REQUIRE(ear != NULL && mouth != NULL);
    call(content, ear, mouth, 1);
    CHECK(!listening_desk_score(desk, 1, &score));
out:
    listening_desk_free(&desk);
    content_free(&content);
}

TEST_NO_OOM(silence_is_judged_up_to_the_end)
{
    struct content *content = NULL;
    struct listening_desk *desk = NULL;
    struct heard_score score;
    REQUIRE_OK(open_desk(&content, &desk));
    const struct endpoint_tap *ear = listening_desk_seat(desk, &listens);
    const struct endpoint_tap *mouth = listening_desk_seat(desk, &speaks);
    REQUIRE(ear != NULL && mouth != NULL);
    listening_desk_attend(desk, 1, true, BEGIN_US - 5000000);
    listening_desk_begin(desk, BEGIN_US);
    call(content, ear, mouth, 1); /* for four seconds; then it goes on speaking, unheard */
    listening_desk_attend(desk, 1, false, BEGIN_US + 40000000);
    REQUIRE(listening_desk_score(desk, 1, &score));
    CHECK(score.sound && score.estoi < 0.5);
    REQUIRE_INT(score.missing_count, 1);
    CHECK_INT(score.missing[0], 2);
out:
    listening_desk_free(&desk);
    content_free(&content);
}

TEST_NO_OOM(who_gets_nothing_at_all_misses_who_speaks)
{
    struct content *content = NULL;
    struct listening_desk *desk = NULL;
    struct heard_score score;
    REQUIRE_OK(open_desk(&content, &desk));
    const struct endpoint_tap *ear = listening_desk_seat(desk, &listens);
    const struct endpoint_tap *mouth = listening_desk_seat(desk, &speaks);
    REQUIRE(ear != NULL && mouth != NULL);
    listening_desk_attend(desk, 1, true, BEGIN_US - 5000000);
    listening_desk_begin(desk, BEGIN_US);
    mouth->spoke(mouth->owner, true, 5, BEGIN_US);
    listening_desk_attend(desk, 1, false, BEGIN_US + 15000000);
    REQUIRE(listening_desk_score(desk, 1, &score));
    CHECK(score.sound && score.estoi == 0 && !score.compared);
    CHECK_INT(score.missing_count, 1);
out:
    listening_desk_free(&desk);
    content_free(&content);
}

TEST_NO_OOM(nobody_is_missed_where_nobody_speaks)
{
    struct content *content = NULL;
    struct listening_desk *desk = NULL;
    struct heard_score score;
    REQUIRE_OK(open_desk(&content, &desk));
    REQUIRE(listening_desk_seat(desk, &listens) != NULL);
    listening_desk_begin(desk, BEGIN_US);
    listening_desk_attend(desk, 1, true, BEGIN_US + 1000);
    listening_desk_attend(desk, 1, false, BEGIN_US + 15000000);
    CHECK(!listening_desk_score(desk, 1, &score));
out:
    listening_desk_free(&desk);
    content_free(&content);
}
