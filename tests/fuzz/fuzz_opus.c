/**
 * The decoder of sound: good, spoiled and foreign packets, recovery from them and concealment in
 * any order. Whatever comes out is finite and within full scale, of the length told before.
 *
 * The input is a list of steps; good packets of every mode are made at the start.
 */
#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "codec/audio_decoder.h"
#include "codec/audio_encoder.h"
#include "codec/comfort_noise.h"
#include "fuzz/fuzz.h"

enum { KINDS = 7, FRAMES = 8, PACKETS = KINDS * FRAMES, MAX_STEPS = 48, MAX_FOREIGN = 200 };

static struct {
    uint8_t data[AUDIO_PACKET_MAX_BYTES];
    size_t len;
} packets[PACKETS];

static float pcm[PCM_MAX_SAMPLES];

/** Buzz and hiss, which no codec finds easy. */
static void sound(float *out, size_t count, size_t from)
{
    static uint32_t noise = 1;
    for (size_t i = 0; i < count; i++) {
        noise = noise * 1664525 + 1013904223;
        size_t at = (from + i) % 400;
        out[i] = (at < 40 ? 0.5F : -0.05F) + (float)(noise >> 16) / 2000000;
    }
}

static void make_packets(void)
{
    static const struct {
        uint8_t channels;
        uint32_t bitrate_bps;
        bool fec;
        enum audio_bandwidth bandwidth;
    } kinds[KINDS] = {
        {1, 12000, false, AUDIO_NARROWBAND}, {1, 24000, true, AUDIO_WIDEBAND},
        {1, 32000, true, AUDIO_FULLBAND},    {1, 128000, false, AUDIO_FULLBAND},
        {2, 24000, true, AUDIO_WIDEBAND},    {2, 40000, true, AUDIO_FULLBAND},
        {2, 128000, false, AUDIO_FULLBAND},
    };
    for (size_t i = 0; i < PACKETS; i++) {
        static struct audio_encoder *encoder;
        struct audio_encoder_config config = audio_encoder_defaults();
        config.channels = kinds[i / FRAMES].channels;
        config.bitrate_bps = kinds[i / FRAMES].bitrate_bps;
        config.fec = kinds[i / FRAMES].fec;
        config.loss_percent = 20;
        config.max_bandwidth = kinds[i / FRAMES].bandwidth;
        FUZZ_CHECK(i % FRAMES != 0 || audio_encoder_new(&encoder, &config) == 0);
        float in[2 * PCM_FRAME];
        sound(in, PCM_FRAME * (size_t)config.channels, i * PCM_FRAME);
        FUZZ_CHECK(audio_encoder_encode(encoder, in, packets[i].data, sizeof(packets[i].data),
                                        &packets[i].len) == 0);
        if (i % FRAMES == FRAMES - 1) {
            audio_encoder_free(&encoder);
        }
    }
}

static void check_sound(size_t samples)
{
    for (size_t i = 0; i < samples; i++) {
        FUZZ_CHECK(fabsf(pcm[i]) <= 1);
    }
}

/** One of ours with up to three bytes changed and perhaps cut short, or the input's own bytes. */
static size_t next_packet(struct bytes *input, uint8_t packet[AUDIO_PACKET_MAX_BYTES])
{
    uint8_t which = bytes_u8(input);
    if (which >= 4 * PACKETS) {
        size_t len = bytes_u8(input) % MAX_FOREIGN;
        len = len < bytes_left(input) ? len : bytes_left(input);
        const uint8_t *own = bytes_take(input, len);
        if (own != NULL && len > 0) {
            memcpy(packet, own, len);
        }
        return len;
    }
    size_t len = packets[which / 4].len;
    memcpy(packet, packets[which / 4].data, len);
    for (int change = 0; change < which % 4; change++) {
        size_t at = bytes_u8(input);
        packet[at % len] ^= bytes_u8(input);
    }
    uint8_t cut = bytes_u8(input);
    return cut < 200 ? len : len - len * (cut - 199U) / 60;
}

static void step(struct audio_decoder *decoder, struct comfort_noise *noise, struct bytes *input)
{
    uint8_t packet[AUDIO_PACKET_MAX_BYTES];
    struct audio_packet facts;
    uint8_t how = bytes_u8(input);
    size_t hole = (1 + (size_t)(how >> 2) % 48) * AUDIO_DECODER_STEP;
    if (how % 4 == 3) {
        FUZZ_CHECK(audio_decoder_conceal(decoder, hole, pcm) == 0);
        check_sound(hole);
        return;
    }
    size_t len = next_packet(input, packet);
    int parsed = audio_packet_parse(packet, len, &facts);
    if (how % 4 == 2) {
        int rc = audio_decoder_recover(decoder, packet, len, hole, pcm);
        FUZZ_CHECK(parsed == 0 || rc != 0);
        if (rc == 0) {
            check_sound(hole);
        }
        return;
    }
    size_t samples = 0;
    int rc = audio_decoder_decode(decoder, packet, len, pcm, &samples);
    FUZZ_CHECK(parsed == 0 || rc != 0);
    if (rc == 0) {
        FUZZ_CHECK(samples == facts.samples);
        check_sound(samples);
    }
    if (rc == 0 && samples >= PCM_FRAME) {
        comfort_noise_learn(noise, pcm);
        comfort_noise_add(noise, pcm, PCM_FRAME, 0, 1);
        for (size_t i = 0; i < PCM_FRAME; i++) {
            FUZZ_CHECK(fabsf(pcm[i]) <= 3);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct audio_decoder *decoder;
    struct comfort_noise noise;
    struct bytes input = bytes_over(data, len);
    if (decoder == NULL) {
        make_packets();
        FUZZ_CHECK(audio_decoder_new(&decoder) == 0);
    }
    audio_decoder_reset(decoder);
    comfort_noise_init(&noise, 1);
    for (int i = 0; i < MAX_STEPS && bytes_left(&input) > 0; i++) {
        step(decoder, &noise, &input);
    }
    return 0;
}
