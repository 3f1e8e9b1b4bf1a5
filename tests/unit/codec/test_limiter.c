#include <math.h>

#include "codec/audio_decoder.h"
#include "codec/audio_encoder.h"
#include "codec/limiter.h"
#include "codec/mixer.h"
#include "support/voice.h"
#include "unit/runner.h"

/** A lone talker below -6 dBFS, or right below the ceiling: bit by bit, 5 ms later. */
TEST(limiter_does_not_touch_what_is_quiet_enough)
{
    static const double levels[] = {0.5, 0.89};
    for (size_t l = 0; l < 2; l++) {
        struct limiter limiter;
        struct voice voice;
        float line[LIMITER_DELAY + PCM_FRAME] = {0};
        float out[PCM_FRAME];
        limiter_init(&limiter);
        voice_init(&voice, 6, levels[l]);
        for (int frame = 0; frame < 50; frame++) {
            voice_next(&voice, line + LIMITER_DELAY, PCM_FRAME);
            limiter_run(&limiter, line + LIMITER_DELAY, out);
            CHECK_MEM(out, line, sizeof(out));
            memmove(line, line + PCM_FRAME, LIMITER_DELAY * sizeof(float));
        }
    }
    goto out;
out:
    return;
}

/** After a loud passage the gain is exactly 1 again. */
TEST(limiter_recovers_wholly)
{
    struct limiter limiter;
    float line[LIMITER_DELAY + PCM_FRAME] = {0};
    float out[PCM_FRAME];
    float *pcm = line + LIMITER_DELAY;
    bool limited = false;
    limiter_init(&limiter);
    for (size_t frame = 0; frame < 150; frame++) {
        voice_tone(pcm, PCM_FRAME, frame * PCM_FRAME, 300, frame < 10 ? 8 : 0.8);
        limiter_run(&limiter, pcm, out);
        limited = limited || (frame > 1 && frame < 9 && memcmp(out, line, sizeof(out)) != 0);
        if (frame >= 100) {
            CHECK_MEM(out, line, sizeof(out));
        }
        memmove(line, line + PCM_FRAME, LIMITER_DELAY * sizeof(float));
    }
    CHECK(limited);
    goto out;
out:
    return;
}

/** Clicks of any size, anywhere: within the ceiling, gain moves by at most 1 in 5 ms. */
TEST_NO_OOM(limiter_holds_the_ceiling_without_clicks)
{
    struct limiter limiter;
    struct rand rand;
    float line[LIMITER_DELAY + PCM_FRAME] = {0};
    float out[PCM_FRAME];
    float *pcm = line + LIMITER_DELAY;
    double last_gain = -1; /* not known before sound comes */
    rand_init(&rand, 9);
    limiter_init(&limiter);
    for (int frame = 0; frame < 400; frame++) {
        for (size_t i = 0; i < PCM_FRAME; i++) {
            float size = rand_below(&rand, 300) == 0 ? 1 + (float)rand_below(&rand, 100) : 0.7F;
            pcm[i] = rand_below(&rand, 2) == 0 ? size : -size;
        }
        limiter_run(&limiter, pcm, out);
        for (size_t i = 0; i < PCM_FRAME; i++) {
            REQUIRE(fabsf(out[i]) <= LIMITER_CEILING);
            if (line[i] != 0) {
                double gain = (double)out[i] / (double)line[i];
                REQUIRE(gain <= 1 && gain >= 0);
                REQUIRE(last_gain < 0 || fabs(gain - last_gain) <= 1.001 / LIMITER_WINDOW);
                last_gain = gain;
            }
        }
        memmove(line, line + PCM_FRAME, LIMITER_DELAY * sizeof(float));
    }
    goto out;
out:
    return;
}

/** A copy in the midst of limiting goes on as the original. */
TEST(limiter_copies_go_on_alike)
{
    static struct limiter shared;
    static struct limiter own;
    struct voice voice;
    float pcm[PCM_FRAME];
    float out[2][PCM_FRAME];
    limiter_init(&shared);
    limiter_init(&own);
    voice_init(&voice, 2, 3);
    for (int frame = 0; frame < 100; frame++) {
        voice_next(&voice, pcm, PCM_FRAME);
        if (frame == 27) {
            limiter_copy(&own, &shared);
        }
        limiter_run(&shared, pcm, out[0]);
        if (frame >= 27) {
            memcpy(out[1], pcm, sizeof(pcm)); /* in place */
            limiter_run(&own, out[1], out[1]);
            CHECK_MEM(out[1], out[0], sizeof(out[0]));
        }
    }
    goto out;
out:
    return;
}

/** Ten voices at full scale through mixer, limiter and Opus: never wrapped, never above full scale.
 */
TEST_NO_OOM(limiter_tames_ten_full_scale_talkers)
{
    enum { TALKERS = 10 };
    struct mixer *mixer = NULL;
    struct audio_encoder *encoder = NULL;
    struct audio_decoder *decoder = NULL;
    struct audio_encoder_config config = audio_encoder_defaults();
    struct voice voices[TALKERS];
    static struct limiter limiter;
    float loudest = 0;
    limiter_init(&limiter);
    REQUIRE_OK(mixer_new(&mixer));
    REQUIRE_OK(audio_encoder_new(&encoder, &config));
    REQUIRE_OK(audio_decoder_new(&decoder));
    for (unsigned t = 0; t < TALKERS; t++) {
        voice_init(&voices[t], t, 1);
        voices[t].at = t * 100; /* all in one syllable */
    }
    for (int frame = 0; frame < 200; frame++) {
        float pcm[PCM_FRAME];
        float out[PCM_MAX_SAMPLES];
        uint8_t packet[AUDIO_PACKET_MAX_BYTES];
        size_t len;
        size_t samples;
        for (size_t t = 0; t < TALKERS; t++) {
            voice_next(&voices[t], pcm, PCM_FRAME);
            for (size_t i = 0; i < PCM_FRAME; i++) {
                pcm[i] = fmaxf(-1, fminf(1, pcm[i] * 8));
            }
            mixer_put(mixer, t, pcm, 1);
        }
        mixer_run(mixer);
        limiter_run(&limiter, mixer_total(mixer), pcm);
        for (size_t i = 0; i < PCM_FRAME; i++) {
            REQUIRE(fabsf(pcm[i]) <= 0.98855F); /* -0.1 dBFS */
            loudest = fmaxf(loudest, fabsf(pcm[i]));
        }
        REQUIRE_OK(audio_encoder_encode(encoder, pcm, packet, sizeof(packet), &len));
        REQUIRE_OK(audio_decoder_decode(decoder, packet, len, out, &samples));
        for (size_t i = 0; i < samples; i++) {
            REQUIRE(lrintf(out[i] * 32768) <= 32768 && lrintf(out[i] * 32768) >= -32768);
        }
    }
    CHECK(loudest > 0.8F);
out:
    mixer_free(&mixer);
    audio_encoder_free(&encoder);
    audio_decoder_free(&decoder);
}
