/**
 * One m-line on which the relay sends to a participant: one unbroken stream, whatever feeds it
 * (DESIGN.md 1, RFC 7667 3.6.2).
 *
 * SSRC, payload types, sequence numbers, timestamps and VP8 picture ids go on without a break over
 * every change of feed. A video slot changes feed at a keyframe of the new one; until then the old
 * one goes on.
 *
 * Receivers without RTX get a lost packet again under its own number: it must then be the very same
 * bytes, since one SRTP index must never cover two texts (RFC 3711 9.1, INTEROP.md 61). Audio slots
 * keep what a packet bore (sending_mark), and what went out as RED is not sent again; such video
 * slots carry nothing that differs from one sending to the next.
 */
#ifndef ROOM_SLOT_H
#define ROOM_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agreement.h"
#include "allocation_slot.h"
#include "base/list.h"
#include "cc/allocator.h"
#include "context.h"
#include "egress.h"
#include "ext_template.h"
#include "layer.h"
#include "media/audio_repair.h"
#include "media/frame_numbers.h"
#include "media/keyframe_request.h"
#include "media/rtx_limiter.h"
#include "media/send_stats.h"
#include "media/stream_rewrite.h"
#include "media/temporal_filter.h"
#include "media/vp8_rewrite.h"
#include "packet_facts.h"
#include "room/bridge_ends.h"
#include "room/session.h"
#include "sending.h"

struct track;

enum { SLOT_NO_PT = SENDING_NO_PT };

/** How packets of one codec of the feed go on. */
struct slot_codec {
    uint8_t pt;     /**< ours, SLOT_NO_PT = not taken */
    uint8_t rtx_pt; /**< of its RTX, SLOT_NO_PT = none */
    bool numbered;  /**< VP8, VP9: picture numbers are written anew */
    bool unwrap;    /**< RED: only the primary goes on; copies are ours (redundancy.h) */
};

/** What a packet of ours bore when it was sent first. */
struct slot_sent_vp8 {
    uint32_t tag; /**< outgoing number plus 1, 0 = none */
    struct vp8_numbers numbers;
};

/** What the stage wants to see in a slot, and what the control thread was last told. */
struct slot_role {
    struct track *track; /**< staged here; borrowed, cleared when the track goes */
    bool pinned;         /**< the pin holds: that participant sends something to show */
    uint32_t pin;        /**< participant pinned to this slot, 0 = none */
    char pin_mid[SESSION_MID_BYTES];
    enum feed_kind wish;    /**< asked for by the client; FEED_NONE: as his policy has it */
    struct event_slot told; /**< last EVENT_SLOTS entry */
    bool offscreen;         /**< the client does not show it: nothing feeds it */
    bool starved;           /**< the network does not carry it: nothing feeds it */
    uint32_t view_width;    /**< size shown, for layer choice; 0 = not told */
    uint32_t view_height;
    uint32_t view_fps;
};

/** By what the timestamp goes on at the next change of feed. */
struct slot_step {
    bool told;          /**< false: by the time that passed */
    uint32_t ticks;     /**< so many ... */
    uint32_t timestamp; /**< ... to this one of the feed, and from there on as it has it */
};

struct slot {
    /* read for every packet, in the order of the cache lines */
    struct list feed_link; /**< in feed->slots */
    struct layer *feed;    /**< what comes through now, NULL = nothing */
    struct egress *egress; /**< borrowed */
    struct stream_rewrite *rewrite;
    struct vp8_rewrite *vp8; /**< of VP8 and VP9 packets; NULL for audio */
    uint32_t ssrc;
    uint32_t life; /**< of the feed, as last seen */
    bool fresh;    /**< no packet of this feed went out yet */
    bool starved;  /**< pictures were dropped: with fresh, nothing goes out before the feed's next
                      keyframe */
    bool plain_resend;               /**< repeats go out on the same SSRC, as they were */
    uint8_t opus_pt;                 /**< SLOT_NO_PT = not agreed */
    uint8_t red_pt;                  /**< SLOT_NO_PT = not agreed */
    struct temporal_filter temporal; /**< of VP8 */
    struct ext_template exts;
    struct slot_codec codecs[SESSION_MAX_CODECS]; /**< for each codec of the feed */
    enum allocator_class class;                   /**< who is seen here, set by the stage */
    struct send_stats stats;                      /**< of which every packet needs the beginning */
    struct audio_repair repair;                   /**< of audio */

    struct list next_link; /**< in next->waiting */
    struct layer *next; /**< what comes through from its next keyframe on, NULL = no change due */
    uint32_t sent_feed; /**< feed that was begun last, and its life; 0 = none */
    uint32_t sent_life;
    int64_t feed_from;           /**< source number of the first packet of this feed */
    struct frame_numbers frames; /**< of dependency descriptors */
    struct pacer_flow flow;      /**< sendings that wait for their turn */

    /* repeats */
    uint32_t rtx_ssrc;              /**< 0 = no RTX */
    uint16_t rtx_seq;               /**< next */
    int64_t resend_from;            /**< lower outgoing numbers are not sent again */
    struct slot_sent_vp8 *sent_vp8; /**< video with plain_resend: the last
                                       STREAM_REWRITE_VIDEO_WINDOW packets, by outgoing number; NULL
                                       before the first */
    struct sending_mark *marks;     /**< audio that may be sent again: the last
                                       STREAM_REWRITE_AUDIO_WINDOW packets, by outgoing number; NULL
                                       before the first */
    struct rtx_history history;
    uint32_t left_feed; /**< number of the feed before, 0 = none */
    uint32_t left_life; /**< its life then */
    uint64_t rtx_sent;
    uint64_t rtx_bytes;
    uint64_t nacks_received;

    struct keyframe_limit keyframes; /**< how often this receiver may ask */
    int64_t ask_us; /**< when to ask for a keyframe that the limit forbade, INT64_MAX = not due */
    bool active;    /**< the m-line receives now; else the slot only keeps its numbers (a SSRC never
                       starts over) */
    bool fir_seen;
    uint8_t fir_command; /**< number of its last FIR (RFC 5104 4.3.1.1) */
    char mid[SESSION_MID_BYTES];
    struct agreement *agreed; /**< what the m-line agreed on, shared */
    struct slot_role role;
    struct bridge_sink sink; /**< its place at a bridge, if it has one */
    struct slot_step step;   /**< with fresh: of the present feed */
    bool sent_made;          /**< the newest packet was made here: of audio, all have one clock */
    int64_t next_since_us;   /**< since when `next` is waited for */
    uint8_t next_level;      /**< temporal level to begin it with */
    struct allocation_slot *allocation; /**< owned; NULL for audio */
};

/** @return 0 or ERR_NO_MEMORY */
int slot_new(struct slot **out, struct egress *egress, const struct session_media *media,
             bool two_byte_exts);

/** The m-line does not receive any more: nothing feeds it, its numbers are kept for another time.
 */
void slot_rest(struct slot *slot);

/** A re-offer has changed the m-line, which receives; numbers go on. @return 0 or ERR_NO_MEMORY
 * (then nothing changed) */
int slot_update(struct slot *slot, const struct session_media *media, bool two_byte_exts);

/**
 * From now on this layer feeds the slot: audio with its next packet, video from its next keyframe
 * (which is asked for); until then the present feed goes on. NULL: nothing feeds it, at once.
 */
void slot_feed(struct slot *slot, struct layer *layer);

/** Highest TID of the present feed that goes through from the next fit frame on; 3 = all. */
void slot_set_level(struct slot *slot, uint8_t level);

/** The layer ends: neither feed nor next any more. */
void slot_forget_layer(struct slot *slot, const struct layer *layer);

/**
 * Goes over to `next` at this packet, the first of its keyframe (video), in place of the present
 * feed.
 */
void slot_take_next(struct slot *slot, struct packet *packet);

/** True when the change to `next` is not to wait until all of its keyframe is there: there is
 * nothing to show meanwhile, or it is no larger. Else the present feed goes on, and nothing stands
 * still while a large keyframe trickles in. */
bool slot_hurries(const struct slot *slot);

/** True when the slot has had this packet of `layer`, or later ones: it left since, and a receiver
 * needs no picture twice. */
bool slot_knows(const struct slot *slot, const struct layer *layer, int64_t ext_seq);

/** True when the newest packet sent was the last of its frame. */
bool slot_is_between_frames(const struct slot *slot);

/** This packet of the present feed does not go on, and never will. */
void slot_close_up(struct slot *slot, int64_t ext_seq);

/** The feed restarted: begins anew at its next packet (audio) or keyframe (video). */
void slot_follow_restart(struct slot *slot);

/** Can the receiver take packets of this codec? NULL: not known yet, and taken for yes. */
bool slot_takes(const struct slot *slot, const struct session_codec *codec);

/** The feed's codecs have changed (re-offer of its sender): packets of before are gone from its
 * cache. */
void slot_follow_codecs(struct slot *slot);

/** So many packets of the present feed may be kept to be sent again: where they went is known. */
static inline void slot_remember(struct slot *slot, uint32_t packets)
{
    stream_rewrite_widen(slot->rewrite, packets);
}

/** Sends one packet of the present feed, or leaves it out. Hot path. */
void slot_forward(struct slot *slot, struct packet *packet);

/** The receiver has reported on this slot. */
void slot_reported(struct slot *slot);

/** How wide its receiver's link is (room/thin_link.h). */
void slot_tell_width(struct slot *slot, bool narrow);

/**
 * The feed is far more than the network carries: nothing of it goes out any more, not even what
 * waits, until the next one takes over, or until its own next keyframe when none is due.
 */
void slot_suspend(struct slot *slot);

/**
 * What waits has waited too long: it is dropped up to the newest keyframe that waits; without one,
 * nothing more goes out before the feed's next keyframe.
 */
void slot_starve(struct slot *slot);

/** Does what is due. */
void slot_timeout(struct slot *slot, int64_t now_us);

int64_t slot_next_deadline(const struct slot *slot);

/** The receiver needs a keyframe. */
void slot_want_keyframe(struct slot *slot);

/** Numbers for a sender report. @return false when nothing was sent yet */
bool slot_report(struct slot *slot, struct sender_report *out);

void slot_free(struct slot **slot);

/* ---- for slot.c and slot_repeat.c ---- */

static inline bool slot_is_audio(const struct slot *slot)
{
    return slot->vp8 == NULL;
}

/** Place of an outgoing number among those remembered. */
static inline struct slot_sent_vp8 *slot_sent_vp8_at(const struct slot *slot, int64_t ext_seq)
{
    return &slot->sent_vp8[(uint64_t)ext_seq % STREAM_REWRITE_VIDEO_WINDOW];
}

/** For plain_resend. Without memory it is not sent again. */
void slot_note_sent_vp8(struct slot *slot, int64_t ext_seq, const struct vp8_numbers *numbers);

/** What all sendings of a packet of the present feed have in common; the first copy's otherwise. */
static inline void slot_sending_begin(struct sending *out, const struct slot *slot,
                                      struct packet *packet, const struct packet_facts *facts)
{
    const struct slot_codec *codec = &slot->codecs[facts->codec];
    out->packet = packet;
    out->exts = &slot->exts;
    out->ssrc = slot->ssrc;
    out->csrc = slot->feed->number;
    out->original_seq = 0;
    out->frame_number = 0;
    out->pt = codec->pt;
    out->block_pt = slot->opus_pt;
    out->copies = 0;
    out->again = false;
    out->mark = NULL;
    out->padding = 0;
    out->marker = facts->marker;
    out->rtx = false;
    out->unwrap = codec->unwrap;
    out->numbered = codec->numbered;
    out->kind = slot->vp8 != NULL ? SEND_VIDEO : SEND_AUDIO;
}

static inline struct sending_mark *slot_mark(const struct slot *slot, int64_t ext_seq)
{
    return &slot->marks[(uint64_t)ext_seq % STREAM_REWRITE_AUDIO_WINDOW];
}

/** Pictures may wait for their turn. */
static inline struct pacer_flow *slot_flow(struct slot *slot)
{
    return slot_is_audio(slot) ? NULL : &slot->flow;
}

#endif
