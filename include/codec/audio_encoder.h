/**
 * Sound at 48 kHz to Opus packets of 20 ms (RFC 6716, RFC 7587). libopus is behind it.
 *
 * An encoder's whole state can be copied over that of another: from then on both make the same
 * packets of the same sound, so that a listener may go over from a shared encoder to one of its
 * own (and its decoder notices nothing). Parts of a frame can be coded by themselves, so that a
 * stream begins or ends inside one.
 */
#ifndef CODEC_AUDIO_ENCODER_H
#define CODEC_AUDIO_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/audio_packet.h"
#include "codec/pcm.h"

enum {
    AUDIO_ENCODER_MIN_BPS = 6000,
    AUDIO_ENCODER_MAX_BPS = 510000,
    AUDIO_ENCODER_MAX_LOSS = 25,          /**< percent */
    AUDIO_ENCODER_COMPLEXITY = 5,         /**< the customary one of 0..10 */
    AUDIO_ENCODER_BPS = 32000,            /**< the customary rate, mono */
    AUDIO_ENCODER_STEP = 5 * PCM_MS / 2,  /**< parts of frames are multiples of 2.5 ms */
    AUDIO_ENCODER_DELAY = 13 * PCM_MS / 2 /**< samples by which decoded sound is late: 6.5 ms */
};

/** What the sound is. */
enum audio_purpose {
    AUDIO_FOR_CALLS, /**< one voice from a microphone, as browsers code it: rumble is taken away,
                        and what is left is modelled as speech up to 70 kbit/s */
    AUDIO_FOR_SOUND, /**< any, several voices at once, or a voice that was coded before: nothing is
                        taken away, and from 20 kbit/s on the wave itself is coded. That is closer
                        to the sound than a model, and takes a third of the time; without LBRR
                        (fec makes it AUDIO_FOR_SPEECH at loss_percent of 6 and more) */
    AUDIO_FOR_SPEECH /**< nothing is taken away, modelled as speech up to 60 kbit/s */
};

/** The widest band of sound to send (maxplaybackrate of RFC 7587). */
enum audio_bandwidth {
    AUDIO_FULLBAND, /**< 20 kHz */
    AUDIO_SUPERWIDEBAND,
    AUDIO_WIDEBAND,
    AUDIO_MEDIUMBAND,
    AUDIO_NARROWBAND /**< 4 kHz */
};

struct audio_encoder_config {
    uint8_t channels;           /**< 1 or 2; for the encoder's life */
    uint8_t complexity;         /**< 0..10 */
    enum audio_purpose purpose; /**< SOUND and SPEECH may be changed for each other in mid-stream */
    uint8_t loss_percent;       /**< expected at the receivers: 0..AUDIO_ENCODER_MAX_LOSS */
    bool fec; /**< adds LBRR; does nothing while loss_percent is 0 (codec/fec_policy.h) */
    bool dtx; /**< packets of at most AUDIO_PACKET_DTX_BYTES in silence */
    enum audio_bandwidth max_bandwidth;
    uint32_t
        bitrate_bps; /**< mean, of all channels: AUDIO_ENCODER_MIN_BPS..AUDIO_ENCODER_MAX_BPS */
};

struct audio_encoder;

/** For calls; mono, customary rate and complexity, no FEC, no DTX, full band. */
struct audio_encoder_config audio_encoder_defaults(void);

/** @return 0, ERR_NO_MEMORY, ERR_INVALID (config out of range) */
int audio_encoder_new(struct audio_encoder **out, const struct audio_encoder_config *config);

/**
 * Changes what may change in mid-stream: everything but channels, and whether it is for calls.
 * @return 0, ERR_INVALID (out of range, or what may not change): nothing changed then
 */
int audio_encoder_set(struct audio_encoder *encoder, const struct audio_encoder_config *config);

/** The present settings; borrowed. */
const struct audio_encoder_config *audio_encoder_config(const struct audio_encoder *encoder);

/**
 * Encodes one frame.
 *
 * @param pcm PCM_FRAME samples per channel, interleaved; finite
 * @param packet out: room for size bytes
 * @param size at least 32; a packet never exceeds it, AUDIO_PACKET_MAX_BYTES is always enough
 * @param len out: 1..size. With dtx, a packet of at most AUDIO_PACKET_DTX_BYTES need not be sent
 * @return 0, ERR_INVALID (size)
 */
int audio_encoder_encode(struct audio_encoder *encoder, const float *pcm, uint8_t *packet,
                         size_t size, size_t *len);

/**
 * Encodes a part of a frame, as one packet; the sound goes on from what was encoded before.
 *
 * @param samples per channel: a multiple of AUDIO_ENCODER_STEP, up to PCM_FRAME
 * @param packet, size, len as of audio_encoder_encode
 * @return 0, ERR_INVALID (size, samples)
 */
int audio_encoder_encode_part(struct audio_encoder *encoder, const float *pcm, size_t samples,
                              uint8_t *packet, size_t size, size_t *len);

/**
 * The next packet is coded without reference to those before it, as far as Opus can: for decoders
 * that did not hear them, or heard a pause instead. It costs that packet some of its quality.
 */
void audio_encoder_stand_alone(struct audio_encoder *encoder);

/**
 * Makes dst an exact copy of src, settings included: equal frames give equal packets from now on.
 * About a microsecond; no allocation.
 * @return 0, ERR_INVALID (other number of channels): nothing changed then
 */
int audio_encoder_copy(struct audio_encoder *dst, const struct audio_encoder *src);

/** Forgets the sound before, keeps the settings. */
void audio_encoder_reset(struct audio_encoder *encoder);

/** Clears the pointer; NULL is allowed. */
void audio_encoder_free(struct audio_encoder **encoder);

#endif
