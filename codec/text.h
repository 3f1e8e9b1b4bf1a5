/**
 * A line of letters on a mask, at any size.
 */
#ifndef CODEC_TEXT_H
#define CODEC_TEXT_H

#include "letters.h"
#include "pen.h"

/** Width of a line whose capitals are `capital` samples high. */
float text_width(const struct letters *letters, float capital);

/** Shortens a line to a width, an ellipsis taking the place of its end. */
void text_fit(struct letters *letters, float capital, float width);

/** Draws a line from (x, baseline) on; what lies outside the mask is left out. */
void text_draw(const struct letters *letters, const struct mask *mask, float x, float baseline,
               float capital);

#endif
