/**
 * One slot's continuous sequence numbers and timestamps, whatever feeds it.
 *
 * The first number is below 0x8000 (INTEROP.md 59). Numbers dropped on purpose close up; numbers
 * missing at the source stay reserved, so a late packet finds its place; the same source packet
 * always gets the same numbers. A change of feed continues at the next number (leaving one unused
 * when the last frame had not ended, so that a decoder sees it incomplete) and the timestamp goes
 * on by the time that passed, never back.
 *
 * Extended source numbers come from recv_stats. How many are remembered begins small and rises with
 * what is asked for (_widen) and with holes of the source; nothing else allocates after _new.
 */
#ifndef MEDIA_STREAM_REWRITE_H
#define MEDIA_STREAM_REWRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/near.h"
#include "base/rand.h"

struct stream_rewrite;

enum {
    STREAM_REWRITE_AUDIO_WINDOW = 128,
    STREAM_REWRITE_VIDEO_WINDOW = 512,
    STREAM_REWRITE_FIRST_WINDOW = 32
};

struct stream_rewrite_config {
    uint32_t clock_rate; /**< Hz */
    uint32_t window;     /**< most outgoing numbers remembered for late packets and NACKs: power of
                            two, 16..32768 */
    uint32_t first;      /**< and at first: power of two; 0 = `window` */
    uint32_t
        min_step; /**< least timestamp step over a change of feed: 960 for audio, 1 for video */
};

/** What a source packet becomes. */
struct stream_rewrite_out {
    int64_t ext_seq; /**< outgoing extended number; the wire takes the low 16 bits */
    uint32_t timestamp;
    uint32_t
        change; /**< number of the change of feed that this packet came after (1 = first feed) */
    bool first; /**< the first packet since the change of feed */
    bool late;  /**< lower than the highest sent */
};

/** Where an outgoing packet came from, and the numbers that it must carry when it is sent again. */
struct stream_rewrite_origin {
    int64_t source_seq;        /**< extended number at the source */
    int64_t ext_seq;           /**< outgoing extended number */
    uint32_t feed;             /**< the caller's number, as given to stream_rewrite_switch */
    uint32_t change;           /**< as in stream_rewrite_out */
    uint32_t timestamp_offset; /**< outgoing minus source timestamp, modulo 2^32 */
};

/** @return 0, ERR_INVALID or ERR_NO_MEMORY */
int stream_rewrite_new(struct stream_rewrite **out, const struct stream_rewrite_config *config,
                       struct rand *rand);

/**
 * From now on `feed` feeds the slot, beginning with the packet source_seq/timestamp (which is then
 * passed to _forward). Older packets of this feed, and all of the one before, have no place any
 * more. Also for the same feed after a pause, and after RECV_RESTART.
 *
 * @param feed       the caller's number of a source stream, given back by _find; free choice
 * @param elapsed_us time between the sampling of the last packet forwarded and of this one, from
 * two timelines of one publisher; INT64_MIN when not known: then arrival times decide
 * @param arrival_us arrival of this packet
 */
void stream_rewrite_switch(struct stream_rewrite *rewrite, uint32_t feed, int64_t source_seq,
                           uint32_t timestamp, int64_t arrival_us, int64_t elapsed_us);

/** As stream_rewrite_switch, but the timestamp goes on by just this step. */
void stream_rewrite_switch_by(struct stream_rewrite *rewrite, uint32_t feed, int64_t source_seq,
                              uint32_t timestamp, uint32_t step);

/**
 * As many outgoing numbers as this are worth remembering (what can be sent again): from now on they
 * are, up to config.window. Never fewer than before; without memory as many as before.
 */
void stream_rewrite_widen(struct stream_rewrite *rewrite, uint32_t numbers);

/**
 * Numbers for a packet of the present feed.
 *
 * @param frame_end marker bit of video; true for every audio packet
 * @return false when the packet has no place: dropped before, older than the window or the change
 * of feed
 */
bool stream_rewrite_forward(struct stream_rewrite *rewrite, int64_t source_seq, uint32_t timestamp,
                            bool frame_end, int64_t arrival_us, struct stream_rewrite_out *out);

/** A packet of the present feed is not forwarded (padding only, filtered); its number closes up
 * unless already reserved. */
void stream_rewrite_drop(struct stream_rewrite *rewrite, int64_t source_seq);

/** Nothing before this packet of the present feed will be forwarded any more: numbers missing
 * between the newest one and it close up. */
void stream_rewrite_skip(struct stream_rewrite *rewrite, int64_t source_seq);

/** Highest source number of the present feed that was forwarded, reserved or dropped; -1 before the
 * first feed. */
int64_t stream_rewrite_newest(const struct stream_rewrite *rewrite);

/** Number of the present change of feed, as in stream_rewrite_out; 0 before the first. */
uint32_t stream_rewrite_change(const struct stream_rewrite *rewrite);

/** Source of the outgoing number closest to the last one sent. @return false when unknown or not
 * within the window */
bool stream_rewrite_find(const struct stream_rewrite *rewrite, uint16_t out_seq,
                         struct stream_rewrite_origin *out);

/** True while the newest packet did not end its frame. */
bool stream_rewrite_frame_open(const struct stream_rewrite *rewrite);

/** True once a number was given or reserved. */
bool stream_rewrite_active(const struct stream_rewrite *rewrite);

/** Source timestamp of the newest packet of the present feed, for timeline arithmetic before a
 * change. */
uint32_t stream_rewrite_source_timestamp(const struct stream_rewrite *rewrite);

/** Highest outgoing extended number; -1 before the first. */
int64_t stream_rewrite_highest(const struct stream_rewrite *rewrite);

/** Outgoing minus source timestamp of the present feed (modulo 2^32), for sender reports. */
uint32_t stream_rewrite_timestamp_offset(const struct stream_rewrite *rewrite);

/** Notes what every packet reads. */
void stream_rewrite_near(const struct stream_rewrite *rewrite, struct near *near);

void stream_rewrite_free(struct stream_rewrite **rewrite);

#endif
