/** Structural similarity of two pictures' luma (Wang and others, IEEE TIP 13(4), 2004). */
#ifndef SCORE_SSIM_H
#define SCORE_SSIM_H

#include "codec/picture.h"

/**
 * Mean over windows of 8 x 8, each 4 pixels.
 * @param a, b pictures of one size, 8 x 8 at least
 * @return 1 = the same, 0 and below = nothing in common
 */
double ssim(const struct picture *a, const struct picture *b);

#endif
