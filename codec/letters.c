#include "letters.h"

#include <string.h>

#include "glyphs.h"
#include "latin.h"

enum { INVISIBLE = 0, UNKNOWN = 0xFFFD };

struct replacement {
    uint16_t from;
    uint16_t to;
};

static const struct replacement replacements[] = {
    {0x00A0, ' '},    {0x00AB, '"'},    {0x00B7, '.'},    {0x00BB, '"'}, {0x02BC, '\''},
    {0x0490, 0x0413}, {0x0491, 0x0433}, {0x0401, 0x0415}, {0x0406, 'I'}, {0x0456, 'i'},
    {0x0405, 'S'},    {0x0455, 's'},    {0x0408, 'J'},    {0x0458, 'j'}, {0x2010, '-'},
    {0x2011, '-'},    {0x2012, '-'},    {0x2013, '-'},    {0x2014, '-'}, {0x2018, '\''},
    {0x2019, '\''},   {0x201C, '"'},    {0x201D, '"'},    {0x201E, '"'}, {0x2032, '\''},
};

/** The next code point (RFC 3629: shortest forms, no surrogates); UNKNOWN for a byte out of place.
 */
static uint32_t next_point(const uint8_t **at, const uint8_t *end)
{
    static const uint32_t lowest[] = {0, 0x80, 0x800, 0x10000};
    uint8_t first = *(*at)++;
    if (first < 0x80) {
        return first;
    }
    size_t more = first >= 0xF0 && first < 0xF8 ? 3 : first >= 0xE0 ? 2 : 1;
    if (first < 0xC2 || first >= 0xF8 || (size_t)(end - *at) < more) {
        return UNKNOWN;
    }
    uint32_t point = first & (0x3FU >> more);
    for (size_t i = 0; i < more; i++) {
        uint8_t byte = (*at)[i];
        if ((byte & 0xC0) != 0x80) {
            return UNKNOWN;
        }
        point = point << 6 | (byte & 0x3FU);
    }
    if (point < lowest[more] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) {
        return UNKNOWN;
    }
    *at += more;
    return point;
}

/** Controls, joiners, marks that combine, directions, variations: nothing to see. */
static bool is_invisible(uint32_t point)
{
    return (point < 0x20 && point != '\t') || (point >= 0x7F && point < 0xA0) || point == 0xAD ||
           (point >= 0x300 && point < 0x370) || (point >= 0x200B && point < 0x2010) ||
           (point >= 0x2028 && point < 0x202F) || (point >= 0x2060 && point < 0x2070) ||
           (point >= 0xFE00 && point < 0xFE10) || point == 0xFEFF ||
           (point >= 0xE0000 && point < 0xE1000);
}

/** What is drawn for a code point without its mark: INVISIBLE, UNKNOWN, ' ' or something with a
 * glyph. */
static uint16_t letter_of(uint32_t point, uint8_t *mark)
{
    uint16_t plain = UNKNOWN;
    *mark = MARK_NONE;
    if (is_invisible(point)) {
        return INVISIBLE;
    }
    if (point == '\t' || point == ' ') {
        return ' ';
    }
    if (point <= UINT16_MAX && glyph_strokes((uint16_t)point) != NULL) {
        return (uint16_t)point;
    }
    if (latin_split(point, &plain, mark)) {
        return plain;
    }
    for (size_t i = 0; i < sizeof(replacements) / sizeof(replacements[0]); i++) {
        if (replacements[i].from == point) {
            return replacements[i].to;
        }
    }
    return UNKNOWN;
}

/** A combining character marks the letter before it, unless that has a mark already. */
static void combine(struct letters *letters, uint32_t point)
{
    size_t last = letters->count - 1;
    if (letters->count > 0 && letters->marks[last] == MARK_NONE && letters->at[last] >= 'A') {
        letters->marks[last] = latin_combining(point);
    }
}

void letters_read(struct letters *letters, const char *utf8)
{
    size_t len = utf8 == NULL ? 0 : strnlen(utf8, LETTERS_MAX_BYTES);
    const uint8_t *at = (const uint8_t *)utf8;
    const uint8_t *end = len == 0 ? at : at + len;
    uint16_t before = ' '; /* the last thing seen, as it was before UNKNOWN became "?" */
    letters->count = 0;
    while (at != end && letters->count < LETTERS_MAX) {
        uint8_t mark;
        uint32_t point = next_point(&at, end);
        uint16_t letter = letter_of(point, &mark);
        bool again = letter == before && (letter == ' ' || letter == UNKNOWN);
        if (letter == INVISIBLE) {
            combine(letters, point);
        } else if (!again) {
            letters->at[letters->count] = letter == UNKNOWN ? '?' : letter;
            letters->marks[letters->count] = mark;
            letters->count++;
            before = letter;
        }
    }
    while (letters->count > 0 && letters->at[letters->count - 1] == ' ') {
        letters->count--;
    }
}

static uint16_t capital(uint16_t letter)
{
    if ((letter >= 'a' && letter <= 'z') || (letter >= 0x0430 && letter <= 0x044F)) {
        return (uint16_t)(letter - 0x20);
    }
    if (letter == 0xF8) {
        return 0xD8;
    }
    if (letter == 0x0142) {
        return 0x0141;
    }
    if (letter == 0x0451) {
        return 0x0415;
    }
    return letter == 0x0454 || letter == 0x0457 ? (uint16_t)(letter - 0x50) : letter;
}

static bool is_word(uint16_t letter)
{
    return letter > 0x7F || (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= 'a' && letter <= 'z');
}

void letters_initials(const struct letters *name, struct letters *initials)
{
    *initials = (struct letters){.at = {'?'}, .count = 0};
    for (size_t i = 0; i < name->count; i++) {
        bool begins = i == 0 || name->at[i - 1] == ' ';
        if (begins && is_word(name->at[i])) {
            size_t place = initials->count == 0 ? 0 : LETTERS_INITIALS - 1;
            initials->at[place] = capital(name->at[i]);
            initials->marks[place] = name->marks[i];
            initials->count = place + 1;
        }
    }
    initials->count = initials->count == 0 ? 1 : initials->count;
}

bool letters_same(const struct letters *a, const struct letters *b)
{
    return a->count == b->count && memcmp(a->at, b->at, a->count * sizeof(a->at[0])) == 0 &&
           memcmp(a->marks, b->marks, a->count) == 0;
}
