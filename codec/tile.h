/**
 * One picture in its tile: how much of it is seen, and where.
 */
#ifndef CODEC_TILE_H
#define CODEC_TILE_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/picture.h"

/** Of the whole picture, percent: where a cut would leave less, bars take the place of it. */
enum { TILE_MIN_SEEN_PERCENT = 70 };

struct tile_fit {
    struct picture_rect source; /**< what is seen of the picture, before it is turned */
    struct picture_rect target; /**< where in the tile; the rest of it is bars */
};

/**
 * Fits a picture into a tile without changing its aspect.
 *
 * @param turn  degrees: 0, 90, 180, 270
 * @param whole nothing may be cut away
 */
struct tile_fit tile_fit(int picture_width, int picture_height, uint16_t turn, int tile_width,
                         int tile_height, bool whole);

/**
 * Draws a picture into a tile.
 *
 * @param scratch for pictures that are turned: has had the size of the largest tile, turned
 */
void tile_draw(const struct picture *picture, uint16_t turn, bool whole,
               struct picture_buffer *scratch, const struct picture *tile);

#endif
