#include "codec/audio_packet.h"

#include <opus/opus.h>

#include "base/err.h"
#include "codec/pcm.h"

enum {
    MAX_FRAMES = 48,
    MAX_BYTES = 65535, /* of a datagram */
    TOC_STEREO = 0x04,
    TOC_CELT = 0x80
};

/**
 * VAD flags, one for each 20 ms, and the LBRR flag are the first symbols of a SILK frame, each of
 * even chance, so they are its highest bits as they stand; those of a side channel follow.
 */
static bool has_lbrr(const uint8_t *frame, uint8_t channels, uint16_t frame_samples)
{
    unsigned vads = frame_samples <= PCM_FRAME ? 1 : frame_samples / PCM_FRAME;
    bool lbrr = (frame[0] >> (7 - vads) & 1) != 0;
    return lbrr || (channels == 2 && (frame[0] >> (6 - 2 * vads) & 1) != 0);
}

int audio_packet_parse(const uint8_t *packet, size_t len, struct audio_packet *out)
{
    const unsigned char *frames[MAX_FRAMES];
    opus_int16 sizes[MAX_FRAMES];
    if (len == 0 || len > MAX_BYTES) {
        return ERR_MALFORMED;
    }
    int count = opus_packet_parse(packet, (opus_int32)len, NULL, frames, sizes, NULL);
    if (count <= 0) {
        return ERR_MALFORMED;
    }
    int frame_samples = opus_packet_get_samples_per_frame(packet, PCM_HZ);
    if (count * frame_samples > PCM_MAX_SAMPLES) {
        return ERR_MALFORMED;
    }
    struct audio_packet facts = {.samples = (uint16_t)(count * frame_samples),
                                 .frame_samples = (uint16_t)frame_samples,
                                 .channels = (packet[0] & TOC_STEREO) != 0 ? 2 : 1,
                                 .dtx = true};
    for (int i = 0; i < count; i++) {
        facts.dtx = facts.dtx && sizes[i] <= 1;
    }
    bool silk = (packet[0] & TOC_CELT) == 0;
    if (silk && sizes[0] > 1 && has_lbrr(frames[0], facts.channels, facts.frame_samples)) {
        facts.lbrr_samples = facts.frame_samples;
    }
    *out = facts;
    return 0;
}
