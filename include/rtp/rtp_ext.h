/**
 * RTP header extensions, one-byte and two-byte form (RFC 8285).
 */
#ifndef RTP_RTP_EXT_H
#define RTP_RTP_EXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rtp/rtp.h"

/** Every extension we know by URI. */
enum rtp_ext_kind {
    RTP_EXT_MID,         /**< urn:ietf:params:rtp-hdrext:sdes:mid */
    RTP_EXT_RID,         /**< urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id */
    RTP_EXT_RRID,        /**< urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id */
    RTP_EXT_AUDIO_LEVEL, /**< RFC 6464 */
    RTP_EXT_CSRC_LEVEL,  /**< RFC 6465: one byte for each CSRC */
    RTP_EXT_ABS_SEND_TIME,
    RTP_EXT_TRANSPORT_CC, /**< transport-wide sequence number, 2 bytes */
    RTP_EXT_PLAYOUT_DELAY,
    RTP_EXT_VIDEO_ORIENTATION, /**< urn:3gpp:video-orientation */
    RTP_EXT_VIDEO_CONTENT_TYPE,
    RTP_EXT_VIDEO_TIMING,
    RTP_EXT_COLOR_SPACE,
    RTP_EXT_VIDEO_LAYERS, /**< video-layers-allocation00 */
    RTP_EXT_DEPENDENCY_DESCRIPTOR,
    RTP_EXT_ABS_CAPTURE_TIME,
    RTP_EXT_TOFFSET,
    RTP_EXT_COUNT
};

/** Ids of one m-line (per section: werift and aiortc give one id two meanings within a bundle). 0 =
 * not negotiated. */
struct rtp_ext_map {
    uint8_t id[RTP_EXT_COUNT];
};

/** Views of the elements of one packet, by kind; bytes[k] == 0 when absent or empty, at[k] means
 * nothing then. */
struct rtp_exts {
    const uint8_t *at[RTP_EXT_COUNT];
    uint8_t bytes[RTP_EXT_COUNT];
};

/** URI of a kind; never NULL. */
const char *rtp_ext_uri(enum rtp_ext_kind kind);

/** Kind of a URI (length-bounded), or -1. */
int rtp_ext_kind_of(const char *uri, size_t len);

/**
 * Finds the elements of a parsed packet under `map`. Unknown ids are passed over; a malformed block
 * yields what was found before the fault and ERR_MALFORMED. An unknown profile (not 0xBEDE, not
 * 0x100x) yields nothing and 0.
 */
int rtp_ext_read(const uint8_t *data, const struct rtp_header *header,
                 const struct rtp_ext_map *map, struct rtp_exts *out);

/**
 * Finds one element by id only (before the m-line is known). NULL when absent.
 */
const uint8_t *rtp_ext_find(const uint8_t *data, const struct rtp_header *header, uint8_t id,
                            uint8_t *bytes);

/** One element to be written. */
struct rtp_ext_element {
    uint8_t id; /**< 1..255; over 14 or empty or over 16 bytes needs the two-byte form */
    uint8_t bytes;
    const uint8_t *at;
};

/**
 * Writes an extension block (profile, length, elements, zero padding to 4) to out.
 * One-byte form when every element fits it, else two-byte form when allowed, else elements that
 * need it are left out.
 * @return bytes written (0 for no elements), at most cap; an element that does not fit cap is left
 * out
 */
size_t rtp_ext_write(uint8_t *out, size_t cap, const struct rtp_ext_element *elements, size_t count,
                     bool two_byte_allowed);

#endif
