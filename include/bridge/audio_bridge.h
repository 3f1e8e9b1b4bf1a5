/**
 * Mixes the sound of rooms for slots that want it (DESIGN.md 7): only the loudest are decoded, each
 * of them hears the others, everybody else hears one and the same packets.
 *
 * Sans-I/O, on the worker's thread, above the exchange: each loop turn audio_bridge_timeout (when
 * audio_bridge_next_deadline has come) goes before exchange_flush, which sends what was mixed. A
 * room is mixed each 20 ms while it has a sink for audio (room/bridging.h); the rooms' turns are
 * spread over that time.
 */
#ifndef BRIDGE_AUDIO_BRIDGE_H
#define BRIDGE_AUDIO_BRIDGE_H

#include <stdint.h>

#include "base/pool.h"
#include "room/event.h"
#include "room/exchange.h"

enum {
    AUDIO_BRIDGE_MAX_SPEAKERS = 15, /**< as many as a packet can name (RFC 3550 5.1) */
    AUDIO_BRIDGE_MIN_BPS = 6000,
    AUDIO_BRIDGE_MAX_BPS = 128000,
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

struct audio_bridge;

struct audio_bridge_options audio_bridge_defaults(void);

/** @return 0 or ERR_NO_MEMORY */
int audio_bridge_new(struct audio_bridge **out, const struct audio_bridge_config *config,
                     int64_t now_us);

/** Mixes what is due. */
void audio_bridge_timeout(struct audio_bridge *bridge, struct exchange *exchange, int64_t now_us);

/** To be asked after exchange_flush. INT64_MAX while no room of the exchange has anything to mix or
 * compose. */
int64_t audio_bridge_next_deadline(const struct audio_bridge *bridge, struct exchange *exchange);

/** Lets go of all rooms: before exchange_free. */
void audio_bridge_free(struct audio_bridge **bridge);

#endif
