#include "score/moving_picture.h"

#include <math.h>
#include <string.h>

/*
 * The row lies across the middle of the picture, so that a crop of the rim leaves it whole: dark
 * frame, then 24 blocks: 1 0, six bits of source, ten of frame, four of check sum, 0 1. Its place
 * is in fractions of the picture: x 1/8..7/8, y 7/16..9/16.
 */
enum {
    BLOCKS = 24,
    SOURCE_BITS = 6,
    FRAME_BITS = 10,
    CHECK_BITS = 4,
    LIGHT = 210,
    DARK = 40,
    MIDDLE = 125
};

static uint32_t check_of(uint32_t source, uint32_t frame)
{
    uint32_t value = source << FRAME_BITS | frame;
    uint32_t sum = 5;
    while (value != 0) {
        sum = (sum * 3 + (value & 15)) & 15;
        value >>= 4;
    }
    return sum;
}

static uint32_t word_of(uint32_t source, uint32_t frame)
{
    uint32_t body = (source << FRAME_BITS | frame) << CHECK_BITS | check_of(source, frame);
    return 2U << (BLOCKS - 2) | body << 2 | 1U;
}

/** Edge of the index-th block, 0..BLOCKS, in a picture of this width. */
static int block_x(int width, int index)
{
    return width / 8 + width * 3 * index / (4 * BLOCKS);
}

static void draw_blocks(const struct picture *picture, uint32_t word)
{
    int top = picture->height * 7 / 16;
    int bottom = picture->height * 9 / 16;
    for (int i = 0; i < BLOCKS; i++) {
        int left = block_x(picture->width, i);
        int right = block_x(picture->width, i + 1);
        bool light = (word >> (BLOCKS - 1 - i) & 1) != 0;
        for (int y = top; y < bottom; y++) {
            memset(picture->planes[0] + (ptrdiff_t)y * picture->strides[0] + left,
                   light ? LIGHT : DARK, (size_t)(right - left));
        }
    }
}

static void draw_ground(const struct picture *picture, uint32_t source, uint32_t frame)
{
    uint32_t noise = source * 7919 + frame * 104729 + 1;
    for (int y = 0; y < picture->height; y++) {
        uint8_t *row = picture->planes[0] + (ptrdiff_t)y * picture->strides[0];
        for (int x = 0; x < picture->width; x++) {
            noise = noise * 1664525 + 1013904223;
            int slope = 60 + 90 * x / picture->width + 40 * y / picture->height;
            row[x] = (uint8_t)(slope + (int)(noise >> 30));
        }
    }
    for (int plane = 1; plane < PICTURE_PLANES; plane++) {
        uint32_t tint = plane == 1 ? source * 37 : source * 59;
        for (int y = 0; y < picture_plane_height(picture, plane); y++) {
            memset(picture->planes[plane] + (ptrdiff_t)y * picture->strides[plane],
                   (int)(96 + tint % 64), (size_t)picture_plane_width(picture, plane));
        }
    }
}

/** A soft disc that goes round the middle: what moves in a picture of a person. */
static void draw_disc(const struct picture *picture, uint32_t source, uint32_t frame)
{
    double angle = 0.07 * frame + source;
    int radius = picture->height / 5;
    int centre_x = picture->width / 2 + (int)(picture->width / 4.0 * cos(angle));
    int centre_y = picture->height / 2 + (int)(picture->height / 4.0 * sin(2 * angle));
    for (int y = centre_y - radius; y <= centre_y + radius; y++) {
        for (int x = centre_x - radius; x <= centre_x + radius; x++) {
            int dx = x - centre_x;
            int dy = y - centre_y;
            if (x < 0 || y < 0 || x >= picture->width || y >= picture->height ||
                dx * dx + dy * dy > radius * radius) {
                continue;
            }
            bool stripe = ((dx + dy) / (radius / 4 + 1) & 1) != 0;
            picture->planes[0][(ptrdiff_t)y * picture->strides[0] + x] = stripe ? 190 : 110;
        }
    }
}

void moving_picture_draw(const struct picture *picture, unsigned source, unsigned frame)
{
    draw_ground(picture, source, frame);
    draw_disc(picture, source, frame);
    draw_blocks(picture, word_of(source % MOVING_PICTURE_SOURCES, frame % MOVING_PICTURE_FRAMES));
}

/** Mean luma of the inner part of a block: scaling has mixed its rims with the neighbours. */
static int block_mean(const struct picture *picture, int index)
{
    double block = picture->width * 0.75 / BLOCKS;
    double middle = picture->width * 0.125 + block * (index + 0.5);
    int left = (int)(middle - block / 5);
    int right = (int)(middle + block / 5) + 1;
    int top = picture->height * 15 / 32;
    int bottom = picture->height * 17 / 32;
    int sum = 0;
    int count = 0;
    for (int y = top; y <= bottom; y++) {
        for (int x = left; x < right; x++) {
            sum += picture->planes[0][(ptrdiff_t)y * picture->strides[0] + x];
            count++;
        }
    }
    return count == 0 ? 0 : sum / count;
}

bool moving_picture_read(const struct picture *picture, unsigned *source, unsigned *frame)
{
    uint32_t word = 0;
    if (picture->width < BLOCKS * 2 || picture->height < BLOCKS) {
        return false;
    }
    for (int i = 0; i < BLOCKS; i++) {
        word = word << 1 | (block_mean(picture, i) > MIDDLE ? 1U : 0U);
    }
    uint32_t found_frame = word >> (2 + CHECK_BITS) & (MOVING_PICTURE_FRAMES - 1);
    uint32_t found_source = word >> (2 + CHECK_BITS + FRAME_BITS) & (MOVING_PICTURE_SOURCES - 1);
    if (word != word_of(found_source, found_frame)) {
        return false;
    }
    *source = found_source;
    *frame = found_frame;
    return true;
}

double moving_picture_psnr(const struct picture *a, const struct picture *b)
{
    double sum = 0;
    for (int y = 0; y < a->height; y++) {
        const uint8_t *row_a = a->planes[0] + (ptrdiff_t)y * a->strides[0];
        const uint8_t *row_b = b->planes[0] + (ptrdiff_t)y * b->strides[0];
        for (int x = 0; x < a->width; x++) {
            double difference = (double)row_a[x] - row_b[x];
            sum += difference * difference;
        }
    }
    double mean = sum / ((double)a->width * a->height);
    return mean == 0 ? 99 : 10 * log10(255.0 * 255.0 / mean);
}
