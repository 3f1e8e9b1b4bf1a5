/**
 * Many pictures become one: a canvas with a tile for each person.
 *
 * The caller says what is to be seen now; the compositor finds out what has changed since the last
 * time, and draws that. Tiles that come, go or change places glide to where they belong
 * (COMPOSITOR_GLIDE_US). A tile shows its picture with the right aspect: cut at the rim where that
 * takes little away, else between bars; or, without a picture, initials on a colour of its own.
 * Names stand at the lower left, whoever speaks has a frame.
 *
 * Everything is allocated at birth. One compositor is for one thread at a time.
 */
#ifndef CODEC_COMPOSITOR_H
#define CODEC_COMPOSITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/layout.h"
#include "codec/picture.h"

enum { COMPOSITOR_GLIDE_US = 300000 };

struct compositor;

/** What one tile is to show. */
struct compositor_tile {
    uint64_t id;                   /**< whose tile: it keeps its identity and colour by this */
    const char *name;              /**< UTF-8, of any content; NULL: none */
    const struct picture *picture; /**< any size; NULL: initials instead */
    uint64_t serial;               /**< another value, or other planes: another picture */
    uint16_t turn;                 /**< degrees clockwise to turn the picture: 0, 90, 180, 270 */
    bool screen;                   /**< whole, between bars, whatever its aspect */
    bool speaking;                 /**< has a frame */
};

/**
 * @param width, height of the canvas: even, LAYOUT_MIN_SIDE..PICTURE_MAX_WIDTH
 * @return 0, ERR_INVALID or ERR_NO_MEMORY
 */
int compositor_new(struct compositor **out, int width, int height);

/**
 * Brings the canvas up to date.
 *
 * @param tiles, count in the order of layout_arrange, ids all different; those beyond its bound are
 *                     not seen. Borrowed for the call, their pictures and names too
 * @param now_us       time of this picture, does not fall from call to call
 * @return true when the canvas differs from what it was
 */
bool compositor_draw(struct compositor *compositor, enum layout_kind kind,
                     const struct compositor_tile *tiles, size_t count, int64_t now_us);

/** The canvas; belongs to the compositor, changes with compositor_draw. */
const struct picture *compositor_picture(const struct compositor *compositor);

/** True while tiles glide: the next picture will differ without any new source picture. */
bool compositor_is_moving(const struct compositor *compositor, int64_t now_us);

void compositor_free(struct compositor **compositor);

#endif
