#include <ctype.h>
#include <stdio.h>

#include "codec/glyphs.h"
#include "unit/runner.h"

/** Reads a point. @return false when it is none, or off the grid */
static bool is_point(const char *at)
{
    for (int i = 0; i < 2; i++) {
        if (!isdigit((unsigned char)at[i]) && (at[i] < 'a' || at[i] > 'i')) {
            return false;
        }
    }
    return true;
}

/** Checks the grammar of glyphs.h. */
static bool is_shape(const char *at)
{
    if (*at != '\0' && *at != 'M') {
        return false;
    }
    while (*at != '\0') {
        size_t points = *at == 'Q' ? 2 : 1;
        at += *at == 'M' || *at == 'Q' ? 1 : 0;
        for (size_t i = 0; i < points; i++) {
            if (!is_point(at)) {
                return false;
            }
            at += 2;
        }
    }
    return true;
}

TEST(every_shape_is_well_formed)
{
    size_t shapes = 0;
    for (unsigned letter = 0; letter <= UINT16_MAX; letter++) {
        const char *strokes = glyph_strokes((uint16_t)letter);
        if (strokes == NULL) {
            continue;
        }
        shapes++;
        if (!CHECK(is_shape(strokes))) {
            printf("letter %04x\n", letter);
        }
        CHECK(glyph_width(strokes) <= GLYPH_CAPITAL);
    }
    CHECK_INT(shapes, 95 + 64 + 11);
    goto out;
out:
    return;
}

TEST(shapes_differ_where_letters_do)
{
    for (uint16_t a = 0x21; a <= 0x7E; a++) {
        for (uint16_t b = 0x21; b < a; b++) {
            CHECK(strcmp(glyph_strokes(a), glyph_strokes(b)) != 0);
        }
    }
    goto out;
out:
    return;
}

TEST(marks_fit_their_box)
{
    static const char marks[] = "`'^~\"ovu-.H,;";
    for (size_t i = 0; i < sizeof(marks) - 1; i++) {
        const char *strokes = glyph_mark((uint8_t)marks[i]);
        REQUIRE(strokes != NULL);
        CHECK(is_shape(strokes));
        CHECK(glyph_width(strokes) <= GLYPH_MARK);
    }
    CHECK(glyph_mark(0) == NULL);
    CHECK(glyph_mark('x') == NULL);
out:
    return;
}

TEST(an_i_under_a_mark_has_no_dot)
{
    CHECK(strlen(glyph_marked('i')) < strlen(glyph_strokes('i')));
    CHECK(strlen(glyph_marked('j')) < strlen(glyph_strokes('j')));
    CHECK_STR(glyph_marked('o'), glyph_strokes('o'));
    CHECK(glyph_is_tall('A') && glyph_is_tall('b') && !glyph_is_tall('o'));
    goto out;
out:
    return;
}

TEST(width_is_that_of_the_strokes)
{
    CHECK_INT(glyph_width("M000e"), 0);
    CHECK_INT(glyph_width("M0e50ae"), 10);
    CHECK_INT(glyph_width("M60Q20232e"), 6);
    goto out;
out:
    return;
}
