/**
 * RTP fixed header, CSRC list, extension block and padding (RFC 3550 5.1, 5.3.1), as views into the
 * packet.
 *
 *     0                   1                   2                   3
 *    |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *    |                           timestamp                           |
 *    |                             SSRC                              |
 *    |                       CSRC (0..15 times)                      |
 *    |      extension profile        |   extension length (words)    |
 */
#ifndef RTP_RTP_H
#define RTP_RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RTP_HEADER_BYTES = 12,
    RTP_MAX_CSRC = 15,
    RTP_VIDEO_CLOCK_HZ = 90000 /**< of all video formats in use */
};

/** A parsed header; offsets count from the first byte of the packet. */
struct rtp_header {
    uint32_t timestamp;
    uint32_t ssrc;
    uint16_t seq;
    uint8_t pt; /**< 0..127 */
    bool marker;
    uint8_t csrc_count;    /**< 0..15, at offset 12 */
    uint8_t padding_bytes; /**< including the count byte, 0 when P is clear */
    uint16_t ext_profile;  /**< 0 when there is no extension block */
    uint16_t ext_offset;   /**< first byte after profile and length */
    uint16_t ext_bytes;    /**< length of the block's content, multiple of 4 */
    uint16_t payload_offset;
    uint16_t payload_bytes; /**< without padding */
};

/**
 * Parses and checks one packet. Padding longer than what follows the header is malformed; a payload
 * of 0 bytes is allowed.
 * @return 0, ERR_TRUNCATED or ERR_MALFORMED; *out means nothing then
 */
int rtp_parse(const uint8_t *data, size_t len, struct rtp_header *out);

/** True when the second byte says RTCP under RFC 5761 4 (192..223). len >= 2. */
bool rtp_is_rtcp(const uint8_t *data, size_t len);

/** SSRC of an RTP packet, or the sender SSRC of an RTCP packet, unverified; 0 when too short. */
uint32_t rtp_peek_ssrc(const uint8_t *data, size_t len);

#endif
