#include "codec/layout.h"

#include <stdbool.h>

enum { ASPECT_X = 16, ASPECT_Y = 9 };

static int even(int value)
{
    return value & ~1;
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

const char *layout_name(enum layout_kind kind)
{
    switch (kind) {
    case LAYOUT_GRID:
        return "grid";
    case LAYOUT_SPEAKER:
        return "speaker";
    case LAYOUT_SCREEN:
        return "screen";
    }
    return "?";
}

int layout_gap(int width, int height)
{
    int gap = smaller(width, height) / 90 & ~3; /* 8 of 720, 4 of 360 */
    return gap < 4 ? 4 : gap;
}

/** The largest rectangle of 16:9 inside another one, in its middle. */
static struct picture_rect inside(const struct picture_rect *room)
{
    int width = even(smaller(room->width, room->height * ASPECT_X / ASPECT_Y));
    int height = even(smaller(room->height, width * ASPECT_Y / ASPECT_X));
    return (struct picture_rect){.x = room->x + even((room->width - width) / 2),
                                 .y = room->y + even((room->height - height) / 2),
                                 .width = width,
                                 .height = height};
}

/** Width of 16:9 tiles when so many stand in a row and so many rows above each other. */
static int tile_width(int columns, int rows, int width, int height, int gap)
{
    int across = (width - (columns + 1) * gap) / columns;
    int down = (height - (rows + 1) * gap) / rows;
    return even(smaller(across, down * ASPECT_X / ASPECT_Y));
}

static int best_columns(int count, int width, int height, int gap)
{
    int best = 1;
    int best_width = 0;
    for (int columns = 1; columns <= count; columns++) {
        int found = tile_width(columns, (count + columns - 1) / columns, width, height, gap);
        if (found > best_width) {
            best = columns;
            best_width = found;
        }
    }
    return best;
}

static void arrange_grid(int count, int width, int height, struct picture_rect *rects)
{
    int gap = layout_gap(width, height);
    int columns = best_columns(count, width, height, gap);
    int rows = (count + columns - 1) / columns;
    int tile_x = tile_width(columns, rows, width, height, gap);
    int tile_y = even(tile_x * ASPECT_Y / ASPECT_X);
    int top = even((height - rows * tile_y - (rows - 1) * gap) / 2);
    for (int i = 0; i < count; i++) {
        int row = i / columns;
        int in_row =
            smaller(columns, count - row * columns); /* the last row stands in the middle */
        int left = even((width - in_row * tile_x - (in_row - 1) * gap) / 2);
        rects[i] = (struct picture_rect){.x = left + i % columns * (tile_x + gap),
                                         .y = top + row * (tile_y + gap),
                                         .width = tile_x,
                                         .height = tile_y};
    }
}

/** The strip takes LAYOUT_STRIP_TILES tiles' height at the right, or their width at the bottom. */
static void arrange_strip(enum layout_kind kind, int count, int width, int height,
                          struct picture_rect *rects)
{
    int gap = layout_gap(width, height);
    bool upright = height > width;
    int along = upright ? width : height;
    int side = even((along - (LAYOUT_STRIP_TILES + 1) * gap) / LAYOUT_STRIP_TILES);
    int tile_x = upright ? side : even(side * ASPECT_X / ASPECT_Y);
    int tile_y = upright ? even(side * ASPECT_Y / ASPECT_X) : side;
    struct picture_rect room = {.x = gap, .y = gap, .width = width - 2 * gap};
    room.height = height - 2 * gap;
    if (upright) {
        room.height -= tile_y + gap;
    } else {
        room.width -= tile_x + gap;
    }
    rects[0] = kind == LAYOUT_SPEAKER ? inside(&room) : room;
    int used = (count - 1) * (side + gap) - gap;
    int start = even((along - used) / 2);
    for (int i = 1; i < count; i++) {
        int at = start + (i - 1) * (side + gap);
        rects[i] = (struct picture_rect){.x = upright ? at : width - gap - tile_x,
                                         .y = upright ? height - gap - tile_y : at,
                                         .width = tile_x,
                                         .height = tile_y};
    }
}

size_t layout_arrange(enum layout_kind kind, size_t count, int width, int height,
                      struct picture_rect rects[static LAYOUT_MAX_TILES])
{
    size_t most = kind == LAYOUT_GRID ? LAYOUT_MAX_TILES : LAYOUT_STRIP_TILES + 1;
    size_t shown = count < most ? count : most;
    if (shown == 1) {
        rects[0] = (struct picture_rect){.x = 0, .y = 0, .width = width, .height = height};
    } else if (shown > 1 && kind == LAYOUT_GRID) {
        arrange_grid((int)shown, width, height, rects);
    } else if (shown > 1) {
        arrange_strip(kind, (int)shown, width, height, rects);
    }
    return shown;
}
