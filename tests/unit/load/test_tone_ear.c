#include <math.h>
#include <stdlib.h>

#include "load/made_voice.h"
#include "load/name_tone.h"
#include "load/tone_ear.h"
#include "unit/runner.h"

static float sound[TONE_EAR_SAMPLES];

/** Speech of so many talkers, with name tones. */
static void talk(const unsigned *tones, size_t count)
{
    static float voice[TONE_EAR_SAMPLES * 4];
    for (size_t i = 0; i < TONE_EAR_SAMPLES; i++) {
        sound[i] = 0;
    }
    for (size_t i = 0; i < count; i++) {
        made_voice((unsigned)i, 7 + i, voice, TONE_EAR_SAMPLES * 4);
        for (size_t at = 0; at + 960 <= TONE_EAR_SAMPLES; at += 960) {
            name_tone_add(tones[i], at > 0, true, voice + 48000 + at);
        }
        for (size_t at = 0; at < TONE_EAR_SAMPLES; at++) {
            sound[at] += voice[48000 + at];
        }
    }
}

TEST(tones_of_who_speaks_are_heard_and_no_others)
{
    const unsigned tones[] = {4, 5, 31};
    talk(tones, 3);
    for (unsigned tone = 0; tone < NAME_TONES; tone++) {
        bool speaks = tone == 4 || tone == 5 || tone == 31;
        CHECK(tone_ear_hears(sound, tone) == speaks);
    }
}

TEST(speech_alone_holds_no_tone)
{
    talk(NULL, 0);
    CHECK(!tone_ear_hears(sound, 0));
    const unsigned tones[] = {0, 1};
    talk(tones, 2);
    CHECK(!tone_ear_hears(sound, 20) && !tone_ear_hears(sound, 47));
}

TEST(level_is_that_of_the_tone)
{
    double level_dbfs = 0;
    for (size_t i = 0; i < TONE_EAR_SAMPLES; i++) {
        sound[i] = (float)(0.01 * sin(6.283185307179586 * 6000 * (double)i / 48000));
    }
    CHECK(tone_ear_out_db(sound, TONE_EAR_SAMPLES, 6000, &level_dbfs) > 60);
    CHECK(fabs(level_dbfs + 40) < 0.1);
    CHECK(tone_ear_out_db(sound, TONE_EAR_SAMPLES, 6100, &level_dbfs) < 6);
}
