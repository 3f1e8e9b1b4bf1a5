/**
 * Redundant audio data (RFC 2198 3): block headers, oldest block first, the primary last.
 *
 *    |1| block PT    |  timestamp offset (14)    | block length (10) |   redundant, repeated
 *    |0| block PT    |                                                 primary
 */
#ifndef RTP_RED_H
#define RTP_RED_H

#include <stddef.h>
#include <stdint.h>

enum {
    RED_BLOCK_HEADER_BYTES = 4, /**< of a redundant block; the primary's has one byte */
    RED_MAX_TIMESTAMP_OFFSET = 16383,
    RED_MAX_BLOCKS = 33, /**< 32 redundant ones, the most that Chromium takes, and the primary */
    RED_MAX_BLOCK_BYTES = 1023
};

/** A block, as view into the payload. */
struct red_block {
    uint8_t pt;
    uint16_t timestamp_offset; /**< samples before the packet's timestamp; 0 for the primary */
    uint16_t offset;           /**< of its first byte in the payload */
    uint16_t bytes;
};

/**
 * Parses a RED payload.
 * @return blocks written to out, the last one is the primary; or ERR_MALFORMED, ERR_FULL (more than
 *         RED_MAX_BLOCKS)
 */
int red_parse(const uint8_t *payload, size_t len, struct red_block out[RED_MAX_BLOCKS]);

/** A block to be written. */
struct red_part {
    const uint8_t *at;
    uint16_t timestamp_offset; /**< 1..RED_MAX_TIMESTAMP_OFFSET; 0 for the primary */
    uint16_t bytes;            /**< at most RED_MAX_BLOCK_BYTES but for the primary */
};

/** Bytes of a payload of these parts. @param count 1..RED_MAX_BLOCKS */
size_t red_bytes(const struct red_part *parts, size_t count);

/**
 * Writes a payload.
 *
 * @param out   red_bytes
 * @param pt    of all blocks
 * @param parts oldest first, the primary last
 */
void red_write(uint8_t *out, uint8_t pt, const struct red_part *parts, size_t count);

/** Only the primary block. @return 0, ERR_MALFORMED or ERR_FULL */
int red_find_primary(const uint8_t *payload, size_t len, struct red_block *out);

#endif
