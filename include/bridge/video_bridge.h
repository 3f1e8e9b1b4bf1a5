/**
 * A worker's composed pictures: takes the tiles' packets from the rooms, has them composed by the
 * codec pool, and sends what comes back.
 *
 * Sans-I/O, as the exchange below it: requests go out through the sink given at birth, results come
 * in. app/worker connects it with app/codec_pool, tests/sim with a compose_desk in virtual time.
 *
 * A loop turn: video_bridge_result for each result that came, video_bridge_timeout when the
 * deadline has come, then exchange_flush.
 */
#ifndef BRIDGE_VIDEO_BRIDGE_H
#define BRIDGE_VIDEO_BRIDGE_H

#include <stdint.h>

#include "bridge/compose_message.h"
#include "bridge/video_bridge_config.h"

struct video_bridge;

/** @return 0 or ERR_NO_MEMORY */
int video_bridge_new(struct video_bridge **out, const struct video_bridge_config *config);

/** Takes the result over. */
void video_bridge_result(struct video_bridge *bridge, struct compose_result *result,
                         int64_t now_us);

/** Looks at the rooms: sinks, tiles, packets. */
void video_bridge_timeout(struct video_bridge *bridge, int64_t now_us);

/** INT64_MAX while no room wants a picture. */
int64_t video_bridge_next_deadline(const struct video_bridge *bridge);

void video_bridge_free(struct video_bridge **bridge);

#endif
