/**
 * One sending of a source packet to one receiver: what is written, apart from what is known only
 * when it leaves (send time, transport-wide number).
 *
 * Values and pointers that hold on their own: it can be written now, or later when the slot has
 * long another feed. Then the packet needs a reference of its own, and the slot must still be there
 * (extensions).
 */
#ifndef ROOM_SENDING_H
#define ROOM_SENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/packet.h"
#include "cc/estimator.h"
#include "ext_template.h"
#include "media/vp8_rewrite.h"
#include "packet_facts.h"

enum { SENDING_NO_PT = 255, SENDING_MAX_PAYLOAD = 1422 };

struct sending {
    struct packet *packet;           /**< borrowed, with its facts */
    const struct ext_template *exts; /**< of the slot, borrowed */
    uint32_t ssrc;
    uint32_t csrc; /**< participant who is heard or seen */
    uint32_t timestamp;
    uint16_t seq;
    uint16_t original_seq; /**< with rtx */
    uint8_t pt;
    uint8_t block_pt; /**< RED: payload type of Opus inside, when it must be changed; else
                         SENDING_NO_PT */
    uint8_t padding;  /**< bytes to append (RFC 3550 5.1), 0 = none */
    bool marker;
    bool rtx;      /**< original number in front of the payload (RFC 4588 4) */
    bool unwrap;   /**< RED that the receiver does not take: only the primary goes on */
    bool numbered; /**< VP8, VP9: picture numbers are written over the descriptor */
    struct vp8_numbers vp8;
    enum send_kind kind;
};

/** Bytes of media that go out, without original number and padding; 0 when they are too many for a
 * datagram. */
static inline size_t sending_payload_bytes(const struct sending *sending)
{
    const struct packet_facts *facts = packet_facts(sending->packet);
    size_t bytes = sending->unwrap ? facts->primary_bytes : facts->payload_bytes;
    return bytes <= SENDING_MAX_PAYLOAD ? bytes : 0;
}

/**
 * Writes header, CSRC, extensions, payload.
 *
 * @param payload_bytes sending_payload_bytes, not 0
 * @param out           room for 1600 bytes (transport_reserve)
 * @param abs_send_time 24 bits
 * @param number        transport-wide; used when exts->number is not 0
 * @return bytes written
 */
size_t sending_write(const struct sending *sending, size_t payload_bytes, uint8_t *out,
                     uint32_t abs_send_time, uint16_t number);

#endif
