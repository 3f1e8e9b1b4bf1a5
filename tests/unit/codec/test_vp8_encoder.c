#include "base/err.h"
#include "codec/vp8_decoder.h"
#include "codec/vp8_encoder.h"
#include "score/moving_picture.h"
#include "unit/runner.h"

enum { FRAME_US = 40000, WIDTH = 320, HEIGHT = 180 };

static const struct vp8_encoder_config plain = {
    .width = WIDTH, .height = HEIGHT, .bitrate_bps = 300000, .fps = 25, .temporal_layers = 1};

struct bench {
    struct vp8_encoder *encoder;
    struct vp8_decoder *decoder;
    struct picture_buffer buffer;
    unsigned frame;
};

static int bench_init(struct bench *bench, const struct vp8_encoder_config *config)
{
    *bench = (struct bench){0};
    int err = picture_buffer_resize(&bench->buffer, config->width, config->height);
    if (err == 0) {
        err = vp8_encoder_new(&bench->encoder, config);
    }
    if (err == 0) {
        err = vp8_decoder_new(&bench->decoder, (uint32_t)(config->width * config->height));
    }
    return err;
}

static int bench_next(struct bench *bench, bool keyframe, struct vp8_encoded *out)
{
    moving_picture_draw(&bench->buffer.picture, 1, bench->frame);
    bench->frame++;
    return vp8_encoder_encode(bench->encoder, &bench->buffer.picture,
                              1000000 + (int64_t)bench->frame * FRAME_US, keyframe, out);
}

static void bench_deinit(struct bench *bench)
{
    vp8_decoder_free(&bench->decoder);
    vp8_encoder_free(&bench->encoder);
    picture_buffer_deinit(&bench->buffer);
}

TEST(keyframes_are_the_first_and_those_asked_for)
{
    struct bench bench = {0};
    struct vp8_encoded frame;
    REQUIRE_OK(bench_init(&bench, &plain));
    for (int i = 0; i < 40; i++) {
        REQUIRE_OK(bench_next(&bench, i == 17, &frame));
        if (frame.len > 0) {
            CHECK_INT(frame.keyframe, i == 0 || i == 17);
            CHECK_INT(frame.keyframe, (frame.data[0] & 1) == 0);
        } else {
            CHECK(i != 0 && i != 17);
        }
    }
out:
    bench_deinit(&bench);
}

TEST(refuses_what_is_out_of_range)
{
    struct bench bench = {0};
    struct vp8_encoder *encoder = NULL;
    struct picture_buffer other = {0};
    struct vp8_encoded frame;
    struct vp8_encoder_config config = plain;
    config.width = 321;
    CHECK_INT(vp8_encoder_new(&encoder, &config), ERR_INVALID);
    config = plain;
    config.fps = 0;
    CHECK_INT(vp8_encoder_new(&encoder, &config), ERR_INVALID);
    config = plain;
    config.temporal_layers = 3;
    CHECK_INT(vp8_encoder_new(&encoder, &config), ERR_INVALID);
    config = plain;
    config.bitrate_bps = 0;
    CHECK_INT(vp8_encoder_new(&encoder, &config), ERR_INVALID);
    REQUIRE_OK(bench_init(&bench, &plain));
    REQUIRE_OK(picture_buffer_resize(&other, WIDTH, HEIGHT - 2));
    CHECK_INT(vp8_encoder_encode(bench.encoder, &other.picture, 0, false, &frame), ERR_INVALID);
    REQUIRE_OK(bench_next(&bench, false, &frame));
    CHECK_INT(
        vp8_encoder_encode(bench.encoder, &bench.buffer.picture, 1000000 + FRAME_US, false, &frame),
        ERR_INVALID);
out:
    picture_buffer_deinit(&other);
    bench_deinit(&bench);
}

/** Bytes of some seconds of pictures, after one second of settling. */
static size_t bytes_of(struct bench *bench, int pictures, size_t *largest)
{
    size_t sum = 0;
    *largest = 0;
    for (int i = 0; i < pictures; i++) {
        struct vp8_encoded frame;
        if (bench_next(bench, false, &frame) != 0) {
            return 0;
        }
        sum += frame.len;
        *largest = frame.len > *largest ? frame.len : *largest;
    }
    return sum;
}

TEST_NO_OOM(keeps_to_its_bitrate_and_follows_another)
{
    struct bench bench = {0};
    size_t largest = 0;
    REQUIRE_OK(bench_init(&bench, &plain));
    static const uint32_t rates[] = {300000, 120000, 500000};
    for (size_t i = 0; i < 3; i++) {
        REQUIRE_OK(vp8_encoder_set_rate(bench.encoder, rates[i], 25));
        (void)bytes_of(&bench, 25, &largest);
        size_t bytes = bytes_of(&bench, 75, &largest);
        double bps = (double)bytes * 8 / 3;
        CHECK(bps > 0.6 * rates[i]);
        CHECK(bps < 1.15 * rates[i]);
    }
out:
    bench_deinit(&bench);
}

TEST_NO_OOM(a_keyframe_is_bounded)
{
    struct bench bench = {0};
    struct vp8_encoded frame;
    size_t largest = 0;
    REQUIRE_OK(bench_init(&bench, &plain));
    (void)bytes_of(&bench, 50, &largest);
    REQUIRE_OK(bench_next(&bench, true, &frame));
    CHECK(frame.len > 0);
    CHECK(frame.len <= (size_t)plain.bitrate_bps / 8 / 25 * VP8_ENCODER_KEYFRAME_PERCENT / 100);
out:
    bench_deinit(&bench);
}

TEST_NO_OOM(the_upper_layer_may_be_left_out)
{
    struct bench bench = {0};
    struct vp8_encoded frame;
    struct vp8_encoder_config config = plain;
    unsigned source = 0;
    unsigned number = 0;
    config.temporal_layers = 2;
    REQUIRE_OK(bench_init(&bench, &config));
    uint8_t tl0picidx = 0;
    bool was_upper = true;
    size_t upper_bytes = 0;
    size_t base_bytes = 0;
    for (int i = 0; i < 100; i++) {
        REQUIRE_OK(bench_next(&bench, i == 51, &frame));
        if (frame.len == 0) {
            continue;
        }
        bool upper = frame.tid == 1;
        CHECK(upper != was_upper || frame.keyframe);
        CHECK_INT(frame.non_reference, upper);
        CHECK_INT(frame.layer_sync, upper);
        CHECK_INT(frame.tl0picidx, (uint8_t)(tl0picidx + (upper || i == 0 ? 0 : 1)));
        tl0picidx = frame.tl0picidx;
        was_upper = upper;
        if (upper) {
            upper_bytes += frame.len;
            continue;
        }
        base_bytes += i == 0 || i == 51 ? 0 : frame.len;
        REQUIRE_OK(vp8_decoder_decode(bench.decoder, frame.data, frame.len));
        CHECK(moving_picture_read(vp8_decoder_picture(bench.decoder), &source, &number));
        CHECK_INT(number, bench.frame - 1);
    }
    CHECK(upper_bytes > 0 && upper_bytes < base_bytes);
    CHECK(moving_picture_psnr(vp8_decoder_picture(bench.decoder), &bench.buffer.picture) > 15);
out:
    bench_deinit(&bench);
}

/* Noise at a rate that cannot carry it: most pictures are dropped, the others must still be right.
 */
TEST_NO_OOM(what_comes_after_a_dropped_picture_is_right)
{
    for (uint8_t layers = 1; layers <= VP8_ENCODER_MAX_LAYERS; layers++) {
        struct bench bench = {0};
        struct vp8_encoded frame;
        struct vp8_encoder_config config = plain;
        int dropped = 0;
        config.temporal_layers = layers;
        config.bitrate_bps = VP8_ENCODER_MIN_BPS;
        REQUIRE_OK(bench_init(&bench, &config));
        for (int i = 0; i < 150; i++) {
            REQUIRE_OK(bench_next(&bench, false, &frame));
            if (frame.len == 0) {
                dropped++;
                continue;
            }
            REQUIRE_OK(vp8_decoder_decode(bench.decoder, frame.data, frame.len));
            CHECK(moving_picture_psnr(vp8_decoder_picture(bench.decoder), &bench.buffer.picture) >
                  24);
        }
        CHECK(dropped > 20);
    out:
        bench_deinit(&bench);
    }
}

TEST_NO_OOM(screens_are_coded_as_well)
{
    struct bench bench = {0};
    struct vp8_encoded frame;
    struct vp8_encoder_config config = plain;
    unsigned source = 0;
    unsigned number = 0;
    config.screen = true;
    REQUIRE_OK(bench_init(&bench, &config));
    for (int i = 0; i < 50; i++) {
        REQUIRE_OK(bench_next(&bench, i == 25, &frame));
        if (frame.len > 0) {
            REQUIRE_OK(vp8_decoder_decode(bench.decoder, frame.data, frame.len));
            CHECK(moving_picture_read(vp8_decoder_picture(bench.decoder), &source, &number));
            CHECK_INT(number, bench.frame - 1);
        }
    }
    CHECK(moving_picture_psnr(vp8_decoder_picture(bench.decoder), &bench.buffer.picture) > 28);
out:
    bench_deinit(&bench);
}

TEST(encoding_allocates_nothing_of_ours)
{
    struct bench bench = {0};
    struct vp8_encoded frame;
    REQUIRE_OK(bench_init(&bench, &plain));
    REQUIRE_OK(bench_next(&bench, false, &frame));
    REQUIRE_OK(vp8_decoder_decode(bench.decoder, frame.data, frame.len));
    uint64_t before = runner_allocations();
    for (int i = 0; i < 5; i++) {
        REQUIRE_OK(bench_next(&bench, false, &frame));
        if (frame.len > 0) {
            REQUIRE_OK(vp8_decoder_decode(bench.decoder, frame.data, frame.len));
        }
    }
    CHECK(runner_allocations() == before);
out:
    bench_deinit(&bench);
}
