#include "support/opus_source.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "codec/audio_decoder.h"
#include "codec/audio_encoder.h"
#include "support/voice.h"

static int decode(struct opus_source *source)
{
    struct audio_decoder *decoder = NULL;
    int err = audio_decoder_new(&decoder);
    for (size_t i = 0; i < source->count && err == 0; i++) {
        float pcm[PCM_MAX_SAMPLES];
        size_t samples = 0;
        err = audio_decoder_decode(decoder, source->packets[i].payload, source->packets[i].bytes,
                                   pcm, &samples);
        memcpy(&source->decoded[i * PCM_FRAME], pcm, PCM_FRAME * sizeof(*pcm));
    }
    audio_decoder_free(&decoder);
    return err;
}

int opus_source_init(struct opus_source *source, unsigned seed, size_t count, bool fec, bool dtx)
{
    *source = (struct opus_source){.count = count};
    source->packets = calloc(count, sizeof(*source->packets));
    source->clean = calloc(count * PCM_FRAME, sizeof(float));
    source->decoded = calloc(count * PCM_FRAME, sizeof(float));
    struct audio_encoder *encoder = NULL;
    struct audio_encoder_config config = audio_encoder_defaults();
    config.fec = fec;
    config.loss_percent = fec ? 20 : 0;
    config.dtx = dtx;
    int err = source->packets == NULL || source->clean == NULL || source->decoded == NULL
                  ? ERR_NO_MEMORY
                  : audio_encoder_new(&encoder, &config);
    struct voice voice;
    voice_init(&voice, seed, 0.3);
    for (size_t i = 0; i < count && err == 0; i++) {
        float *pcm = &source->clean[i * PCM_FRAME];
        voice_next(&voice, pcm, PCM_FRAME);
        size_t len = 0;
        err =
            audio_encoder_encode(encoder, pcm, source->packets[i].payload, OPUS_SOURCE_BYTES, &len);
        source->packets[i].bytes = (uint16_t)len;
    }
    audio_encoder_free(&encoder);
    err = err == 0 ? decode(source) : err;
    if (err != 0) {
        opus_source_deinit(source);
    }
    return err;
}

void opus_source_deinit(struct opus_source *source)
{
    free(source->packets);
    free(source->clean);
    free(source->decoded);
    *source = (struct opus_source){0};
}

size_t opus_source_join(const struct opus_source *source, size_t first, size_t frames, uint8_t *out)
{
    const struct opus_source_packet *packets = &source->packets[first];
    size_t len = 0;
    out[len++] = packets[0].payload[0] | 3;
    out[len++] = (uint8_t)(0x80 | frames);
    for (size_t i = 0; i + 1 < frames; i++) {
        size_t bytes = packets[i].bytes - 1U;
        if (bytes >= 252) {
            out[len++] = (uint8_t)(252 + bytes % 4);
            out[len++] = (uint8_t)((bytes - 252 - bytes % 4) / 4);
        } else {
            out[len++] = (uint8_t)bytes;
        }
    }
    for (size_t i = 0; i < frames; i++) {
        memcpy(&out[len], &packets[i].payload[1], packets[i].bytes - 1U);
        len += packets[i].bytes - 1U;
    }
    return len;
}
