#include "score/ssim.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

enum { SIDE = 8, STEP = 4, PIXELS = SIDE * SIDE };

static const double c1 = (0.01 * 255) * (0.01 * 255);
static const double c2 = (0.03 * 255) * (0.03 * 255);

static double window(const struct picture *a, const struct picture *b, int x, int y)
{
    uint32_t sum_a = 0;
    uint32_t sum_b = 0;
    uint32_t sum_aa = 0;
    uint32_t sum_bb = 0;
    uint32_t sum_ab = 0;
    for (int row = y; row < y + SIDE; row++) {
        const uint8_t *line_a = a->planes[0] + (ptrdiff_t)row * a->strides[0] + x;
        const uint8_t *line_b = b->planes[0] + (ptrdiff_t)row * b->strides[0] + x;
        for (int i = 0; i < SIDE; i++) {
            uint32_t p = line_a[i];
            uint32_t q = line_b[i];
            sum_a += p;
            sum_b += q;
            sum_aa += p * p;
            sum_bb += q * q;
            sum_ab += p * q;
        }
    }
    double mean_a = (double)sum_a / PIXELS;
    double mean_b = (double)sum_b / PIXELS;
    double variance_a = (double)sum_aa / PIXELS - mean_a * mean_a;
    double variance_b = (double)sum_bb / PIXELS - mean_b * mean_b;
    double covariance = (double)sum_ab / PIXELS - mean_a * mean_b;
    return (2 * mean_a * mean_b + c1) * (2 * covariance + c2) /
           ((mean_a * mean_a + mean_b * mean_b + c1) * (variance_a + variance_b + c2));
}

double ssim(const struct picture *a, const struct picture *b)
{
    assert(a->width == b->width && a->height == b->height && a->width >= SIDE && a->height >= SIDE);
    double sum = 0;
    size_t count = 0;
    for (int y = 0; y + SIDE <= a->height; y += STEP) {
        for (int x = 0; x + SIDE <= a->width; x += STEP) {
            sum += window(a, b, x, y);
            count++;
        }
    }
    return sum / (double)count;
}
