/**
 * Where filmed pictures come from: drawn here (score/moving_picture.h), or a file: Y4M (4:2:0), or
 * IVF of VP8, which is decoded.
 */
#ifndef LOAD_PICTURE_SOURCE_H
#define LOAD_PICTURE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/picture.h"

enum {
    PICTURE_SOURCE_MOST = 300, /**< pictures of a file that are used */
    PICTURE_SOURCE_MADE = 128, /**< that are drawn: 4.3 s */
    PICTURE_SOURCE_GROUP = 32  /**< pictures from one keyframe to the next, where we choose */
};

struct picture_source;

/**
 * @param file   NULL = drawn, of width x height (even)
 * @param reason out: on failure, what is wrong; static
 * @return 0, ERR_NO_MEMORY, ERR_NOT_FOUND, ERR_MALFORMED or ERR_UNSUPPORTED
 */
int picture_source_new(struct picture_source **out, const char *file, uint16_t width,
                       uint16_t height, const char **reason);

uint16_t picture_source_width(const struct picture_source *source);
uint16_t picture_source_height(const struct picture_source *source);

/** Pictures in it; PICTURE_SOURCE_MOST at most. */
size_t picture_source_count(const struct picture_source *source);

/** Is this one to be a keyframe? */
bool picture_source_is_key(const struct picture_source *source, size_t number);

/** The coded frame of an IVF file. @return false when it is none */
bool picture_source_coded(const struct picture_source *source, size_t number, const uint8_t **data,
                          size_t *len);

/** A picture, of the source's size. @return 0, ERR_IO or ERR_MALFORMED */
int picture_source_read(struct picture_source *source, size_t number, const struct picture *out);

void picture_source_free(struct picture_source **source);

#endif
