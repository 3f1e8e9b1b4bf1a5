#include <math.h>
#include <ogg/ogg.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "codec/audio_encoder.h"
#include "load/sound_file.h"
#include "unit/runner.h"

enum { HEAD = 44, MOST = 400000, HZ = 48000 };

static uint8_t file[MOST];

static void put(uint8_t *at, uint32_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        at[i] = (uint8_t)(value >> 8 * i);
    }
}

/** A WAV file of a tone of 500 Hz at half of full scale. @return its length */
static size_t write_wav(uint32_t format, uint32_t channels, uint32_t hz, uint32_t bits,
                        size_t frames)
{
    size_t bytes = frames * channels * bits / 8;
    memcpy(file, "RIFF....WAVEfmt ", 16);
    put(file + 4, (uint32_t)(HEAD - 8 + bytes), 4);
    put(file + 16, 16, 4);
    put(file + 20, format, 2);
    put(file + 22, channels, 2);
    put(file + 24, hz, 4);
    put(file + 28, hz * channels * bits / 8, 4);
    put(file + 32, channels * bits / 8, 2);
    put(file + 34, bits, 2);
    memcpy(file + 36, "data", 4);
    put(file + 40, (uint32_t)bytes, 4);
    for (size_t i = 0; i < frames * channels; i++) {
        double sample = 0.5 * sin(2 * M_PI * 500 * (double)(i / channels) / hz);
        uint8_t *at = file + HEAD + i * bits / 8;
        if (format == 3) {
            float value = (float)sample;
            memcpy(at, &value, sizeof(value));
        } else {
            put(at, (uint32_t)(int32_t)lrint(sample * (double)(1LL << (bits - 1))), bits / 8);
        }
    }
    return HEAD + bytes;
}

/** Furthest from the tone, edges left out. */
static double error_of(const float *samples, size_t count)
{
    double worst = 0;
    for (size_t i = 2000; i + 2000 < count; i++) {
        double want = 0.5 * sin(2 * M_PI * 500 * (double)i / HZ);
        worst = fmax(worst, fabs((double)samples[i] - want));
    }
    return worst;
}

/** Root of the mean square. */
static double level_of(const float *samples, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)samples[i] * (double)samples[i];
    }
    return sqrt(sum / (double)count);
}

static void check_wav(uint32_t format, uint32_t channels, uint32_t hz, uint32_t bits)
{
    float *samples = NULL;
    size_t count = 0;
    const char *reason = "";
    size_t len = write_wav(format, channels, hz, bits, hz / 4);
    REQUIRE_OK(sound_file_parse(file, len, &samples, &count, &reason));
    CHECK(count >= HZ / 4 - 2 && count <= HZ / 4 + 2);
    CHECK(error_of(samples, count) < 0.002);
out:
    free(samples);
}

TEST(wav_of_all_kinds_is_read)
{
    check_wav(1, 1, 48000, 16);
    check_wav(1, 2, 44100, 16);
    check_wav(1, 1, 16000, 24);
    check_wav(1, 2, 48000, 32);
    check_wav(3, 1, 48000, 32);
}

TEST(what_is_no_sound_is_refused_with_a_reason)
{
    float *samples = NULL;
    size_t count = 0;
    const char *reason = NULL;
    size_t len = write_wav(1, 1, 48000, 8, 100);
    CHECK_INT(sound_file_parse("hello", 5, &samples, &count, &reason), ERR_UNSUPPORTED);
    CHECK_STR(reason, "neither WAV nor Ogg Opus");
    CHECK_INT(sound_file_parse(file, len, &samples, &count, &reason), ERR_UNSUPPORTED);
    len = write_wav(1, 1, 48000, 16, 0);
    int err = sound_file_parse(file, len, &samples, &count, &reason);
    CHECK(err == ERR_MALFORMED || runner_out_of_memory());
    CHECK_INT(sound_file_parse(file, 30, &samples, &count, &reason), ERR_MALFORMED);
    CHECK(samples == NULL);
}

/** Adds a packet to an Ogg stream and its pages to the file. */
static size_t add(ogg_stream_state *stream, uint8_t *data, size_t len, int number, bool last,
                  size_t at)
{
    ogg_packet packet = {.packet = data,
                         .bytes = (long)len,
                         .b_o_s = number == 0,
                         .e_o_s = last,
                         .granulepos = number < 2 ? 0 : (number - 1) * 960,
                         .packetno = number};
    ogg_page page;
    (void)ogg_stream_packetin(stream, &packet);
    while (ogg_stream_flush(stream, &page) != 0) {
        memcpy(file + at, page.header, (size_t)page.header_len);
        at += (size_t)page.header_len;
        memcpy(file + at, page.body, (size_t)page.body_len);
        at += (size_t)page.body_len;
    }
    return at;
}

TEST(ogg_opus_is_read)
{
    enum { PACKETS = 50, SKIP = 312 };
    uint8_t head[19] = {'O', 'p', 'u', 's', 'H', 'e', 'a', 'd', 1, 1, SKIP & 0xff, SKIP >> 8};
    uint8_t tags[16] = {'O', 'p', 'u', 's', 'T', 'a', 'g', 's'};
    const struct audio_encoder_config config = audio_encoder_defaults();
    struct audio_encoder *encoder = NULL;
    ogg_stream_state stream;
    float *samples = NULL;
    size_t count = 0;
    const char *reason = "";
    (void)ogg_stream_init(&stream, 77);
    REQUIRE_OK(audio_encoder_new(&encoder, &config));
    size_t len = add(&stream, head, sizeof(head), 0, false, 0);
    len = add(&stream, tags, sizeof(tags), 1, false, len);
    for (int i = 0; i < PACKETS; i++) {
        uint8_t packet[AUDIO_PACKET_MAX_BYTES];
        float pcm[PCM_FRAME];
        size_t bytes = 0;
        for (int j = 0; j < PCM_FRAME; j++) {
            pcm[j] = (float)(0.5 * sin(2 * M_PI * 500 * (double)(i * PCM_FRAME + j) / HZ));
        }
        REQUIRE_OK(audio_encoder_encode(encoder, pcm, packet, sizeof(packet), &bytes));
        len = add(&stream, packet, bytes, i + 2, i == PACKETS - 1, len);
    }
    REQUIRE_OK(sound_file_parse(file, len, &samples, &count, &reason));
    CHECK_INT(count, PACKETS * PCM_FRAME - SKIP);
    CHECK(level_of(samples, count) > 0.3 && level_of(samples, count) < 0.4);
    free(samples);
    samples = NULL;
    file[28] = 'X'; /* another codec */
    int err = sound_file_parse(file, len, &samples, &count, &reason);
    CHECK(err != 0);
out:
    free(samples);
    audio_encoder_free(&encoder);
    (void)ogg_stream_clear(&stream);
}
