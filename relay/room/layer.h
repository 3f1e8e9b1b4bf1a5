/**
 * One received stream: a track, or one simulcast encoding of it. What came, what is missing, what
 * can be sent again, when it happened, and which slots take it.
 *
 * Or a stream that the relay makes itself (feed.h): it has no publisher, so nothing is missing,
 * late or asked for by RTCP, and all else is the same.
 */
#ifndef ROOM_LAYER_H
#define ROOM_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/packet.h"
#include "context.h"
#include "egress.h"
#include "keeping.h"
#include "layer_demand.h"
#include "media/fec_loss.h"
#include "media/hold_back.h"
#include "media/keyframe_request.h"
#include "media/nack_generator.h"
#include "media/recv_stats.h"
#include "media/red_fill.h"
#include "media/reorder.h"
#include "media/rtx_cache.h"
#include "media/stream_meter.h"
#include "media/timeline.h"
#include "packet_facts.h"
#include "room/session.h"
#include "room/tap_ring.h"

enum {
    LAYER_MAX_PENDING = 128, /**< packets of one loop turn; more are forwarded in between */
    LAYER_SILENT_US = 1000000
};

/** Where the stream is with a keyframe. */
enum layer_keyframe_state {
    LAYER_KEYFRAME_NONE,
    LAYER_KEYFRAME_COMES, /**< its first packet has passed */
    LAYER_KEYFRAME_ENDED  /**< its last one, too */
};

/** The newest keyframe. */
struct layer_keyframe {
    enum layer_keyframe_state state;
    uint32_t timestamp;
    int64_t first;    /**< number of its first packet */
    int64_t began_us; /**< when that came */
    int64_t ended_us; /**< when its last one passed */
};

struct layer {
    /* what fan-out reads */
    struct list slots;   /**< slot.feed_link: slots that this layer feeds */
    struct list waiting; /**< slot.next_link: slots that go over to it at its next keyframe */
    struct list taps;    /**< tap_ring.link: who takes its packets to decode them */
    uint32_t feed;       /**< our number of this stream, unique in the exchange */
    uint32_t number;     /**< participant who sends it; CSRC of all its packets; 0 = made here */
    uint32_t life;       /**< rises when the source restarts: packets have no relation to before */
    struct list pending_link; /**< in room_context.layers while packets are pending */
    size_t pending_count;

    /* with these, what every packet that comes in changes */
    struct room_context *context;      /**< borrowed */
    struct egress *publisher;          /**< way to the sender, for requests; borrowed; NULL: made */
    struct timeline_clock *clock;      /**< of the sender; borrowed */
    const struct session_media *media; /**< the track's agreement; borrowed */
    uint32_t ssrc;                     /**< 0 before the first packet */
    int64_t first_us;                  /**< INT64_MAX before the first packet of this life */
    int64_t heard_us;                  /**< last packet, with media or without, INT64_MIN = never */
    int64_t last_us;                   /**< last packet with media, INT64_MIN = never */
    bool has_parameters;               /**< H.264: parameter sets come in the stream */
    uint16_t width;                    /**< of the last keyframe, 0 = unknown */
    uint16_t height;
    struct rtx_cache *cache; /**< owned */
    uint32_t remembered;     /**< rtx_cache_size that its slots know of */
    struct layer_keyframe keyframe;
    struct hold_back *hold;       /**< owned; NULL for audio, which never waits */
    int64_t release_us;           /**< when to look at what it holds, INT64_MAX = nothing */
    struct nack_generator *nacks; /**< owned; NULL when the sender does not answer Generic NACK */
    struct red_fill_place newest; /**< audio: highest packet with media; ext_seq -1 = none */
    struct recv_stats stats;
    struct timeline timeline;
    struct stream_meter meter; /**< video */
    struct keyframe_request keyframes;
    struct reorder reorder;
    struct keeping keeping; /**< video */

    const struct track *track;     /**< whose layer it is; not followed here */
    struct layer *const *siblings; /**< the track's SESSION_MAX_LAYERS places */
    uint8_t index;                 /**< among them */
    struct fec_loss fec;           /**< of audio: what its sender is told */
    struct layer_demand demand;
    struct packet *pending[LAYER_MAX_PENDING]; /**< in order of going on, one reference each */
};

/** All pointers are borrowed. @param publisher NULL: it is made here. @param number participant who
 * sends, else 0. @return 0 or ERR_NO_MEMORY */
int layer_init(struct layer *layer, struct room_context *context, struct egress *publisher,
               struct timeline_clock *clock, const struct session_media *media, uint32_t number);

/** The track's agreement has changed: whether its sender repairs losses. */
void layer_follow_agreement(struct layer *layer);

/** Somebody needs a keyframe (video; nothing happens for audio). */
void layer_want_keyframe(struct layer *layer);

/**
 * Takes a packet whose facts are filled in but for numbers: numbers it, keeps it for
 * retransmission, notes what is missing, queues it for forwarding or holds it back behind a hole.
 * Drops are counted. There must be room among the pending; layer_release must follow.
 *
 * @param seq      the packet's own (or original, when repaired) number
 * @param repaired it came by RTX
 */
void layer_receive(struct layer *layer, struct packet *packet, uint16_t seq, bool repaired);

/**
 * What was held back and whose turn has come goes to the pending.
 *
 * @param all whatever is missing before it
 * @return false when these are full: forward them and call again
 */
bool layer_release(struct layer *layer, bool all);

/** When to call layer_release again, INT64_MAX when nothing is held back. */
static inline int64_t layer_next_deadline(const struct layer *layer)
{
    return layer->release_us;
}

/** Highest number that went to the pending. */
int64_t layer_passed(const struct layer *layer);

/** The stream comes with this SSRC from now on; another one than before starts a new life. */
void layer_bind(struct layer *layer, uint32_t ssrc);

/** True while packets come: one within the last second. */
bool layer_alive(const struct layer *layer, int64_t now_us);

/** True when a slot takes it or waits for it, or it is tapped. */
bool layer_wanted(const struct layer *layer);

/** Made here, and not received? */
static inline bool layer_is_made(const struct layer *layer)
{
    return layer->publisher == NULL;
}

/** Its sender has something to be told. */
static inline void layer_touch_publisher(const struct layer *layer)
{
    if (!layer_is_made(layer)) {
        egress_touch(layer->publisher);
    }
}

/** Gives a packet of this layer to one who taps it. */
void layer_push_tap(const struct layer *layer, struct tap_ring *ring, struct packet *packet);

/** Drops the references of all pending packets; what is held back stays. */
void layer_clear_pending(struct layer *layer);

/** Lets go of packets too old to be sent again; now and then is often enough. */
void layer_timeout(struct layer *layer, int64_t now_us);

/** No slot and no tap may be attached any more. */
void layer_deinit(struct layer *layer);

#endif
