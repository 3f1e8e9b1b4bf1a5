#include "latin.h"

#include <stddef.h>

enum { TABLE_FIRST = 0xC0, TABLE_END = 0x180, VIETNAMESE_FIRST = 0x1EA0, VIETNAMESE_END = 0x1EFA };

/* U+00C0 to U+017F: the letters, and beneath their marks. */
static const char letters_of[] = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTs"
                                 "aaaaaaaceeeeiiiidnooooo-ouuuuyty"
                                 "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGg"
                                 "GgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlL"
                                 "lLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSs"
                                 "SsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";
static const char marks_of[] = "`'^~\"o ,`'^\"`'^\" ~`'^~\"  `'^\"'  "
                               "`'^~\"o ,`'^\"`'^\" ~`'^~\"  `'^\"' \""
                               "--uu;;''^^..vvvv  --uu..;;vv^^uu"
                               "..,,^^  ~~--uu;;.   ^^,, '',,vv "
                               "   '',,vv   --uuHH  '',,vv''^^,,"
                               "vv,,vv  ~~--uuooHH;;^^^^\"''..vv ";
_Static_assert(sizeof(letters_of) == TABLE_END - TABLE_FIRST + 1, "a letter for each");
_Static_assert(sizeof(marks_of) == TABLE_END - TABLE_FIRST + 1, "a mark for each");

struct special {
    uint16_t point;
    char plain;
    char mark;
};

static const struct special specials[] = {
    {0x01A0, 'O', 0},   {0x01A1, 'o', 0},   {0x01AF, 'U', 0},   {0x01B0, 'u', 0},
    {0x0218, 'S', ','}, {0x0219, 's', ','}, {0x021A, 'T', ','}, {0x021B, 't', ','},
};

struct combining {
    uint16_t point;
    uint8_t mark;
};

static const struct combining combinings[] = {
    {0x0300, MARK_GRAVE},        {0x0301, MARK_ACUTE},     {0x0302, MARK_CIRCUMFLEX},
    {0x0303, MARK_TILDE},        {0x0304, MARK_MACRON},    {0x0306, MARK_BREVE},
    {0x0307, MARK_DOT},          {0x0308, MARK_DIAERESIS}, {0x030A, MARK_RING},
    {0x030B, MARK_DOUBLE_ACUTE}, {0x030C, MARK_CARON},     {0x0326, MARK_CEDILLA},
    {0x0327, MARK_CEDILLA},      {0x0328, MARK_OGONEK},
};

/** Capitals are even, small letters odd, and vowel follows vowel. */
static char vietnamese(uint32_t point)
{
    static const struct {
        uint16_t end;
        char capital;
    } ranges[] = {{0x1EB8, 'A'}, {0x1EC8, 'E'}, {0x1ECC, 'I'},
                  {0x1EE4, 'O'}, {0x1EF2, 'U'}, {VIETNAMESE_END, 'Y'}};
    size_t i = 0;
    while (point >= ranges[i].end) {
        i++;
    }
    return (char)(ranges[i].capital + (point % 2 == 0 ? 0 : 'a' - 'A'));
}

bool latin_split(uint32_t point, uint16_t *plain, uint8_t *mark)
{
    if (point >= TABLE_FIRST && point < TABLE_END) {
        char found = marks_of[point - TABLE_FIRST];
        *plain = (uint8_t)letters_of[point - TABLE_FIRST];
        *mark = found == ' ' ? MARK_NONE : (uint8_t)found;
        return true;
    }
    if (point >= VIETNAMESE_FIRST && point < VIETNAMESE_END) {
        *plain = (uint8_t)vietnamese(point);
        *mark = MARK_NONE;
        return true;
    }
    for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
        if (specials[i].point == point) {
            *plain = (uint8_t)specials[i].plain;
            *mark = (uint8_t)specials[i].mark;
            return true;
        }
    }
    return false;
}

uint8_t latin_combining(uint32_t point)
{
    for (size_t i = 0; i < sizeof(combinings) / sizeof(combinings[0]); i++) {
        if (combinings[i].point == point) {
            return combinings[i].mark;
        }
    }
    return MARK_NONE;
}
