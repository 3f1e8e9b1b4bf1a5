#include "text.h"

#include <stdbool.h>

#include "glyphs.h"
#include "latin.h"

static int advance(uint16_t letter)
{
    if (letter == ' ') {
        return GLYPH_BLANK + GLYPH_SPACING;
    }
    return glyph_width(glyph_strokes(letter)) + GLYPH_SPACING;
}

float text_width(const struct letters *letters, float capital)
{
    int units = 0;
    for (size_t i = 0; i < letters->count; i++) {
        units += advance(letters->at[i]);
    }
    return units == 0 ? 0 : (float)(units - GLYPH_SPACING) * capital / GLYPH_CAPITAL;
}

void text_fit(struct letters *letters, float capital, float width)
{
    if (text_width(letters, capital) <= width) {
        return;
    }
    while (letters->count > 1) {
        letters->at[letters->count - 2] = GLYPH_ELLIPSIS;
        letters->marks[letters->count - 2] = MARK_NONE;
        letters->count--;
        if (text_width(letters, capital) <= width) {
            return;
        }
    }
    letters->count = 0;
}

/** Where a letter stands, and how large. */
struct place {
    float x;
    float y; /**< of the top of capitals */
    float scale;
    float radius;
};

static int unit(char digit)
{
    return digit <= '9' ? digit - '0' : digit - 'a' + 10;
}

static struct pen_point point(const char *at, const struct place *place)
{
    return (struct pen_point){.x = place->x + (float)unit(at[0]) * place->scale,
                              .y = place->y + (float)unit(at[1]) * place->scale};
}

/** The strokes are our own table's: always whole. */
static void draw_strokes(const char *strokes, const struct mask *mask, const struct place *place)
{
    struct pen_point pen = {0};
    const char *at = strokes;
    while (*at != '\0') {
        if (*at == 'M') {
            pen = point(at + 1, place);
            at += 3;
        } else if (*at == 'Q') {
            struct pen_point end = point(at + 3, place);
            pen_curve(mask, pen, point(at + 1, place), end, place->radius);
            pen = end;
            at += 5;
        } else {
            struct pen_point end = point(at, place);
            pen_line(mask, pen, end, place->radius);
            pen = end;
            at += 2;
        }
    }
}

/** The mark stands over the middle of its letter. */
static void draw_letter(uint16_t letter, uint8_t mark, const struct mask *mask,
                        const struct place *place)
{
    const char *over = glyph_mark(mark);
    if (over == NULL) {
        draw_strokes(glyph_strokes(letter), mask, place);
        return;
    }
    const char *strokes = glyph_marked(letter);
    struct place above = *place;
    above.x += (float)(glyph_width(strokes) - GLYPH_MARK) / 2 * place->scale;
    if (glyph_is_tall(letter) && mark != MARK_CEDILLA && mark != MARK_OGONEK) {
        above.y -= GLYPH_RAISE * place->scale;
    }
    draw_strokes(strokes, mask, place);
    draw_strokes(over, mask, &above);
}

void text_draw(const struct letters *letters, const struct mask *mask, float x, float baseline,
               float capital)
{
    float weight = capital * 0.14F < 1.2F ? 1.2F : capital * 0.14F;
    struct place place = {.x = x,
                          .y = baseline - capital + weight / 2,
                          .scale = (capital - weight) / GLYPH_CAPITAL,
                          .radius = weight / 2};
    for (size_t i = 0; i < letters->count; i++) {
        if (letters->at[i] != ' ') {
            place.x += weight / 2;
            draw_letter(letters->at[i], letters->marks[i], mask, &place);
            place.x -= weight / 2;
        }
        place.x += (float)advance(letters->at[i]) * capital / GLYPH_CAPITAL;
    }
}
