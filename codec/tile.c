#include "tile.h"

#include "portrait.h"

static int even(int64_t value)
{
    return (int)(value & ~(int64_t)1);
}

static int at_least(int value, int bound)
{
    return value < bound ? bound : value;
}

static bool is_upright(uint16_t turn)
{
    return turn != 90 && turn != 270;
}

/** The middle of a room. */
static struct picture_rect middle(int room_width, int room_height, int width, int height)
{
    return (struct picture_rect){.x = even((room_width - width) / 2),
                                 .y = even((room_height - height) / 2),
                                 .width = width,
                                 .height = height};
}

struct tile_fit tile_fit(int picture_width, int picture_height, uint16_t turn, int tile_width,
                         int tile_height, bool whole)
{
    bool upright = is_upright(turn);
    int width = upright ? picture_width : picture_height;
    int height = upright ? picture_height : picture_width;
    /* aspects compared without dividing: a picture is wide when it is so beside its tile */
    int64_t across = (int64_t)width * tile_height;
    int64_t down = (int64_t)height * tile_width;
    bool wide = across > down;
    int64_t seen_percent = wide ? down * 100 / across : across * 100 / down;
    struct tile_fit fit = {.target = {.width = tile_width, .height = tile_height}};
    int seen_width = width;
    int seen_height = height;
    if (whole || seen_percent < TILE_MIN_SEEN_PERCENT) {
        int fit_width = wide ? tile_width : at_least(even(across / height), 2);
        int fit_height = wide ? at_least(even(down / width), 2) : tile_height;
        fit.target = middle(tile_width, tile_height, fit_width, fit_height);
    } else if (wide) {
        seen_width = at_least(even(down / tile_height), 1);
    } else {
        seen_height = at_least(even(across / tile_width), 1);
    }
    fit.source = upright ? middle(width, height, seen_width, seen_height)
                         : middle(height, width, seen_height, seen_width);
    return fit;
}

/** What a target leaves free of its tile: strips at two sides. */
static void draw_bars(const struct picture *tile, const struct picture_rect *target)
{
    struct picture_rect first = {0, 0, tile->width, target->y};
    struct picture_rect second = {0, target->y + target->height, tile->width, 0};
    second.height = tile->height - second.y;
    if (target->width < tile->width) {
        first = (struct picture_rect){0, 0, target->x, tile->height};
        second = (struct picture_rect){target->x + target->width, 0, 0, tile->height};
        second.width = tile->width - second.x;
    }
    struct picture view = picture_view(tile, &first);
    picture_fill(&view, portrait_ground);
    view = picture_view(tile, &second);
    picture_fill(&view, portrait_ground);
}

void tile_draw(const struct picture *picture, uint16_t turn, bool whole,
               struct picture_buffer *scratch, const struct picture *tile)
{
    struct tile_fit fit =
        tile_fit(picture->width, picture->height, turn, tile->width, tile->height, whole);
    struct picture source = picture_view(picture, &fit.source);
    struct picture target = picture_view(tile, &fit.target);
    draw_bars(tile, &fit.target);
    if (turn == 0) {
        picture_scale(&source, &target);
        return;
    }
    bool upright = is_upright(turn);
    int width = upright ? target.width : target.height;
    int height = upright ? target.height : target.width;
    if (picture_buffer_resize(scratch, width, height) == 0) {
        picture_scale(&source, &scratch->picture);
        picture_turn(&scratch->picture, &target, turn);
    }
}
