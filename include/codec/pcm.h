/**
 * Sound as all of codec/ and bridge/ hold it: 48 kHz, 32-bit float, full scale ±1, in frames of
 * 20 ms. Mono unless a contract says otherwise; two channels are interleaved, left first.
 */
#ifndef CODEC_PCM_H
#define CODEC_PCM_H

enum {
    PCM_HZ = 48000,
    PCM_MS = PCM_HZ / 1000,        /**< samples of a millisecond */
    PCM_FRAME = 20 * PCM_MS,       /**< samples of a frame, per channel */
    PCM_MAX_SAMPLES = 120 * PCM_MS /**< the longest that one packet holds, per channel */
};

#endif
