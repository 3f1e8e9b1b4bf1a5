/**
 * A receiver of one slot, as strict as a receiver can be: finds gaps, asks for repair (first after
 * 10 ms, again each round trip), puts packets in order, and then checks that the stream is one
 * unbroken whole: numbers, timestamps, PictureID, TL0PICIDX, keyframe at every change of feed or
 * layer, CSRC naming the publisher, no frame whose references were never sent. Sound without a mark
 * is a mix: its numbers and timestamps go on as ever, and its CSRCs name whom it is of, if anybody
 * is heard (RFC 3550 7.1).
 *
 * What can be decoded is shown (playback.h), what arrives of audio is heard (listening.h).
 *
 * A sink that somebody listens to gives real sound away in place of reading marks: then only
 * numbers, timestamps and payload types are checked, since any source or mix may feed it. One that
 * somebody watches gives every packet away as it comes, and repairs nothing.
 */
#ifndef TESTS_SIM_SINK_H
#define TESTS_SIM_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/listening.h"
#include "load/playback.h"
#include "room/session.h"
#include "rtp/rtcp.h"
#include "rtp/seq.h"
#include "rtp/vp8_payload.h"
#include "sim/source.h"

enum {
    SINK_WINDOW = 2048,
    SINK_NACK_FIRST_US = 10000,
    SINK_GIVE_UP_VIDEO_US = 1000000,
    SINK_GIVE_UP_AUDIO_US = 200000,
    SINK_SKIP_US = 100000, /**< what is missing before a whole keyframe is not awaited longer */
    SINK_PLI_INTERVAL_US = 500000,
    SINK_MAX_NACK = 64,
    SINK_FRAMES = 256 /**< remembered, for references */
};

/** One sequence number. */
struct sink_entry {
    int64_t ext_seq; /**< -1 = unused */
    bool received;
    bool overtaken; /**< was missing when later ones came */
    bool made;      /**< by the relay: no mark */
    uint32_t tries;
    int64_t missing_us; /**< when it was found missing */
    int64_t nack_us;    /**< when to ask for it (again) */
    uint32_t timestamp;
    bool marker;
    uint8_t csrc_count;
    uint32_t csrc;
    struct vp8_payload vp8;
    struct source_mark mark;
    int64_t arrival_us;
};

/** What has come, and what was wrong with it. */
struct sink_counts {
    uint64_t packets;  /**< distinct originals */
    uint64_t repaired; /**< came by RTX */
    uint64_t copied;   /**< came in another packet (RED) */
    uint64_t made;     /**< delivered ones of a mix */
    uint64_t duplicates;
    uint64_t probes;    /**< RTX of what was there already, or padding on the RTX SSRC */
    uint64_t delivered; /**< in order */
    uint64_t unrepaired;
    uint64_t nacks;
    uint64_t plis;
    uint64_t frames_decoded;
    uint64_t frames_broken; /**< begun, and not whole or without their reference */
    uint64_t feeds;         /**< changes of publisher or life, the first included */
    uint64_t errors;        /**< breaks of continuity; 0 in a working relay */
    const char *error;      /**< the last one */
    int64_t first_decoded_us;
    int64_t last_decoded_us;
    int64_t
        longest_freeze_us;   /**< between two decoded frames (video) or delivered packets (audio) */
    uint64_t reports;        /**< sender reports */
    int64_t worst_switch_us; /**< timestamps against capture times, over changes of layer */
};

/** The frame under way. */
struct sink_frame {
    bool begun;
    bool whole;   /**< so far */
    uint8_t next; /**< index of its next packet */
    bool keyframe;
    struct source_mark mark;
};

/** A frame of real sound, given once: an original, a repeat, or a copy in RED. */
struct sink_sound {
    int64_t ext_seq;
    uint32_t timestamp;
    const uint8_t *payload; /**< for the call */
    size_t bytes;
    const uint8_t *csrcs; /**< four bytes each, for the call */
    size_t csrc_count;
    int64_t arrival_us;
};

/** A packet of real pictures. */
struct sink_sight {
    int64_t ext_seq;
    uint32_t timestamp;
    bool marker;
    const uint8_t *payload; /**< with its descriptor; for the call */
    size_t bytes;
    size_t csrc_count;
    int64_t arrival_us;
};

struct sink_watcher {
    /** @return false when a keyframe is needed */
    bool (*take)(void *owner, const struct sink_sight *sight);
    void *owner;
};

struct sink_listener {
    void (*take)(void *owner, const struct sink_sound *sound);
    void *owner;
};

struct sink {
    enum media_kind kind;
    uint32_t ssrc;
    uint32_t rtx_ssrc;
    uint8_t pt;
    uint8_t rtx_pt;
    uint8_t red_pt; /**< audio; 0 = not agreed */
    bool nack;
    bool may_resume; /**< a source may leave the slot and come back to it (mute, pin) */
    struct seq_unwrap unwrap;
    int64_t first; /**< extended, -1 = nothing yet */
    int64_t highest;
    int64_t next;               /**< to be delivered */
    int64_t whole_key;          /**< first number of the last keyframe that is whole, -1 = none */
    struct sink_entry *entries; /**< SINK_WINDOW, by low bits */
    struct sink_counts counts;

    /* order of what was delivered */
    bool have_last;
    bool gap; /**< something before was given up */
    struct sink_entry last;
    bool lossy; /**< packets were given up since the last keyframe */
    struct sink_frame frame;
    struct sink_known {
        bool used;
        uint32_t number;
        uint64_t feed;
    } decoded[SINK_FRAMES]; /**< frames that could be decoded, by low bits of the number */
    struct playback playback;
    struct listening listening;
    struct sink_listener listener; /**< take NULL = marks are read */
    struct sink_watcher watcher;   /**< likewise, of video */
    int64_t pli_us;                /**< last PLI, INT64_MIN = none */
    bool wants_keyframe;

    int64_t due_us; /**< when to look for what to ask for or to give up; INT64_MAX = never */

    /* for reports */
    uint64_t expected_prior;
    uint64_t received_prior;
    uint64_t received; /**< originals, duplicates included */
    uint32_t lsr;
    int64_t lsr_us;
    uint64_t report_ntp; /**< of the last sender report */
    uint32_t report_timestamp;
};

/**
 * @param media its slot side
 * @param keep  frames and freezes are kept for plots
 * @return 0 or ERR_NO_MEMORY
 */
int sink_init(struct sink *sink, const struct session_media *media, bool keep);

/** Sources with a voice, or a mix, are heard here from the beginning. */
void sink_set_listener(struct sink *sink, const struct sink_listener *listener);

/** Sources with a camera, or a composed picture, are seen here from the beginning. */
void sink_set_watcher(struct sink *sink, const struct sink_watcher *watcher);

/** True when an SSRC is one of this slot's. */
bool sink_owns(const struct sink *sink, uint32_t ssrc);

/** Takes plain RTP. */
void sink_receive(struct sink *sink, const uint8_t *data, size_t len, int64_t now_us);

/** A sender report for its SSRC came. */
void sink_sender_report(struct sink *sink, const struct rtcp_report *report, int64_t now_us);

/**
 * Gives up what is too old and says what to ask for now.
 * @return count of numbers in seqs
 */
size_t sink_timeout(struct sink *sink, int64_t now_us, int64_t rtt_us,
                    uint16_t seqs[static SINK_MAX_NACK], bool *pli);

int64_t sink_next_deadline(const struct sink *sink);

/** Report block for it. @return false when nothing came yet */
bool sink_report(struct sink *sink, int64_t now_us, struct rtcp_report_block *out);

/**
 * How much later the stream's sender reports say the last packet was taken than it was, in
 * microseconds: a constant of the relay, the same for all streams of a publisher if sound and
 * picture are to stay together.
 */
int64_t sink_report_offset_us(const struct sink *sink);

/** Share of the expected packets that never came. */
double sink_unrepaired_share(const struct sink *sink);

void sink_deinit(struct sink *sink);

#endif
