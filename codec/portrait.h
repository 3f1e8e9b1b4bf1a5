/**
 * What a tile shows of somebody who sends no picture: initials on a disc in a colour of their own.
 */
#ifndef CODEC_PORTRAIT_H
#define CODEC_PORTRAIT_H

#include "codec/picture.h"
#include "letters.h"

/** Room to draw in. */
struct portrait {
    struct picture_buffer buffer;
    uint8_t *alpha;
    int max_side;
};

/** Behind the disc, and beside pictures that do not fill their tile. */
extern const struct picture_colour portrait_ground;

/** @param max_side largest disc, samples @return 0 or ERR_NO_MEMORY, with nothing to deinit */
int portrait_init(struct portrait *portrait, int max_side);

/** Fills a tile. @param id chooses the colour, the same for ever */
void portrait_draw(struct portrait *portrait, uint64_t id, const struct letters *name,
                   const struct picture *onto);

void portrait_deinit(struct portrait *portrait);

#endif
