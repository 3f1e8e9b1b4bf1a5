#include "quality/ideal_mixer.h"

#include <string.h>

#include "bridge/audio_bridge_config.h"
#include "codec/audio_decoder.h"

/** Passes sound through one encoder and one decoder; adds it, in step, to what is there. */
static int pass_codec(const float *in, float *sum, size_t count, uint32_t bps,
                      enum audio_purpose purpose)
{
    struct audio_encoder_config config = audio_encoder_defaults();
    config.bitrate_bps = bps;
    config.purpose = purpose;
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

/** Adds what others say to a sum, as it comes out of their decoders. */
static int add_received(const struct hearing *hearing, const struct hearing_person *listener,
                        float *sum)
{
    int err = 0;
    memset(sum, 0, hearing->count * sizeof(*sum));
    for (size_t i = 0; i < hearing->people_count && err == 0; i++) {
        const struct hearing_person *person = &hearing->people[i];
        if (person != listener && person->said != NULL) {
            err =
                pass_codec(person->said, sum, hearing->speech, AUDIO_ENCODER_BPS, AUDIO_FOR_CALLS);
        }
    }
    return err;
}

int hearing_judge_ideal(struct hearing *hearing, const struct hearing_person *listener)
{
    float *mix = hearing->in_step; /* free until it is judged */
    int err = add_received(hearing, listener, mix);
    memset(hearing->heard, 0, hearing->count * sizeof(*hearing->heard));
    if (err == 0) {
        err = pass_codec(mix, hearing->heard, hearing->speech, AUDIO_BRIDGE_BPS, AUDIO_FOR_SOUND);
    }
    return err == 0 ? hearing_judge_heard(hearing) : err;
}

int hearing_judge_received(struct hearing *hearing, const struct hearing_person *listener)
{
    int err = add_received(hearing, listener, hearing->heard);
    return err == 0 ? hearing_judge_heard(hearing) : err;
}
