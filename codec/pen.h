/**
 * A round pen on a mask: what it touches is covered, with smooth edges.
 */
#ifndef CODEC_PEN_H
#define CODEC_PEN_H

#include <stdint.h>

/** One byte for each sample, 0 to 255 = covered; borrowed. */
struct mask {
    uint8_t *bytes;
    int stride;
    int width;
    int height;
};

struct pen_point {
    float x; /**< the middle of the first sample is 0.5 */
    float y;
};

/** Draws a line; from a point to itself it is a dot. What lies outside the mask is left out. */
void pen_line(const struct mask *mask, struct pen_point from, struct pen_point to, float radius);

/** Covers the whole mask but its corners, which are round. @param corner their radius */
void mask_round(const struct mask *mask, float corner);

/** Draws a quadratic Bezier curve as lines. */
void pen_curve(const struct mask *mask, struct pen_point from, struct pen_point control,
               struct pen_point to, float radius);

#endif
