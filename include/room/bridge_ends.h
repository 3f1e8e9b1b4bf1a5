/**
 * The two ends of a room's bridge: tracks that can be heard and seen, and slots that are to be fed
 * by a mix or a composed picture. Values; what can be done with them is in room/bridging.h.
 */
#ifndef ROOM_BRIDGE_ENDS_H
#define ROOM_BRIDGE_ENDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "media/timeline.h"
#include "room/session.h"

struct bridging;
struct feed;
struct room;
struct room_context;

/** One published track, as far as the bridge may see it. Its memory is the track's: when
 * sources_changed has risen, who is in the list no more may be gone, and must not be touched. */
struct bridge_source {
    struct list link;     /**< in bridging.sources[kind], in order of joining */
    uint32_t participant; /**< who sends it */
    const char *name;     /**< UTF-8, of the participant; valid while linked */
    enum media_kind kind;
    bool live;     /**< packets come */
    bool muted;    /**< by command: nobody hears or sees it */
    bool screen;   /**< video: a shared screen */
    uint8_t level; /**< audio: newest, -dBov, 127 without */
    bool speaking; /**< listed as one who speaks */
    void *bridge;  /**< the bridge's own, NULL at first */
};

/** One layer of a video source. */
struct bridge_layer {
    bool offered;   /**< comes, or would if it were wanted */
    uint16_t width; /**< of its last keyframe, 0 = unknown */
    uint16_t height;
};

/** One slot that is to be fed by a mix or a composed picture. Its memory is the slot's: when
 * sinks_changed has risen, who is in the list no more may be gone, and must not be touched. */
struct bridge_sink {
    struct list link; /**< in bridging.sinks[kind]; the newest last */
    enum media_kind kind;
    uint32_t participant;              /**< who receives: the mix is without his own voice */
    const struct session_media *media; /**< the agreement; valid while linked */
    bool fresh;   /**< new, or its agreement or loss changed since the bridge cleared this */
    bool leaving; /**< is to be forwarded again: bridge_sink_leave when it suits */
    uint8_t loss_percent; /**< audio: of its last reports, what nothing but in-band FEC repairs */
    bool narrow;         /**< audio: his link has no room for more than it takes to be understood */
    uint32_t view_width; /**< video: shown at, 0 = not told */
    uint32_t view_height;
    struct feed *feed; /**< given by bridge_sink_take, NULL before */
    void *bridge;      /**< the bridge's own, NULL at first */

    /* for relay/room only */
    struct bridging *bridging; /**< while linked */
    bool hushed;               /**< bridge_sink_hush was called, and nothing was given since */
    const struct bridge_source *hushed_source; /**< where it stood then; cleared when that ends */
    uint32_t hushed_timestamp;
    uint32_t hushed_samples;
};

/** Where in a source's stream a listener is: the next sample due to him. */
struct bridge_position {
    const struct bridge_source *source; /**< NULL = nothing of this kind is forwarded to him now */
    uint32_t timestamp;                 /**< the source's RTP clock */
    uint32_t samples;                   /**< of the packet that ends there, which went out last */
};

/** How a feed follows on what went out to a sink before. */
struct bridge_seam {
    uint32_t step;      /**< samples from the timestamp of the newest packet that went out ... */
    uint32_t timestamp; /**< ... to this one of the feed; from there on as the feed has it */
};

/** Where a sink goes on with what is forwarded. */
struct bridge_return {
    uint32_t timestamp; /**< of the source: the next sample that the slot was going to hear */
    uint32_t clock;     /**< timestamp that this sample would have had in the mix */
};

/** One room, as the bridges see it. */
struct bridging {
    struct list
        link; /**< in exchange_bridgings while there are sinks, or `audio` or `video` is set */
    char room[SESSION_ROOM_BYTES];
    struct list sources[2];   /**< bridge_source.link, by enum media_kind */
    struct list sinks[2];     /**< bridge_sink.link, by enum media_kind */
    uint32_t sources_changed; /**< rises when a source came, went, fell silent, was muted, ... */
    uint32_t sinks_changed;   /**< rises when a sink came, went or became fresh or leaving */
    bool gone;                /**< the room has ended */
    void *audio;              /**< the audio bridge's own */
    void *video;              /**< the video bridge's own */

    /* for relay/room only */
    struct room *owner;           /**< NULL when gone */
    struct room_context *context; /**< borrowed */
    struct timeline_clock clock;  /**< of all feeds: ours */
    unsigned restage;             /**< STAGE_*: the bridge has changed what slots have */
};

#endif
