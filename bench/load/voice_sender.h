/**
 * A caller's microphone: an Opus packet each 20 ms, speech or the quiet of a room, each with a
 * mark; lost ones again when asked for. Where the server has asked for DTX, the quiet is as libopus
 * codes it then, and of its empty packets only the first is sent, as by libwebrtc: numbers go on
 * without a gap, timestamps as if all were sent, and what follows has the marker (RFC 3551 4.1).
 */
#ifndef LOAD_VOICE_SENDER_H
#define LOAD_VOICE_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rand.h"
#include "load/agreement.h"
#include "load/content.h"
#include "load/endpoint.h"
#include "load/send_path.h"
#include "load/stats.h"
#include "media/send_stats.h"

enum {
    VOICE_SENDER_KEPT = 64, /**< packets that can be asked for: 1.3 s */
    VOICE_SENDER_STEP_US = 20000,
    VOICE_SENDER_LATE_US = 200000 /**< what is later than this is left out */
};

/** All that is needed to make a packet again. */
struct voice_packet {
    bool used;
    bool speaking;
    bool marker;
    uint16_t seq;
    uint32_t timestamp;
    uint32_t number; /**< of the 20 ms, sent or not */
    uint64_t place;
    int64_t sent_us;
};

struct voice_sender {
    struct agreement_stream stream;
    const struct content *content; /**< borrowed */
    struct send_path *path;        /**< borrowed */
    uint32_t caller;
    unsigned tone;
    struct endpoint_tap tap;
    bool speaking;
    bool empty;    /**< the packet before held nothing (DTX) */
    bool left_out; /**< and was not sent */
    bool known;    /**< the server has reported on it: MID need not be told any more */
    uint16_t seq;
    uint16_t rtx_seq;
    uint32_t timestamp;
    uint32_t number;
    uint64_t place; /**< of the next packet in the speaking loop */
    uint64_t quiet; /**< likewise in the quiet one; with DTX, since silence began */
    int64_t next_us;
    struct send_stats send;
    struct stats_sent stats;
    struct voice_packet kept[VOICE_SENDER_KEPT];
};

struct voice_sender_config {
    const struct agreement_stream *stream; /**< copied */
    const struct content *content;
    uint32_t caller;
    unsigned tone;
    const struct endpoint_tap *tap; /**< copied: its `spoke` is told; NULL = nobody is */
};

void voice_sender_init(struct voice_sender *sender, const struct voice_sender_config *config,
                       struct send_path *path, struct rand *rand, int64_t now_us);

void voice_sender_speak(struct voice_sender *sender, bool on);

/** Sends what is due. */
void voice_sender_timeout(struct voice_sender *sender, int64_t now_us);

/** A NACK came. */
void voice_sender_repair(struct voice_sender *sender, uint16_t seq, int64_t now_us);

#endif
