/**
 * What is measured on a leg, as plain values: the seam between media (endpoint, agent, dial), the
 * desk that listens, and reports. Sums can be added up and subtracted (stats of a span of time).
 */
#ifndef LOAD_STATS_H
#define LOAD_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hist.h"
#include "load/agreement.h"
#include "load/mark.h"

enum { STATS_MAX_STREAMS = AGREEMENT_MAX_STREAMS, STATS_MAX_HEARD = 64 };

/** An Opus packet that came. */
struct stats_sound {
    int64_t arrived_us;
    uint32_t ssrc;
    int64_t ext_seq;   /**< unwrapped */
    int64_t timestamp; /**< unwrapped, 48 kHz */
    bool marked;       /**< mark holds: it was forwarded as it is */
    struct mark mark;
    uint8_t csrc_count; /**< of a mix: who is in it, as the server says */
    uint32_t csrcs[15];
};

/** A whole frame that came. */
struct stats_frame {
    int64_t arrived_us; /**< of its last packet */
    int64_t shown_us;   /**< by the playout buffer */
    int64_t timestamp;  /**< unwrapped, 90 kHz */
    bool keyframe;
    bool marked;
    struct mark mark;
    uint16_t height;
};

/** Who came in on a stream, by marks. */
struct stats_heard {
    uint32_t caller;
    uint64_t packets;
    uint64_t bytes;
};

/** One received stream; sums since its beginning. */
struct stats_received {
    enum load_kind kind;
    uint64_t packets;     /**< distinct ones, repaired included */
    uint64_t bytes;       /**< of payloads */
    uint64_t lost_before; /**< numbers that did not come at first; falls when one was overtaken */
    uint64_t lost_after;  /**< numbers that never came (or too late to be of use) */
    uint64_t repaired;    /**< by RTX, RED or FEC's place */
    uint64_t duplicates;
    uint64_t reordered;
    uint64_t runs;       /**< of consecutive numbers that were lost after repair: burst ratio */
    uint64_t nacks_sent; /**< numbers */
    uint64_t plis_sent;
    int64_t jitter_us;    /**< RFC 3550 6.4.1, as of now */
    struct hist delay_us; /**< one way through server and network, sent to arrived, by marks, where
                             the packet was not repaired */
    /* sound */
    uint64_t due_us; /**< of sound, since the first packet, pauses of the sender left out */
    uint64_t concealed_us;
    int64_t buffer_us; /**< playout delay, as of now */
    uint64_t mixed;    /**< packets without a mark: a mix, or not ours */
    /* pictures */
    uint64_t frames; /**< shown */
    uint64_t keyframes;
    uint64_t frames_broken;   /**< that needed something which never came */
    uint64_t frames_backward; /**< number or timestamp below the one before, without a keyframe */
    uint64_t freezes;
    uint64_t frozen_us;
    double interval_s; /**< sums of times between frames and of their squares: harmonic rate */
    double interval2_s2;
    double height_s;   /**< height by time shown */
    uint64_t shown_us; /**< from the first frame on */
    uint64_t layer_switches;
    struct stats_heard heard[STATS_MAX_HEARD];
    size_t heard_count;
    uint64_t heard_more; /**< packets of callers beyond those */
    int64_t first_us;    /**< when the first packet (sound) or frame (pictures) came, 0 = none */
    int64_t last_us;     /**< when the last packet came */
};

/** One sent stream, all layers. */
struct stats_sent {
    enum load_kind kind;
    uint64_t packets; /**< originals */
    uint64_t bytes;   /**< of payloads */
    uint64_t repairs;
    uint64_t repairs_missed;
    uint64_t keyframes_asked; /**< PLI and FIR */
    uint64_t nacks;           /**< numbers that the server asked for */
    uint64_t estimate_bps;    /**< as of now, 0 = no feedback */
    uint64_t reported_lost;   /**< by the server's receiver reports */
    int64_t rtt_us;           /**< by reports, 0 = not known */
    uint64_t spoke_us;        /**< sound: time in talk spurts */
    uint64_t left_out;        /**< sound: silent packets that were not sent (DTX) */
};

struct stats {
    struct stats_received received[STATS_MAX_STREAMS];
    size_t received_count;
    struct stats_sent sent[STATS_MAX_STREAMS];
    size_t sent_count;
    uint64_t rtp_received; /**< packets of all kinds */
    uint64_t rtp_sent;
    uint64_t malformed; /**< RTP or RTCP of the server that cannot be read */
    uint64_t unknown_ssrc;
};

#endif
