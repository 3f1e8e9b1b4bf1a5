/**
 * The header-extension block of one slot, prepared once: MID, send time and transport-wide number
 * stand at known places, and what is passed on from the source is appended per packet (RFC 8285).
 */
#ifndef ROOM_EXT_TEMPLATE_H
#define ROOM_EXT_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "packet_facts.h"
#include "room/session.h"

enum {
    EXT_TEMPLATE_BYTES = 64,
    EXT_MAX_BYTES = 160,                /**< template, passed elements and padding */
    EXT_ROOM_BYTES = EXT_MAX_BYTES + 16 /**< that may be written on the way */
};

struct ext_template {
    uint8_t bytes;       /**< of the prepared part with the 4-byte block header, not padded; 4 = no
                            elements */
    uint8_t plain_bytes; /**< length when nothing is passed on: padded, 0 without elements */
    uint8_t send_time;   /**< offset of the 3 bytes of abs-send-time, 0 = none */
    uint8_t number;      /**< offset of the 2 bytes of the transport-wide number, 0 = none */
    bool two_byte;       /**< two-byte form */
    bool may_grow;       /**< one-byte form, but a packet with long elements may have the other */
    uint8_t ids[RTP_EXT_COUNT]; /**< of elements passed on, as this receiver numbers them; 0 = not
                                   agreed */
    uint8_t block[EXT_TEMPLATE_BYTES];
};

/**
 * @param constant  nothing that differs from one sending to the next (no send time, no
 * transport-wide number)
 * @param two_byte_allowed the receiver takes the two-byte form; elements that need it are left out
 * otherwise
 */
void ext_template_init(struct ext_template *template, const struct session_media *media,
                       bool constant, bool two_byte_allowed);

/**
 * Appends what is passed on from the source to the prepared part; arguments as ext_template_write.
 * @return bytes of the whole block
 */
size_t ext_template_append(const struct ext_template *template, uint8_t *out,
                           const struct packet_facts *facts, const uint8_t *data,
                           uint16_t frame_number);

/**
 * Writes the block for one packet. Hot path.
 *
 * @param out           EXT_ROOM_BYTES
 * @param data          the source packet, for its passed elements: 16 bytes can be read from where
 *                      each begins (PACKET_TAILROOM)
 * @param abs_send_time 24 bits
 * @param number        transport-wide number, used when template->number is not 0
 * @param frame_number  of the dependency descriptor, used when the facts have one
 * @return bytes written, a multiple of 4; 0 for no block
 */
static inline size_t ext_template_write(const struct ext_template *template, uint8_t *out,
                                        const struct packet_facts *facts, const uint8_t *data,
                                        uint32_t abs_send_time, uint16_t number,
                                        uint16_t frame_number)
{
    memcpy(out, template->block, EXT_TEMPLATE_BYTES);
    if (template->send_time != 0) {
        bytes_put_u24(out + template->send_time, abs_send_time);
    }
    if (template->number != 0) {
        bytes_put_u16(out + template->number, number);
    }
    return facts->passed_count == 0 ? template->plain_bytes
                                    : ext_template_append(template, out, facts, data, frame_number);
}

#endif
