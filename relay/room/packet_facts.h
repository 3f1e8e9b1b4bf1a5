/**
 * What one received packet is, found out once when it comes and kept in its note, so that fan-out
 * and retransmission do not parse again.
 */
#ifndef ROOM_PACKET_FACTS_H
#define ROOM_PACKET_FACTS_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/drop.h"
#include "base/packet.h"
#include "room/session.h"
#include "rtp/rtp.h"
#include "rtp/rtp_ext.h"
#include "rtp/vp8_payload.h"

enum {
    FACTS_MAX_PASSED = 6,
    FACTS_NO_CODEC = 255 /**< padding, or nothing that can be forwarded: its number is closed up */
};

/** A header extension that goes on to receivers who agreed to it. */
struct passed_ext {
    uint8_t kind; /**< enum rtp_ext_kind */
    uint8_t bytes;
    uint16_t offset; /**< from packet->data */
};

struct packet_facts {
    int64_t ext_seq; /**< extended number at the source */
    uint32_t timestamp;
    uint16_t payload_offset; /**< from packet->data */
    uint16_t payload_bytes;
    uint16_t primary_offset; /**< RED: primary block, from the start of the payload */
    uint16_t primary_bytes;
    uint8_t codec; /**< index into the track's codecs, or FACTS_NO_CODEC */
    bool marker;
    bool late;             /**< lower than the highest number before it */
    bool keyframe_start;   /**< first packet of a keyframe */
    bool bare_idr;         /**< H.264: IDR slice without parameter set, which may stand in a packet
                              before: a keyframe starts here only if this is the frame's first */
    bool parameters;       /**< H.264: has a parameter set */
    uint8_t tid;           /**< temporal level, 0 where there are none */
    uint8_t padding;       /**< to be added where the packet goes on (frame_padding.h) */
    bool long_exts;        /**< an element of more than 16 bytes is passed on */
    bool described;        /**< a dependency descriptor is passed on */
    uint16_t frame_number; /**< of that descriptor */
    uint8_t passed_count;
    uint8_t source_count;    /**< made here: CSRCs, ... */
    uint16_t sources_offset; /**< ... four bytes each, from packet->data; else undefined */
    uint8_t level;           /**< audio: -dBov, 127 without */
    bool voice;     /**< audio: somebody may be speaking (RFC 6464 V bit, else by level or size) */
    uint16_t width; /**< keyframe start: picture size, 0 = unknown */
    uint16_t height;
    struct passed_ext passed[FACTS_MAX_PASSED];
    struct vp8_payload vp8; /**< of VP9 packets only the picture numbers, which mean the same */
};

static_assert(sizeof(struct packet_facts) <= PACKET_NOTE_BYTES, "facts fit the note");

/** The facts beside a packet; undefined before packet_facts_read. */
static inline struct packet_facts *packet_facts(struct packet *packet)
{
    return (struct packet_facts *)(void *)packet->note;
}

/**
 * Fills in all but ext_seq and late; padding is 0. Padding-only packets and payload types that are
 * not agreed get FACTS_NO_CODEC.
 *
 * @param header of packet->data, with payload_offset and payload_bytes of what is to be forwarded
 * @param exts   elements of the packet, views into packet->data
 * @return DROP_NONE, or why the payload cannot be forwarded (codec is FACTS_NO_CODEC then)
 */
enum drop_reason packet_facts_read(struct packet *packet, const struct rtp_header *header,
                                   const struct rtp_exts *exts, const struct session_media *media);

#endif
