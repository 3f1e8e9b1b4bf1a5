/**
 * VP8 with three temporal levels, coded in groups that need nothing from outside: 0 2 1 2, where
 * level 1 refers to level 0 only, and level 2 to both. No frame is ever dropped, so that all rates
 * of a film have the same frames.
 */
#ifndef LOAD_FILM_CODER_H
#define LOAD_FILM_CODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/picture.h"

struct film_coder;

struct film_coded {
    const uint8_t *data; /**< the coder's until its next call */
    size_t len;
    uint8_t tid;
    bool sync; /**< needs nothing but level 0 */
};

/** @return 0, ERR_NO_MEMORY or ERR_UNSUPPORTED (size or rate) */
int film_coder_new(struct film_coder **out, int width, int height, uint64_t bps);

/** @param keyframe begins a group. @return 0 or ERR_MALFORMED (libvpx refuses) */
int film_coder_encode(struct film_coder *coder, const struct picture *picture, bool keyframe,
                      struct film_coded *out);

void film_coder_free(struct film_coder **coder);

#endif
