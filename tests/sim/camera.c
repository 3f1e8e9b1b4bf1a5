#include "sim/camera.h"

#include "score/moving_picture.h"

enum { BITRATE_BPS = 500000, FPS = 30 };

int camera_init(struct camera *camera, unsigned number, int width, int height)
{
    const struct vp8_encoder_config config = {.width = width,
                                              .height = height,
                                              .bitrate_bps = BITRATE_BPS,
                                              .fps = FPS,
                                              .temporal_layers = 1};
    *camera = (struct camera){.number = number};
    int err = vp8_encoder_new(&camera->encoder, &config);
    return err != 0 ? err : picture_buffer_resize(&camera->picture, width, height);
}

static void turn_over(const struct picture *picture)
{
    for (int plane = 0; plane < PICTURE_PLANES; plane++) {
        int width = picture_plane_width(picture, plane);
        int height = picture_plane_height(picture, plane);
        for (int i = 0; i < width * height / 2; i++) {
            int j = width * height - 1 - i;
            uint8_t *a = picture->planes[plane] + i / width * picture->strides[plane] + i % width;
            uint8_t *b = picture->planes[plane] + j / width * picture->strides[plane] + j % width;
            uint8_t kept = *a;
            *a = *b;
            *b = kept;
        }
    }
}

static size_t next_frame(void *owner, int64_t capture_us, bool keyframe, const uint8_t **out)
{
    struct camera *camera = owner;
    struct vp8_encoded encoded;
    camera->frame = (camera->frame + 1) % MOVING_PICTURE_FRAMES;
    camera->taken_us[camera->frame] = capture_us;
    moving_picture_draw(&camera->picture.picture, camera->number, camera->frame);
    if (camera->upside_down) {
        turn_over(&camera->picture.picture);
    }
    if (vp8_encoder_encode(camera->encoder, &camera->picture.picture, capture_us, keyframe,
                           &encoded) != 0) {
        return 0;
    }
    *out = encoded.data;
    return encoded.len;
}

void camera_attach(struct camera *camera, struct source *source)
{
    source_set_camera(source, &(struct source_camera){.next = next_frame, .owner = camera});
}

void camera_deinit(struct camera *camera)
{
    vp8_encoder_free(&camera->encoder);
    picture_buffer_deinit(&camera->picture);
}
