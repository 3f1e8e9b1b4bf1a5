#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "codec/audio_decoder.h"
#include "codec/audio_encoder.h"
#include "codec/comfort_noise.h"
#include "codec/leveler.h"
#include "codec/limiter.h"
#include "codec/mix_ops.h"
#include "codec/mixer.h"
#include "cpu_clock.h"
#include "kernels.h"
#include "talkers.h"

enum {
    FRAMES = TALKERS_FRAMES,
    CHEAP_TIMES = 40 /**< so often in a round, for what is fast */
};

/** Three talkers for a second, as sound and as packets. */
struct studio {
    struct audio_encoder *encoder;
    struct audio_encoder *other;
    struct audio_decoder *decoder;
    struct mixer *mixer;
    struct limiter limiter;
    struct leveler leveler;
    struct comfort_noise noise;
    float pcm[TALKERS][FRAMES][PCM_FRAME];
    float out[PCM_MAX_SAMPLES];
    struct encoded {
        uint8_t data[AUDIO_PACKET_MAX_BYTES];
        size_t len;
    } packets[FRAMES];
};

static void studio_close(void *state)
{
    struct studio *studio = state;
    if (studio != NULL) {
        audio_encoder_free(&studio->encoder);
        audio_encoder_free(&studio->other);
        audio_decoder_free(&studio->decoder);
        mixer_free(&studio->mixer);
        free(studio);
    }
}

static int studio_open(void **state, const void *argument)
{
    const struct audio_encoder_config *config = argument;
    struct audio_encoder_config customary = audio_encoder_defaults();
    struct studio *studio = calloc(1, sizeof(*studio));
    if (studio == NULL) {
        return ERR_NO_MEMORY;
    }
    config = config != NULL ? config : &customary;
    int rc = audio_encoder_new(&studio->encoder, config);
    rc = rc != 0 ? rc : audio_encoder_new(&studio->other, config);
    rc = rc != 0 ? rc : audio_decoder_new(&studio->decoder);
    rc = rc != 0 ? rc : mixer_new(&studio->mixer);
    limiter_init(&studio->limiter);
    leveler_init(&studio->leveler);
    comfort_noise_init(&studio->noise, 1);
    talkers_speak(studio->pcm);
    for (size_t i = 0; rc == 0 && i < FRAMES; i++) {
        struct encoded *packet = &studio->packets[i];
        rc = audio_encoder_encode(studio->encoder, studio->pcm[0][i], packet->data,
                                  sizeof(packet->data), &packet->len);
        comfort_noise_learn(&studio->noise, studio->pcm[0][i]);
    }
    if (rc != 0) {
        studio_close(studio);
        return rc;
    }
    *state = studio;
    return 0;
}

static double decode_round(void *state)
{
    struct studio *studio = state;
    int64_t start = cpu_clock_ns();
    for (size_t i = 0; i < FRAMES; i++) {
        size_t samples;
        if (audio_decoder_decode(studio->decoder, studio->packets[i].data, studio->packets[i].len,
                                 studio->out, &samples) != 0) {
            return -1;
        }
    }
    return (double)(cpu_clock_ns() - start) / FRAMES;
}

/** Every tenth frame is lost; only what makes up for it is timed. */
static double conceal_round(void *state)
{
    struct studio *studio = state;
    int64_t spent = 0;
    for (size_t i = 0; i < FRAMES; i++) {
        size_t samples;
        int64_t start = cpu_clock_ns();
        int rc = i % 10 == 9 ? audio_decoder_conceal(studio->decoder, PCM_FRAME, studio->out)
                             : audio_decoder_decode(studio->decoder, studio->packets[i].data,
                                                    studio->packets[i].len, studio->out, &samples);
        spent += i % 10 == 9 ? cpu_clock_ns() - start : 0;
        if (rc != 0) {
            return -1;
        }
    }
    return (double)spent / (FRAMES / 10);
}

static double encode_round(void *state)
{
    struct studio *studio = state;
    int64_t start = cpu_clock_ns();
    for (size_t i = 0; i < FRAMES; i++) {
        struct encoded *packet = &studio->packets[i];
        if (audio_encoder_encode(studio->encoder, studio->pcm[0][i], packet->data,
                                 sizeof(packet->data), &packet->len) != 0) {
            return -1;
        }
    }
    return (double)(cpu_clock_ns() - start) / FRAMES;
}

static double copy_round(void *state)
{
    struct studio *studio = state;
    int64_t start = cpu_clock_ns();
    for (size_t i = 0; i < (size_t)CHEAP_TIMES * FRAMES; i++) {
        if (audio_encoder_copy(studio->other, studio->encoder) != 0) {
            return -1;
        }
    }
    return (double)(cpu_clock_ns() - start) / (CHEAP_TIMES * FRAMES);
}

/** Three talkers to the sum and three sums without one. */
static double mix_round(void *state)
{
    struct studio *studio = state;
    int64_t start = cpu_clock_ns();
    for (size_t i = 0; i < (size_t)CHEAP_TIMES * FRAMES; i++) {
        for (size_t t = 0; t < TALKERS; t++) {
            mixer_put(studio->mixer, t, studio->pcm[t][i % FRAMES], 1);
        }
        mixer_run(studio->mixer);
        for (size_t t = 0; t < TALKERS; t++) {
            mixer_without(studio->mixer, UINT32_C(1) << t, studio->out);
        }
    }
    return (double)(cpu_clock_ns() - start) / (CHEAP_TIMES * FRAMES);
}

static double limit_round(void *state)
{
    struct studio *studio = state;
    int64_t start = cpu_clock_ns();
    for (size_t i = 0; i < (size_t)CHEAP_TIMES * FRAMES; i++) {
        limiter_run(&studio->limiter, studio->pcm[0][i % FRAMES], studio->out);
    }
    return (double)(cpu_clock_ns() - start) / (CHEAP_TIMES * FRAMES);
}

/** The same above full scale. */
static double limit_loud_round(void *state)
{
    struct studio *studio = state;
    float loud[PCM_FRAME];
    int64_t spent = 0;
    for (size_t i = 0; i < FRAMES; i++) {
        for (size_t j = 0; j < PCM_FRAME; j++) {
            loud[j] = 8 * studio->pcm[0][i][j];
        }
        int64_t start = cpu_clock_ns();
        limiter_run(&studio->limiter, loud, studio->out);
        spent += cpu_clock_ns() - start;
    }
    return (double)spent / FRAMES;
}

static double level_round(void *state)
{
    struct studio *studio = state;
    float sum = 0;
    int64_t start = cpu_clock_ns();
    for (size_t i = 0; i < (size_t)CHEAP_TIMES * FRAMES; i++) {
        sum += leveler_run(&studio->leveler, studio->pcm[0][i % FRAMES], LEVELER_LOWEST_DB);
    }
    int64_t spent = cpu_clock_ns() - start;
    return sum > 0 ? (double)spent / (CHEAP_TIMES * FRAMES) : -1;
}

static double noise_round(void *state)
{
    struct studio *studio = state;
    int64_t start = cpu_clock_ns();
    for (size_t i = 0; i < FRAMES; i++) {
        memset(studio->out, 0, PCM_FRAME * sizeof(float));
        comfort_noise_add(&studio->noise, studio->out, PCM_FRAME, 1, 1);
    }
    return (double)(cpu_clock_ns() - start) / FRAMES;
}

/** One add of a whole frame, by one version. @return ns */
static double add_round(void *state)
{
    struct studio *studio = state;
    const struct mix_ops *ops = mix_ops();
    int64_t start = cpu_clock_ns();
    for (size_t i = 0; i < (size_t)CHEAP_TIMES * FRAMES; i++) {
        ops->add(studio->out, studio->pcm[0][i % FRAMES], PCM_FRAME);
    }
    return (double)(cpu_clock_ns() - start) / (CHEAP_TIMES * FRAMES);
}

static double add_plain_round(void *state)
{
    struct studio *studio = state;
    const struct mix_ops *ops = mix_ops_version(0);
    int64_t start = cpu_clock_ns();
    for (size_t i = 0; i < (size_t)CHEAP_TIMES * FRAMES; i++) {
        ops->add(studio->out, studio->pcm[0][i % FRAMES], PCM_FRAME);
    }
    return (double)(cpu_clock_ns() - start) / (CHEAP_TIMES * FRAMES);
}

const struct kernel *sound_kernels(size_t *count)
{
    static const struct audio_encoder_config fec = {.channels = 1,
                                                    .complexity = AUDIO_ENCODER_COMPLEXITY,
                                                    .loss_percent = 10,
                                                    .fec = true,
                                                    .max_bandwidth = AUDIO_FULLBAND,
                                                    .bitrate_bps = AUDIO_ENCODER_BPS};
    static const struct kernel kernels[] = {
        {"sound/decode", "frame", NULL, studio_open, decode_round, studio_close},
        {"sound/conceal", "frame", NULL, studio_open, conceal_round, studio_close},
        {"sound/encode", "frame", NULL, studio_open, encode_round, studio_close},
        {"sound/encode+fec", "frame", &fec, studio_open, encode_round, studio_close},
        {"sound/copy-encoder", "copy", NULL, studio_open, copy_round, studio_close},
        {"sound/add/plain", "frame", NULL, studio_open, add_plain_round, studio_close},
        {"sound/add", "frame", NULL, studio_open, add_round, studio_close},
        {"sound/mix-3-to-4", "frame", NULL, studio_open, mix_round, studio_close},
        {"sound/limit", "frame", NULL, studio_open, limit_round, studio_close},
        {"sound/limit/loud", "frame", NULL, studio_open, limit_loud_round, studio_close},
        {"sound/level", "frame", NULL, studio_open, level_round, studio_close},
        {"sound/comfort-noise", "frame", NULL, studio_open, noise_round, studio_close},
    };
    *count = sizeof(kernels) / sizeof(kernels[0]);
    return kernels;
}
