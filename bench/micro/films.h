/**
 * What cameras send, for the video rows: VP8 frames of moving pictures of 320x180, 25 a second.
 */
#ifndef BENCH_MICRO_FILMS_H
#define BENCH_MICRO_FILMS_H

#include <stddef.h>
#include <stdint.h>

enum {
    FILM_WIDTH = 320,
    FILM_HEIGHT = 180,
    FILM_FRAMES = 50, /**< of each film; the first is its only keyframe */
    FILM_FRAME_US = 40000,
    FILM_MAX_BYTES = 12000,
    FILMS_MAX = 16
};

struct film_frame {
    uint8_t data[FILM_MAX_BYTES];
    size_t len;
};

struct film {
    struct film_frame frames[FILM_FRAMES];
};

/** Makes count different films. @return 0 or an error of the encoder */
int films_make(struct film *films, size_t count);

#endif
