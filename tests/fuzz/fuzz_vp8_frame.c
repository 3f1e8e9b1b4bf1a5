/**
 * VP8 decoder: real frames, damaged as the input says, and frames that are the input itself.
 * Nothing may be read or written out of bounds, pictures stay within the bound and can be read to
 * their last sample, also after a frame that failed, and the next good keyframe heals everything.
 *
 * Input: steps of [frame number] [cut, in 1/256 of the frame] [damages] {[where, 2 bytes] [value]}.
 * Frame number 255: the rest of the input is the frame.
 */
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "codec/vp8_decoder.h"
#include "codec/vp8_encoder.h"
#include "fuzz/fuzz.h"
#include "score/moving_picture.h"

enum { FRAMES = 24, MAX_FRAME = 8000, MAX_STEPS = 24, MAX_PIXELS = 320 * 240 };

struct frame {
    uint8_t data[MAX_FRAME];
    size_t len;
};

static struct frame frames[FRAMES];

/** Twelve frames each of two sizes, of one layer and of two; frames 0 and 12 are keyframes. */
static void make_frames(void)
{
    for (int half = 0; half < 2; half++) {
        const struct vp8_encoder_config config = {.width = half == 0 ? 176 : 96,
                                                  .height = half == 0 ? 144 : 160,
                                                  .bitrate_bps = 200000,
                                                  .fps = 25,
                                                  .temporal_layers = (uint8_t)(half + 1)};
        struct vp8_encoder *encoder = NULL;
        struct picture_buffer buffer = {0};
        FUZZ_CHECK(picture_buffer_resize(&buffer, config.width, config.height) == 0);
        FUZZ_CHECK(vp8_encoder_new(&encoder, &config) == 0);
        for (unsigned i = 0; i < FRAMES / 2; i++) {
            struct vp8_encoded encoded;
            struct frame *frame = &frames[(unsigned)half * FRAMES / 2 + i];
            moving_picture_draw(&buffer.picture, 1, i);
            FUZZ_CHECK(vp8_encoder_encode(encoder, &buffer.picture, 40000 * (int64_t)(i + 1),
                                          i == 6, &encoded) == 0);
            FUZZ_CHECK(encoded.len <= sizeof(frame->data));
            memcpy(frame->data, encoded.data, encoded.len);
            frame->len = encoded.len;
        }
        vp8_encoder_free(&encoder);
        picture_buffer_deinit(&buffer);
    }
}

/** Reads every sample, so that the sanitizer sees whether it is there. */
static void look_at(const struct vp8_decoder *decoder)
{
    const struct picture *picture = vp8_decoder_picture(decoder);
    if (picture == NULL) {
        return;
    }
    FUZZ_CHECK(picture->width > 0 && picture->height > 0);
    FUZZ_CHECK(picture->width * picture->height <= MAX_PIXELS);
    uint32_t sum = 0;
    for (int plane = 0; plane < PICTURE_PLANES; plane++) {
        for (int y = 0; y < picture_plane_height(picture, plane); y++) {
            const uint8_t *row = picture->planes[plane] + (ptrdiff_t)y * picture->strides[plane];
            for (int x = 0; x < picture_plane_width(picture, plane); x++) {
                sum += row[x];
            }
        }
    }
    FUZZ_CHECK(sum <= 255U * 2 * MAX_PIXELS); /* needs every sample */
}

static void check_verdict(const struct vp8_decoder *decoder, int err, uint64_t before)
{
    FUZZ_CHECK(err == 0 || err == ERR_AGAIN || err == ERR_NEED_KEYFRAME || err == ERR_MALFORMED ||
               err == ERR_UNSUPPORTED || err == ERR_NO_MEMORY);
    FUZZ_CHECK(vp8_decoder_count(decoder) == before + (err == 0 ? 1 : 0));
    FUZZ_CHECK(vp8_decoder_needs_keyframe(decoder) == (err != 0 && err != ERR_AGAIN));
    look_at(decoder);
}

static void decode(struct vp8_decoder *decoder, const uint8_t *data, size_t len)
{
    /* of its exact size, so that one byte too far is seen */
    uint8_t *copy = malloc(len == 0 ? 1 : len);
    FUZZ_CHECK(copy != NULL);
    if (len > 0) {
        memcpy(copy, data, len);
    }
    uint64_t before = vp8_decoder_count(decoder);
    check_verdict(decoder, vp8_decoder_decode(decoder, copy, len), before);
    free(copy);
}

static void step(struct vp8_decoder *decoder, struct bytes *in)
{
    uint8_t number = bytes_u8(in);
    if (number == 255) {
        size_t len = bytes_left(in);
        decode(decoder, bytes_take(in, len), len);
        return;
    }
    struct frame frame = frames[number % FRAMES];
    size_t cut = frame.len * bytes_u8(in) / 256;
    uint8_t damages = bytes_u8(in) & 15;
    for (uint8_t i = 0; i < damages && frame.len > 0; i++) {
        size_t where = bytes_u16(in) % frame.len;
        frame.data[where] = bytes_u8(in);
    }
    decode(decoder, frame.data, frame.len - cut);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct vp8_decoder *decoder = NULL;
    struct bytes in = bytes_over(data, len);
    if (frames[0].len == 0) {
        make_frames();
    }
    FUZZ_CHECK(vp8_decoder_new(&decoder, MAX_PIXELS) == 0);
    for (int i = 0; i < MAX_STEPS && bytes_left(&in) > 0; i++) {
        step(decoder, &in);
    }
    FUZZ_CHECK(vp8_decoder_decode(decoder, frames[0].data, frames[0].len) == 0);
    FUZZ_CHECK(vp8_decoder_picture(decoder)->width == 176);
    look_at(decoder);
    vp8_decoder_free(&decoder);
    return 0;
}
