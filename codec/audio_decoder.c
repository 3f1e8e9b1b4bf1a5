#include "codec/audio_decoder.h"

#include <math.h>
#include <stdalign.h>
#include <stdlib.h>

#include <opus/opus.h>

#include "base/err.h"
#include "codec/audio_packet.h"

struct audio_decoder {
    float bend; /* of the soft clip, from frame to frame */
    alignas(max_align_t) unsigned char state[];
};

static OpusDecoder *opus_of(struct audio_decoder *decoder)
{
    return (OpusDecoder *)(void *)decoder->state;
}

int audio_decoder_new(struct audio_decoder **out)
{
    struct audio_decoder *decoder = calloc(1, sizeof(*decoder) + (size_t)opus_decoder_get_size(1));
    if (decoder == NULL || opus_decoder_init(opus_of(decoder), PCM_HZ, 1) != OPUS_OK) {
        free(decoder);
        return ERR_NO_MEMORY;
    }
    *out = decoder;
    return 0;
}

/** Hostile frames decode to whatever they like; what leaves here is sound. */
static void tame(struct audio_decoder *decoder, float *pcm, size_t samples)
{
    for (size_t i = 0; i < samples; i++) {
        pcm[i] = isfinite(pcm[i]) ? pcm[i] : 0;
    }
    opus_pcm_soft_clip(pcm, (int)samples, 1, &decoder->bend);
}

int audio_decoder_decode(struct audio_decoder *decoder, const uint8_t *packet, size_t len,
                         float pcm[PCM_MAX_SAMPLES], size_t *samples)
{
    struct audio_packet facts;
    if (audio_packet_parse(packet, len, &facts) != 0) {
        return ERR_MALFORMED;
    }
    int got = opus_decode_float(opus_of(decoder), packet, (opus_int32)len, pcm, facts.samples, 0);
    if (got != facts.samples) {
        return ERR_MALFORMED;
    }
    tame(decoder, pcm, facts.samples);
    *samples = facts.samples;
    return 0;
}

static bool samples_valid(size_t samples)
{
    return samples > 0 && samples <= PCM_MAX_SAMPLES && samples % AUDIO_DECODER_STEP == 0;
}

int audio_decoder_recover(struct audio_decoder *decoder, const uint8_t *next, size_t len,
                          size_t samples, float *pcm)
{
    struct audio_packet facts;
    if (!samples_valid(samples)) {
        return ERR_INVALID;
    }
    if (audio_packet_parse(next, len, &facts) != 0 ||
        opus_decode_float(opus_of(decoder), next, (opus_int32)len, pcm, (int)samples, 1) !=
            (int)samples) {
        return ERR_MALFORMED;
    }
    tame(decoder, pcm, samples);
    return 0;
}

int audio_decoder_conceal(struct audio_decoder *decoder, size_t samples, float *pcm)
{
    if (!samples_valid(samples)) {
        return ERR_INVALID;
    }
    int got = opus_decode_float(opus_of(decoder), NULL, 0, pcm, (int)samples, 0);
    for (size_t i = got > 0 ? (size_t)got : 0; i < samples; i++) {
        pcm[i] = 0;
    }
    tame(decoder, pcm, samples);
    return 0;
}

void audio_decoder_reset(struct audio_decoder *decoder)
{
    (void)opus_decoder_ctl(opus_of(decoder), OPUS_RESET_STATE);
    decoder->bend = 0;
}

void audio_decoder_free(struct audio_decoder **decoder)
{
    free(*decoder);
    *decoder = NULL;
}
