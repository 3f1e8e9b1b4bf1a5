/**
 * What a worker tells the control thread: owned messages.
 */
#ifndef ROOM_EVENT_H
#define ROOM_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/drop.h"
#include "base/hist.h"
#include "room/session.h"

enum event_kind {
    EVENT_CONNECTED, /**< number: ICE and DTLS are up */
    EVENT_LEFT,  /**< number, reason: the worker has forgotten the participant (consent, handshake,
                    close_notify, error; not after COMMAND_LEAVE) */
    EVENT_SLOTS, /**< number: slots of this participant that changed */
    EVENT_SPEAKING, /**< room, dominant, levels of those who speak now: on change, at most each 100
                       ms */
    EVENT_LAYERS,   /**< number, layers: which encodings of his tracks anybody wants now */
    EVENT_REPORT,   /**< number, report */
    EVENT_COUNTERS  /**< counters */
};

enum feed_kind { FEED_NONE, FEED_TRACK, FEED_MIX, FEED_GRID };

enum pause_cause { PAUSE_NONE, PAUSE_NETWORK, PAUSE_OFFSCREEN, PAUSE_MUTED };

struct event_slot {
    char mid[SESSION_MID_BYTES];
    enum media_kind media_kind;
    enum feed_kind feed;
    uint32_t participant;          /**< feed's participant number, 0 for none, mix and grid */
    char track[SESSION_MID_BYTES]; /**< feed's mid on its publisher's side, "" likewise */
    enum pause_cause paused;
    uint16_t width; /**< of the layer forwarded, 0 = unknown */
    uint16_t height;
};

/** One encoding of a publisher's track that is wanted, or not any more. */
struct event_layer {
    char mid[SESSION_MID_BYTES];
    char rid[SESSION_RID_BYTES]; /**< "" when the track has no rids */
    uint8_t index;               /**< in the order of a=simulcast */
    bool wanted;
    uint8_t temporal; /**< highest TID that anybody takes */
};

struct event_level {
    uint32_t participant;
    uint8_t level; /**< -dBov, 0 loudest, 127 silence */
};

/** How audio fared one way since the last report. */
struct event_audio {
    uint32_t expected; /**< packets, 0 = nothing to judge by */
    double lost;       /**< share of them that could not be repaired */
    double burst;      /**< mean length of a loss over that of random loss, 1 = unknown */
    int64_t jitter_us; /**< the worst stream */
};

/** Numbers of one participant's streams, as asked for by COMMAND_REPORT. */
struct event_report {
    uint64_t packets_received;
    uint64_t packets_sent;
    uint64_t bytes_received;
    uint64_t bytes_sent;
    uint64_t packets_lost; /**< toward us, RFC 3550 cumulative, all tracks */
    uint64_t nacks_sent;
    uint64_t nacks_received;
    uint64_t rtx_sent;
    uint64_t rtx_received;
    uint64_t keyframes_requested;
    int64_t rtt_us;         /**< 0 = unknown */
    uint64_t available_bps; /**< toward the participant, UINT64_MAX = no bound known */
    uint64_t sent_bps;      /**< toward the participant, of the last second */
    double sent_lost;       /**< share of what we sent that it lost, of its last reports */
    double received_lost;   /**< share of what it sent that we missed, since the last report */
    int64_t jitter_us;      /**< of its reports, the worst stream */
    struct event_audio audio_received;
    struct event_audio audio_sent;
};

enum { EVENT_MIX_DELAYS = 16, EVENT_MIX_DELAY_US = 5000 };

/** Frames of voices by a delay. */
struct event_mix_delay {
    uint64_t steps[EVENT_MIX_DELAYS + 1]; /**< of EVENT_MIX_DELAY_US, the last for all beyond */
    uint64_t sum_us;
};

/** The composed pictures of a worker's rooms: what there is now, and what was done since its start.
 */
struct event_pictures {
    uint64_t compositions; /**< now */
    uint64_t frames_in;    /**< whole frames of tiles given to the codec pool */
    uint64_t frames_lost;  /**< of tiles, that could not be put together or were not taken */
    uint64_t frames_out;   /**< encoded frames sent, of all renditions */
    uint64_t refused;      /**< compositions, for want of room in the pool */
};

/** The mixing of a worker's rooms: what there is now, and what was done since its start. */
struct event_mix {
    uint64_t rooms;               /**< now: with a slot that wants a mix */
    uint64_t decoders;            /**< now: voices that are heard */
    uint64_t encoders;            /**< now: mixes that are made, shared and for one listener */
    uint64_t frames;              /**< of 20 ms, of all rooms */
    uint64_t late;                /**< of them, made later than the next was due */
    uint64_t decoded;             /**< frames of voices */
    uint64_t encoded;             /**< packets made */
    uint64_t copies;              /**< encoders that went on where another stood */
    uint64_t rejoins;             /**< listeners who went back to a shared mix */
    uint64_t entered;             /**< slots that went over to a mix */
    uint64_t left;                /**< slots that are forwarded again */
    uint64_t looks;               /**< at listeners, one by one */
    uint64_t liars;               /**< times that a source told of sound and had none */
    uint64_t concealed_samples;   /**< of voices that have ended */
    uint64_t total_samples;       /**< of voices that have ended */
    struct event_mix_delay delay; /**< from arrival to departure */
    struct event_mix_delay added; /**< beyond what jitter asks for: the jitter buffer's target */
};

/** A worker's counters since its start. */
struct event_counters {
    uint64_t datagrams_received;
    uint64_t bytes_received;
    uint64_t datagrams_sent;
    uint64_t messages_sent; /**< that carried them by UDP */
    uint64_t bytes_sent;
    uint64_t packets_forwarded;
    uint64_t nacks_sent;
    uint64_t nacks_received;
    uint64_t rtx_sent;
    uint64_t rtx_received;
    uint64_t keyframes_requested;
    uint64_t feed_changes;
    uint64_t path_moves; /**< participants followed to a new address */
    uint32_t rooms;
    uint32_t participants;
    uint64_t cpu_us;         /**< that the worker's thread has used */
    uint64_t turns;          /**< of the worker's loop */
    uint64_t gathered_turns; /**< before which it waited, so that more could come */
    uint64_t gathered_us;    /**< waited so */
    struct hist forward_us;  /**< of datagrams: from the kernel's receive time until what they
                                caused was handed to the kernel */
    struct event_mix mix;
    struct event_pictures pictures;
    struct drop_counts drops;
};

struct event {
    enum event_kind kind;
    uint32_t number;
    char room[SESSION_ROOM_BYTES];
    char reason[64];
    uint32_t dominant;        /**< participant number, 0 = nobody */
    struct event_slot *slots; /**< owned array */
    size_t slot_count;
    struct event_level *levels; /**< owned array */
    size_t level_count;
    struct event_layer *layers; /**< owned array */
    size_t layer_count;
    struct event_report report;
    struct event_counters counters;
    uint32_t worker;
};

/** Zeroed event of a kind. @return 0 or ERR_NO_MEMORY */
int event_new(struct event **out, enum event_kind kind);

void event_free(struct event **event);

const char *feed_kind_name(enum feed_kind kind); /**< "track" "mix" "grid", NULL for none */
const char *
pause_cause_name(enum pause_cause cause); /**< "network" "offscreen" "muted", NULL for none */
const char *media_kind_name(enum media_kind kind); /**< "audio" "video" */

#endif
