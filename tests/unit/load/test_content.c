#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "codec/audio_decoder.h"
#include "codec/audio_packet.h"
#include "codec/pcm_level.h"
#include "load/content.h"
#include "unit/runner.h"

enum { HALF_S = 25 /* packets */, WINDOW = HALF_S * PCM_FRAME, SOME = 8 };

/** Power of a frequency in half a second, of a sine at full scale. */
static double power_at(const float *pcm, double hz)
{
    double complex turn = cexp(2 * M_PI * I * hz / PCM_HZ);
    double complex slow = cexp(2 * M_PI * I / WINDOW);
    double complex at = 1;
    double complex hann = 1;
    double complex sum = 0;
    for (size_t i = 0; i < WINDOW; i++) {
        sum += (0.5 - 0.5 * creal(hann)) * (double)pcm[i] * at;
        at *= turn;
        hann *= slow;
    }
    return creal(sum * conj(sum)) / ((double)WINDOW * WINDOW / 16);
}

/** How far a tone stands out of the places of its neighbours, decibels. */
static double prominence_db(const float *pcm, unsigned tone)
{
    double hz = content_tone_hz(tone);
    double around = 0;
    for (int i = -3; i <= 3; i++) {
        around += i == 0 ? 0 : power_at(pcm, hz + i * NAME_TONE_STEP_HZ);
    }
    return 10 * log10(6 * power_at(pcm, hz) / around);
}

static int make(struct content **out, unsigned tones)
{
    const struct content_config config = {.tones = tones, .seed = 3};
    const char *reason = "";
    return content_new(out, &config, &reason);
}

/** Decodes packets from a place on; @return packets in which something is said */
static unsigned decode(const struct content *content, unsigned tone, uint64_t place, float *out)
{
    struct audio_decoder *decoder = NULL;
    unsigned says = 0;
    if (audio_decoder_new(&decoder) != 0) {
        return 0;
    }
    for (size_t i = 0; i < HALF_S; i++) {
        struct content_sound sound;
        float pcm[PCM_MAX_SAMPLES];
        size_t samples = 0;
        content_sound(content, tone, true, place + i, &sound);
        if (audio_decoder_decode(decoder, sound.data, sound.len, pcm, &samples) == 0) {
            memcpy(out + i * PCM_FRAME, pcm, PCM_FRAME * sizeof(*out));
        }
        says += content_says(content, tone, place + i);
    }
    audio_decoder_free(&decoder);
    return says;
}

TEST_NO_OOM(every_tone_stands_out_of_its_voice)
{
    static float pcm[WINDOW];
    struct content *content = NULL;
    REQUIRE_OK(make(&content, SOME));
    for (unsigned tone = 0; tone < SOME; tone++) {
        unsigned windows = 0;
        double least_db = 99;
        double sum_db = 0;
        for (uint64_t place = 0; place + HALF_S <= content_loop(content, true); place += HALF_S) {
            if (decode(content, tone, place, pcm) == HALF_S) {
                windows++;
                double db = prominence_db(pcm, tone);
                least_db = fmin(least_db, db);
                sum_db += db;
            }
        }
        CHECK(windows >= 5);
        CHECK(least_db > 8);
        CHECK(sum_db / windows > 20);
    }
out:
    content_free(&content);
}

TEST_NO_OOM(pauses_and_quiet_microphones_have_no_tone)
{
    struct content *content = NULL;
    float pcm[960];
    size_t quiet = 0;
    REQUIRE_OK(make(&content, 1));
    for (uint64_t place = 0; place < content_loop(content, true); place++) {
        content_samples(content, 0, true, place, pcm);
        if (!content_says(content, 0, place) &&
            (place == 0 || !content_says(content, 0, place - 1))) {
            quiet++;
            CHECK(pcm_level_dbov(pcm, 960) > 60);
        }
    }
    CHECK(quiet > 10);
    CHECK(quiet < content_loop(content, true) / 2);
    for (uint64_t place = 0; place < content_loop(content, false); place++) {
        content_samples(content, 0, false, place, pcm);
        CHECK(pcm_level_dbov(pcm, 960) > 65);
    }
out:
    content_free(&content);
}

/** libopus decides: some packets after speech, then one each 21. */
TEST_NO_OOM(of_quiet_little_is_coded_where_pauses_are_left_out)
{
    enum { MINUTE = 3000 };
    struct content *content = NULL;
    struct content_sound sound;
    uint64_t coded = 0;
    uint64_t last = 0;
    REQUIRE_OK(make(&content, 1));
    content_paused(content, 0, &sound);
    CHECK(sound.len > AUDIO_PACKET_DTX_BYTES);
    for (uint64_t place = 0; place < MINUTE; place++) {
        content_paused(content, place, &sound);
        CHECK(sound.len > 0 && sound.level > 65);
        if (sound.len > AUDIO_PACKET_DTX_BYTES) {
            CHECK(place < 12 || place - last == 21);
            last = place;
            coded++;
        }
    }
    CHECK(coded >= MINUTE / 21 && coded <= MINUTE / 21 + 12);
out:
    content_free(&content);
}

TEST(content_is_the_same_each_time)
{
    struct content *a = NULL;
    struct content *b = NULL;
    struct content_sound one;
    struct content_sound other;
    REQUIRE_OK(make(&a, 2));
    REQUIRE_OK(make(&b, 2));
    for (unsigned tone = 0; tone < 2; tone++) {
        for (uint64_t place = 0; place < content_loop(a, true); place++) {
            content_sound(a, tone, true, place, &one);
            content_sound(b, tone, true, place + content_loop(a, true), &other);
            REQUIRE_INT(one.len, other.len);
            CHECK_MEM(one.data, other.data, one.len);
            CHECK_INT(one.level, other.level);
        }
    }
out:
    content_free(&a);
    content_free(&b);
}

/** Ends the work at its second word. */
static bool on_progress(void *owner, double share)
{
    unsigned *words = owner;
    CHECK(share > 0 && share < 1);
    return ++*words < 2;
}

TEST(coding_can_be_ended)
{
    unsigned words = 0;
    const struct content_config config = {
        .tones = 3, .seed = 1, .progress = on_progress, .owner = &words};
    struct content *content = NULL;
    const char *reason = "";
    int err = content_new(&content, &config, &reason);
    if (!runner_out_of_memory()) {
        CHECK_INT(err, ERR_CLOSED);
        CHECK_INT(words, 2);
        CHECK_STR(reason, "ended while sound was coded");
    }
    content_free(&content);
}

TEST(a_file_that_is_not_there_is_named)
{
    const struct content_config config = {.audio_file = "/nowhere/speech.wav", .tones = 1};
    struct content *content = NULL;
    const char *reason = "";
    int err = content_new(&content, &config, &reason);
    if (!runner_out_of_memory()) {
        CHECK_INT(err, ERR_NOT_FOUND);
        CHECK_STR(reason, "/nowhere/speech.wav: No such file or directory");
    }
    content_free(&content);
}

TEST_NO_OOM(two_tools_have_tones_of_their_own)
{
    static float pcm[WINDOW];
    const struct content_config config = {.tones = 2, .seed = 3, .run = 2 * CONTENT_TONES - 1};
    struct content *content = NULL;
    const char *reason = "";
    REQUIRE_OK(content_new(&content, &config, &reason));
    CHECK_INT(content_run(content), 2 * CONTENT_TONES - 1);
    CHECK_INT(content_tone(content, 0), CONTENT_TONES - 1);
    CHECK_INT(content_tone(content, 1), 0);
    for (unsigned place = 0; place < 2; place++) {
        uint64_t from = 0;
        while (decode(content, content_tone(content, place), from, pcm) < HALF_S * 9 / 10) {
            from += HALF_S;
        }
        CHECK(prominence_db(pcm, content_tone(content, place)) > 12);
        CHECK(prominence_db(pcm, content_tone(content, 1 - place)) < 12);
    }
out:
    content_free(&content);
}
