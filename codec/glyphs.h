/**
 * The letters' shapes, as strokes of a pen: drawn for this project, at any size.
 *
 * A shape is a string on a grid whose digits are 0 to 9 and a (10) to i (18): "M" and a point begin
 * a stroke, each further point (x, y) is a straight line to it, "Q" and two points a quadratic
 * curve (control point, end). x grows to the right from 0; y downward: capitals reach from 0 to 14,
 * small letters from 4, what hangs below goes down to 18.
 */
#ifndef CODEC_GLYPHS_H
#define CODEC_GLYPHS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    GLYPH_CAPITAL = 14, /**< height of a capital letter, grid units */
    GLYPH_BELOW = 4,    /**< what may hang below */
    GLYPH_SPACING = 4,  /**< between two letters, from rim to rim */
    GLYPH_BLANK = 3,    /**< width of a blank */
    GLYPH_MARK = 6,
    GLYPH_RAISE = 4,
    GLYPH_ELLIPSIS = 0x2026
};

/** Strokes of a letter (Unicode, basic multilingual plane); NULL when it has none. */
const char *glyph_strokes(uint16_t letter);

/** What a letter looks like under a mark: an i has no dot then. */
const char *glyph_marked(uint16_t letter);

/**
 * Strokes of a mark (latin.h), GLYPH_MARK wide, from 0 down to 2 for what stands above, where 0 is
 * to be raised by GLYPH_RAISE over tall letters; NULL for none.
 */
const char *glyph_mark(uint8_t mark);

/** True for letters that reach as high as capitals. */
bool glyph_is_tall(uint16_t letter);

/** Width of the strokes, grid units. */
int glyph_width(const char *strokes);

#endif
