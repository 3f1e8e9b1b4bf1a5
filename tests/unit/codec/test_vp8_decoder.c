#include "base/err.h"
#include "base/rand.h"
#include "codec/vp8_decoder.h"
#include "codec/vp8_encoder.h"
#include "score/moving_picture.h"
#include "unit/runner.h"

enum { FRAME_US = 40000, MAX_BYTES = 40000 };

/** A publisher of one source. */
struct camera {
    struct vp8_encoder *encoder;
    struct picture_buffer buffer;
    unsigned source;
    unsigned frame;
    struct vp8_encoded encoded;
};

static int camera_init(struct camera *camera, unsigned source, int width, int height)
{
    const struct vp8_encoder_config config = {
        .width = width, .height = height, .bitrate_bps = 400000, .fps = 25, .temporal_layers = 1};
    *camera = (struct camera){.source = source};
    int err = picture_buffer_resize(&camera->buffer, width, height);
    return err != 0 ? err : vp8_encoder_new(&camera->encoder, &config);
}

static int camera_next(struct camera *camera, bool keyframe)
{
    moving_picture_draw(&camera->buffer.picture, camera->source, camera->frame);
    camera->frame++;
    return vp8_encoder_encode(camera->encoder, &camera->buffer.picture,
                              (int64_t)camera->frame * FRAME_US, keyframe, &camera->encoded);
}

static void camera_deinit(struct camera *camera)
{
    vp8_encoder_free(&camera->encoder);
    picture_buffer_deinit(&camera->buffer);
}

static int decode(struct vp8_decoder *decoder, const struct camera *camera)
{
    return vp8_decoder_decode(decoder, camera->encoded.data, camera->encoded.len);
}

TEST(decodes_what_was_encoded)
{
    struct camera camera = {0};
    struct vp8_decoder *decoder = NULL;
    unsigned source = 0;
    unsigned frame = 0;
    REQUIRE_OK(camera_init(&camera, 7, 320, 180));
    REQUIRE_OK(vp8_decoder_new(&decoder, 320 * 180));
    CHECK(vp8_decoder_picture(decoder) == NULL);
    for (unsigned i = 0; i < 12; i++) {
        REQUIRE_OK(camera_next(&camera, false));
        REQUIRE_OK(decode(decoder, &camera));
        const struct picture *picture = vp8_decoder_picture(decoder);
        REQUIRE(picture != NULL);
        CHECK_INT(picture->width, 320);
        CHECK_INT(picture->height, 180);
        CHECK(moving_picture_read(picture, &source, &frame));
        CHECK_INT(source, 7);
        CHECK_INT(frame, i);
        CHECK_INT(vp8_decoder_count(decoder), i + 1);
    }
    CHECK(moving_picture_psnr(vp8_decoder_picture(decoder), &camera.buffer.picture) > 30);
out:
    vp8_decoder_free(&decoder);
    camera_deinit(&camera);
}

TEST(waits_for_a_keyframe)
{
    struct camera camera = {0};
    struct vp8_decoder *decoder = NULL;
    REQUIRE_OK(camera_init(&camera, 1, 160, 96));
    REQUIRE_OK(vp8_decoder_new(&decoder, VP8_DECODER_MAX_PIXELS));
    CHECK(vp8_decoder_needs_keyframe(decoder));
    REQUIRE_OK(camera_next(&camera, false));
    REQUIRE_OK(camera_next(&camera, false));
    CHECK_INT(decode(decoder, &camera), ERR_NEED_KEYFRAME);
    REQUIRE_OK(camera_next(&camera, true));
    REQUIRE_OK(decode(decoder, &camera));
    CHECK(!vp8_decoder_needs_keyframe(decoder));
    vp8_decoder_lose(decoder);
    REQUIRE_OK(camera_next(&camera, false));
    CHECK_INT(decode(decoder, &camera), ERR_NEED_KEYFRAME);
    CHECK(vp8_decoder_picture(decoder) != NULL);
    REQUIRE_OK(camera_next(&camera, true));
    CHECK_INT(decode(decoder, &camera), 0);
out:
    vp8_decoder_free(&decoder);
    camera_deinit(&camera);
}

TEST(follows_another_size_at_a_keyframe)
{
    struct camera cameras[3] = {{0}};
    static const int sizes[3][2] = {{160, 96}, {322, 182}, {96, 160}};
    struct vp8_decoder *decoder = NULL;
    REQUIRE_OK(vp8_decoder_new(&decoder, 640 * 360));
    for (size_t i = 0; i < 3; i++) {
        REQUIRE_OK(camera_init(&cameras[i], (unsigned)i, sizes[i][0], sizes[i][1]));
        for (int n = 0; n < 3; n++) {
            REQUIRE_OK(camera_next(&cameras[i], false));
            REQUIRE_OK(decode(decoder, &cameras[i]));
        }
        CHECK_INT(vp8_decoder_picture(decoder)->width, sizes[i][0]);
        CHECK_INT(vp8_decoder_picture(decoder)->height, sizes[i][1]);
    }
out:
    vp8_decoder_free(&decoder);
    for (size_t i = 0; i < 3; i++) {
        camera_deinit(&cameras[i]);
    }
}

TEST(a_huge_header_costs_nothing)
{
    static const uint8_t huge[] = {0x50, 0x01, 0x00, 0x9D, 0x01, 0x2A, 0xFF, 0x3F, 0xFF, 0x3F,
                                   1,    2,    3,    4,    5,    6,    7,    8,    9,    10,
                                   11,   12,   13,   14,   15,   16,   17,   18,   19,   20};
    struct vp8_decoder *decoder = NULL;
    REQUIRE_OK(vp8_decoder_new(&decoder, VP8_DECODER_MAX_PIXELS));
    uint64_t before = runner_allocations();
    CHECK_INT(vp8_decoder_decode(decoder, huge, sizeof(huge)), ERR_UNSUPPORTED);
    CHECK(runner_allocations() == before);
    CHECK(vp8_decoder_needs_keyframe(decoder));
out:
    vp8_decoder_free(&decoder);
}

TEST(the_bound_is_the_callers)
{
    struct camera camera = {0};
    struct vp8_decoder *decoder = NULL;
    REQUIRE_OK(camera_init(&camera, 1, 320, 180));
    CHECK_INT(vp8_decoder_new(&decoder, 0), ERR_INVALID);
    CHECK_INT(vp8_decoder_new(&decoder, VP8_DECODER_MAX_PIXELS + 1), ERR_INVALID);
    REQUIRE_OK(vp8_decoder_new(&decoder, 320 * 180 - 1));
    REQUIRE_OK(camera_next(&camera, false));
    CHECK_INT(decode(decoder, &camera), ERR_UNSUPPORTED);
out:
    vp8_decoder_free(&decoder);
    camera_deinit(&camera);
}

TEST(a_broken_frame_is_refused_until_a_keyframe_comes)
{
    struct camera camera = {0};
    struct vp8_decoder *decoder = NULL;
    REQUIRE_OK(camera_init(&camera, 1, 320, 180));
    REQUIRE_OK(vp8_decoder_new(&decoder, 320 * 180));
    REQUIRE_OK(camera_next(&camera, false));
    REQUIRE_OK(decode(decoder, &camera));
    REQUIRE_OK(camera_next(&camera, false));
    REQUIRE(camera.encoded.len > 60);
    CHECK_INT(vp8_decoder_decode(decoder, camera.encoded.data, 20), ERR_MALFORMED);
    CHECK(vp8_decoder_needs_keyframe(decoder));
    CHECK(vp8_decoder_picture(decoder) != NULL);
    CHECK_INT(decode(decoder, &camera), ERR_NEED_KEYFRAME);
    REQUIRE_OK(camera_next(&camera, true));
    CHECK_INT(decode(decoder, &camera), 0);
    CHECK_INT(vp8_decoder_count(decoder), 2);
out:
    vp8_decoder_free(&decoder);
    camera_deinit(&camera);
}

/* Found by fuzzing: its planes were still held when libvpx had already released them. */
TEST(a_hidden_keyframe_takes_the_picture_away)
{
    struct camera small = {0};
    struct camera large = {0};
    struct vp8_decoder *decoder = NULL;
    uint8_t frame[MAX_BYTES];
    REQUIRE_OK(camera_init(&small, 1, 96, 96));
    REQUIRE_OK(camera_init(&large, 2, 320, 180));
    REQUIRE_OK(vp8_decoder_new(&decoder, 320 * 180));
    REQUIRE_OK(camera_next(&small, false));
    REQUIRE_OK(decode(decoder, &small));
    REQUIRE_OK(camera_next(&large, false));
    REQUIRE(large.encoded.len <= sizeof(frame));
    memcpy(frame, large.encoded.data, large.encoded.len);
    frame[0] &= (uint8_t)~0x10U;
    CHECK_INT(vp8_decoder_decode(decoder, frame, large.encoded.len), ERR_AGAIN);
    CHECK(vp8_decoder_picture(decoder) == NULL);
    CHECK(!vp8_decoder_needs_keyframe(decoder));
    REQUIRE_OK(camera_next(&large, false));
    REQUIRE_OK(decode(decoder, &large));
    CHECK_INT(vp8_decoder_picture(decoder)->width, 320);
out:
    vp8_decoder_free(&decoder);
    camera_deinit(&large);
    camera_deinit(&small);
}

/* Damage anywhere: an error or a strange picture, and the next keyframe heals everything. */
TEST_NO_OOM(damaged_frames_do_no_lasting_harm)
{
    struct camera camera = {0};
    struct vp8_decoder *decoder = NULL;
    struct rand rand;
    uint8_t frame[MAX_BYTES];
    unsigned source = 0;
    unsigned number = 0;
    rand_init(&rand, 5);
    REQUIRE_OK(camera_init(&camera, 9, 176, 144));
    REQUIRE_OK(vp8_decoder_new(&decoder, 176 * 144 * 4));
    for (unsigned round = 0; round < 60; round++) {
        REQUIRE_OK(camera_next(&camera, round % 3 == 0));
        REQUIRE(camera.encoded.len <= sizeof(frame));
        if (camera.encoded.len > 0) {
            memcpy(frame, camera.encoded.data, camera.encoded.len);
            for (unsigned n = 0; n < 1 + round % 7; n++) {
                frame[rand_below(&rand, (uint32_t)camera.encoded.len)] = (uint8_t)rand_u32(&rand);
            }
            size_t len = 1 + rand_below(&rand, (uint32_t)camera.encoded.len);
            (void)vp8_decoder_decode(decoder, frame, round % 2 == 0 ? camera.encoded.len : len);
        }
        REQUIRE_OK(camera_next(&camera, true));
        REQUIRE_OK(decode(decoder, &camera));
        CHECK(moving_picture_read(vp8_decoder_picture(decoder), &source, &number));
        CHECK_INT(number, camera.frame - 1);
    }
out:
    vp8_decoder_free(&decoder);
    camera_deinit(&camera);
}

TEST(an_empty_frame_is_malformed)
{
    struct vp8_decoder *decoder = NULL;
    static const uint8_t bytes[1] = {0};
    REQUIRE_OK(vp8_decoder_new(&decoder, 1000));
    CHECK_INT(vp8_decoder_decode(decoder, bytes, 0), ERR_MALFORMED);
    CHECK_INT(vp8_decoder_decode(decoder, bytes, 1), ERR_MALFORMED);
out:
    vp8_decoder_free(&decoder);
    vp8_decoder_free(&decoder);
}

/* The time that a frame takes grows with its bytes: a small picture must not cost a large one's. */
TEST(a_frame_larger_than_its_picture_is_malformed)
{
    struct camera camera = {0};
    struct vp8_decoder *decoder = NULL;
    static uint8_t frame[MAX_BYTES];
    size_t bound = 96 * 96 * 3 / 2 + VP8_DECODER_SPARE_BYTES;
    REQUIRE_OK(camera_init(&camera, 1, 96, 96));
    REQUIRE_OK(vp8_decoder_new(&decoder, VP8_DECODER_MAX_PIXELS));
    REQUIRE_OK(camera_next(&camera, false));
    memcpy(frame, camera.encoded.data, camera.encoded.len);
    CHECK_INT(vp8_decoder_decode(decoder, frame, bound + 1), ERR_MALFORMED);
    REQUIRE_OK(decode(decoder, &camera));
    REQUIRE_OK(camera_next(&camera, false));
    memcpy(frame, camera.encoded.data, camera.encoded.len);
    CHECK_INT(vp8_decoder_decode(decoder, frame, bound + 1), ERR_MALFORMED);
    CHECK(vp8_decoder_needs_keyframe(decoder));
out:
    vp8_decoder_free(&decoder);
    camera_deinit(&camera);
}
