#include "rtp/opus_payload.h"

#include "base/err.h"

enum {
    CONFIGS_SILK = 12,
    CONFIGS_HYBRID = 16,
    MAX_FRAMES = 48,
    LONG_LENGTH = 252, /* from here on a length has a second byte */
    FRAMES_TWO_EQUAL = 1,
    FRAMES_TWO = 2,
    FRAMES_MANY = 3
};

/** Mode, bandwidth and frame length by the 5-bit configuration number (RFC 6716 table 2). */
static void read_config(uint8_t config, struct rtp_opus *opus)
{
    static const uint16_t silk_samples[4] = {480, 960, 1920, 2880};
    static const uint16_t celt_samples[4] = {120, 240, 480, 960};
    static const enum rtp_opus_bandwidth celt_bandwidth[4] = {
        RTP_OPUS_NARROWBAND, RTP_OPUS_WIDEBAND, RTP_OPUS_SUPERWIDEBAND, RTP_OPUS_FULLBAND};
    if (config < CONFIGS_SILK) {
        opus->mode = RTP_OPUS_SILK;
        opus->bandwidth = (enum rtp_opus_bandwidth)(config / 4);
        opus->frame_samples = silk_samples[config % 4];
    } else if (config < CONFIGS_HYBRID) {
        opus->mode = RTP_OPUS_HYBRID;
        opus->bandwidth = config < 14 ? RTP_OPUS_SUPERWIDEBAND : RTP_OPUS_FULLBAND;
        opus->frame_samples = silk_samples[config % 2];
    } else {
        opus->mode = RTP_OPUS_CELT;
        opus->bandwidth = celt_bandwidth[(config - CONFIGS_HYBRID) / 4];
        opus->frame_samples = celt_samples[config % 4];
    }
}

/** Frames in the packet, 0 when it does not say. */
static uint8_t frame_count(const uint8_t *payload, size_t len)
{
    switch (payload[0] & 3) {
    case FRAMES_TWO_EQUAL:
    case FRAMES_TWO:
        return 2;
    case FRAMES_MANY:
        return len < 2 ? 0 : payload[1] & 0x3f;
    default:
        return 1;
    }
}

/** Bytes of a length field (RFC 6716 3.2.1), 0 when there is none. */
static size_t length_bytes(const uint8_t *payload, size_t len, size_t at)
{
    return at >= len ? 0 : payload[at] < LONG_LENGTH ? 1 : 2;
}

/** Where the first frame begins; len or more when there is none. */
static size_t first_frame(const uint8_t *payload, size_t len)
{
    switch (payload[0] & 3) {
    case FRAMES_TWO:
        return 1 + length_bytes(payload, len, 1);
    case FRAMES_MANY:
        break;
    default:
        return 1;
    }
    size_t at = 2;
    bool vbr = (payload[1] & 0x80) != 0;
    if ((payload[1] & 0x40) != 0) {
        while (at < len && payload[at] == 255) {
            at++;
        }
        at++;
    }
    for (uint8_t i = 1; vbr && i < (payload[1] & 0x3f); i++) {
        at += length_bytes(payload, len, at);
    }
    return at;
}

/**
 * The VAD flags of the (mid) channel are the first symbols of a SILK frame, each of even chance, so
 * they are the highest bits as they stand: one for each 20 ms.
 */
static enum rtp_opus_voice read_voice(const uint8_t *payload, size_t len,
                                      const struct rtp_opus *opus)
{
    size_t at = first_frame(payload, len);
    if (opus->mode == RTP_OPUS_CELT || at >= len) {
        return RTP_OPUS_VOICE_UNKNOWN;
    }
    unsigned flags = opus->frame_samples <= 960 ? 1 : opus->frame_samples / 960U;
    return payload[at] >> (8 - flags) != 0 ? RTP_OPUS_VOICE_YES : RTP_OPUS_VOICE_NO;
}

int rtp_opus_parse(const uint8_t *payload, size_t len, struct rtp_opus *out)
{
    if (len == 0) {
        return ERR_MALFORMED;
    }
    struct rtp_opus opus = {.channels = (payload[0] & 4) != 0 ? 2 : 1,
                            .frame_count = frame_count(payload, len),
                            .dtx = len <= RTP_OPUS_DTX_MAX_BYTES};
    read_config(payload[0] >> 3, &opus);
    uint32_t duration = (uint32_t)opus.frame_count * opus.frame_samples;
    if (opus.frame_count == 0 || opus.frame_count > MAX_FRAMES || duration > RTP_OPUS_MAX_SAMPLES) {
        return ERR_MALFORMED;
    }
    opus.duration_samples = (uint16_t)duration;
    opus.voice = opus.dtx ? RTP_OPUS_VOICE_NO : read_voice(payload, len, &opus);
    *out = opus;
    return 0;
}
