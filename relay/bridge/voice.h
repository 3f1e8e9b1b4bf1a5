/**
 * One source's voice as a continuous sound for the mix: what its packets become, frame by frame, on
 * the ticks of a mixer. Composes jitter buffer, decoder, concealment, comfort noise and play-out at
 * the speed that keeps the delay where the link needs it.
 *
 * A voice is made when its source is chosen for the mix, and gets the packets that are kept from
 * before first (voice_receive), then where to begin (voice_begin). Packets before that place only
 * warm up the decoder. Sound from that place on is played whole if it is to be, and else without
 * what is too long ago: delay is taken back by playing faster, or by shortening pauses.
 *
 * Bounded work: a frame costs at most about 140 ms of decoded sound, whatever the packets are.
 */
#ifndef BRIDGE_VOICE_H
#define BRIDGE_VOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/packet.h"
#include "codec/pcm.h"
#include "media/jitter_buffer.h"

struct voice;

struct voice_config {
    int64_t max_delay_us;               /**< that jitter may cause; 0 = customary, 200 ms */
    const struct delay_tracker *jitter; /**< known from before; NULL = nothing. Copied */
    uint16_t early; /**< frames are best to begin so many samples before packets do */
};

/** A packet of the source, as a tap tells it. */
struct voice_packet {
    int64_t ext_seq;
    uint32_t timestamp; /**< 48 kHz */
    int64_t arrival_us;
    struct packet *packet;  /**< holds the payload; the voice takes references of its own */
    const uint8_t *payload; /**< in packet */
    size_t bytes;
    bool red;         /**< RFC 2198 around Opus */
    uint8_t block_pt; /**< with red: payload type of Opus within */
};

struct voice_stats {
    struct jitter_stats jitter;
    uint64_t undecodable; /**< packets that were no Opus, or broken inside */
};

/** @return 0, ERR_NO_MEMORY, ERR_INVALID */
int voice_new(struct voice **out, const struct voice_config *config);

/** A packet came, in any order. */
void voice_receive(struct voice *voice, const struct voice_packet *packet);

/** The source began a new life: numbers and times have no relation to before. What is decoded is
 * still played. */
void voice_restart(struct voice *voice);

/**
 * Play-out begins at this sample of the source, with the next pull, whether its packet is there or
 * not. Once, before the first pull. Without it play-out begins with the first packet, when that has
 * waited for as long as others may be late.
 *
 * @param whole see jitter_buffer_begin
 */
void voice_begin(struct voice *voice, uint32_t timestamp, bool whole);

/** The next frame is played as it came, neither faster nor slower. */
void voice_hold(struct voice *voice);

/**
 * The next 20 ms; exactly once a tick.
 *
 * @param out zeros while nothing has come
 * @return true when the frame holds sound of the source: decoded, recovered or concealed; false for
 *         silence and comfort noise
 */
bool voice_pull(struct voice *voice, int64_t now_us, float out[PCM_FRAME]);

/**
 * The sample of the source that the next pull plays first. In a pause of the source, where it would
 * be if the sender's clock went on.
 * @return false before play-out began, and after a restart until the new life plays
 */
bool voice_position(const struct voice *voice, struct jitter_position *out);

/** How long a packet with the least transit waits here until it is played: at the start of the
 * frame of the tick at now_us, whether that was pulled yet or not. */
int64_t voice_delay_us(const struct voice *voice, int64_t now_us);

/** How much of that is there because packets are late at times. */
int64_t voice_target_us(const struct voice *voice);

/** What is known of the source's jitter, for another voice of it; borrowed. */
const struct delay_tracker *voice_jitter(const struct voice *voice);

void voice_stats(const struct voice *voice, struct voice_stats *out);

/** Clears the pointer; NULL is allowed. */
void voice_free(struct voice **voice);

#endif
