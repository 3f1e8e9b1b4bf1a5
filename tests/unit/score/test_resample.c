#include <math.h>
#include <stdlib.h>

#include "score/resample.h"
#include "unit/runner.h"

static const double pi = 3.14159265358979323846;

/** Largest difference from the same tone at the other rate, away from the ends. */
static double worst(const float *got, size_t count, double hz, double rate, double level)
{
    double most = 0;
    for (size_t i = 1000; i + 1000 < count; i++) {
        double want = level * sin(2 * pi * hz * (double)i / rate);
        most = fmax(most, fabs(got[i] - want));
    }
    return most;
}

static void tone(float *out, size_t count, double hz, double rate)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = (float)sin(2 * pi * hz * (double)i / rate);
    }
}

TEST_NO_OOM(resampled_tone_stays_in_its_place)
{
    static const unsigned rates[] = {10000, 16000, 44100, 48000, 52000};
    static float in[48000];
    static float out[60000];
    tone(in, 48000, 1000, 48000);
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        REQUIRE_OK(resample(in, 48000, 48000, rates[i], out));
        CHECK(worst(out, resample_count(48000, 48000, rates[i]), 1000, rates[i], 1) < 1e-3);
    }
out:
    return;
}

TEST_NO_OOM(resampling_removes_what_the_lower_rate_cannot_carry)
{
    static float in[48000];
    static float out[48000];
    tone(in, 48000, 6000, 48000);
    REQUIRE_OK(resample(in, 48000, 48000, 10000, out));
    CHECK(worst(out, resample_count(48000, 48000, 10000), 6000, 10000, 0) < 1e-3);
out:
    return;
}

TEST(resample_frees_what_it_took)
{
    float in[100] = {0};
    float out[100];
    REQUIRE_OK(resample(in, 100, 48000, 24000, out));
    CHECK(resample_count(100, 48000, 24000) == 50);
    CHECK(out[0] == 0);
out:
    return;
}
