/**
 * Puts one audio stream's packets in order and says, as play-out goes on, what comes next: a packet
 * to decode, a hole to fill from the packet behind it, concealment, or a pause of the sender.
 *
 * Sequence numbers tell loss from pauses: where no number is missing, a step of the timestamp is a
 * pause (DTX). An empty buffer conceals without moving on, so that nothing late is thrown away;
 * the delay that this adds is taken back later, as jitter_buffer_adjustment advises. Play-out is
 * asked for in frames of 20 ms, at ticks of the owner's clock.
 *
 * Times are those of RTP at 48 kHz. One allocation, in _new; packets are held by reference.
 */
#ifndef MEDIA_JITTER_BUFFER_H
#define MEDIA_JITTER_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/delay_tracker.h"
#include "media/jitter_packet.h"

struct jitter_buffer;

enum {
    JITTER_BUFFER_UNIT = 120,       /**< holes are recovered and concealed in multiples of 2.5 ms */
    JITTER_BUFFER_BEGIN_US = 19000, /**< beyond what is required: how late play-out may begin */
    JITTER_BUFFER_CONCEAL_MAX = 4800 /**< samples concealed in one go; then a pause is assumed */
};

enum jitter_verdict {
    JITTER_KEPT,
    JITTER_DUPLICATE,
    JITTER_LATE,   /**< its time is over */
    JITTER_RESTART /**< kept; everything before was dropped, since times or numbers have no relation
                      to before */
};

enum jitter_action {
    JITTER_WAIT,    /**< play-out has not begun */
    JITTER_DECODE,  /**< this packet */
    JITTER_RECOVER, /**< `samples` before this packet, from its copy; it comes itself next */
    JITTER_CONCEAL, /**< `samples` are missing */
    JITTER_PAUSE    /**< the sender is silent: `samples` of comfort noise */
};

struct jitter_step {
    enum jitter_action action;
    uint16_t samples;
    uint16_t skip; /**< JITTER_DECODE: so many samples at the front are not to be played */
    struct jitter_packet packet; /**< JITTER_DECODE, JITTER_RECOVER: borrowed until the next call */
};

/** A place in the source's stream. */
struct jitter_position {
    int64_t ext_seq;    /**< packet that holds the next sample, or the one awaited */
    uint32_t timestamp; /**< of the next sample */
};

/** As W3C webrtc-stats counts (RTCInboundRtpStreamStats); samples per channel. */
struct jitter_stats {
    uint64_t total_samples; /**< played, of any origin, since play-out began */
    uint64_t concealed_samples;
    uint64_t
        silent_concealed_samples; /**< part of those: comfort noise in place of what was lost */
    uint64_t concealment_events;
    uint64_t inserted_samples;  /**< to play slower */
    uint64_t removed_samples;   /**< to play faster */
    uint64_t pause_samples;     /**< comfort noise while the sender was silent; no concealment */
    uint64_t recovered_samples; /**< from in-band FEC */
    uint64_t emitted_samples;   /**< that came out as packets; concealment does not count */
    uint64_t delay_us_samples;  /**< sum over emitted samples of their time here, microseconds */
    uint64_t packets;
    uint64_t repair_packets; /**< of those kept, which came inside others */
    uint64_t duplicates;
    uint64_t late;
    uint64_t discarded; /**< the buffer was full, or a restart */
    uint64_t restarts;
};

/** @param max_us bound of the delay that jitter may cause (media/delay_tracker.h). @return 0 or
 * ERR_NO_MEMORY, ERR_INVALID */
int jitter_buffer_new(struct jitter_buffer **out, int64_t max_us);

/** Begins with what another buffer knew of the source's jitter, to be called before the first
 * packet. */
void jitter_buffer_learn(struct jitter_buffer *buffer, const struct delay_tracker *known);

/** Frames are best to begin so many samples before packets do, in place of with them: less than
 * JITTER_BUFFER_UNIT. */
void jitter_buffer_stand(struct jitter_buffer *buffer, uint16_t early);

/** What is known of the source's jitter now; borrowed. */
const struct delay_tracker *jitter_buffer_known(const struct jitter_buffer *buffer);

/** A packet came, in any order. */
enum jitter_verdict jitter_buffer_receive(struct jitter_buffer *buffer,
                                          const struct jitter_packet *packet);

/**
 * Play-out begins at this time of the source, as soon as a packet of this time has waited for as
 * long as others may be late, whether it is there or not; packets before it are given by
 * jitter_buffer_prime only. Without this call it begins with the first packet. Before the first
 * step that is not JITTER_WAIT; without effect when it is more than two seconds off.
 *
 * @param whole false: as much of the front is left out, in multiples of JITTER_BUFFER_UNIT, as
 *              would be played with more delay than JITTER_BUFFER_BEGIN_US above what is required
 */
void jitter_buffer_begin(struct jitter_buffer *buffer, uint32_t timestamp, bool whole);

/**
 * Packets that lie before the place where play-out begins, for a decoder to warm up with, in order.
 * To be called until it says false, before the first pull.
 */
bool jitter_buffer_prime(struct jitter_buffer *buffer, int64_t now_us,
                         struct jitter_packet *packet);

/**
 * What comes next, after the step before.
 *
 * @param wanted  samples that are needed at least; pauses and concealment are no longer than this,
 *                rounded up to JITTER_BUFFER_UNIT
 * @param pending samples decoded before and not yet played
 */
void jitter_buffer_pull(struct jitter_buffer *buffer, size_t wanted, size_t pending, int64_t now_us,
                        struct jitter_step *step);

/** True when the next step is a packet that follows the step before without a hole or pause, so
 * that it may be decoded ahead of its time. */
bool jitter_buffer_ready(const struct jitter_buffer *buffer);

/**
 * How many samples should be taken out (above 0: play-out is too late) or put in (below 0: packets
 * are going to miss it), so that packets come in time and no more delay is kept than they need. To
 * be asked at a tick, before its frame is put together.
 */
int32_t jitter_buffer_adjustment(const struct jitter_buffer *buffer, size_t pending,
                                 int64_t now_us);

/** A frame of `samples` was played; `adjusted` samples were taken out (below 0: put in) in it. */
void jitter_buffer_played(struct jitter_buffer *buffer, size_t samples, int32_t adjusted);

/** @return false while play-out has not begun */
bool jitter_buffer_position(const struct jitter_buffer *buffer, size_t pending,
                            struct jitter_position *out);

/** Time from the arrival by the least transit to play-out, microseconds; 0 before it began. */
int64_t jitter_buffer_delay_us(const struct jitter_buffer *buffer, size_t pending, int64_t now_us);

/** What jitter asks for now. */
int64_t jitter_buffer_required_us(const struct jitter_buffer *buffer);

const struct jitter_stats *jitter_buffer_stats(const struct jitter_buffer *buffer);

/** Drops all packets; the source has begun a new life. What is known of its jitter stays. */
void jitter_buffer_restart(struct jitter_buffer *buffer);

/** Clears the pointer; NULL is allowed. */
void jitter_buffer_free(struct jitter_buffer **buffer);

#endif
