/**
 * A rectangle on its way from one place to another: fast at first, then slower.
 */
#ifndef CODEC_GLIDE_H
#define CODEC_GLIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/picture.h"

struct glide {
    struct picture_rect from;
    struct picture_rect to;
    int64_t start_us;
    int64_t end_us;
};

/** Stands still at a place. */
void glide_init(struct glide *glide, const struct picture_rect *at);

/** Sets out for another place, from wherever it is now; nothing happens when it is going there. */
void glide_to(struct glide *glide, const struct picture_rect *to, int64_t now_us,
              int64_t duration_us);

/** Where it is now, in even coordinates. */
struct picture_rect glide_at(const struct glide *glide, int64_t now_us);

bool glide_is_moving(const struct glide *glide, int64_t now_us);

/** True when both are the same. */
bool glide_same(const struct picture_rect *a, const struct picture_rect *b);

#endif
