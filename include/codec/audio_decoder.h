/**
 * One Opus stream to mono sound at 48 kHz (RFC 6716), with repair: the LBRR of the next packet, and
 * concealment. The only decoder of sound; libopus is behind it.
 *
 * Calls are made in the order of play-out, each for the samples that follow those before:
 * audio_decoder_decode for a packet that is there, audio_decoder_recover or audio_decoder_conceal
 * for what is missing. Stereo packets are mixed down by the decoder. After any error the decoder
 * is in order, and the caller conceals.
 *
 * Whatever the bytes were, all samples are finite and within ±1: what exceeds full scale is bent
 * as libopus does for 16-bit output; what does not is as decoded. At most one allocation, in _new.
 */
#ifndef CODEC_AUDIO_DECODER_H
#define CODEC_AUDIO_DECODER_H

#include <stddef.h>
#include <stdint.h>

#include "codec/pcm.h"

enum { AUDIO_DECODER_STEP = 5 * PCM_MS / 2 /**< repairs come in multiples of 2.5 ms */ };

struct audio_decoder;

/** @return 0, ERR_NO_MEMORY */
int audio_decoder_new(struct audio_decoder **out);

/**
 * Decodes one packet.
 *
 * A packet without sound (audio_packet.dtx) gives its duration of the decoder's own comfort noise.
 *
 * @param packet bytes from the wire, any
 * @param pcm out: room for PCM_MAX_SAMPLES; undefined on failure
 * @param samples out: 120..5760, what audio_packet_parse says
 * @return 0, ERR_MALFORMED
 */
int audio_decoder_decode(struct audio_decoder *decoder, const uint8_t *packet, size_t len,
                         float pcm[PCM_MAX_SAMPLES], size_t *samples);

/**
 * Makes up for what is missing right before a packet that is there, from that packet's LBRR; what
 * it does not reach (audio_packet.lbrr_samples, or all of it) is concealed. The packet itself is to
 * be decoded next.
 *
 * @param next the packet after the hole
 * @param samples length of the hole: a multiple of AUDIO_DECODER_STEP, 120..PCM_MAX_SAMPLES
 * @param pcm out: room for samples; undefined on failure
 * @return 0, ERR_MALFORMED, ERR_INVALID (samples)
 */
int audio_decoder_recover(struct audio_decoder *decoder, const uint8_t *next, size_t len,
                          size_t samples, float *pcm);

/**
 * Makes up samples from what was heard before; they fade in the course of a hundred milliseconds.
 * Before the first packet: silence.
 *
 * @param samples a multiple of AUDIO_DECODER_STEP, 120..PCM_MAX_SAMPLES
 * @param pcm out: room for samples
 * @return 0, ERR_INVALID (samples)
 */
int audio_decoder_conceal(struct audio_decoder *decoder, size_t samples, float *pcm);

/** Forgets the stream; as new. */
void audio_decoder_reset(struct audio_decoder *decoder);

/** Clears the pointer; NULL is allowed. */
void audio_decoder_free(struct audio_decoder **decoder);

#endif
