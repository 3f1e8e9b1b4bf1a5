#include "codec/glyphs.h"
#include "codec/latin.h"
#include "unit/runner.h"

struct expected {
    uint32_t point;
    char plain;
    char mark;
};

/* Names and code points: Unicode Character Database, charts 0080, 0100, 0180. */
static const struct expected known[] = {
    {0xC0, 'A', '`'},   {0xC5, 'A', 'o'},   {0xC7, 'C', ','},  {0xD1, 'N', '~'},
    {0xDC, 'U', '"'},   {0xDD, 'Y', '\''},  {0xE9, 'e', '\''}, {0xEF, 'i', '"'},
    {0xF4, 'o', '^'},   {0xFF, 'y', '"'},   {0x100, 'A', '-'}, {0x105, 'a', ';'},
    {0x10D, 'c', 'v'},  {0x111, 'd', 0},    {0x119, 'e', ';'}, {0x11F, 'g', 'u'},
    {0x130, 'I', '.'},  {0x131, 'i', 0},    {0x137, 'k', ','}, {0x13A, 'l', '\''},
    {0x144, 'n', '\''}, {0x151, 'o', 'H'},  {0x159, 'r', 'v'}, {0x15B, 's', '\''},
    {0x15F, 's', ','},  {0x161, 's', 'v'},  {0x163, 't', ','}, {0x16B, 'u', '-'},
    {0x16F, 'u', 'o'},  {0x171, 'u', 'H'},  {0x173, 'u', ';'}, {0x175, 'w', '^'},
    {0x178, 'Y', '"'},  {0x17A, 'z', '\''}, {0x17C, 'z', '.'}, {0x17E, 'z', 'v'},
    {0x17F, 's', 0},    {0x219, 's', ','},  {0x1EA1, 'a', 0},  {0x1EB8, 'E', 0},
    {0x1ECB, 'i', 0},   {0x1ED9, 'o', 0},   {0x1EF1, 'u', 0},  {0x1EF9, 'y', 0},
};

TEST(letters_come_apart)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        uint16_t plain = 0;
        uint8_t mark = 1;
        CHECK(latin_split(known[i].point, &plain, &mark));
        CHECK_INT(plain, known[i].plain);
        CHECK_INT(mark, known[i].mark);
    }
    goto out;
out:
    return;
}

TEST(every_part_can_be_drawn)
{
    for (uint32_t point = 0; point < 0x3000; point++) {
        uint16_t plain = 0;
        uint8_t mark = 0;
        if (latin_split(point, &plain, &mark)) {
            CHECK(glyph_strokes(plain) != NULL);
            CHECK(mark == MARK_NONE || glyph_mark(mark) != NULL);
        }
        mark = latin_combining(point);
        CHECK(mark == MARK_NONE || glyph_mark(mark) != NULL);
    }
    goto out;
out:
    return;
}

TEST(other_letters_are_not_latin)
{
    uint16_t plain = 0;
    uint8_t mark = 0;
    CHECK(!latin_split('a', &plain, &mark));
    CHECK(!latin_split(0x0416, &plain, &mark));
    CHECK(!latin_split(0x1E9F, &plain, &mark));
    CHECK(!latin_split(0x1EFA, &plain, &mark));
    CHECK_INT(latin_combining(0x0310), MARK_NONE);
    goto out;
out:
    return;
}
