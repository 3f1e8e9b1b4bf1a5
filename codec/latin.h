/**
 * Accented Latin letters taken apart: a plain letter and a mark above or below it.
 */
#ifndef CODEC_LATIN_H
#define CODEC_LATIN_H

#include <stdbool.h>
#include <stdint.h>

/** A mark is the character that looks like it; what it looks like: glyph_mark. */
enum {
    MARK_NONE = 0,
    MARK_GRAVE = '`',
    MARK_ACUTE = '\'',
    MARK_CIRCUMFLEX = '^',
    MARK_TILDE = '~',
    MARK_DIAERESIS = '"',
    MARK_RING = 'o',
    MARK_CARON = 'v',
    MARK_BREVE = 'u',
    MARK_MACRON = '-',
    MARK_DOT = '.',
    MARK_DOUBLE_ACUTE = 'H',
    MARK_CEDILLA = ',',
    MARK_OGONEK = ';'
};

/**
 * Takes a letter apart: Latin-1, Latin Extended-A, the Romanian ones of Extended-B; of the
 * Vietnamese ones the plain letter only.
 * @return false when it is none of these
 */
bool latin_split(uint32_t point, uint16_t *plain, uint8_t *mark);

/** The mark that a combining character (U+0300 to U+036F) puts on the letter before it. */
uint8_t latin_combining(uint32_t point);

#endif
