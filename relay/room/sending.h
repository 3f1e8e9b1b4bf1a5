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
#include "media/audio_repair.h"
#include "media/vp8_rewrite.h"
#include "packet_facts.h"

enum {
    SENDING_NO_PT = 255,
    SENDING_MAX_PAYLOAD = 1422,
    SENDING_MAX_MADE_PAYLOAD = 1360 /**< of what is made here: there may be more CSRCs */
};

/** What a packet bore when it was sent first, for receivers who get it again under its own number:
 * that must be the very same bytes (RFC 3711 9.1). */
struct sending_mark {
    uint32_t tag;       /**< outgoing number plus 1, 0 = none */
    uint32_t send_time; /**< abs-send-time */
    uint16_t number;    /**< transport-wide */
    bool marker;
    uint8_t copied; /**< which others went along in RED (redundancy.h) */
};

struct sending {
    struct packet *packet;           /**< borrowed, with its facts */
    const struct ext_template *exts; /**< of the slot, borrowed */
    uint32_t ssrc;
    uint32_t csrc; /**< participant who is heard or seen, 0 = those in the packet's facts */
    uint32_t timestamp;
    uint16_t seq;
    uint8_t pt;
    uint8_t block_pt; /**< payload type of Opus inside RED */
    bool marker;
    bool unwrap;   /**< of RED, only the primary goes on */
    bool numbered; /**< VP8, VP9: picture numbers are written over the descriptor */
    struct vp8_numbers vp8;
    enum send_kind kind;
    /* together, since a first copy mostly has none of them */
    uint16_t original_seq;     /**< with rtx */
    uint16_t frame_number;     /**< of the dependency descriptor, if the packet has one */
    uint8_t copies;            /**< packets before, to go along in RED (RFC 2198); 0 = no RED */
    uint8_t padding;           /**< bytes to append (RFC 3550 5.1), 0 = none */
    bool rtx;                  /**< original number in front of the payload (RFC 4588 4) */
    bool again;                /**< exactly as mark tells */
    struct sending_mark *mark; /**< filled in when it is written first; NULL = not kept; borrowed
                                  from the slot */
    struct packet *before[AUDIO_REPAIR_MAX_DISTANCE]; /**< with copies: oldest first; borrowed for
                                                         this loop turn */
};

/** As sending_payload_bytes, with copies. */
size_t sending_red_bytes(const struct sending *sending);

/** Bytes of media that go out, without original number and padding; 0 when they are too many for a
 * datagram. */
static inline size_t sending_payload_bytes(const struct sending *sending)
{
    const struct packet_facts *facts = packet_facts(sending->packet);
    size_t bytes = sending->copies > 0 ? sending_red_bytes(sending)
                   : sending->unwrap   ? facts->primary_bytes
                                       : facts->payload_bytes;
    return bytes <= SENDING_MAX_PAYLOAD ? bytes : 0;
}

/** Keeps what is known only now in the mark, or takes it from there when it is sent again. */
static inline void sending_keep(const struct sending *sending, uint32_t *send_time,
                                uint16_t *number)
{
    struct sending_mark *mark = sending->mark;
    if (mark == NULL) {
        return;
    }
    if (sending->again) {
        *send_time = mark->send_time;
        *number = mark->number;
    } else {
        mark->send_time = *send_time;
        mark->number = *number;
    }
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

/** A packet of nothing but padding (RFC 3550 5.1), for probes: on a RTX stream only, where gaps in
 * numbers mean nothing. */
struct padding {
    const struct ext_template *exts; /**< borrowed */
    uint32_t ssrc;
    uint32_t timestamp;
    uint16_t seq;
    uint8_t pt;
    uint8_t count; /**< bytes, 1..255 */
};

/** Writes header, extensions, padding; as sending_write. @return bytes written */
size_t padding_write(const struct padding *padding, uint8_t *out, uint32_t abs_send_time,
                     uint16_t number);

#endif
