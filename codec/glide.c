#include "glide.h"

enum { ONE = 1 << 12 };

bool glide_same(const struct picture_rect *a, const struct picture_rect *b)
{
    return a->x == b->x && a->y == b->y && a->width == b->width && a->height == b->height;
}

void glide_init(struct glide *glide, const struct picture_rect *at)
{
    *glide = (struct glide){.from = *at, .to = *at, .start_us = INT64_MIN, .end_us = INT64_MIN};
}

void glide_to(struct glide *glide, const struct picture_rect *to, int64_t now_us,
              int64_t duration_us)
{
    if (glide_same(&glide->to, to)) {
        return;
    }
    *glide = (struct glide){.from = glide_at(glide, now_us),
                            .to = *to,
                            .start_us = now_us,
                            .end_us = now_us + duration_us};
}

bool glide_is_moving(const struct glide *glide, int64_t now_us)
{
    return now_us < glide->end_us;
}

static int between(int from, int to, int64_t part)
{
    return (int)(from + (to - from) * part / ONE) & ~1;
}

struct picture_rect glide_at(const struct glide *glide, int64_t now_us)
{
    if (now_us >= glide->end_us) {
        return glide->to;
    }
    int64_t left = (glide->end_us - now_us) * ONE / (glide->end_us - glide->start_us);
    int64_t part = ONE - left * left / ONE * left / ONE; /* cubic ease-out */
    return (struct picture_rect){.x = between(glide->from.x, glide->to.x, part),
                                 .y = between(glide->from.y, glide->to.y, part),
                                 .width = between(glide->from.width, glide->to.width, part),
                                 .height = between(glide->from.height, glide->to.height, part)};
}
