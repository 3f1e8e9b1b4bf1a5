/**
 * What a mixed room is made of; shared by the files that keep it going: mix_speakers (who is
 * heard), mix_listeners (who hears which mix), mix_room (one frame of it all).
 */
#ifndef BRIDGE_MIX_PARTS_H
#define BRIDGE_MIX_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/wheel.h"
#include "bridge/audio_bridge_config.h"
#include "codec/leveler.h"
#include "codec/mixer.h"
#include "mix_cast.h"
#include "mix_line.h"
#include "mix_output.h"
#include "mix_quality.h"
#include "mix_voice.h"

enum {
    /** Sound is late in a mix: it passes the limiter and one more encoder. */
    MIX_LATENESS = LIMITER_DELAY + AUDIO_ENCODER_DELAY,
    /** Begins of packets are to come out of that where a frame can be cut. */
    MIX_EARLY = (AUDIO_ENCODER_STEP - MIX_LATENESS % AUDIO_ENCODER_STEP) % AUDIO_ENCODER_STEP
};

/** A source that is heard or was heard lately. */
struct mix_speaker {
    struct list link;             /**< in mix_room.speakers */
    struct list audible_link;     /**< in mix_room.audible while it has a voice */
    struct mix_cast_entry cast;   /**< in mix_room.cast while it is to be heard */
    struct bridge_source *source; /**< valid in the frame in which it was a candidate */
    uint32_t generation;          /**< of mix_room, when its source was last found */
    struct mix_voice *voice;      /**< NULL while it is not heard */
    struct leveler leveler;       /**< of its loudness */
    struct delay_tracker jitter;  /**< that its voices found */
    uint32_t lie_frames;          /**< of silence that it called loud, since it last had sound */
    uint32_t lies;                /**< times that these were too many */
    int64_t distrusted_until_us;  /**< it is heard after all others; INT64_MIN = never */
    struct mix_voice_floor floor; /**< of its last voice */
    int64_t floor_us;             /**< when that ended, INT64_MIN = never */
    int64_t listed_us;            /**< when it was last a candidate */
};

struct mix_seam;

/** Everybody who hears the same packets. */
struct mix_class {
    struct mix_quality quality;
    struct mix_output output;
    uint8_t loss_percent; /**< what its encoder is told */
    uint32_t listeners;   /**< 0: nothing is made */
};

/** The mix of one who is heard himself. */
struct mix_own {
    struct mix_line line;
    struct mix_output output;
    uint32_t equal_frames; /**< since it was last different from everybody's */
};

enum mix_listener_state {
    MIX_LISTENER_NEW,     /**< nothing was done for it yet */
    MIX_LISTENER_WAITING, /**< a source is forwarded no more, and the mix has not come so far */
    MIX_LISTENER_JOINING, /**< had the end of a frame; the mix follows with the next one */
    MIX_LISTENER_FED,
    MIX_LISTENER_PARTING, /**< hears the mix until the next packet of a source begins */
    MIX_LISTENER_PARTED   /**< has */
};

/** A part of a frame, at its begin or end. */
struct mix_cut {
    uint16_t first;
    uint16_t samples; /**< 0 = none */
};

/** One slot that hears a mix. */
struct mix_listener {
    struct list link;      /**< in mix_room.listeners */
    struct list busy_link; /**< in mix_room.busy while it needs a look each frame */
    struct bridge_sink *sink;
    uint32_t generation;
    enum mix_listener_state state;
    struct mix_loss loss;
    struct mix_quality wanted;
    struct mix_class *class;   /**< whose packets it hears, when it has no own; NULL when new */
    struct mix_own *own;       /**< or NULL */
    int64_t since_us;          /**< waits, wants another class, or is leaving; INT64_MAX = none */
    struct mix_cut cut;        /**< of the present frame, that he alone is to hear */
    struct bridge_seam follow; /**< JOINING: how the mix follows on that */
    struct bridge_return back; /**< PARTING: begin of that packet; PARTED: all of it */
    const struct bridge_source *back_to; /**< whose that is: to be compared, for it may be gone */
};

struct mix_room {
    struct wheel_timer timer;
    struct list link; /**< in audio_bridge.rooms */
    struct bridging *bridging;
    const struct audio_bridge_config *config; /**< borrowed */
    size_t phase;                             /**< of its turns, the owner's */
    int64_t due_us;                           /**< the next frame */
    uint32_t clock;                           /**< its timestamp, 48 kHz */
    uint32_t generation;
    struct mixer *mixer;
    struct mix_line line; /**< everybody */
    struct list speakers; /**< mix_speaker.link */
    struct list audible;  /**< mix_speaker.audible_link */
    struct mix_cast cast;
    int64_t swept_us;      /**< speakers, and listeners' losses */
    uint32_t sinks_seen;   /**< bridging.sinks_changed */
    struct list listeners; /**< mix_listener.link */
    struct list busy;      /**< mix_listener.busy_link */
    struct mix_class classes[MIX_QUALITY_MOST];
    size_t class_count;
    struct mix_seam *seam; /**< NULL while nobody comes or leaves */
    bool cuts;             /**< some listener has a cut of the present frame */
    int64_t delay_us;      /**< from a sound's arrival to its departure, smoothed */
};

#endif
