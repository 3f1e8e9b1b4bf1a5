/**
 * Mixes the sound of rooms for slots that want it (DESIGN.md 7): only the loudest are decoded, each
 * of them hears the others, everybody else hears one and the same packets.
 *
 * Sans-I/O, on the worker's thread, above the exchange: each loop turn audio_bridge_timeout (when
 * audio_bridge_next_deadline has come) goes before exchange_flush, which sends what was mixed. A
 * room is mixed each 20 ms while it has a sink for audio (room/bridging.h). A few rooms share a
 * turn, since they share what is in the cache; turns are spread over that time, on the grid of
 * timers as far as they are few (base/grid.h).
 */
#ifndef BRIDGE_AUDIO_BRIDGE_H
#define BRIDGE_AUDIO_BRIDGE_H

#include <stdint.h>

#include "bridge/audio_bridge_config.h"
#include "room/exchange.h"

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
