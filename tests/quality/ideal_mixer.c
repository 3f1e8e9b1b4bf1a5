#include "quality/ideal_mixer.h"

#include <string.h>

#include "bridge/audio_bridge_config.h"
#include "codec/audio_decoder.h"

/** Passes sound through a mix's encoder and a decoder; adds it, in step, to what is there. */
static int pass_codec(const float *in, float *sum, size_t count)
{
    struct audio_encoder_config config = audio_encoder_defaults();
    config.bitrate_bps = AUDIO_BRIDGE_BPS;
    config.purpose = AUDIO_FOR_SOUND;
    struct audio_encoder *encoder = NULL;
    struct audio_decoder *decoder = NULL;
    int err = audio_encoder_new(&encoder, &config);
    if (err == 0) {
        err = audio_decoder_new(&decoder);
    }
    for (size_t at = 0; at + PCM_FRAME <= count && err == 0; at += PCM_FRAME) {
        uint8_t packet[AUDIO_PACKET_MAX_BYTES];
        float pcm[PCM_MAX_SAMPLES];
        size_t bytes = 0;
        size_t samples = 0;
        err = audio_encoder_encode(encoder, in + at, packet, sizeof(packet), &bytes);
        if (err == 0) {
            err = audio_decoder_decode(decoder, packet, bytes, pcm, &samples);
        }
        for (size_t i = 0; i < PCM_FRAME && err == 0; i++) {
            sum[at + i] += pcm[i];
        }
    }
    audio_encoder_free(&encoder);
    audio_decoder_free(&decoder);
    return err;
}

void hearing_receive(const struct hearing *hearing, const struct hearing_person *listener,
                     float *out)
{
    memset(out, 0, hearing->count * sizeof(*out));
    for (size_t i = 0; i < hearing->people_count; i++) {
        const struct hearing_person *person = &hearing->people[i];
        for (size_t j = 0; person != listener && person->sent != NULL && j < hearing->speech; j++) {
            out[j] += person->sent[j];
        }
    }
}

int hearing_judge_ideal(struct hearing *hearing, const struct hearing_person *listener)
{
    float *mix = hearing->in_step; /* free until it is judged */
    hearing_receive(hearing, listener, mix);
    memset(hearing->heard, 0, hearing->count * sizeof(*hearing->heard));
    int err = pass_codec(mix, hearing->heard, hearing->speech);
    return err == 0 ? hearing_judge_heard(hearing) : err;
}

int hearing_judge_received(struct hearing *hearing, const struct hearing_person *listener)
{
    hearing_receive(hearing, listener, hearing->heard);
    return hearing_judge_heard(hearing);
}
