#include "pen.h"

#include <math.h>
#include <stddef.h>

enum { CURVE_LINES = 6 };

static float within(float value, float low, float high)
{
    return value < low ? low : value > high ? high : value;
}

/** Distance of a point to a line from a to b. */
static float distance(struct pen_point p, struct pen_point a, struct pen_point b)
{
    float dx = b.x - a.x;
    float dy = b.y - a.y;
    float length = dx * dx + dy * dy;
    float part = length > 0 ? within(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0, 1) : 0;
    float ex = p.x - a.x - part * dx;
    float ey = p.y - a.y - part * dy;
    return sqrtf(ex * ex + ey * ey);
}

void pen_line(const struct mask *mask, struct pen_point from, struct pen_point to, float radius)
{
    float reach = radius + 1;
    int left = (int)within(fminf(from.x, to.x) - reach, 0, (float)mask->width);
    int right = (int)within(fmaxf(from.x, to.x) + reach, 0, (float)mask->width);
    int top = (int)within(fminf(from.y, to.y) - reach, 0, (float)mask->height);
    int bottom = (int)within(fmaxf(from.y, to.y) + reach, 0, (float)mask->height);
    for (int y = top; y < bottom; y++) {
        uint8_t *row = mask->bytes + (ptrdiff_t)y * mask->stride;
        for (int x = left; x < right; x++) {
            struct pen_point middle = {.x = (float)x + 0.5F, .y = (float)y + 0.5F};
            float covered = within(radius + 0.5F - distance(middle, from, to), 0, 1);
            uint8_t value = (uint8_t)(covered * 255.0F + 0.5F);
            row[x] = value > row[x] ? value : row[x];
        }
    }
}

void pen_curve(const struct mask *mask, struct pen_point from, struct pen_point control,
               struct pen_point to, float radius)
{
    struct pen_point at = from;
    for (int i = 1; i <= CURVE_LINES; i++) {
        float t = (float)i / CURVE_LINES;
        float a = (1 - t) * (1 - t);
        float b = 2 * t * (1 - t);
        float c = t * t;
        struct pen_point next = {.x = a * from.x + b * control.x + c * to.x,
                                 .y = a * from.y + b * control.y + c * to.y};
        pen_line(mask, at, next, radius);
        at = next;
    }
}

void mask_round(const struct mask *mask, float corner)
{
    float right = (float)mask->width - corner;
    float bottom = (float)mask->height - corner;
    for (int y = 0; y < mask->height; y++) {
        uint8_t *row = mask->bytes + (ptrdiff_t)y * mask->stride;
        float at_y = (float)y + 0.5F;
        float dy = at_y - within(at_y, corner, bottom);
        for (int x = 0; x < mask->width; x++) {
            float at_x = (float)x + 0.5F;
            float dx = at_x - within(at_x, corner, right);
            float covered = within(corner + 0.5F - sqrtf(dx * dx + dy * dy), 0, 1);
            row[x] = (uint8_t)(covered * 255.0F + 0.5F);
        }
    }
}
