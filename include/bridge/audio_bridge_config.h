/**
 * What an audio bridge is given: values only.
 */
#ifndef BRIDGE_AUDIO_BRIDGE_CONFIG_H
#define BRIDGE_AUDIO_BRIDGE_CONFIG_H

#include <stdint.h>

#include "base/pool.h"
#include "room/event.h"

enum {
    AUDIO_BRIDGE_MAX_SPEAKERS = 15, /**< as many as a packet can name (RFC 3550 5.1) */
    AUDIO_BRIDGE_MIN_BPS = 6000,
    AUDIO_BRIDGE_MAX_BPS = 128000,
    AUDIO_BRIDGE_BPS = 128000, /**< the customary rate: what a second coding adds is not heard */
    AUDIO_BRIDGE_MAX_COMPLEXITY = 10,
    AUDIO_BRIDGE_FRAME_US = 20000
};

/** What its owner may choose. */
struct audio_bridge_options {
    uint32_t speakers; /**< heard at a time, 1..AUDIO_BRIDGE_MAX_SPEAKERS */
    uint32_t
        bitrate_bps; /**< of a mix, unless its listener wants less: AUDIO_BRIDGE_MIN_BPS..MAX_BPS */
    uint8_t complexity; /**< of encoders, 0..AUDIO_BRIDGE_MAX_COMPLEXITY */
};

struct audio_bridge_config {
    struct audio_bridge_options options;
    struct pool *packets;       /**< borrowed; home of the packets that go out */
    struct event_mix *counters; /**< borrowed; counted into */
};

#endif
