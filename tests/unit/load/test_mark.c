#include <string.h>

#include <opus/opus.h>

#include "base/err.h"
#include "codec/audio_decoder.h"
#include "codec/audio_encoder.h"
#include "codec/vp8_decoder.h"
#include "codec/vp8_encoder.h"
#include "load/mark.h"
#include "score/moving_picture.h"
#include "support/voice.h"
#include "unit/runner.h"

enum { ROOM = 4000, FRAMES = 40 };

static const struct mark known = {.caller = 0x01020304,
                                  .number = 77,
                                  .content = 513,
                                  .layer = 2,
                                  .run = 0xabcd,
                                  .sent_us = INT64_C(0x334455667788)};

static bool same(const struct mark *a, const struct mark *b)
{
    return a->caller == b->caller && a->number == b->number && a->content == b->content &&
           a->layer == b->layer && a->run == b->run && a->sent_us == b->sent_us;
}

TEST(a_mark_is_read_at_the_end_of_a_payload)
{
    uint8_t payload[100] = {0};
    struct mark read;
    CHECK(!mark_read(payload, sizeof(payload), &read));
    CHECK(!mark_read(payload, MARK_BYTES - 1, &read));
    mark_write(payload + sizeof(payload) - MARK_BYTES, &known);
    REQUIRE(mark_read(payload, sizeof(payload), &read));
    CHECK(same(&read, &known));
    for (size_t bit = 0; bit < 8 * (size_t)MARK_BYTES; bit++) {
        uint8_t *at = &payload[sizeof(payload) - MARK_BYTES + bit / 8];
        *at ^= (uint8_t)(1 << bit % 8);
        CHECK(!mark_read(payload, sizeof(payload), &read));
        *at ^= (uint8_t)(1 << bit % 8);
    }
out:
    return;
}

/** What libopus makes of a packet's framing must not change. */
static void check_frames(const uint8_t *packet, size_t len)
{
    uint8_t marked[ROOM];
    const unsigned char *before[48];
    const unsigned char *after[48];
    opus_int16 before_sizes[48];
    opus_int16 after_sizes[48];
    struct mark read;
    int count = opus_packet_parse(packet, (opus_int32)len, NULL, before, before_sizes, NULL);
    size_t bytes = mark_opus(packet, len, &known, marked, sizeof(marked));
    REQUIRE(count > 0 && bytes > 0);
    CHECK(bytes <= len + MARK_BYTES + 8);
    CHECK_INT(mark_opus(packet, len, &known, marked, bytes - 1), 0);
    REQUIRE_INT(opus_packet_parse(marked, (opus_int32)bytes, NULL, after, after_sizes, NULL),
                count);
    for (int i = 0; i < count; i++) {
        REQUIRE_INT(after_sizes[i], before_sizes[i]);
        CHECK_MEM(after[i], before[i], (size_t)before_sizes[i]);
    }
    CHECK((marked[0] & 0xfc) == (packet[0] & 0xfc));
    CHECK(mark_read(marked, bytes, &read) && same(&read, &known));
out:
    return;
}

TEST(every_code_of_opus_can_be_marked)
{
    static const uint8_t silent[] = {0x78};
    static const uint8_t one[] = {0x78, 1, 2, 3, 4, 5};
    static const uint8_t two_equal[] = {0x79, 1, 2, 3, 4};
    static const uint8_t two[] = {0x7a, 3, 1, 2, 3, 9, 8};
    static const uint8_t three_equal[] = {0x7b, 0x03, 1, 2, 3, 4, 5, 6};
    static const uint8_t three[] = {0x7b, 0x83, 1, 2, 11, 21, 22, 31, 32};
    uint8_t padded[2 + 2 + 4 + 300] = {0x7b, 0x42, 255, 46, 1, 2, 3, 4};
    check_frames(silent, sizeof(silent));
    check_frames(one, sizeof(one));
    check_frames(two_equal, sizeof(two_equal));
    check_frames(two, sizeof(two));
    check_frames(three_equal, sizeof(three_equal));
    check_frames(three, sizeof(three));
    check_frames(padded, sizeof(padded));
}

TEST(what_is_no_opus_is_not_marked)
{
    static const uint8_t bad[][4] = {
        {0x79, 1, 2, 3},       /* two equal frames of one and a half bytes */
        {0x7b, 0x00, 1, 2},    /* no frame */
        {0x7b, 0x3f, 1, 2},    /* too many */
        {0x7b, 0x41, 9, 0},    /* more padding than packet */
        {0x7b, 0x41, 255, 255} /* length without end */
    };
    uint8_t out[ROOM];
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_INT(mark_opus(bad[i], sizeof(bad[i]), &known, out, sizeof(out)), 0);
    }
    CHECK_INT(mark_opus(bad[0], 0, &known, out, sizeof(out)), 0);
    CHECK_INT(mark_opus(bad[1], 1, &known, out, sizeof(out)), 0);
    CHECK_INT(mark_opus((const uint8_t[]){0x7a}, 1, &known, out, sizeof(out)), 0);
}

TEST(a_marked_packet_sounds_the_same)
{
    struct audio_encoder_config config = audio_encoder_defaults();
    struct audio_encoder *encoder = NULL;
    struct audio_decoder *plain = NULL;
    struct audio_decoder *marked = NULL;
    struct voice voice;
    voice_init(&voice, 3, 0.5);
    config.fec = true;
    config.loss_percent = 10;
    REQUIRE_OK(audio_encoder_new(&encoder, &config));
    REQUIRE_OK(audio_decoder_new(&plain));
    REQUIRE_OK(audio_decoder_new(&marked));
    for (unsigned i = 0; i < FRAMES; i++) {
        float pcm[PCM_FRAME];
        float a[PCM_MAX_SAMPLES];
        float b[PCM_MAX_SAMPLES];
        uint8_t packet[AUDIO_PACKET_MAX_BYTES];
        uint8_t with[ROOM];
        size_t len = 0;
        size_t samples = 0;
        voice_next(&voice, pcm, PCM_FRAME);
        REQUIRE_OK(audio_encoder_encode(encoder, pcm, packet, sizeof(packet), &len));
        size_t bytes = mark_opus(packet, len, &known, with, sizeof(with));
        if (i % 10 == 9) { /* a hole before it: the copy inside is used */
            REQUIRE_OK(audio_decoder_recover(plain, packet, len, PCM_FRAME, a));
            REQUIRE_OK(audio_decoder_recover(marked, with, bytes, PCM_FRAME, b));
            CHECK_MEM(a, b, sizeof(pcm));
        }
        REQUIRE_OK(audio_decoder_decode(plain, packet, len, a, &samples));
        REQUIRE_OK(audio_decoder_decode(marked, with, bytes, b, &samples));
        CHECK_INT(samples, PCM_FRAME);
        CHECK_MEM(a, b, sizeof(pcm));
    }
out:
    audio_encoder_free(&encoder);
    audio_decoder_free(&plain);
    audio_decoder_free(&marked);
}

static bool equal(const struct picture *a, const struct picture *b)
{
    for (int plane = 0; plane < PICTURE_PLANES; plane++) {
        size_t width = (size_t)picture_plane_width(a, plane);
        for (int y = 0; y < picture_plane_height(a, plane); y++) {
            if (memcmp(a->planes[plane] + y * a->strides[plane],
                       b->planes[plane] + y * b->strides[plane], width) != 0) {
                return false;
            }
        }
    }
    return true;
}

TEST(a_marked_frame_looks_the_same)
{
    const struct vp8_encoder_config config = {
        .width = 160, .height = 96, .bitrate_bps = 150000, .fps = 30, .temporal_layers = 2};
    static uint8_t with[1 << 16];
    struct vp8_encoder *encoder = NULL;
    struct vp8_decoder *plain = NULL;
    struct vp8_decoder *marked = NULL;
    struct picture_buffer picture = {0};
    REQUIRE_OK(picture_buffer_resize(&picture, config.width, config.height));
    REQUIRE_OK(vp8_encoder_new(&encoder, &config));
    REQUIRE_OK(vp8_decoder_new(&plain, 160 * 96));
    REQUIRE_OK(vp8_decoder_new(&marked, 160 * 96));
    for (unsigned i = 0; i < FRAMES; i++) {
        struct vp8_encoded encoded;
        moving_picture_draw(&picture.picture, 5, i);
        REQUIRE_OK(vp8_encoder_encode(encoder, &picture.picture, (int64_t)i * 33333, i % 20 == 0,
                                      &encoded));
        if (encoded.len == 0) {
            continue;
        }
        memcpy(with, encoded.data, encoded.len);
        mark_write(with + encoded.len, &known);
        REQUIRE_OK(vp8_decoder_decode(plain, encoded.data, encoded.len));
        REQUIRE_OK(vp8_decoder_decode(marked, with, encoded.len + MARK_BYTES));
        CHECK(equal(vp8_decoder_picture(plain), vp8_decoder_picture(marked)));
    }
out:
    vp8_encoder_free(&encoder);
    vp8_decoder_free(&plain);
    vp8_decoder_free(&marked);
    picture_buffer_deinit(&picture);
}
