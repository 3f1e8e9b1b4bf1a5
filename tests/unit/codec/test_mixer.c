#include <math.h>

#include "codec/mixer.h"
#include "support/voice.h"
#include "unit/runner.h"

static float voices[MIXER_MAX_SOURCES][PCM_FRAME];
static float rest[PCM_FRAME];

static void speak(struct voice *speakers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        voice_next(&speakers[i], voices[i], PCM_FRAME);
    }
}

static bool all_zero(const float *pcm)
{
    for (size_t i = 0; i < PCM_FRAME; i++) {
        if (pcm[i] != 0) {
            return false;
        }
    }
    return true;
}

/** Everybody hears everybody else, and nothing of himself. */
TEST(mixer_gives_each_the_others)
{
    struct mixer *mixer = NULL;
    struct voice speakers[MIXER_MAX_SOURCES];
    REQUIRE_OK(mixer_new(&mixer));
    for (unsigned i = 0; i < MIXER_MAX_SOURCES; i++) {
        voice_init(&speakers[i], i, 0.3);
    }
    for (int frame = 0; frame < 5; frame++) {
        speak(speakers, MIXER_MAX_SOURCES);
        for (size_t i = 0; i < MIXER_MAX_SOURCES; i++) {
            mixer_put(mixer, i, voices[i], 1);
        }
        mixer_run(mixer);
        CHECK_INT(mixer_heard(mixer), MIXER_MAX_SOURCES);
        for (size_t s = 0; s < MIXER_MAX_SOURCES && frame > 0; s++) {
            mixer_without(mixer, UINT32_C(1) << s, rest);
            for (size_t i = 0; i < PCM_FRAME; i += 7) {
                double want = 0;
                for (size_t other = 0; other < MIXER_MAX_SOURCES; other++) {
                    want += other == s ? 0 : (double)voices[other][i];
                }
                REQUIRE(fabs((double)rest[i] - want) < 2e-6);
            }
        }
    }
out:
    mixer_free(&mixer);
    mixer_free(&mixer);
}

/** What one hears of the others is the same, bit by bit, when he begins to speak. */
TEST(mixer_gives_the_others_alike_whoever_is_left_out)
{
    static float alone[PCM_FRAME];
    struct mixer *mixers[2] = {NULL};
    struct voice speakers[4];
    REQUIRE_OK(mixer_new(&mixers[0]));
    REQUIRE_OK(mixer_new(&mixers[1]));
    for (unsigned i = 0; i < 4; i++) {
        voice_init(&speakers[i], i, 0.3);
    }
    for (int frame = 0; frame < 5; frame++) {
        speak(speakers, 4);
        for (size_t i = 0; i < 4; i++) {
            mixer_put(mixers[0], i, voices[i], 1);
            if (i % 2 == 0) {
                mixer_put(mixers[1], i, voices[i], 1);
            }
        }
        mixer_run(mixers[0]);
        mixer_run(mixers[1]);
        mixer_without(mixers[0], 1U << 1 | 1U << 3, rest);
        mixer_without(mixers[1], 1U << 1, alone);
        CHECK_MEM(rest, alone, sizeof(rest));
        CHECK_MEM(rest, mixer_total(mixers[1]), sizeof(rest));
    }
out:
    mixer_free(&mixers[0]);
    mixer_free(&mixers[1]);
}

/** A lone talker reaches the others bit by bit, and hears nothing at all. */
TEST(mixer_leaves_a_lone_talker_alone)
{
    struct mixer *mixer = NULL;
    struct voice speaker;
    REQUIRE_OK(mixer_new(&mixer));
    voice_init(&speaker, 3, 0.5);
    for (int frame = 0; frame < 20; frame++) {
        speak(&speaker, 1);
        mixer_put(mixer, 4, voices[0], 1);
        mixer_run(mixer);
        mixer_without(mixer, 1U << 4, rest);
        CHECK(all_zero(rest));
        mixer_without(mixer, 1U << 5, rest);
        CHECK_MEM(rest, mixer_total(mixer), sizeof(rest));
        size_t from = frame == 0 ? MIXER_JOIN : 0;
        CHECK_MEM(mixer_total(mixer) + from, voices[0] + from, (PCM_FRAME - from) * sizeof(float));
        CHECK(mixer_hears(mixer, 4) && !mixer_hears(mixer, 5));
    }
out:
    mixer_free(&mixer);
}

/** No step between neighbouring samples beyond what a ramp of 5 ms and the tone itself make. */
TEST(mixer_sources_come_and_go_without_clicks)
{
    enum { FRAMES = 14 };
    struct mixer *mixer = NULL;
    const double hz = 440;
    const double level = 0.5;
    const double slope = level * 2 * M_PI * hz / PCM_HZ;
    const double ramp = level / MIXER_JOIN;
    float last = 0;
    REQUIRE_OK(mixer_new(&mixer));
    for (size_t frame = 0; frame < FRAMES; frame++) {
        voice_tone(voices[0], PCM_FRAME, frame * PCM_FRAME + 27, hz, level);
        /* comes at 2, is turned down at 4, up at 5, leaves without notice at 7, comes at 9, leaves
           with notice at 11 */
        float gain = frame == 4 ? 0.2F : frame == 11 ? 0 : 1;
        if ((frame >= 2 && frame < 7) || (frame >= 9 && frame < 12)) {
            mixer_put(mixer, 0, voices[0], gain);
        }
        mixer_run(mixer);
        const float *total = mixer_total(mixer);
        for (size_t i = 0; i < PCM_FRAME; i++) {
            REQUIRE(fabs((double)total[i] - (double)last) < (slope + ramp) * 1.01);
            last = total[i];
        }
        if (frame == 1 || frame == 8 || frame == 12) {
            CHECK(all_zero(total));
            CHECK_INT(mixer_heard(mixer), 0);
        }
    }
out:
    mixer_free(&mixer);
}

/** NaN, infinities and absurd samples of one source spoil nothing for the others. */
TEST(mixer_is_not_poisoned)
{
    struct mixer *mixer = NULL;
    struct voice speakers[2];
    REQUIRE_OK(mixer_new(&mixer));
    voice_init(&speakers[0], 1, 0.3);
    voice_init(&speakers[1], 2, 0.3);
    for (int frame = 0; frame < 10; frame++) {
        speak(speakers, 2);
        if (frame >= 2) {
            for (size_t i = 0; i < PCM_FRAME; i++) {
                static const float bad[] = {NAN, INFINITY, -INFINITY, 1e30F, -1e30F};
                voices[1][i] = bad[i % 5];
            }
        }
        mixer_put(mixer, 0, voices[0], 1);
        mixer_put(mixer, 1, voices[1], frame % 2 == 0 ? 1 : 0.5F);
        mixer_run(mixer);
        for (size_t i = 0; i < PCM_FRAME; i++) {
            REQUIRE(fabsf(mixer_total(mixer)[i]) < 4);
        }
        mixer_without(mixer, 1U << 1, rest);
        for (size_t i = 0; i < PCM_FRAME && frame > 0; i++) {
            REQUIRE(fabsf(rest[i] - voices[0][i]) < 1e-6F);
        }
    }
out:
    mixer_free(&mixer);
}

TEST(mixer_forgets_a_place)
{
    struct mixer *mixer = NULL;
    struct voice speaker;
    REQUIRE_OK(mixer_new(&mixer));
    voice_init(&speaker, 1, 0.5);
    speak(&speaker, 1);
    mixer_put(mixer, 15, voices[0], 1);
    mixer_run(mixer);
    CHECK(mixer_hears(mixer, 15));
    mixer_forget(mixer, 15);
    mixer_run(mixer);
    CHECK(!mixer_hears(mixer, 15));
    CHECK(all_zero(mixer_total(mixer)));
out:
    mixer_free(&mixer);
}
