#include "codec/picture.h"

#include <libyuv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/* What the SIMD rows of libyuv and libvpx like best. */
enum { ALIGNMENT = 64 };

static size_t aligned(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

int picture_buffer_resize(struct picture_buffer *buffer, int width, int height)
{
    if (width < 1 || height < 1 || width > PICTURE_MAX_WIDTH || height > PICTURE_MAX_WIDTH) {
        return ERR_INVALID;
    }
    size_t luma_stride = aligned((size_t)width);
    size_t chroma_stride = aligned(((size_t)width + 1) / 2);
    size_t luma_bytes = luma_stride * (size_t)height;
    size_t chroma_bytes = chroma_stride * (((size_t)height + 1) / 2);
    size_t bytes = luma_bytes + 2 * chroma_bytes;
    if (bytes > buffer->capacity) {
        uint8_t *memory = aligned_alloc(ALIGNMENT, bytes);
        if (memory == NULL) {
            return ERR_NO_MEMORY;
        }
        free(buffer->memory);
        buffer->memory = memory;
        buffer->capacity = bytes;
    }
    uint8_t *u = buffer->memory + luma_bytes;
    buffer->picture =
        (struct picture){.planes = {buffer->memory, u, u + chroma_bytes},
                         .strides = {(int)luma_stride, (int)chroma_stride, (int)chroma_stride},
                         .width = width,
                         .height = height};
    return 0;
}

void picture_buffer_deinit(struct picture_buffer *buffer)
{
    free(buffer->memory);
    *buffer = (struct picture_buffer){0};
}

int picture_plane_width(const struct picture *picture, int plane)
{
    return plane == 0 ? picture->width : (picture->width + 1) / 2;
}

int picture_plane_height(const struct picture *picture, int plane)
{
    return plane == 0 ? picture->height : (picture->height + 1) / 2;
}

struct picture picture_view(const struct picture *picture, const struct picture_rect *rect)
{
    struct picture view = *picture;
    view.width = rect->width;
    view.height = rect->height;
    view.planes[0] += (ptrdiff_t)rect->y * view.strides[0] + rect->x;
    for (int plane = 1; plane < PICTURE_PLANES; plane++) {
        view.planes[plane] += (ptrdiff_t)(rect->y / 2) * view.strides[plane] + rect->x / 2;
    }
    return view;
}

void picture_fill(const struct picture *picture, struct picture_colour colour)
{
    const uint8_t values[PICTURE_PLANES] = {colour.y, colour.u, colour.v};
    for (int plane = 0; plane < PICTURE_PLANES; plane++) {
        SetPlane(picture->planes[plane], picture->strides[plane],
                 picture_plane_width(picture, plane), picture_plane_height(picture, plane),
                 values[plane]);
    }
}

void picture_copy(const struct picture *from, const struct picture *to)
{
    for (int plane = 0; plane < PICTURE_PLANES; plane++) {
        CopyPlane(from->planes[plane], from->strides[plane], to->planes[plane], to->strides[plane],
                  picture_plane_width(to, plane), picture_plane_height(to, plane));
    }
}

void picture_scale(const struct picture *from, const struct picture *to)
{
    /* bilinear reads four samples for each: all of them down to a half, most down to two fifths, in
     * a third of the time that the box filter takes */
    bool box = from->width * 2 > to->width * 5 || from->height * 2 > to->height * 5;
    for (int plane = 0; plane < PICTURE_PLANES; plane++) {
        ScalePlane(from->planes[plane], from->strides[plane], picture_plane_width(from, plane),
                   picture_plane_height(from, plane), to->planes[plane], to->strides[plane],
                   picture_plane_width(to, plane), picture_plane_height(to, plane),
                   box ? kFilterBox : kFilterBilinear);
    }
}

void picture_turn(const struct picture *from, const struct picture *to, int degrees)
{
    (void)I420Rotate(from->planes[0], from->strides[0], from->planes[1], from->strides[1],
                     from->planes[2], from->strides[2], to->planes[0], to->strides[0],
                     to->planes[1], to->strides[1], to->planes[2], to->strides[2], from->width,
                     from->height, (enum RotationMode)degrees);
}

void picture_blend(const struct picture *over, const uint8_t *alpha, int alpha_stride,
                   const struct picture *onto)
{
    (void)I420Blend(over->planes[0], over->strides[0], over->planes[1], over->strides[1],
                    over->planes[2], over->strides[2], onto->planes[0], onto->strides[0],
                    onto->planes[1], onto->strides[1], onto->planes[2], onto->strides[2], alpha,
                    alpha_stride, onto->planes[0], onto->strides[0], onto->planes[1],
                    onto->strides[1], onto->planes[2], onto->strides[2], onto->width, onto->height);
}
