/**
 * What comes in on one layer of a source, for somebody above who decodes it: references to the
 * packets in order of arrival (audio) or in order (video, behind the hole that is waited for).
 *
 * Memory of the owner (embedded). A tap whose source has ended gives what it still holds, then
 * nothing.
 */
#ifndef ROOM_TAP_H
#define ROOM_TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/packet.h"
#include "room/bridge_ends.h"
#include "room/session.h"
#include "room/tap_ring.h"

struct layer;

struct tap {
    struct tap_ring ring;
    struct layer *layer; /**< borrowed; only while ring.link is in a list */
};

/** One packet as it came. */
struct tap_packet {
    struct packet *packet;  /**< a reference, now the caller's: packet_unref */
    const uint8_t *payload; /**< in packet; RTP payload without padding */
    size_t bytes;           /**< 0: a number without media (padding), so that it is no hole */
    enum codec_kind codec;  /**< CODEC_OPUS, CODEC_RED (RFC 2198 around Opus), CODEC_VP8, ... */
    uint8_t block_pt;       /**< with CODEC_RED: payload type of Opus within */
    int64_t ext_seq;
    uint32_t timestamp;
    uint32_t life; /**< another one than before: numbers and times have no relation to before */
    int64_t arrival_us;
    bool late; /**< lower than the highest number before it */
    bool marker;
    bool keyframe_start; /**< video: first packet of a keyframe */
    uint8_t tid;         /**< video: temporal level */
    uint8_t level;       /**< audio: -dBov, 127 without */
    int16_t turn;        /**< video: degrees to turn clockwise for showing, as told with this packet
                            (urn:3gpp:video-orientation); -1 = nothing told, as before */
};

/** @param tap need not be initialized before tap_open, tap_init makes it closed */
void tap_init(struct tap *tap);

/**
 * @param layer   index of the source's layer
 * @param preroll the last so many packets that came before (as far as they are kept) come first
 */
void tap_open(struct tap *tap, struct bridge_source *source, size_t layer, size_t preroll);

bool tap_is_open(const struct tap *tap);

/** @return false when there is none */
bool tap_poll(struct tap *tap, struct tap_packet *out);

/** Drops what it holds. Also for a closed tap. */
void tap_close(struct tap *tap);

#endif
