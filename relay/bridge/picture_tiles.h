/**
 * Who has which place in a room's composed picture. Everybody keeps his place as long as he is
 * shown; newcomers take free places, then the end.
 */
#ifndef BRIDGE_PICTURE_TILES_H
#define BRIDGE_PICTURE_TILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/compose_message.h"
#include "room/bridging.h"
#include "tile_stream.h"

/** One place in the picture. */
struct picture_tile {
    struct tile_stream *stream; /**< owned; NULL: somebody without video */
    uint32_t source;            /**< its number on the pool's side, 0 without video */
    uint32_t participant;
    bool kept; /**< scratch */
};

struct picture_tiles {
    const struct bridging *bridging; /**< borrowed */
    uint32_t *numbers; /**< borrowed: the last number given to a source; set by the owner */
    struct picture_tile tiles[COMPOSE_MAX_TILES];
    size_t count;
};

void picture_tiles_init(struct picture_tiles *places, const struct bridging *bridging);

/**
 * Follows who sends and who is there; listens to the layers that fit. Sources that have ended are
 * let go of.
 *
 * @param small the small rendition is all that is wanted
 */
void picture_tiles_follow(struct picture_tiles *places, bool small);

/** What the pool is to draw. */
void picture_tiles_scene(const struct picture_tiles *places, struct compose_scene *out);

void picture_tiles_deinit(struct picture_tiles *places);

#endif
