#include "codec/audio_encoder.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include <opus/opus.h>

#include "base/err.h"

enum {
    MIN_PACKET_ROOM = 32,
    MOST_PARTS = PCM_FRAME / AUDIO_ENCODER_STEP,
    PART_BYTES = AUDIO_PACKET_MAX_BYTES / MOST_PARTS, /**< what 2.5 ms may take */
    JOINER_BYTES = 1024 /**< of libopus' repacketizer: half of it, as of 1.3 */
};

struct audio_encoder {
    struct audio_encoder_config config;
    bool stands_alone; /* the next packet */
    size_t state_bytes;
    alignas(max_align_t) unsigned char state[];
};

static OpusEncoder *opus_of(struct audio_encoder *encoder)
{
    return (OpusEncoder *)(void *)encoder->state;
}

struct audio_encoder_config audio_encoder_defaults(void)
{
    return (struct audio_encoder_config){.channels = 1,
                                         .complexity = AUDIO_ENCODER_COMPLEXITY,
                                         .bitrate_bps = AUDIO_ENCODER_BPS,
                                         .max_bandwidth = AUDIO_FULLBAND};
}

static bool valid(const struct audio_encoder_config *config)
{
    return (config->channels == 1 || config->channels == 2) && config->complexity <= 10 &&
           config->loss_percent <= AUDIO_ENCODER_MAX_LOSS &&
           config->bitrate_bps >= AUDIO_ENCODER_MIN_BPS &&
           config->bitrate_bps <= AUDIO_ENCODER_MAX_BPS &&
           config->max_bandwidth <= AUDIO_NARROWBAND && config->purpose <= AUDIO_FOR_SPEECH;
}

static opus_int32 bandwidth_of(enum audio_bandwidth bandwidth)
{
    switch (bandwidth) {
    case AUDIO_NARROWBAND:
        return OPUS_BANDWIDTH_NARROWBAND;
    case AUDIO_MEDIUMBAND:
        return OPUS_BANDWIDTH_MEDIUMBAND;
    case AUDIO_WIDEBAND:
        return OPUS_BANDWIDTH_WIDEBAND;
    case AUDIO_SUPERWIDEBAND:
        return OPUS_BANDWIDTH_SUPERWIDEBAND;
    case AUDIO_FULLBAND:
        break;
    }
    return OPUS_BANDWIDTH_FULLBAND;
}

/** libopus decides that once. */
static int application_of(enum audio_purpose purpose)
{
    return purpose == AUDIO_FOR_CALLS ? OPUS_APPLICATION_VOIP : OPUS_APPLICATION_AUDIO;
}

/** Tells libopus; within valid() it refuses nothing. */
static void apply(struct audio_encoder *encoder, const struct audio_encoder_config *config)
{
    OpusEncoder *opus = opus_of(encoder);
    (void)opus_encoder_ctl(opus, OPUS_SET_BITRATE((opus_int32)config->bitrate_bps));
    (void)opus_encoder_ctl(opus, OPUS_SET_COMPLEXITY((opus_int32)config->complexity));
    (void)opus_encoder_ctl(opus, OPUS_SET_INBAND_FEC((opus_int32)config->fec));
    (void)opus_encoder_ctl(opus, OPUS_SET_PACKET_LOSS_PERC((opus_int32)config->loss_percent));
    (void)opus_encoder_ctl(opus, OPUS_SET_DTX((opus_int32)config->dtx));
    (void)opus_encoder_ctl(opus, OPUS_SET_MAX_BANDWIDTH(bandwidth_of(config->max_bandwidth)));
    opus_int32 signal = config->purpose == AUDIO_FOR_SPEECH ? OPUS_SIGNAL_VOICE : OPUS_AUTO;
    (void)opus_encoder_ctl(opus, OPUS_SET_SIGNAL(signal));
    encoder->config = *config;
}

int audio_encoder_new(struct audio_encoder **out, const struct audio_encoder_config *config)
{
    if (!valid(config)) {
        return ERR_INVALID;
    }
    size_t state_bytes = (size_t)opus_encoder_get_size(config->channels);
    struct audio_encoder *encoder = calloc(1, sizeof(*encoder) + state_bytes);
    if (encoder == NULL || opus_encoder_init(opus_of(encoder), PCM_HZ, config->channels,
                                             application_of(config->purpose)) != OPUS_OK) {
        free(encoder);
        return ERR_NO_MEMORY;
    }
    encoder->state_bytes = state_bytes;
    apply(encoder, config);
    *out = encoder;
    return 0;
}

int audio_encoder_set(struct audio_encoder *encoder, const struct audio_encoder_config *config)
{
    if (!valid(config) || config->channels != encoder->config.channels ||
        application_of(config->purpose) != application_of(encoder->config.purpose)) {
        return ERR_INVALID;
    }
    apply(encoder, config);
    return 0;
}

const struct audio_encoder_config *audio_encoder_config(const struct audio_encoder *encoder)
{
    return &encoder->config;
}

/** @return bytes, 0 when libopus refuses */
static size_t encode_frame(struct audio_encoder *encoder, const float *pcm, size_t samples,
                           uint8_t *packet, opus_int32 room)
{
    OpusEncoder *opus = opus_of(encoder);
    (void)opus_encoder_ctl(opus, OPUS_SET_PREDICTION_DISABLED((opus_int32)encoder->stands_alone));
    int got = opus_encode_float(opus, pcm, (int)samples, packet, room);
    encoder->stands_alone = false;
    return got > 0 ? (size_t)got : 0;
}

int audio_encoder_encode(struct audio_encoder *encoder, const float *pcm, uint8_t *packet,
                         size_t size, size_t *len)
{
    if (size < MIN_PACKET_ROOM) {
        return ERR_INVALID;
    }
    opus_int32 room = size < AUDIO_PACKET_MAX_BYTES ? (opus_int32)size : AUDIO_PACKET_MAX_BYTES;
    *len = encode_frame(encoder, pcm, PCM_FRAME, packet, room);
    return *len > 0 ? 0 : ERR_INVALID;
}

/** The longest frame of Opus of which a part of a frame is made up. */
static size_t unit_of(size_t samples)
{
    size_t unit = PCM_FRAME;
    while (samples % unit != 0) {
        unit /= 2;
    }
    return unit;
}

/**
 * Frames of one packet have one kind of code (RFC 6716 3.2): no change of bandwidth in it. Nor is
 * the rate constrained: to libopus a long frame's use of it is more than a short one has left,
 * which then would get nothing.
 */
static size_t join_parts(struct audio_encoder *encoder, const float *pcm, size_t samples,
                         OpusRepacketizer *joiner, uint8_t *packet, opus_int32 room)
{
    OpusEncoder *opus = opus_of(encoder);
    uint8_t parts[MOST_PARTS][PART_BYTES];
    size_t unit = unit_of(samples);
    size_t steps = unit / AUDIO_ENCODER_STEP;
    bool whole = true;
    (void)opus_repacketizer_init(joiner);
    (void)opus_encoder_ctl(opus, OPUS_SET_BANDWIDTH(bandwidth_of(encoder->config.max_bandwidth)));
    (void)opus_encoder_ctl(opus, OPUS_SET_VBR_CONSTRAINT(0));
    for (size_t i = 0; i < samples / unit && whole; i++) {
        uint8_t *part = parts[i * steps];
        size_t got = encode_frame(encoder, pcm + i * unit * encoder->config.channels, unit, part,
                                  (opus_int32)(PART_BYTES * steps));
        whole = got > 0 && opus_repacketizer_cat(joiner, part, (opus_int32)got) == OPUS_OK;
    }
    (void)opus_encoder_ctl(opus, OPUS_SET_BANDWIDTH(OPUS_AUTO));
    (void)opus_encoder_ctl(opus, OPUS_SET_VBR_CONSTRAINT(1));
    opus_int32 got = whole ? opus_repacketizer_out(joiner, packet, room) : 0;
    return got > 0 ? (size_t)got : 0;
}

int audio_encoder_encode_part(struct audio_encoder *encoder, const float *pcm, size_t samples,
                              uint8_t *packet, size_t size, size_t *len)
{
    alignas(max_align_t) unsigned char joiner[JOINER_BYTES];
    if (size < MIN_PACKET_ROOM || samples == 0 || samples > PCM_FRAME ||
        samples % AUDIO_ENCODER_STEP != 0 || opus_repacketizer_get_size() > JOINER_BYTES) {
        return ERR_INVALID;
    }
    opus_int32 room = size < AUDIO_PACKET_MAX_BYTES ? (opus_int32)size : AUDIO_PACKET_MAX_BYTES;
    *len = join_parts(encoder, pcm, samples, (OpusRepacketizer *)(void *)joiner, packet, room);
    return *len > 0 ? 0 : ERR_INVALID;
}

void audio_encoder_stand_alone(struct audio_encoder *encoder)
{
    encoder->stands_alone = true;
}

int audio_encoder_copy(struct audio_encoder *dst, const struct audio_encoder *src)
{
    if (dst->config.channels != src->config.channels) {
        return ERR_INVALID;
    }
    dst->config = src->config;
    dst->stands_alone = src->stands_alone;
    memcpy(dst->state, src->state, src->state_bytes);
    return 0;
}

void audio_encoder_reset(struct audio_encoder *encoder)
{
    (void)opus_encoder_ctl(opus_of(encoder), OPUS_RESET_STATE);
}

void audio_encoder_free(struct audio_encoder **encoder)
{
    free(*encoder);
    *encoder = NULL;
}
