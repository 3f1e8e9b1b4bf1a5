#include <math.h>

#include "base/err.h"
#include "codec/audio_decoder.h"
#include "codec/audio_encoder.h"
#include "support/voice.h"
#include "unit/runner.h"

enum { FRAMES = 60 };

struct take {
    struct audio_encoder *encoder;
    struct audio_decoder *decoder;
    uint8_t packets[FRAMES][AUDIO_PACKET_MAX_BYTES];
    size_t lens[FRAMES];
    float pcm[PCM_MAX_SAMPLES];
    size_t samples;
};

static struct take take;

/** Encodes FRAMES frames of a voice, loud from the first to the last. */
static int take_make(uint8_t channels, uint32_t bitrate_bps, bool fec)
{
    struct audio_encoder_config config = audio_encoder_defaults();
    struct voice voice;
    config.channels = channels;
    config.bitrate_bps = bitrate_bps;
    config.fec = fec;
    config.loss_percent = fec ? 15 : 0;
    voice_init(&voice, 8, 0.5);
    int rc = audio_encoder_new(&take.encoder, &config);
    for (size_t i = 0; rc == 0 && i < FRAMES; i++) {
        float mono[PCM_FRAME];
        float pcm[2 * PCM_FRAME];
        voice_next(&voice, mono, PCM_FRAME);
        for (size_t j = 0; j < PCM_FRAME * (size_t)channels; j++) {
            pcm[j] = mono[j / channels];
        }
        rc = audio_encoder_encode(take.encoder, pcm, take.packets[i], AUDIO_PACKET_MAX_BYTES,
                                  &take.lens[i]);
    }
    return rc != 0 ? rc : audio_decoder_new(&take.decoder);
}

static void take_free(void)
{
    audio_encoder_free(&take.encoder);
    audio_decoder_free(&take.decoder);
}

static double energy(const float *pcm, size_t samples)
{
    double sum = 0;
    for (size_t i = 0; i < samples; i++) {
        sum += (double)pcm[i] * (double)pcm[i];
    }
    return sum;
}

static double difference(const float *a, const float *b, size_t samples)
{
    double sum = 0;
    for (size_t i = 0; i < samples; i++) {
        sum += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
    }
    return sum;
}

static bool sane(const float *pcm, size_t samples)
{
    for (size_t i = 0; i < samples; i++) {
        if (!(fabsf(pcm[i]) <= 1.0F)) {
            return false;
        }
    }
    return true;
}

TEST_NO_OOM(audio_decoder_mixes_stereo_down)
{
    double sum = 0;
    REQUIRE_OK(take_make(2, 64000, false));
    for (size_t i = 0; i < FRAMES; i++) {
        REQUIRE_OK(audio_decoder_decode(take.decoder, take.packets[i], take.lens[i], take.pcm,
                                        &take.samples));
        CHECK_INT(take.samples, PCM_FRAME);
        sum += energy(take.pcm, take.samples);
    }
    CHECK(sum > 10);
out:
    take_free();
}

/** Lost frames come back from the LBRR of the next ones: nearer to the original than concealment.
 */
TEST_NO_OOM(audio_decoder_recovers_from_the_next_packet)
{
    static float whole[FRAMES][PCM_FRAME];
    struct audio_decoder *plain = NULL;
    double recovered = 0;
    double concealed = 0;
    double wanted = 0;
    REQUIRE_OK(take_make(1, 32000, true));
    REQUIRE_OK(audio_decoder_new(&plain));
    for (size_t i = 0; i < FRAMES; i++) {
        REQUIRE_OK(
            audio_decoder_decode(plain, take.packets[i], take.lens[i], take.pcm, &take.samples));
        memcpy(whole[i], take.pcm, sizeof(whole[i]));
    }
    audio_decoder_reset(plain);
    for (size_t i = 0; i + 1 < FRAMES; i++) {
        struct audio_packet next;
        bool lost = i % 4 == 2;
        REQUIRE_OK(audio_packet_parse(take.packets[i + 1], take.lens[i + 1], &next));
        if (!lost) {
            REQUIRE_OK(audio_decoder_decode(take.decoder, take.packets[i], take.lens[i], take.pcm,
                                            &take.samples));
            REQUIRE_OK(audio_decoder_decode(plain, take.packets[i], take.lens[i], take.pcm,
                                            &take.samples));
            continue;
        }
        REQUIRE_OK(audio_decoder_recover(take.decoder, take.packets[i + 1], take.lens[i + 1],
                                         PCM_FRAME, take.pcm));
        if (next.lbrr_samples == PCM_FRAME) {
            recovered += difference(take.pcm, whole[i], PCM_FRAME);
            wanted += energy(whole[i], PCM_FRAME);
        }
        REQUIRE_OK(audio_decoder_conceal(plain, PCM_FRAME, take.pcm));
        if (next.lbrr_samples == PCM_FRAME) {
            concealed += difference(take.pcm, whole[i], PCM_FRAME);
        }
    }
    CHECK(wanted > 1);
    CHECK(recovered < 0.5 * concealed);
out:
    audio_decoder_free(&plain);
    take_free();
}

/** Longer holes: concealment first, then what LBRR reaches; lengths are checked. */
TEST_NO_OOM(audio_decoder_fills_holes_of_any_length)
{
    static const size_t bad[] = {0, 1, 119, 121, 5761, 5880};
    REQUIRE_OK(take_make(1, 32000, true));
    for (size_t i = 0; i < 20; i++) {
        REQUIRE_OK(audio_decoder_decode(take.decoder, take.packets[i], take.lens[i], take.pcm,
                                        &take.samples));
    }
    for (size_t samples = AUDIO_DECODER_STEP; samples <= PCM_MAX_SAMPLES;
         samples += AUDIO_DECODER_STEP) {
        take.pcm[samples - 1] = 9;
        REQUIRE_OK(audio_decoder_recover(take.decoder, take.packets[22], take.lens[22], samples,
                                         take.pcm));
        CHECK(sane(take.pcm, samples));
        take.pcm[samples - 1] = 9;
        REQUIRE_OK(audio_decoder_conceal(take.decoder, samples, take.pcm));
        CHECK(sane(take.pcm, samples));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_INT(audio_decoder_conceal(take.decoder, bad[i], take.pcm), ERR_INVALID);
        CHECK_INT(
            audio_decoder_recover(take.decoder, take.packets[22], take.lens[22], bad[i], take.pcm),
            ERR_INVALID);
    }
out:
    take_free();
}

TEST_NO_OOM(audio_decoder_conceals_and_fades)
{
    double first = 0;
    double last = 0;
    REQUIRE_OK(take_make(1, 32000, false));
    REQUIRE_OK(audio_decoder_conceal(take.decoder, PCM_FRAME, take.pcm));
    CHECK(energy(take.pcm, PCM_FRAME) == 0);
    for (size_t i = 0; i < 29; i++) {
        REQUIRE_OK(audio_decoder_decode(take.decoder, take.packets[i], take.lens[i], take.pcm,
                                        &take.samples));
    }
    for (int i = 0; i < 50; i++) {
        REQUIRE_OK(audio_decoder_conceal(take.decoder, PCM_FRAME, take.pcm));
        last = energy(take.pcm, PCM_FRAME);
        first = i == 0 ? last : first;
    }
    CHECK(first > 0.01);
    CHECK(last < first / 100);
out:
    take_free();
}

/** Mutated packets: an error or sound within bounds, and the stream goes on. */
TEST_NO_OOM(audio_decoder_survives_hostile_bytes)
{
    struct rand rand;
    rand_init(&rand, 77);
    REQUIRE_OK(take_make(1, 32000, true));
    CHECK_INT(audio_decoder_decode(take.decoder, take.packets[0], 0, take.pcm, &take.samples),
              ERR_MALFORMED);
    for (size_t i = 0; i < 600; i++) {
        uint8_t packet[AUDIO_PACKET_MAX_BYTES];
        size_t len = take.lens[i % FRAMES];
        memcpy(packet, take.packets[i % FRAMES], len);
        for (int flips = 0; flips < 4; flips++) {
            packet[rand_below(&rand, (uint32_t)len)] ^= (uint8_t)rand_u32(&rand);
        }
        packet[0] = i % 3 == 0 ? (uint8_t)rand_u32(&rand) : packet[0];
        len = 1 + rand_below(&rand, (uint32_t)len);
        int rc = audio_decoder_decode(take.decoder, packet, len, take.pcm, &take.samples);
        CHECK(rc == ERR_MALFORMED || (rc == 0 && sane(take.pcm, take.samples)));
        rc = audio_decoder_recover(take.decoder, packet, len, PCM_FRAME, take.pcm);
        CHECK(rc == ERR_MALFORMED || (rc == 0 && sane(take.pcm, PCM_FRAME)));
        REQUIRE_OK(audio_decoder_conceal(take.decoder, PCM_FRAME, take.pcm));
        CHECK(sane(take.pcm, PCM_FRAME));
    }
    for (size_t i = 0; i < FRAMES; i++) {
        REQUIRE_OK(audio_decoder_decode(take.decoder, take.packets[i], take.lens[i], take.pcm,
                                        &take.samples));
    }
    CHECK(energy(take.pcm, PCM_FRAME) > 0);
out:
    take_free();
}

TEST(audio_decoder_is_made_and_freed)
{
    struct audio_decoder *decoder = NULL;
    REQUIRE_OK(audio_decoder_new(&decoder));
    audio_decoder_reset(decoder);
out:
    audio_decoder_free(&decoder);
    audio_decoder_free(&decoder);
}
