#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "codec/vp8_decoder.h"
#include "codec/vp8_encoder.h"
#include "load/content.h"
#include "load/film.h"
#include "load/mark.h"
#include "score/moving_picture.h"
#include "unit/runner.h"

enum { WIDTH = 320, HEIGHT = 192, PICTURES = 48 };

static const struct film_config drawn = {
    .width = WIDTH, .height = HEIGHT, .bps = 600000, .simulcast = true};

/** Decodes a film's frames up to a temporal level; @return frames that were wrong */
static unsigned watch(struct film *film, unsigned layer, unsigned rate, unsigned tid, unsigned from,
                      unsigned count)
{
    struct vp8_decoder *decoder = NULL;
    unsigned wrong = 0;
    if (vp8_decoder_new(&decoder, WIDTH * HEIGHT) != 0) {
        return count;
    }
    for (unsigned i = from; i < from + count; i++) {
        struct content_frame frame;
        unsigned source = 0;
        unsigned number = 0;
        film_frame(film, layer, rate, i, &frame);
        if (frame.tid > tid) {
            continue;
        }
        wrong += vp8_decoder_decode(decoder, frame.data, frame.len) != 0 ||
                 !moving_picture_read(vp8_decoder_picture(decoder), &source, &number) ||
                 number != frame.number;
    }
    vp8_decoder_free(&decoder);
    return wrong;
}

TEST_NO_OOM(every_layer_rate_and_level_can_be_watched)
{
    struct film *film = NULL;
    const char *reason = "";
    struct picture_buffer picture = {0};
    REQUIRE_OK(film_new(&film, &drawn, &reason));
    for (unsigned layer = 0; layer < CONTENT_LAYERS; layer++) {
        for (unsigned rate = 0; rate < CONTENT_RATES; rate++) {
            for (unsigned tid = 0; tid < CONTENT_LEVELS; tid++) {
                /* the lowest one is too small for its blocks to be read */
                CHECK(layer == 0 || watch(film, layer, rate, tid, 32, 64) == 0);
                CHECK(tid == 0 ||
                      film_bps(film, layer, rate, tid) > film_bps(film, layer, rate, tid - 1));
            }
            CHECK(rate == 0 ||
                  film_bps(film, layer, rate, 2) >= film_bps(film, layer, rate - 1, 2));
        }
    }
    CHECK_INT(film_next_keyframe(film, 1), 32);
    CHECK_INT(film_next_keyframe(film, 128), 128);
    CHECK(film_bps(film, 2, 2, 2) < 750000);
    CHECK(film_bps(film, 1, 2, 2) < 150000 && film_bps(film, 1, 2, 2) > 90000); /* a fifth */
    REQUIRE_OK(picture_buffer_resize(&picture, WIDTH / 2, HEIGHT / 2));
    REQUIRE_OK(film_picture(film, 1, 40, &picture.picture));
    unsigned source = 0;
    unsigned number = 0;
    CHECK(moving_picture_read(&picture.picture, &source, &number) && number == 40);
    CHECK_INT(film_picture(film, 1, 4000, &picture.picture), ERR_NOT_FOUND);
out:
    picture_buffer_deinit(&picture);
    film_free(&film);
}

TEST_NO_OOM(rates_change_at_keyframes)
{
    struct film *film = NULL;
    struct vp8_decoder *decoder = NULL;
    const char *reason = "";
    REQUIRE_OK(film_new(&film, &drawn, &reason));
    REQUIRE_OK(vp8_decoder_new(&decoder, WIDTH * HEIGHT));
    for (unsigned i = 0; i < 128; i++) {
        struct content_frame frame;
        film_frame(film, 2, i / 32 % CONTENT_RATES, i, &frame);
        CHECK_INT(frame.keyframe, i % 32 == 0);
        REQUIRE_OK(vp8_decoder_decode(decoder, frame.data, frame.len));
        struct mark mark;
        CHECK(!mark_read(frame.data, frame.len + MARK_BYTES, &mark));
    }
out:
    vp8_decoder_free(&decoder);
    film_free(&film);
}

/** Writes a file under a new name. */
static bool write_file(char path[static 32], const uint8_t *data, size_t len)
{
    memcpy(path, "/tmp/tandem-film-XXXXXX", 24);
    int descriptor = mkstemp(path);
    if (descriptor < 0) {
        return false;
    }
    FILE *file = fdopen(descriptor, "wb");
    bool written = file != NULL && fwrite(data, 1, len, file) == len;
    if (file != NULL) {
        (void)fclose(file);
    }
    return written;
}

static size_t put_frame(uint8_t *out, const uint8_t *data, size_t len)
{
    memset(out, 0, 12);
    for (size_t i = 0; i < 4; i++) {
        out[i] = (uint8_t)(len >> 8 * i);
    }
    memcpy(out + 12, data, len);
    return 12 + len;
}

/** An IVF file with a keyframe at 0 and at 20. @return its length */
static size_t write_ivf(uint8_t *out, struct vp8_encoder *encoder, const struct picture *picture)
{
    static const uint8_t head[32] = {'D', 'K', 'I', 'F',          0,          0,     32, 0, 'V',
                                     'P', '8', '0', WIDTH & 0xff, WIDTH >> 8, HEIGHT};
    size_t len = sizeof(head);
    memcpy(out, head, sizeof(head));
    for (unsigned i = 0; i < PICTURES; i++) {
        struct vp8_encoded frame;
        moving_picture_draw(picture, 0, i);
        if (vp8_encoder_encode(encoder, picture, (int64_t)i * 33333, i == 20, &frame) != 0 ||
            frame.len == 0) {
            return 0;
        }
        len += put_frame(out + len, frame.data, frame.len);
    }
    return len;
}

TEST_NO_OOM(ivf_passes_as_it_is)
{
    static uint8_t file[1 << 19];
    const struct vp8_encoder_config coding = {
        .width = WIDTH, .height = HEIGHT, .bitrate_bps = 900000, .fps = 30, .temporal_layers = 1};
    struct film_config config = {.simulcast = true, .bps = 600000};
    char path[32] = "";
    const char *reason = "";
    struct film *film = NULL;
    struct vp8_encoder *encoder = NULL;
    struct picture_buffer picture = {0};
    REQUIRE_OK(picture_buffer_resize(&picture, WIDTH, HEIGHT));
    REQUIRE_OK(vp8_encoder_new(&encoder, &coding));
    size_t len = write_ivf(file, encoder, &picture.picture);
    REQUIRE(len > 0 && write_file(path, file, len));
    config.file = path;
    REQUIRE_OK(film_new(&film, &config, &reason));
    CHECK_INT(watch(film, 2, 0, 2, 0, PICTURES), 0);
    CHECK_INT(watch(film, 2, 2, 2, 20, PICTURES - 20), 0);
    CHECK_INT(watch(film, 1, 0, 0, 20, PICTURES - 20), 0);
    CHECK_INT(film_next_keyframe(film, 1), 20);
    CHECK_INT(film_next_keyframe(film, 21), PICTURES);
    struct content_frame frame;
    film_frame(film, 2, 1, 0, &frame);
    CHECK_MEM(frame.data, file + 32 + 12, frame.len);
    for (unsigned back = PICTURES; back > 0; back--) { /* in any order */
        unsigned source = 0;
        unsigned number = 0;
        REQUIRE_OK(film_picture(film, 2, (uint16_t)(back - 1), &picture.picture));
        CHECK(moving_picture_read(&picture.picture, &source, &number) && number == back - 1);
    }
out:
    if (path[0] != 0) {
        (void)unlink(path);
    }
    film_free(&film);
    vp8_encoder_free(&encoder);
    picture_buffer_deinit(&picture);
}

TEST_NO_OOM(y4m_is_coded_here)
{
    enum { FRAMES = 40, BYTES = WIDTH * HEIGHT * 3 / 2 };
    static const char head[] = "YUV4MPEG2 W320 H192 F30:1 Ip A1:1 C420jpeg\n";
    struct film_config config = {.bps = 600000};
    char path[32] = "";
    const char *reason = "";
    struct film *film = NULL;
    struct picture_buffer picture = {0};
    uint8_t *file = malloc(sizeof(head) + FRAMES * (size_t)(BYTES + 6));
    size_t len = sizeof(head) - 1;
    REQUIRE(file != NULL);
    REQUIRE_OK(picture_buffer_resize(&picture, WIDTH, HEIGHT));
    memcpy(file, head, len);
    for (unsigned i = 0; i < FRAMES; i++) {
        moving_picture_draw(&picture.picture, 0, i);
        memcpy(file + len, "FRAME\n", 6);
        len += 6;
        for (int plane = 0; plane < PICTURE_PLANES; plane++) {
            size_t width = (size_t)picture_plane_width(&picture.picture, plane);
            for (int y = 0; y < picture_plane_height(&picture.picture, plane); y++) {
                memcpy(file + len,
                       picture.picture.planes[plane] +
                           (ptrdiff_t)y * picture.picture.strides[plane],
                       width);
                len += width;
            }
        }
    }
    REQUIRE(write_file(path, file, len));
    config.file = path;
    REQUIRE_OK(film_new(&film, &config, &reason));
    CHECK_INT(watch(film, 2, 2, 2, 0, FRAMES), 0);
    CHECK_INT(film_next_keyframe(film, 33), FRAMES);
out:
    if (path[0] != 0) {
        (void)unlink(path);
    }
    free(file);
    film_free(&film);
    picture_buffer_deinit(&picture);
}

TEST(what_is_no_film_is_refused_with_a_reason)
{
    struct film_config config = {.file = "/nowhere/film.ivf", .bps = 600000};
    struct film *film = NULL;
    const char *reason = "";
    int err = film_new(&film, &config, &reason);
    if (!runner_out_of_memory()) {
        CHECK_INT(err, ERR_NOT_FOUND);
        CHECK_STR(reason, "No such file or directory");
    }
    static const uint8_t wide[] = "YUV4MPEG2 W65856 H192\n"; /* 2^16 more than 320 */
    char path[32] = "";
    if (write_file(path, wide, sizeof(wide) - 1)) {
        config.file = path;
        err = film_new(&film, &config, &reason);
        CHECK(err == ERR_UNSUPPORTED || runner_out_of_memory());
        (void)unlink(path);
    }
    config = (struct film_config){.width = 63, .height = 64, .bps = 600000};
    err = film_new(&film, &config, &reason);
    CHECK(err == ERR_UNSUPPORTED || runner_out_of_memory());
    CHECK(film == NULL);
}

/** What is said of a file with these first bytes, and nothing more. */
static void refuse(const char *bytes, size_t len, const char *word)
{
    struct film_config config = {.bps = 600000};
    struct film *film = NULL;
    const char *reason = "";
    char path[32] = "";
    if (!write_file(path, (const uint8_t *)bytes, len)) {
        return;
    }
    config.file = path;
    int err = film_new(&film, &config, &reason);
    CHECK((err != 0 && strstr(reason, word) != NULL) || runner_out_of_memory());
    film_free(&film);
    (void)unlink(path);
}

TEST(a_film_that_is_refused_says_what_would_do)
{
    char head[44] = "DKIF\0\0 \0VP80@\1@\1"; /* 320x320, without frames */
    refuse("\x1a\x45\xdf\xa3webm", 8, "-c:v libvpx");
    refuse("DKIF", 4, "ends in its head");
    refuse(head, 32, "no whole picture");
    head[32] = 100; /* a frame of 100 bytes, of which none is there */
    refuse(head, 44, "no whole picture");
    head[12] = 65;
    refuse(head, 44, "must be even");
    memcpy(head + 8, "VP90", 4);
    refuse(head, 44, "not VP8: ffmpeg");
    static const char fine[] = "YUV4MPEG2 W320 H192 F30:1 C444\n";
    refuse(fine, sizeof(fine) - 1, "yuv420p");
    goto out;
out:;
}
