#include <math.h>

#include "codec/leveler.h"
#include "support/voice.h"
#include "unit/runner.h"

enum { AIM_DB = -20 };

/** Seconds of a voice whose speech has about that loudness; gives the gain at the end, dB. */
static double talk(struct leveler *leveler, struct voice *voice, double speech_db, int seconds)
{
    /* measured: the speech of a voice of level 1 has -11 to -16 dBFS */
    double scale = pow(10, (speech_db + 13.4) / 20);
    float gain = 1;
    for (int frame = 0; frame < seconds * 50; frame++) {
        float pcm[PCM_FRAME];
        voice_next(voice, pcm, PCM_FRAME);
        for (size_t i = 0; i < PCM_FRAME; i++) {
            pcm[i] = (float)((double)pcm[i] * scale);
        }
        float last = gain;
        gain = leveler_run(leveler, pcm, AIM_DB);
        CHECK(frame == 0 || fabs(20 * log10((double)(gain / last))) < 0.0601);
    }
    return 20 * log10((double)gain);
}

static double noise(struct leveler *leveler, double db, int seconds)
{
    struct rand rand;
    float gain = 1;
    rand_init(&rand, 4);
    for (int frame = 0; frame < seconds * 50; frame++) {
        float pcm[PCM_FRAME];
        for (size_t i = 0; i < PCM_FRAME; i++) {
            pcm[i] =
                (float)(pow(10, db / 20) * 1.732 * ((double)rand_below(&rand, 20001) / 10000 - 1));
        }
        gain = leveler_run(leveler, pcm, AIM_DB);
    }
    return 20 * log10((double)gain);
}

TEST_NO_OOM(leveler_leaves_nominal_speech_alone)
{
    for (unsigned seed = 0; seed < 9; seed++) {
        struct leveler leveler;
        struct voice voice;
        leveler_init(&leveler);
        voice_init(&voice, seed, 1);
        CHECK(talk(&leveler, &voice, AIM_DB, 20) == 0);
    }
    goto out;
out:
    return;
}

TEST_NO_OOM(leveler_brings_speech_to_one_loudness)
{
    static const double rows[][2] = {{-30, 10}, {-46, 12}, {-13, -7}, {-8, -12}};
    for (size_t i = 0; i < 4; i++) {
        struct leveler leveler;
        struct voice voice;
        leveler_init(&leveler);
        voice_init(&voice, 2, 1);
        double early = talk(&leveler, &voice, rows[i][0], 2);
        CHECK(fabs(early) <= 6);
        double late = talk(&leveler, &voice, rows[i][0], 30);
        CHECK(fabs(late - rows[i][1]) < 3);
        CHECK(fabs(late) <= LEVELER_RANGE_DB + 1e-4);
    }
    goto out;
out:
    return;
}

TEST_NO_OOM(leveler_holds_in_silence_and_noise)
{
    struct leveler leveler;
    struct voice voice;
    float silence[PCM_FRAME] = {0};
    leveler_init(&leveler);
    CHECK(noise(&leveler, -45, 20) == 0);
    leveler_init(&leveler);
    voice_init(&voice, 2, 1);
    double gain = talk(&leveler, &voice, -33, 15);
    CHECK(gain > 5);
    for (int i = 0; i < 500; i++) {
        (void)leveler_run(&leveler, silence, AIM_DB);
    }
    CHECK(fabs(noise(&leveler, -60, 20) - gain) < 0.01);
    CHECK(fabs(noise(&leveler, -35, 20) - gain) < 3.7); /* until it is known to be noise */
    goto out;
out:
    return;
}

/** A quiet talker in a noisy room is not raised with the noise. */
TEST_NO_OOM(leveler_does_not_amplify_noise)
{
    struct leveler leveler;
    struct voice voice;
    struct rand rand;
    float gain = 1;
    leveler_init(&leveler);
    voice_init(&voice, 2, 0.1);
    rand_init(&rand, 4);
    for (int frame = 0; frame < 1000; frame++) {
        float pcm[PCM_FRAME];
        voice_next(&voice, pcm, PCM_FRAME);
        for (size_t i = 0; i < PCM_FRAME; i++) {
            pcm[i] += (float)rand_below(&rand, 2001) / 1000 * 0.007F - 0.007F; /* -48 dBFS */
        }
        gain = leveler_run(&leveler, pcm, AIM_DB);
    }
    CHECK(gain <= 1);
    goto out;
out:
    return;
}

TEST_NO_OOM(leveler_ignores_tones)
{
    struct leveler leveler;
    float gain = 0;
    leveler_init(&leveler);
    for (size_t frame = 0; frame < 500; frame++) {
        float pcm[PCM_FRAME];
        voice_tone(pcm, PCM_FRAME, frame * PCM_FRAME, 440, frame < 250 ? 0.05 : 0.5);
        gain = leveler_run(&leveler, pcm, AIM_DB);
        CHECK(frame >= 250 || gain == 1);
    }
    CHECK(gain > 0.2F);
    goto out;
out:
    return;
}

TEST_NO_OOM(leveler_aims_at_what_is_usual_among_sources)
{
    CHECK(leveler_common_db(-24, 1) == -24);
    CHECK(leveler_common_db(-44, 2) == -22);
    CHECK(leveler_common_db(-80, 2) == LEVELER_LOWEST_DB);
    CHECK(leveler_common_db(-10, 1) == LEVELER_HIGHEST_DB);
    CHECK(leveler_common_db(0, 0) == LEVELER_LOWEST_DB);
    goto out;
out:
    return;
}

/** Who is alone, or like the others, is heard as without a mix. */
TEST_NO_OOM(leveler_leaves_those_alone_who_are_alike)
{
    static const double levels[] = {-29, -26, -23, -20, -17};
    for (size_t i = 0; i < 5; i++) {
        struct leveler leveler;
        struct voice voice;
        leveler_init(&leveler);
        voice_init(&voice, 2, 1);
        CHECK(!leveler_knows(&leveler));
        (void)talk(&leveler, &voice, levels[i], 2);
        CHECK(leveler_knows(&leveler));
        float aim_db = leveler_common_db(leveler.loudness_db, 1);
        CHECK(fabsf(aim_db - leveler.loudness_db) < LEVELER_SLACK_DB);
    }
    goto out;
out:
    return;
}
