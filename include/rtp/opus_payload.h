/**
 * What an Opus packet says about itself without decoding (RFC 6716 3.1, 3.2).
 *
 *    | config (5)  |s| c |   TOC; c = 3: the next octet is |v|p| frame count (6) |
 *
 * Names start with rtp_opus_, since opus_ belongs to libopus.
 */
#ifndef RTP_OPUS_PAYLOAD_H
#define RTP_OPUS_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RTP_OPUS_CLOCK_HZ = 48000,
    RTP_OPUS_MAX_SAMPLES = 5760, /**< 120 ms */
    RTP_OPUS_DTX_MAX_BYTES = 2   /**< a packet of TOC and at most one byte holds no voice */
};

enum rtp_opus_mode { RTP_OPUS_SILK, RTP_OPUS_HYBRID, RTP_OPUS_CELT };

enum rtp_opus_bandwidth {
    RTP_OPUS_NARROWBAND,    /**< 4 kHz */
    RTP_OPUS_MEDIUMBAND,    /**< 6 kHz */
    RTP_OPUS_WIDEBAND,      /**< 8 kHz */
    RTP_OPUS_SUPERWIDEBAND, /**< 12 kHz */
    RTP_OPUS_FULLBAND       /**< 20 kHz */
};

/** What the encoder itself says about voice; only the SILK layer has a word for it. */
enum rtp_opus_voice { RTP_OPUS_VOICE_UNKNOWN, RTP_OPUS_VOICE_NO, RTP_OPUS_VOICE_YES };

struct rtp_opus {
    enum rtp_opus_mode mode;
    enum rtp_opus_bandwidth bandwidth;
    uint8_t channels;          /**< as coded: 1 or 2 */
    uint8_t frame_count;       /**< 1..48 */
    uint16_t frame_samples;    /**< of one frame, at 48 kHz: 120..2880 */
    uint16_t duration_samples; /**< of the packet, at 48 kHz: 120..5760 */
    bool dtx;                  /**< too short to hold voice */
    enum rtp_opus_voice voice; /**< of the first frame: VAD flags (RFC 6716 4.2.3) */
};

/**
 * Reads TOC and frame count.
 * @return 0, or ERR_MALFORMED: empty, no frame count, none, or longer than 120 ms
 */
int rtp_opus_parse(const uint8_t *payload, size_t len, struct rtp_opus *out);

#endif
