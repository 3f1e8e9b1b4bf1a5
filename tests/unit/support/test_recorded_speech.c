#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "support/recorded_speech.h"
#include "unit/runner.h"

enum { SECONDS = 5, COUNT = SECONDS * RECORDED_SPEECH_HZ, FRAME = RECORDED_SPEECH_HZ / 100 };

static double energy(const float *at, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)at[i] * at[i];
    }
    return sum / (double)count;
}

TEST_NO_OOM(talkers_speak_at_one_level_and_pause)
{
    static float speech[COUNT];
    for (unsigned talker = 0; talker < RECORDED_SPEECH_TALKERS; talker++) {
        REQUIRE_OK(recorded_speech_read(talker, NULL, speech, COUNT));
        double sum = 0;
        size_t active = 0;
        size_t silent = 0;
        for (size_t i = 0; i < COUNT; i += FRAME) {
            double e = energy(speech + i, FRAME);
            if (e > 1e-5) {
                sum += e;
                active++;
            }
            silent += e == 0;
        }
        double level = 10 * log10(sum / (double)active);
        CHECK(fabs(level - RECORDED_SPEECH_DBFS) < 2);
        CHECK(active > 150 && silent > 50);
        CHECK(energy(speech, 200 * FRAME / 10) == 0);
    }
out:
    return;
}

TEST_NO_OOM(speech_is_the_same_each_time_and_talkers_differ)
{
    static float speech[3][COUNT];
    REQUIRE_OK(recorded_speech_read(1, NULL, speech[0], COUNT));
    REQUIRE_OK(recorded_speech_read(1, NULL, speech[1], COUNT));
    REQUIRE_OK(recorded_speech_read(2, NULL, speech[2], COUNT));
    CHECK(memcmp(speech[0], speech[1], sizeof(speech[0])) == 0);
    CHECK(memcmp(speech[0], speech[2], sizeof(speech[0])) != 0);
    CHECK(recorded_speech_read(RECORDED_SPEECH_TALKERS, NULL, speech[0], COUNT) == ERR_INVALID);
out:
    return;
}

TEST(speech_frees_what_it_took)
{
    static float speech[480];
    const struct recorded_speech_pauses pauses = {1, 0, 0};
    REQUIRE_OK(recorded_speech_read(0, &pauses, speech, 480));
    CHECK(energy(speech, 48) == 0 && energy(speech + 48, 432) > 0);
out:
    return;
}
