/**
 * Who has which place in a room's composed picture. Everybody keeps his place as long as he is
 * shown; newcomers take free places, then the end.
 */
#ifndef BRIDGE_PICTURE_TILES_H
#define BRIDGE_PICTURE_TILES_H

#include "bridge/compose_message.h"
#include "picture_room.h"

/** Follows who sends and who is there; listens to the layers that fit. Sources that have ended are
 * let go of. */
void picture_tiles_follow(struct picture_room *room);

/** What the pool is to draw; all of it is set, unused bytes are zero, so that two can be compared.
 */
void picture_tiles_scene(const struct picture_room *room, struct compose_scene *out);

void picture_tiles_clear(struct picture_room *room);

#endif
