/**
 * Synthetic moving pictures that say where they come from: each carries its source's number and its
 * frame's number in a row of light and dark blocks, which survives coding and scaling.
 *
 * The rest is a soft background in a colour of the source's own with shapes that move across it,
 * and a little noise as cameras have. Frame n of source s is always the same picture.
 */
#ifndef SCORE_MOVING_PICTURE_H
#define SCORE_MOVING_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/picture.h"

enum {
    MOVING_PICTURE_SOURCES = 64, /**< numbers 0..63 can be told apart */
    MOVING_PICTURE_FRAMES = 1024 /**< frame numbers come back modulo this */
};

/** Draws frame `frame` of source `source` over the whole picture, at least 64 x 32. */
void moving_picture_draw(const struct picture *picture, unsigned source, unsigned frame);

/**
 * Reads the blocks of a picture, or of the part of one into which a moving picture was scaled
 * whole.
 *
 * @param source, frame out, on success
 * @return false when there is no readable row of blocks
 */
bool moving_picture_read(const struct picture *picture, unsigned *source, unsigned *frame);

/** Luma PSNR of two pictures of one size, decibels; 99 when they are equal. */
double moving_picture_psnr(const struct picture *a, const struct picture *b);

#endif
