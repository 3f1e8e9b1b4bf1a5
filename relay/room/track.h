/**
 * One published source of a participant: its layers, and what the stage needs to know about it. Or
 * one that the relay makes itself (feed.h), whose layers are its renditions.
 */
#ifndef ROOM_TRACK_H
#define ROOM_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/packet.h"
#include "context.h"
#include "egress.h"
#include "layer.h"
#include "media/active_speaker.h"
#include "room/bridge_ends.h"
#include "room/session.h"
#include "rtp/rtp.h"
#include "rtp/rtp_ext.h"
#include "simulcast.h"

struct participant;

enum { TRACK_CHECK_US = 500000 /**< how often silence is looked for while packets come */ };

struct track {
    struct session_media media;   /**< the agreement, a copy */
    struct participant *owner;    /**< not followed here; NULL: made by the relay itself */
    struct room_context *context; /**< borrowed */
    struct layer *layers[SESSION_MAX_LAYERS];
    size_t layer_count; /**< at least 1 */
    struct simulcast simulcast;
    uint32_t revision; /**< rises when other layers are to be had than before, or other sizes */
    bool live;         /**< packets have come and the source has not ended */
    bool dormant;      /**< nothing has come for a while: yields to others */
    bool muted;        /**< by command: feeds nobody */
    uint8_t codec;     /**< video: of the last keyframe, or of the first packet before one; else
                          FACTS_NO_CODEC */
    bool restage;      /**< something above has changed since the stage looked last */
    uint64_t mark;     /**< stage's scratch */
    int64_t check_us;  /**< when to look for silence, INT64_MAX = never */
    struct active_speaker
        *speakers; /**< the room's, for audio; borrowed, NULL until the room has it */
    struct speaker_member speaker; /**< audio: place in the order of speech */
    struct bridge_source source;   /**< as a bridge sees it */
};

/** @param owner, publisher NULL: it is made by the relay itself, number is 0 then. @return 0 or
 * ERR_NO_MEMORY */
int track_new(struct track **out, struct participant *owner, uint32_t number,
              struct room_context *context, struct egress *publisher, struct timeline_clock *clock,
              const struct session_media *media);

/** A re-offer has changed the m-line. Layers stay; new rids are not added. */
void track_update(struct track *track, const struct session_media *media);

/** A packet of this layer will be received soon: fetches it into the cache. */
void track_prefetch(const struct track *track, size_t index);

/**
 * Takes a RTP packet of this track.
 *
 * @param index of the layer
 * @param packet data and len are the packet's, RTX already taken off
 * @param header of packet->data
 * @param exts   of packet->data, under this track's ids
 * @param repaired it came by RTX
 */
void track_receive(struct track *track, size_t index, struct packet *packet,
                   const struct rtp_header *header, const struct rtp_exts *exts, bool repaired);

/**
 * Takes a packet of a stream that the relay makes itself.
 *
 * @param packet with all facts but numbers
 */
void track_make(struct track *track, size_t index, struct packet *packet, uint16_t seq);

/** Layer with this SSRC, or NULL. */
struct layer *track_layer_by_ssrc(const struct track *track, uint32_t ssrc);

/** The source says goodbye to a layer: nothing comes from it until packets do. */
void track_end_layer(struct track *track, struct layer *layer);

/** True while it may feed slots: it has started, and is not muted. */
bool track_shows(const struct track *track);

/** A slot has this layer up to a temporal level, or may soon have it. */
void track_want(struct track *track, size_t index, uint8_t temporal);

/** A shared screen rather than a camera? */
bool track_is_screen(const struct track *track);

/** Video: what its pictures are coded with now; NULL for audio and before the first packet. */
const struct session_codec *track_codec(const struct track *track);

/** Looks for layers that have fallen silent, and at packets held back long enough. */
void track_timeout(struct track *track, int64_t now_us);

int64_t track_next_deadline(const struct track *track);

/** Detaches all slots and taps of all layers. */
void track_detach(struct track *track);

/** Leaves the room's speakers. Slots must be detached. */
void track_free(struct track **track);

#endif
