/**
 * What an Opus packet holds, told without decoding it (RFC 6716 3 and 4.2.4).
 */
#ifndef CODEC_AUDIO_PACKET_H
#define CODEC_AUDIO_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    AUDIO_PACKET_MAX_BYTES = 1276, /**< the longest with one frame: TOC and 1275 bytes */
    AUDIO_PACKET_DTX_BYTES = 2     /**< an encoder's packet of at most so many need not be sent */
};

struct audio_packet {
    uint16_t samples;       /**< duration at 48 kHz: 120 (2.5 ms) .. 5760 (120 ms) */
    uint16_t frame_samples; /**< of one Opus frame: 120 .. 2880 */
    uint16_t lbrr_samples;  /**< how much sound before this packet its LBRR (in-band FEC) holds:
                                 frame_samples, or 0 when it has none; of the first frame */
    uint8_t channels;       /**< as coded: 1 or 2 */
    bool dtx;               /**< no frame holds sound: the sender is silent */
};

/**
 * Checks the framing of a whole packet and reads its facts. Takes what decoders take: what passes
 * here can only fail in the entropy coding of a frame.
 *
 * @param len any; a packet from the wire
 * @return 0, or ERR_MALFORMED (empty, lengths that do not add up, longer than 120 ms)
 */
int audio_packet_parse(const uint8_t *packet, size_t len, struct audio_packet *out);

#endif
