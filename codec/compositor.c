#include "codec/compositor.h"

#include <stdlib.h>

#include "base/err.h"
#include "glide.h"
#include "label.h"
#include "letters.h"
#include "portrait.h"
#include "tile.h"

enum {
    LABEL_MAX_WIDTH = 400,
    LABEL_MAX_HEIGHT = 42,
    APPEAR_PART = 4 /* a new tile begins at so many quarters less a quarter of its size */
};

static const struct picture_colour ground = {34, 130, 126};
static const struct picture_colour frame_colour = {146, 124, 70};

/** One person's tile, and what the canvas shows of it. */
struct seat {
    bool used;
    bool wanted; /**< by the present call */
    bool drawn;  /**< what follows is on the canvas */
    uint64_t id;
    struct glide glide;
    struct picture_rect rect;
    uint64_t serial;
    const uint8_t *planes; /**< of its picture, which may be gone; NULL: initials */
    uint16_t turn;
    bool screen;
    bool speaking;
    struct letters name;
    struct label label; /**< the name, for a tile of the size it glides to */
    struct picture_rect label_for;
};

struct compositor {
    int width;
    int height;
    int gap;
    bool begun;
    struct picture_buffer canvas;
    struct picture_buffer scratch; /**< pictures on their way to be turned */
    struct portrait portrait;
    struct seat seats[LAYOUT_MAX_TILES];
};

static bool is_side(int side)
{
    return side >= LAYOUT_MIN_SIDE && side <= PICTURE_MAX_WIDTH && side % 2 == 0;
}

static int allocate(struct compositor *compositor)
{
    int width = compositor->width;
    int height = compositor->height;
    int err = picture_buffer_resize(&compositor->canvas, width, height);
    if (err == 0) {
        err = picture_buffer_resize(&compositor->scratch, width, height);
    }
    if (err == 0) {
        err = picture_buffer_resize(&compositor->scratch, height, width);
    }
    if (err == 0) {
        err = portrait_init(&compositor->portrait, (width < height ? width : height) / 2);
    }
    for (size_t i = 0; i < LAYOUT_MAX_TILES && err == 0; i++) {
        err = label_init(&compositor->seats[i].label,
                         width < LABEL_MAX_WIDTH ? width : LABEL_MAX_WIDTH, LABEL_MAX_HEIGHT);
    }
    return err;
}

int compositor_new(struct compositor **out, int width, int height)
{
    if (!is_side(width) || !is_side(height)) {
        return ERR_INVALID;
    }
    struct compositor *compositor = calloc(1, sizeof(*compositor));
    if (compositor == NULL) {
        return ERR_NO_MEMORY;
    }
    compositor->width = width;
    compositor->height = height;
    compositor->gap = layout_gap(width, height);
    int err = allocate(compositor);
    if (err != 0) {
        compositor_free(&compositor);
        return err;
    }
    picture_fill(&compositor->canvas.picture, ground);
    *out = compositor;
    return 0;
}

static struct seat *find_seat(struct compositor *compositor, uint64_t id)
{
    for (size_t i = 0; i < LAYOUT_MAX_TILES; i++) {
        struct seat *seat = &compositor->seats[i];
        if (seat->used && !seat->wanted && seat->id == id) {
            return seat;
        }
    }
    return NULL;
}

/** A free seat; there is always one, for no more are taken than there are tiles. */
static struct seat *free_seat(struct compositor *compositor)
{
    size_t i = 0;
    while (compositor->seats[i].used) {
        i++;
    }
    return &compositor->seats[i];
}

/** Where a tile that appears begins to grow. */
static struct picture_rect seed_of(const struct picture_rect *rect)
{
    int width = rect->width * (APPEAR_PART - 1) / APPEAR_PART & ~1;
    int height = rect->height * (APPEAR_PART - 1) / APPEAR_PART & ~1;
    return (struct picture_rect){.x = rect->x + ((rect->width - width) / 2 & ~1),
                                 .y = rect->y + ((rect->height - height) / 2 & ~1),
                                 .width = width,
                                 .height = height};
}

static void take_seat(struct seat *seat, const struct compositor_tile *tile,
                      const struct picture_rect *rect, bool at_once)
{
    seat->used = true;
    seat->drawn = false;
    seat->id = tile->id;
    seat->rect = (struct picture_rect){0};
    seat->label_for = (struct picture_rect){0};
    struct picture_rect start = at_once ? *rect : seed_of(rect);
    glide_init(&seat->glide, &start);
}

/**
 * Gives every tile its seat, and lets the others go.
 * @return true when somebody has left
 */
static bool assign_seats(struct compositor *compositor, const struct compositor_tile *tiles,
                         const struct picture_rect *rects, size_t count, struct seat **seats)
{
    bool left = false;
    for (size_t i = 0; i < LAYOUT_MAX_TILES; i++) {
        compositor->seats[i].wanted = false;
    }
    for (size_t i = 0; i < count; i++) {
        seats[i] = find_seat(compositor, tiles[i].id);
        if (seats[i] != NULL) {
            seats[i]->wanted = true;
        }
    }
    for (size_t i = 0; i < LAYOUT_MAX_TILES; i++) {
        struct seat *seat = &compositor->seats[i];
        left = left || (seat->used && !seat->wanted);
        seat->used = seat->wanted;
    }
    for (size_t i = 0; i < count; i++) {
        if (seats[i] == NULL) {
            seats[i] = free_seat(compositor);
            take_seat(seats[i], &tiles[i], &rects[i], !compositor->begun);
        }
    }
    return left;
}

/** Moves a seat. @return true when its place differs from where it was drawn */
static bool move_seat(struct seat *seat, const struct picture_rect *rect, int64_t now_us)
{
    glide_to(&seat->glide, rect, now_us, COMPOSITOR_GLIDE_US);
    struct picture_rect now = glide_at(&seat->glide, now_us);
    bool moved = !glide_same(&now, &seat->rect);
    seat->rect = now;
    return moved;
}

/** Writes the name anew when it or the tile's size has changed. @return true when it has */
static bool update_label(struct seat *seat, const char *utf8, int canvas_height)
{
    struct letters name;
    const struct picture_rect *to = &seat->glide.to;
    letters_read(&name, utf8);
    if (letters_same(&name, &seat->name) && seat->label_for.width == to->width &&
        seat->label_for.height == to->height) {
        return false;
    }
    int capital = label_capital(to->height, canvas_height);
    seat->name = name;
    seat->label_for = *to;
    label_write(&seat->label, &name, capital, to->width - 2 * capital);
    return true;
}

static void place_label(const struct compositor *compositor, const struct seat *seat)
{
    const struct label *label = &seat->label;
    int margin = label->height / 5 & ~1;
    if (label->width > 0 && label->width + 2 * margin <= seat->rect.width &&
        label->height + 2 * margin <= seat->rect.height) {
        label_draw(label, &compositor->canvas.picture, seat->rect.x + margin,
                   seat->rect.y + ((seat->rect.height - label->height - margin) & ~1));
    }
}

static void fill(const struct compositor *compositor, int x, int y, int width, int height,
                 struct picture_colour colour)
{
    struct picture_rect rect = {.x = x, .y = y, .width = width, .height = height};
    struct picture part = picture_view(&compositor->canvas.picture, &rect);
    picture_fill(&part, colour);
}

/** The frame stands in the gap around the tile; a tile at the canvas's rim has none. */
static void draw_frame(const struct compositor *compositor, const struct seat *seat, bool visible)
{
    const struct picture_rect *at = &seat->rect;
    int thick = compositor->gap / 2;
    struct picture_colour colour = visible ? frame_colour : ground;
    if (at->x < thick || at->y < thick || at->x + at->width + thick > compositor->width ||
        at->y + at->height + thick > compositor->height) {
        return;
    }
    int outer = at->width + 2 * thick;
    fill(compositor, at->x - thick, at->y - thick, outer, thick, colour);
    fill(compositor, at->x - thick, at->y + at->height, outer, thick, colour);
    fill(compositor, at->x - thick, at->y, thick, at->height, colour);
    fill(compositor, at->x + at->width, at->y, thick, at->height, colour);
}

static void draw_content(struct compositor *compositor, struct seat *seat,
                         const struct compositor_tile *tile)
{
    struct picture part = picture_view(&compositor->canvas.picture, &seat->rect);
    if (tile->picture != NULL) {
        tile_draw(tile->picture, tile->turn, tile->screen, &compositor->scratch, &part);
    } else {
        portrait_draw(&compositor->portrait, seat->id, &seat->name, &part);
    }
    place_label(compositor, seat);
}

/** Draws what has changed of a tile. @return true when anything has */
static bool draw_seat(struct compositor *compositor, struct seat *seat,
                      const struct compositor_tile *tile)
{
    /* another source may begin at the number at which the one before has ended */
    const uint8_t *planes = tile->picture == NULL ? NULL : tile->picture->planes[0];
    bool renamed = update_label(seat, tile->name, compositor->height);
    bool content = !seat->drawn || renamed || planes != seat->planes ||
                   (planes != NULL && (tile->serial != seat->serial || tile->turn != seat->turn ||
                                       tile->screen != seat->screen));
    bool frame = seat->drawn ? tile->speaking != seat->speaking : tile->speaking;
    if (content) {
        draw_content(compositor, seat, tile);
    }
    if (frame) {
        draw_frame(compositor, seat, tile->speaking);
    }
    seat->drawn = true;
    seat->planes = planes;
    seat->serial = tile->serial;
    seat->turn = tile->turn;
    seat->screen = tile->screen;
    seat->speaking = tile->speaking;
    return content || frame;
}

bool compositor_draw(struct compositor *compositor, enum layout_kind kind,
                     const struct compositor_tile *tiles, size_t count, int64_t now_us)
{
    struct picture_rect rects[LAYOUT_MAX_TILES];
    struct seat *seats[LAYOUT_MAX_TILES];
    size_t shown = layout_arrange(kind, count, compositor->width, compositor->height, rects);
    bool changed = assign_seats(compositor, tiles, rects, shown, seats);
    for (size_t i = 0; i < shown; i++) {
        changed = move_seat(seats[i], &rects[i], now_us) || changed;
    }
    if (changed) { /* of place: what was behind a tile is seen again */
        picture_fill(&compositor->canvas.picture, ground);
    }
    for (size_t i = 0; i < shown; i++) {
        seats[i]->drawn = seats[i]->drawn && !changed;
    }
    bool drawn = changed;
    for (size_t i = 0; i < shown; i++) {
        drawn = draw_seat(compositor, seats[i], &tiles[i]) || drawn;
    }
    compositor->begun = true;
    return drawn;
}

const struct picture *compositor_picture(const struct compositor *compositor)
{
    return &compositor->canvas.picture;
}

bool compositor_is_moving(const struct compositor *compositor, int64_t now_us)
{
    for (size_t i = 0; i < LAYOUT_MAX_TILES; i++) {
        const struct seat *seat = &compositor->seats[i];
        if (seat->used && glide_is_moving(&seat->glide, now_us)) {
            return true;
        }
    }
    return false;
}

void compositor_free(struct compositor **compositor)
{
    if (*compositor == NULL) {
        return;
    }
    for (size_t i = 0; i < LAYOUT_MAX_TILES; i++) {
        label_deinit(&(*compositor)->seats[i].label);
    }
    portrait_deinit(&(*compositor)->portrait);
    picture_buffer_deinit(&(*compositor)->scratch);
    picture_buffer_deinit(&(*compositor)->canvas);
    free(*compositor);
    *compositor = NULL;
}
