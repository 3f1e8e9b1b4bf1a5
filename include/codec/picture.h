/**
 * Pictures in I420: one luma plane, two chroma planes of half its width and height.
 *
 * A `struct picture` is a view: it says where the planes are and owns nothing; a
 * `struct picture_buffer` owns planes and keeps its memory when the size changes. Samples are 8
 * bit, BT.601, luma 16 to 235, chroma 128 = grey. Sizes are in luma samples; an odd width or height
 * has its chroma rounded up.
 */
#ifndef CODEC_PICTURE_H
#define CODEC_PICTURE_H

#include <stddef.h>
#include <stdint.h>

enum {
    PICTURE_MAX_WIDTH = 4096, /**< also the greatest height: portrait */
    PICTURE_PLANES = 3        /**< Y, U, V in this order */
};

/** A view; valid as long as whoever owns the planes says. */
struct picture {
    uint8_t *planes[PICTURE_PLANES];
    int strides[PICTURE_PLANES]; /**< bytes from one row to the next, positive */
    int width;
    int height;
};

/** One colour, as it lies in the planes. */
struct picture_colour {
    uint8_t y;
    uint8_t u;
    uint8_t v;
};

/** A rectangle of luma samples. */
struct picture_rect {
    int x;
    int y;
    int width;
    int height;
};

/** Planes of our own. All zero is an empty one. */
struct picture_buffer {
    struct picture picture; /**< width 0: none yet */
    uint8_t *memory;
    size_t capacity;
};

/**
 * Makes the buffer's picture width x height; what was in it is undefined afterwards. Allocates only
 * when the memory that it has is too small.
 * @return 0, ERR_INVALID (1..PICTURE_MAX_WIDTH each) or ERR_NO_MEMORY; the buffer is then unchanged
 */
int picture_buffer_resize(struct picture_buffer *buffer, int width, int height);

/** Releases the memory; the buffer is empty then, and may be used again. */
void picture_buffer_deinit(struct picture_buffer *buffer);

/** Samples in a row of a plane (0 = Y). */
int picture_plane_width(const struct picture *picture, int plane);

/** Rows of a plane. */
int picture_plane_height(const struct picture *picture, int plane);

/**
 * A part of a picture, as a view of the same planes.
 * @param rect inside the picture; x and y even
 */
struct picture picture_view(const struct picture *picture, const struct picture_rect *rect);

/** Fills the whole picture with one colour. */
void picture_fill(const struct picture *picture, struct picture_colour colour);

/** Copies a picture over another one of the same size. */
void picture_copy(const struct picture *from, const struct picture *to);

/**
 * Scales a picture to the size of another one, whatever that does to its aspect: bilinear, and box
 * filtered where it shrinks to less than two fifths.
 */
void picture_scale(const struct picture *from, const struct picture *to);

/**
 * Turns a picture clockwise.
 *
 * @param degrees 0, 90, 180 or 270
 * @param to      of the turned picture's size: width and height exchanged for 90 and 270
 */
void picture_turn(const struct picture *from, const struct picture *to, int degrees);

/**
 * Blends one picture over another of the same size.
 *
 * @param alpha one byte for each luma sample, rows of alpha_stride bytes: 0 leaves what is there,
 *              255 covers it
 */
void picture_blend(const struct picture *over, const uint8_t *alpha, int alpha_stride,
                   const struct picture *onto);

#endif
