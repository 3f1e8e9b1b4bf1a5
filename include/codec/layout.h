/**
 * Where the tiles of a composed picture stand.
 *
 * Pure functions of (kind, count, size). All rectangles have even coordinates and even sides, lie
 * inside the canvas, do not overlap, and leave a gap between them into which a frame fits.
 */
#ifndef CODEC_LAYOUT_H
#define CODEC_LAYOUT_H

#include <stddef.h>

#include "codec/picture.h"

enum {
    LAYOUT_MAX_TILES = 25,
    LAYOUT_STRIP_TILES = 5, /**< beside the first tile of the other two layouts */
    LAYOUT_MIN_SIDE = 128   /**< of a canvas */
};

enum layout_kind {
    LAYOUT_GRID, /**< all of one size, 16:9, as large as they can be; one alone fills the canvas */
    LAYOUT_SPEAKER, /**< the first tile large and 16:9, a strip of small ones beside it */
    LAYOUT_SCREEN   /**< as LAYOUT_SPEAKER, but the first tile takes all the room there is */
};

/** "grid", "speaker" or "screen". */
const char *layout_name(enum layout_kind kind);

/** Luma samples between tiles: a multiple of 4, at least 4. */
int layout_gap(int width, int height);

/**
 * Arranges tiles on a canvas.
 *
 * @param count  tiles that want to be seen; the first is the large one where there is one
 * @param width  of the canvas, even, at least LAYOUT_MIN_SIDE; height likewise. A canvas higher
 * than wide has its strip at the bottom, others at the right
 * @param rects  out: where the first tiles stand, in their order
 * @return tiles that have a place: count, bounded by LAYOUT_MAX_TILES or LAYOUT_STRIP_TILES + 1
 */
size_t layout_arrange(enum layout_kind kind, size_t count, int width, int height,
                      struct picture_rect rects[static LAYOUT_MAX_TILES]);

#endif
