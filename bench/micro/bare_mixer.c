#include "bare_mixer.h"

#include <stdlib.h>

#include <opus/opus.h>

#include "base/err.h"
#include "bridge/audio_bridge_config.h"
#include "codec/audio_encoder.h"

struct bare_mixer {
    OpusDecoder *decoders[TALKERS];
    OpusEncoder *encoders[TALKERS + 1]; /**< the last one for all who only listen */
    float heard[TALKERS][PCM_FRAME];
    float mix[PCM_FRAME];
    float without[PCM_FRAME];
    uint8_t packet[AUDIO_PACKET_MAX_BYTES];
};

static OpusEncoder *make_encoder(void)
{
    int err;
    OpusEncoder *encoder = opus_encoder_create(PCM_HZ, 1, OPUS_APPLICATION_AUDIO, &err);
    if (encoder != NULL) {
        (void)opus_encoder_ctl(encoder, OPUS_SET_BITRATE(AUDIO_BRIDGE_BPS));
        (void)opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(AUDIO_ENCODER_COMPLEXITY));
    }
    return encoder;
}

int bare_mixer_new(struct bare_mixer **out)
{
    struct bare_mixer *mixer = calloc(1, sizeof(*mixer));
    if (mixer == NULL) {
        return ERR_NO_MEMORY;
    }
    bool made = true;
    for (size_t i = 0; i < TALKERS; i++) {
        int err;
        mixer->decoders[i] = opus_decoder_create(PCM_HZ, 1, &err);
        made = made && mixer->decoders[i] != NULL;
    }
    for (size_t i = 0; i <= TALKERS; i++) {
        mixer->encoders[i] = make_encoder();
        made = made && mixer->encoders[i] != NULL;
    }
    if (!made) {
        bare_mixer_free(&mixer);
        return ERR_NO_MEMORY;
    }
    *out = mixer;
    return 0;
}

static int encode(struct bare_mixer *mixer, size_t encoder, const float *pcm)
{
    return opus_encode_float(mixer->encoders[encoder], pcm, PCM_FRAME, mixer->packet,
                             sizeof(mixer->packet)) > 0
               ? 0
               : ERR_MALFORMED;
}

int bare_mixer_step(struct bare_mixer *mixer, const struct talkers *talkers, size_t frame)
{
    for (size_t i = 0; i < TALKERS; i++) {
        const struct talkers_packet *packet = &talkers->packets[i][frame];
        if (opus_decode_float(mixer->decoders[i], packet->data, (opus_int32)packet->len,
                              mixer->heard[i], PCM_FRAME, 0) != PCM_FRAME) {
            return ERR_MALFORMED;
        }
    }
    for (size_t n = 0; n < PCM_FRAME; n++) {
        mixer->mix[n] = mixer->heard[0][n] + mixer->heard[1][n] + mixer->heard[2][n];
    }
    int err = encode(mixer, TALKERS, mixer->mix);
    for (size_t i = 0; i < TALKERS && err == 0; i++) {
        for (size_t n = 0; n < PCM_FRAME; n++) {
            mixer->without[n] = mixer->mix[n] - mixer->heard[i][n];
        }
        err = encode(mixer, i, mixer->without);
    }
    return err;
}

void bare_mixer_free(struct bare_mixer **mixer)
{
    struct bare_mixer *old = *mixer;
    if (old == NULL) {
        return;
    }
    for (size_t i = 0; i < TALKERS; i++) {
        opus_decoder_destroy(old->decoders[i]);
    }
    for (size_t i = 0; i <= TALKERS; i++) {
        opus_encoder_destroy(old->encoders[i]);
    }
    free(old);
    *mixer = NULL;
}
