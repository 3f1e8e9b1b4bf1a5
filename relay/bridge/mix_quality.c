#include "mix_quality.h"

#include <stddef.h>

#include "codec/fec_policy.h"

/** With the relay's own rate and FEC on top there are at most MIX_QUALITY_MOST qualities. */
static const uint32_t rates[] = {6000, 12000, 16000, 24000, 32000, MIX_QUALITY_PLAIN_BPS};

void mix_loss_note(struct mix_loss *loss, uint8_t percent, int64_t now_us)
{
    if (percent >= loss->percent || now_us - loss->at_us >= MIX_QUALITY_HOLD_US) {
        loss->percent = percent;
        loss->at_us = now_us;
    }
}

static uint32_t step_down(uint32_t bps)
{
    uint32_t best = rates[0];
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        best = rates[i] <= bps ? rates[i] : best;
    }
    return best;
}

struct mix_quality mix_quality_of(const struct session_media *media, const struct mix_loss *loss,
                                  bool narrow, uint32_t most_bps)
{
    const struct session_codec *opus = session_codec_by_kind(media, CODEC_OPUS);
    uint32_t wanted_bps = opus != NULL ? opus->max_bps : 0;
    struct mix_quality quality = {.bitrate_bps = most_bps};
    if (wanted_bps != 0 && wanted_bps < most_bps) {
        quality.bitrate_bps = step_down(wanted_bps);
    }
    if (opus != NULL && opus->inband_fec) {
        quality.fec = fec_policy(quality.bitrate_bps, loss->percent).fec;
    }
    if ((quality.fec || narrow) && quality.bitrate_bps > MIX_QUALITY_PLAIN_BPS) {
        quality.bitrate_bps = MIX_QUALITY_PLAIN_BPS;
    }
    return quality;
}

bool mix_quality_equal(struct mix_quality a, struct mix_quality b)
{
    return a.bitrate_bps == b.bitrate_bps && a.fec == b.fec;
}

struct audio_encoder_config mix_quality_encoder(struct mix_quality quality, uint8_t complexity,
                                                uint8_t loss_percent)
{
    struct audio_encoder_config config = audio_encoder_defaults();
    bool speech = quality.fec || quality.bitrate_bps < MIX_QUALITY_SPEECH_BPS;
    config.purpose = speech ? AUDIO_FOR_SPEECH : AUDIO_FOR_SOUND;
    config.complexity = complexity;
    config.bitrate_bps = quality.bitrate_bps;
    config.fec = quality.fec;
    config.loss_percent =
        quality.fec ? fec_policy(quality.bitrate_bps, loss_percent).loss_percent : 0;
    return config;
}
