/**
 * Somebody who films: moving pictures (support/moving_picture.h) go out of a video source as VP8,
 * as a camera of a browser sends them. Frame n is taken at the n-th time that the source asks.
 */
#ifndef TESTS_SIM_CAMERA_H
#define TESTS_SIM_CAMERA_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/picture.h"
#include "codec/vp8_encoder.h"
#include "sim/source.h"

enum { CAMERA_TIMES = 1024 /**< as many as frame numbers that can be told apart */ };

struct camera {
    unsigned number; /**< of the moving picture's source */
    unsigned frame;
    bool upside_down; /**< as a phone that is held so films */
    struct vp8_encoder *encoder;
    struct picture_buffer picture;
    int64_t taken_us[CAMERA_TIMES]; /**< when each frame was taken, by its number */
};

/** @return 0, ERR_NO_MEMORY or ERR_INVALID (size) */
int camera_init(struct camera *camera, unsigned number, int width, int height);

/** Films for a source from now on. */
void camera_attach(struct camera *camera, struct source *source);

void camera_deinit(struct camera *camera);

#endif
