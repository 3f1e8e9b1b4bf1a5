/**
 * A caller's ear for one stream of sound: repairs, play-out in order of numbers, and how much of it
 * had to be made up (listening.h).
 */
#ifndef LOAD_VOICE_RECEIVER_H
#define LOAD_VOICE_RECEIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/endpoint.h"
#include "load/intake.h"
#include "load/listening.h"
#include "media/red_fill.h"

enum {
    VOICE_RECEIVER_WINDOW = 64,
    VOICE_RECEIVER_GIVE_UP_US = 200000 /**< what is missing longer than this never came */
};

/** A number, while what is before it is still awaited. */
struct voice_place {
    int64_t ext_seq; /**< 0 = unused */
    bool came;
    bool overtaken;     /**< later ones came before it */
    int64_t timestamp;  /**< unwrapped */
    int64_t arrived_us; /**< or when it was found missing */
};

struct voice_receiver {
    uint8_t pt;
    uint8_t red_pt; /**< 0 = none */
    uint32_t ssrc;  /**< of the last packet that was no RTX */
    struct intake intake;
    struct voice_place window[VOICE_RECEIVER_WINDOW];
    int64_t next;    /**< number to be played next, -1 before the first */
    int64_t highest; /**< that came or was found missing */
    bool gap;        /**< the number before next was lost */
    struct red_fill_place newest;
    struct listening listening;
    uint64_t cut_us;         /**< of interruptions that were too long to be concealed */
    uint32_t life;           /**< rises when play-out begins anew */
    int64_t kept_us;         /**< smoothed time between arrival and play-out */
    struct endpoint_tap tap; /**< sound NULL = nobody decodes it */
    unsigned stream;         /**< number for the tap */
};

/** @param run of our own marks; @param tap NULL = none. @return 0 or ERR_NO_MEMORY */
int voice_receiver_init(struct voice_receiver *receiver, const struct agreement_stream *stream,
                        uint16_t run, const struct endpoint_tap *tap, unsigned number);

/**
 * A parsed packet of its SSRC, or of its RTX SSRC.
 * @return false when it cannot be read
 */
bool voice_receiver_receive(struct voice_receiver *receiver, const uint8_t *data,
                            const struct rtp_header *header, bool rtx, int64_t arrived_us,
                            int64_t now_us);

void voice_receiver_stats(const struct voice_receiver *receiver, struct stats_received *out);

void voice_receiver_deinit(struct voice_receiver *receiver);

#endif
