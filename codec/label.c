#include "label.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/err.h"
#include "text.h"

enum {
    TILE_PER_CAPITAL = 20,   /* height of a tile, in capitals */
    CANVAS_PER_CAPITAL = 40, /* and at least so much of the canvas */
    MIN_CAPITAL = 7,         /* smaller ones cannot be read */
    MAX_CAPITAL = 18,
    PLATE_ALPHA = 150,
    PLATE_LUMA = 22,
    TEXT_LUMA = 232,
    GREY = 128
};

int label_capital(int tile_height, int canvas_height)
{
    int of_tile = tile_height / TILE_PER_CAPITAL;
    int of_canvas = canvas_height / CANVAS_PER_CAPITAL;
    int capital = of_tile < of_canvas ? of_tile : of_canvas;
    return capital < MIN_CAPITAL ? MIN_CAPITAL : capital > MAX_CAPITAL ? MAX_CAPITAL : capital;
}

int label_init(struct label *label, int max_width, int max_height)
{
    *label = (struct label){.max_width = max_width & ~1, .max_height = max_height & ~1};
    int err = picture_buffer_resize(&label->buffer, label->max_width, label->max_height);
    if (err != 0) {
        return err;
    }
    label->alpha_stride = label->buffer.picture.strides[0];
    label->alpha = calloc((size_t)label->max_height, (size_t)label->alpha_stride);
    if (label->alpha == NULL) {
        picture_buffer_deinit(&label->buffer);
        return ERR_NO_MEMORY;
    }
    return 0;
}

/** From coverage of the plate (in alpha) and of the text (in luma) to luma and alpha. */
static void tint(struct label *label)
{
    uint8_t *luma = label->buffer.picture.planes[0];
    for (int y = 0; y < label->height; y++) {
        uint8_t *text = luma + (ptrdiff_t)y * label->buffer.picture.strides[0];
        uint8_t *alpha = label->alpha + (ptrdiff_t)y * label->alpha_stride;
        for (int x = 0; x < label->width; x++) {
            int covered = text[x];
            int plate = alpha[x] * PLATE_ALPHA / 255;
            text[x] = (uint8_t)(PLATE_LUMA + (TEXT_LUMA - PLATE_LUMA) * covered / 255);
            alpha[x] = (uint8_t)(plate + (255 - plate) * covered / 255);
        }
    }
}

void label_write(struct label *label, const struct letters *name, int capital, int max_width)
{
    int pad = capital * 3 / 4;
    int height = (capital * 9 / 4 + 1) & ~1;
    int widest = max_width < label->max_width ? max_width : label->max_width;
    struct letters fitted = *name;
    label->width = 0;
    text_fit(&fitted, (float)capital, (float)(widest - 2 * pad - 2));
    if (fitted.count == 0 || height > label->max_height) {
        return;
    }
    label->width = ((int)text_width(&fitted, (float)capital) + 2 * pad + 2) & ~1;
    label->height = height;
    label->buffer.picture.width = label->width;
    label->buffer.picture.height = label->height;
    struct mask text = {label->buffer.picture.planes[0], label->buffer.picture.strides[0],
                        label->width, label->height};
    struct mask plate = {label->alpha, label->alpha_stride, label->width, label->height};
    picture_fill(&label->buffer.picture, (struct picture_colour){0, GREY, GREY});
    mask_round(&plate, (float)capital / 2);
    text_draw(&fitted, &text, (float)pad, (float)capital * 1.625F, (float)capital);
    tint(label);
}

void label_draw(const struct label *label, const struct picture *onto, int x, int y)
{
    struct picture part = picture_view(
        onto,
        &(struct picture_rect){.x = x, .y = y, .width = label->width, .height = label->height});
    picture_blend(&label->buffer.picture, label->alpha, label->alpha_stride, &part);
}

void label_deinit(struct label *label)
{
    picture_buffer_deinit(&label->buffer);
    free(label->alpha);
    *label = (struct label){0};
}
