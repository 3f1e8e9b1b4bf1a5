/**
 * A caller's camera: one VP8 stream, or three simulcast layers, 30 frames a second out of the
 * content, paced; as much of it as the estimate allows (picture_rates.h); keyframes when asked for;
 * lost packets again; and repeats of recent packets where the estimator wants to probe.
 *
 * A lower rate begins at the next group; until then temporal levels are left out. When more waits
 * in the pacer than the path can take in time, frames are left out, too.
 */
#ifndef LOAD_PICTURE_SENDER_H
#define LOAD_PICTURE_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rand.h"
#include "cc/pacer.h"
#include "load/agreement.h"
#include "load/content.h"
#include "load/mark.h"
#include "load/picture_rates.h"
#include "load/send_path.h"
#include "load/stats.h"
#include "media/send_stats.h"
#include "media/vp8_packets.h"

enum {
    PICTURE_SENDER_KEPT = 512,          /**< packets of a layer that can be asked for */
    PICTURE_SENDER_KEYFRAME_US = 300000 /**< least time between keyframes that are asked for */
};

struct picture_sender;

/** A packet that waits, or that can be asked for again. */
struct picture_packet {
    struct pacer_item item;
    bool used;
    bool waits;
    bool last; /**< of its frame: carries the mark, has the marker */
    uint16_t seq;
    uint16_t len;
    uint32_t timestamp;
    const uint8_t *bytes; /**< of the content's frame */
    uint8_t descriptor[VP8_PACKETS_DESCRIPTOR_BYTES];
    struct mark mark;
};

/** One stream. */
struct picture_layer {
    struct picture_sender *sender;
    struct pacer_flow flow;
    unsigned layer; /**< of the content */
    size_t number;  /**< of the m-line's layers */
    bool on;
    bool known; /**< the server has reported on it: MID and RID need not be told any more */
    bool want_keyframe;
    unsigned rate; /**< of the group under way */
    unsigned tid;  /**< highest that goes out since the last frame of level 0 */
    uint64_t place;
    uint32_t frame; /**< number for the marks */
    uint16_t seq;
    uint16_t rtx_seq;
    uint32_t first_timestamp;
    int64_t keyframe_us;
    struct vp8_packets packets;
    struct send_stats send;
    uint64_t probed;             /**< packets repeated as probes */
    struct picture_packet *kept; /**< owned */
};

struct picture_sender {
    struct agreement_stream stream;
    const struct content *content; /**< borrowed */
    struct send_path *path;        /**< borrowed */
    uint32_t caller;
    struct picture_costs costs;
    struct picture_rate rates[CONTENT_LAYERS]; /**< as chosen */
    struct picture_layer layers[CONTENT_LAYERS];
    size_t layer_count;
    uint64_t ticks; /**< frames since the start, left out or not */
    int64_t start_us;
    int64_t next_us;
    int64_t choose_us; /**< when rates are chosen next */
    struct stats_sent stats;
};

/** @return 0 or ERR_NO_MEMORY; deinit in any case */
int picture_sender_init(struct picture_sender *sender, const struct agreement_stream *stream,
                        const struct content *content, uint32_t caller, struct send_path *path,
                        struct rand *rand, int64_t now_us);

/** Makes the frames that are due, and what the estimator wants for a probe. */
void picture_sender_timeout(struct picture_sender *sender, int64_t now_us);

int64_t picture_sender_next_deadline(const struct picture_sender *sender);

/** The pacer let go of one of its packets. */
void picture_sender_leave(struct pacer_item *item, int64_t now_us);

/** PLI or FIR came for an SSRC of ours. */
void picture_sender_keyframe(struct picture_sender *sender, uint32_t ssrc, int64_t now_us);

/** A NACK came. */
void picture_sender_repair(struct picture_sender *sender, uint32_t ssrc, uint16_t seq,
                           int64_t now_us);

/** The layer with this SSRC, or NULL. */
struct picture_layer *picture_sender_layer(struct picture_sender *sender, uint32_t ssrc);

void picture_sender_deinit(struct picture_sender *sender);

#endif
