/**
 * A name on a dark plate with round corners, ready to be blended over pictures.
 */
#ifndef CODEC_LABEL_H
#define CODEC_LABEL_H

#include "codec/picture.h"
#include "letters.h"

struct label {
    struct picture_buffer buffer; /**< text and plate */
    uint8_t *alpha;               /**< how much of them is seen */
    int alpha_stride;
    int max_width; /**< of memory, even */
    int max_height;
    int width; /**< as written, even; 0: nothing to be seen */
    int height;
};

/** Height of capitals that suits a tile of this height on a canvas of that height, samples. */
int label_capital(int tile_height, int canvas_height);

/** Room for labels up to a size. @return 0 or ERR_NO_MEMORY, with nothing to deinit */
int label_init(struct label *label, int max_width, int max_height);

/**
 * Writes a name.
 * @param capital height of capitals; max_width of the label, both cut to the memory's size
 */
void label_write(struct label *label, const struct letters *name, int capital, int max_width);

/** Blends it over a picture, its upper left corner at even (x, y), and inside the picture. */
void label_draw(const struct label *label, const struct picture *onto, int x, int y);

void label_deinit(struct label *label);

#endif
