/**
 * Names (UTF-8 from strangers) become letters that can be drawn.
 *
 * Latin letters keep one mark, Cyrillic ones are drawn as they are, typographic signs become plain
 * ones, controls and invisible characters vanish, and a run of anything else is one "?".
 * Bytes that are no UTF-8 count as anything else.
 */
#ifndef CODEC_LETTERS_H
#define CODEC_LETTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LETTERS_MAX = 48,
    LETTERS_MAX_BYTES = 1024, /**< read of a name, however much of it is invisible */
    LETTERS_INITIALS = 2
};

struct letters {
    uint16_t at[LETTERS_MAX];   /**< code points that glyph_strokes knows */
    uint8_t marks[LETTERS_MAX]; /**< what stands above or below each, as in latin.h */
    size_t count;
};

/** Reads a name; blanks at both ends are left out, several in a row are one. @param utf8 or NULL */
void letters_read(struct letters *letters, const char *utf8);

/**
 * First letters of the first and the last word, in capitals; words that begin with a sign do not
 * count. Without any word it is "?".
 */
void letters_initials(const struct letters *name, struct letters *initials);

bool letters_same(const struct letters *a, const struct letters *b);

#endif
