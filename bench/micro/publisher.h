/**
 * What a real publisher sends: SRTP packets of one video or audio stream, as Chromium makes them.
 *
 * Video: bursts (one frame each) of equal packets, VP8 descriptor with 15-bit PictureID, TL0PICIDX
 * and KEYIDX; the first frame is a keyframe. Audio: Opus-like single packets with level. All carry
 * MID, abs-send-time and transport-wide numbers. The payload's content is a counter and fixed
 * noise, so that whoever gets it can tell whether it is right.
 */
#ifndef BENCH_MICRO_PUBLISHER_H
#define BENCH_MICRO_PUBLISHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rtp/rtp_ext.h"
#include "transport/transport.h"

enum {
    PUBLISHER_SSRC = 0x5EED0001, /**< of the first room's publisher; the others' count up */
    PUBLISHER_VIDEO_PT = 96,
    PUBLISHER_AUDIO_PT = 111,
    PUBLISHER_MID_ID = 4,
    PUBLISHER_SEND_TIME_ID = 2,
    PUBLISHER_NUMBER_ID = 3,
    PUBLISHER_LEVEL_ID = 1,
    DATAGRAM_BYTES = 1600
};

/** Bytes as they come from the network. */
struct datagram {
    _Alignas(16) uint8_t data[DATAGRAM_BYTES];
    size_t len;
};

struct publisher_config {
    bool video;
    uint32_t ssrc;
    size_t burst;        /**< packets at a time */
    size_t packet_bytes; /**< whole plain RTP packet, header and extensions included */
    size_t shorter;      /**< packets at the start of a burst that have one byte less */
    enum srtp_profile profile;
    const uint8_t *key; /**< master key and salt of what the publisher sends */
};

struct publisher;

/** Extension ids that the publisher (and every receiver here) has agreed to. */
extern const struct rtp_ext_map publisher_exts;

/** @return 0, ERR_INVALID (packet_bytes), ERR_NO_MEMORY or ERR_CRYPTO */
int publisher_new(struct publisher **out, const struct publisher_config *config);

/** Microseconds of media time between two bursts: 20 ms of audio, a frame of 30 per second. */
int64_t publisher_interval_us(const struct publisher *publisher);

/** Packets published so far, which is the next packet's counter. */
int64_t publisher_count(const struct publisher *publisher);

/** The next burst, protected. @param now_us time of sending @return 0 or ERR_CRYPTO */
int publisher_burst(struct publisher *publisher, int64_t now_us, struct datagram *out);

/** A sender report that ties the stream to the wall clock, protected. @return 0 or ERR_CRYPTO */
int publisher_report(struct publisher *publisher, int64_t now_us, struct datagram *out);

/**
 * The counter (0 for the very first packet) that a plain packet carries.
 *
 * @param data, len plain RTP packet as it came to a receiver; VP8 numbers may differ, nothing else
 * in the payload
 * @return counter, or -1 when it is not one of ours or not intact
 */
int64_t publisher_recognise(const struct publisher *publisher, const uint8_t *data, size_t len);

void publisher_free(struct publisher **publisher);

#endif
