#include "portrait.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/err.h"
#include "text.h"

enum { TEXT_LUMA = 232 };

const struct picture_colour portrait_ground = {46, 131, 126};

/* Twelve hues of one lightness and little saturation. */
static const struct picture_colour colours[] = {
    {104, 128, 164}, {106, 112, 158}, {108, 100, 146}, {108, 94, 128},
    {106, 100, 110}, {104, 112, 98},  {102, 128, 92},  {100, 144, 98},
    {98, 156, 110},  {96, 162, 128},  {98, 156, 146},  {102, 144, 158},
};

int portrait_init(struct portrait *portrait, int max_side)
{
    *portrait = (struct portrait){.max_side = max_side & ~1};
    int err = picture_buffer_resize(&portrait->buffer, portrait->max_side, portrait->max_side);
    if (err != 0) {
        return err;
    }
    portrait->alpha = calloc((size_t)portrait->max_side, (size_t)portrait->max_side);
    if (portrait->alpha == NULL) {
        picture_buffer_deinit(&portrait->buffer);
        return ERR_NO_MEMORY;
    }
    return 0;
}

/** Ids may be consecutive or random: both are spread. */
static struct picture_colour colour_of(uint64_t id)
{
    uint64_t mixed = id * 0x9E3779B97F4A7C15U;
    return colours[(mixed >> 32) % (sizeof(colours) / sizeof(colours[0]))];
}

/** Coverage of the text, in the luma plane, becomes luma. */
static void tint(const struct picture *disc, struct picture_colour colour)
{
    for (int y = 0; y < disc->height; y++) {
        uint8_t *row = disc->planes[0] + (ptrdiff_t)y * disc->strides[0];
        for (int x = 0; x < disc->width; x++) {
            row[x] = (uint8_t)(colour.y + (TEXT_LUMA - colour.y) * row[x] / 255);
        }
    }
}

static void draw_disc(struct portrait *portrait, int side, uint64_t id, const struct letters *name)
{
    struct picture_colour colour = colour_of(id);
    struct letters initials;
    struct picture *disc = &portrait->buffer.picture;
    disc->width = side;
    disc->height = side;
    struct mask round = {portrait->alpha, portrait->max_side, side, side};
    struct mask text = {disc->planes[0], disc->strides[0], side, side};
    struct pen_point middle = {.x = (float)side / 2, .y = (float)side / 2};
    float capital = (float)side * 0.34F;
    letters_initials(name, &initials);
    picture_fill(disc, (struct picture_colour){0, colour.u, colour.v});
    mask_round(&round, (float)side / 2);
    text_draw(&initials, &text, middle.x - text_width(&initials, capital) / 2,
              middle.y + capital / 2, capital);
    tint(disc, colour);
}

void portrait_draw(struct portrait *portrait, uint64_t id, const struct letters *name,
                   const struct picture *onto)
{
    int smaller = onto->width < onto->height ? onto->width : onto->height;
    int side = smaller / 2 & ~1;
    side = side > portrait->max_side ? portrait->max_side : side;
    picture_fill(onto, portrait_ground);
    if (side < 8) {
        return;
    }
    draw_disc(portrait, side, id, name);
    struct picture part =
        picture_view(onto, &(struct picture_rect){(onto->width - side) / 2 & ~1,
                                                  (onto->height - side) / 2 & ~1, side, side});
    picture_blend(&portrait->buffer.picture, portrait->alpha, portrait->max_side, &part);
}

void portrait_deinit(struct portrait *portrait)
{
    picture_buffer_deinit(&portrait->buffer);
    free(portrait->alpha);
    *portrait = (struct portrait){0};
}
