#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "codec/audio_decoder.h"
#include "codec/audio_encoder.h"
#include "support/voice.h"
#include "unit/runner.h"

enum { BEFORE = 30, AFTER = 100 };

/** The next frame of voices, one for each channel. */
static void next_frame(struct voice voices[2], uint8_t channels, float pcm[2 * PCM_FRAME])
{
    float mono[2][PCM_FRAME];
    for (uint8_t c = 0; c < channels; c++) {
        voice_next(&voices[c], mono[c], PCM_FRAME);
        for (size_t i = 0; i < PCM_FRAME; i++) {
            pcm[i * channels + c] = mono[c][i];
        }
    }
}

/** The mode in a TOC: 0 SILK, 1 hybrid, 2 CELT (RFC 6716 table 2). */
static int mode_of(uint8_t toc)
{
    return toc >> 3 < 12 ? 0 : toc >> 3 < 16 ? 1 : 2;
}

/** DESIGN.md 7: a listener's own encoder goes on where the shared one was. */
TEST_NO_OOM(audio_encoder_copies_are_bit_identical)
{
    static const struct {
        uint8_t channels;
        uint32_t bitrate_bps;
        bool fec;
        bool dtx;
        enum audio_bandwidth bandwidth;
        int mode;
    } rows[] = {
        {1, 16000, false, false, AUDIO_WIDEBAND, 0},  {1, 32000, true, true, AUDIO_FULLBAND, 1},
        {1, 128000, false, false, AUDIO_FULLBAND, 2}, {2, 24000, false, true, AUDIO_WIDEBAND, 0},
        {2, 40000, true, false, AUDIO_FULLBAND, 1},   {2, 128000, false, false, AUDIO_FULLBAND, 2},
    };
    struct audio_encoder *shared = NULL;
    struct audio_encoder *own = NULL;
    for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
        struct audio_encoder_config config = audio_encoder_defaults();
        struct voice voices[2];
        voice_init(&voices[0], 3, 0.4);
        voice_init(&voices[1], 5, 0.3);
        config.channels = rows[row].channels;
        config.bitrate_bps = rows[row].bitrate_bps;
        config.fec = rows[row].fec;
        config.loss_percent = rows[row].fec ? 10 : 0;
        config.dtx = rows[row].dtx;
        config.max_bandwidth = rows[row].bandwidth;
        REQUIRE_OK(audio_encoder_new(&shared, &config));
        config.bitrate_bps = 20000;
        REQUIRE_OK(audio_encoder_new(&own, &config));
        bool mode_seen = false;
        for (int i = 0; i < BEFORE + AFTER; i++) {
            float pcm[2 * PCM_FRAME];
            uint8_t packets[2][AUDIO_PACKET_MAX_BYTES];
            size_t lens[2];
            next_frame(voices, rows[row].channels, pcm);
            if (i < BEFORE) { /* a life of its own before */
                pcm[0] = -pcm[0];
                REQUIRE_OK(
                    audio_encoder_encode(own, pcm, packets[1], sizeof(packets[1]), &lens[1]));
                pcm[0] = -pcm[0];
            }
            if (i == BEFORE) {
                REQUIRE_OK(audio_encoder_copy(own, shared));
                CHECK_INT(audio_encoder_config(own)->bitrate_bps, rows[row].bitrate_bps);
            }
            REQUIRE_OK(audio_encoder_encode(shared, pcm, packets[0], sizeof(packets[0]), &lens[0]));
            if (i >= BEFORE) {
                REQUIRE_OK(
                    audio_encoder_encode(own, pcm, packets[1], sizeof(packets[1]), &lens[1]));
                REQUIRE_INT(lens[1], lens[0]);
                REQUIRE(memcmp(packets[0], packets[1], lens[0]) == 0);
                mode_seen = mode_seen || mode_of(packets[0][0]) == rows[row].mode;
            }
        }
        CHECK(mode_seen);
        audio_encoder_free(&shared);
        audio_encoder_free(&own);
    }
out:
    audio_encoder_free(&shared);
    audio_encoder_free(&own);
}

TEST(audio_encoder_refuses_what_is_out_of_range)
{
    struct audio_encoder *encoder = NULL;
    struct audio_encoder *stereo = NULL;
    struct audio_encoder_config good = audio_encoder_defaults();
    struct audio_encoder_config bad[10] = {good, good, good, good, good,
                                           good, good, good, good, good};
    uint8_t packet[AUDIO_PACKET_MAX_BYTES];
    float pcm[PCM_FRAME] = {0};
    size_t len = 0;
    bad[0].channels = 0;
    bad[1].channels = 3;
    bad[2].complexity = 11;
    bad[3].loss_percent = 26;
    bad[4].bitrate_bps = 5999;
    bad[5].bitrate_bps = 510001;
    bad[6].max_bandwidth = (enum audio_bandwidth)5;
    bad[7].purpose = (enum audio_purpose)3;
    bad[8].channels = 2;
    bad[9].purpose = AUDIO_FOR_SOUND;
    REQUIRE_OK(audio_encoder_new(&encoder, &good));
    REQUIRE_OK(audio_encoder_new(&stereo, &bad[8]));
    for (size_t i = 0; i < 10; i++) {
        struct audio_encoder *none = NULL;
        if (i < 8) {
            CHECK_INT(audio_encoder_new(&none, &bad[i]), ERR_INVALID);
            CHECK(none == NULL);
        }
        CHECK_INT(audio_encoder_set(encoder, &bad[i]), ERR_INVALID);
    }
    CHECK_INT(audio_encoder_copy(encoder, stereo), ERR_INVALID);
    CHECK_INT(audio_encoder_encode(encoder, pcm, packet, 31, &len), ERR_INVALID);
    CHECK_INT(audio_encoder_config(encoder)->bitrate_bps, AUDIO_ENCODER_BPS);
    CHECK_INT(audio_encoder_config(encoder)->channels, 1);
out:
    audio_encoder_free(&encoder);
    audio_encoder_free(&stereo);
}

/** LBRR comes and goes with the settings, in mid-stream. */
TEST_NO_OOM(audio_encoder_follows_its_settings)
{
    struct audio_encoder *encoder = NULL;
    struct audio_encoder_config config = audio_encoder_defaults();
    struct voice voice;
    size_t bytes[4] = {0};
    int lbrr[4] = {0};
    voice_init(&voice, 4, 0.5);
    REQUIRE_OK(audio_encoder_new(&encoder, &config));
    for (int phase = 0; phase < 4; phase++) {
        config.fec = phase == 1;
        config.loss_percent = phase == 1 ? 10 : 0;
        config.bitrate_bps = phase == 2 ? 64000 : phase == 3 ? 16000 : 32000;
        REQUIRE_OK(audio_encoder_set(encoder, &config));
        for (int i = 0; i < 100; i++) {
            float pcm[PCM_FRAME];
            uint8_t packet[AUDIO_PACKET_MAX_BYTES];
            struct audio_packet facts;
            size_t len;
            voice_next(&voice, pcm, PCM_FRAME);
            REQUIRE_OK(audio_encoder_encode(encoder, pcm, packet, sizeof(packet), &len));
            REQUIRE_OK(audio_packet_parse(packet, len, &facts));
            CHECK_INT(facts.samples, PCM_FRAME);
            bytes[phase] += len;
            lbrr[phase] += facts.lbrr_samples != 0;
        }
    }
    CHECK_INT(lbrr[0], 0);
    CHECK(lbrr[1] > 30);
    CHECK(lbrr[2] <= 1);
    CHECK_INT(lbrr[3], 0);
    CHECK(bytes[2] > bytes[0] * 3 / 2);
    CHECK(bytes[3] < bytes[0] * 3 / 4);
    CHECK(bytes[0] > 5000 && bytes[0] < 9600); /* 32 kbit/s are 8000, pauses take less */
out:
    audio_encoder_free(&encoder);
}

/** Configurations of packets (RFC 6716 3.1): 16 and more are the wave, less have a model. */
static int encode_for(struct audio_encoder *encoder, struct voice *voice, size_t *waves,
                      size_t *lbrr)
{
    int err = 0;
    *waves = 0;
    *lbrr = 0;
    for (int i = 0; i < 50 && err == 0; i++) {
        float pcm[PCM_FRAME];
        uint8_t packet[AUDIO_PACKET_MAX_BYTES];
        struct audio_packet facts;
        size_t len;
        voice_next(voice, pcm, PCM_FRAME);
        err = audio_encoder_encode(encoder, pcm, packet, sizeof(packet), &len);
        err = err == 0 ? audio_packet_parse(packet, len, &facts) : err;
        *waves += err == 0 && packet[0] >> 3 >= 16 ? 1 : 0;
        *lbrr += err == 0 && facts.lbrr_samples != 0 ? 1 : 0;
    }
    return err;
}

TEST_NO_OOM(audio_encoder_codes_by_its_purpose)
{
    struct audio_encoder *call = NULL;
    struct audio_encoder *mix = NULL;
    struct audio_encoder_config config = audio_encoder_defaults();
    struct voice voice;
    size_t waves;
    size_t lbrr;
    voice_init(&voice, 4, 0.5);
    config.bitrate_bps = 48000;
    REQUIRE_OK(audio_encoder_new(&call, &config));
    REQUIRE_OK(encode_for(call, &voice, &waves, &lbrr));
    CHECK_INT(waves, 0);
    config.purpose = AUDIO_FOR_SOUND;
    REQUIRE_OK(audio_encoder_new(&mix, &config));
    REQUIRE_OK(encode_for(mix, &voice, &waves, &lbrr));
    CHECK_INT(waves, 50);
    config.purpose = AUDIO_FOR_SPEECH; /* in mid-stream */
    config.fec = true;
    config.loss_percent = 10;
    REQUIRE_OK(audio_encoder_set(mix, &config));
    REQUIRE_OK(encode_for(mix, &voice, &waves, &lbrr));
    CHECK(waves <= 2);
    CHECK(lbrr > 15);
out:
    audio_encoder_free(&call);
    audio_encoder_free(&mix);
}

/** In a silent room a packet each 400 ms is left, in every mode. */
TEST_NO_OOM(audio_encoder_stops_in_silence)
{
    static const uint32_t rates[] = {16000, 32000, 64000, 128000};
    struct audio_encoder *encoder = NULL;
    struct voice voice;
    float pcm[PCM_FRAME];
    uint8_t packet[AUDIO_PACKET_MAX_BYTES];
    size_t len;
    voice_init(&voice, 1, 0.5);
    for (size_t rate = 0; rate < 4; rate++) {
        struct audio_encoder_config config = audio_encoder_defaults();
        int sent = 0;
        config.dtx = true;
        config.bitrate_bps = rates[rate];
        REQUIRE_OK(audio_encoder_new(&encoder, &config));
        for (int i = 0; i < 150; i++) {
            voice_next(&voice, pcm, PCM_FRAME);
            memset(pcm, 0, i < 30 ? 0 : sizeof(pcm));
            REQUIRE_OK(audio_encoder_encode(encoder, pcm, packet, sizeof(packet), &len));
            sent += i >= 50 && len > AUDIO_PACKET_DTX_BYTES;
        }
        CHECK(sent >= 1 && sent <= 10);
        audio_encoder_free(&encoder);
    }
out:
    audio_encoder_free(&encoder);
}

/** What a decoder gives is late by as much as the header says. */
TEST_NO_OOM(audio_encoder_delay_is_as_told)
{
    enum { FRAMES = 50, SAMPLES = FRAMES * PCM_FRAME };
    static float in[SAMPLES];
    static float decoded[SAMPLES + PCM_MAX_SAMPLES];
    struct audio_encoder *encoder = NULL;
    struct audio_decoder *decoder = NULL;
    struct audio_encoder_config config = audio_encoder_defaults();
    struct voice voice;
    voice_init(&voice, 2, 0.5);
    voice_next(&voice, in, SAMPLES);
    config.bitrate_bps = 96000;
    REQUIRE_OK(audio_encoder_new(&encoder, &config));
    REQUIRE_OK(audio_decoder_new(&decoder));
    for (size_t i = 0; i < FRAMES; i++) {
        uint8_t packet[AUDIO_PACKET_MAX_BYTES];
        size_t len;
        size_t samples;
        REQUIRE_OK(audio_encoder_encode(encoder, in + i * PCM_FRAME, packet, sizeof(packet), &len));
        REQUIRE_OK(audio_decoder_decode(decoder, packet, len, decoded + i * PCM_FRAME, &samples));
        REQUIRE_INT(samples, PCM_FRAME);
    }
    double best = 0;
    size_t best_lag = 0;
    for (size_t lag = 0; lag < 600; lag++) {
        double sum = 0;
        for (size_t i = 9600; i < 9600 + 19200; i++) {
            sum += (double)in[i] * (double)decoded[i + lag];
        }
        if (sum > best) {
            best = sum;
            best_lag = lag;
        }
    }
    CHECK(best_lag + 12 >= AUDIO_ENCODER_DELAY && best_lag <= AUDIO_ENCODER_DELAY + 12);
out:
    audio_encoder_free(&encoder);
    audio_decoder_free(&decoder);
}

/** Of the sound, `lag` samples before: power of the difference over that of the sound, dB. */
static double noise_db(const float *in, const float *out, size_t count)
{
    double noise = 0;
    double sound = 0;
    for (size_t i = 0; i < count; i++) {
        noise += ((double)out[i] - in[i]) * ((double)out[i] - in[i]);
        sound += (double)in[i] * in[i];
    }
    return 10 * log10((noise + 1e-12) / (sound + 1e-12));
}

/** Frames, the begin of one, and its end: what is decoded goes on without a seam. */
TEST_NO_OOM(audio_encoder_codes_parts_of_frames)
{
    enum { BEFORE_CUT = 20, AT = BEFORE_CUT * PCM_FRAME, ALL = AT + 10 * PCM_FRAME };
    static const uint32_t rates[] = {24000, 48000, 128000};
    static float in[ALL];
    static float out[ALL + PCM_MAX_SAMPLES];
    struct audio_encoder *encoder = NULL;
    struct audio_decoder *decoder = NULL;
    for (size_t row = 0; row < 3 * PCM_FRAME / AUDIO_ENCODER_STEP; row++) {
        struct audio_encoder_config config = audio_encoder_defaults();
        struct voice voice;
        size_t cut = (row / 3 + 1) * AUDIO_ENCODER_STEP;
        size_t at = 0;
        config.purpose = AUDIO_FOR_SOUND;
        config.bitrate_bps = rates[row % 3];
        voice_init(&voice, 4, 0.5);
        voice_next(&voice, in, ALL);
        REQUIRE_OK(audio_encoder_new(&encoder, &config));
        REQUIRE_OK(audio_decoder_new(&decoder));
        while (at < ALL) {
            uint8_t packet[AUDIO_PACKET_MAX_BYTES];
            struct audio_packet facts;
            size_t len = 0;
            size_t samples = 0;
            size_t wanted = at == AT ? cut : at == AT + cut ? PCM_FRAME - cut : PCM_FRAME;
            wanted = wanted == 0 ? PCM_FRAME : wanted;
            REQUIRE_OK(
                audio_encoder_encode_part(encoder, in + at, wanted, packet, sizeof(packet), &len));
            REQUIRE_OK(audio_packet_parse(packet, len, &facts));
            REQUIRE_OK(audio_decoder_decode(decoder, packet, len, out + at, &samples));
            CHECK_INT(samples, wanted);
            CHECK(wanted % 480 == 0 || mode_of(packet[0]) == 2);
            at += wanted;
        }
        const float *heard = out + AUDIO_ENCODER_DELAY;
        double usual_db =
            noise_db(in + AT - 5 * PCM_FRAME, heard + AT - 5 * PCM_FRAME, 5 * PCM_FRAME);
        double cut_db = noise_db(in + AT, heard + AT, PCM_FRAME);
        if (getenv("UNIT_SHOW") != NULL) {
            printf("  %u bit/s, cut at %zu: %.1f dB, usually %.1f\n", (unsigned)config.bitrate_bps,
                   cut, cut_db, usual_db);
        }
        CHECK(config.bitrate_bps < 128000 || cut_db < usual_db + 3);
        audio_encoder_free(&encoder);
        audio_decoder_free(&decoder);
    }
out:
    audio_encoder_free(&encoder);
    audio_decoder_free(&decoder);
}

TEST(audio_encoder_refuses_parts_that_cannot_be)
{
    static const size_t refused[] = {0, 1, AUDIO_ENCODER_STEP - 1, AUDIO_ENCODER_STEP + 1,
                                     PCM_FRAME + AUDIO_ENCODER_STEP};
    static const float silence[2 * PCM_FRAME];
    struct audio_encoder *encoder = NULL;
    const struct audio_encoder_config config = audio_encoder_defaults();
    uint8_t packet[AUDIO_PACKET_MAX_BYTES];
    size_t len = 0;
    REQUIRE_OK(audio_encoder_new(&encoder, &config));
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        CHECK_INT(
            audio_encoder_encode_part(encoder, silence, refused[i], packet, sizeof(packet), &len),
            ERR_INVALID);
    }
    CHECK_INT(audio_encoder_encode_part(encoder, silence, AUDIO_ENCODER_STEP, packet, 31, &len),
              ERR_INVALID);
out:
    audio_encoder_free(&encoder);
}

/** What two decoders make of the next packets, one of which has heard nothing before: the
 * difference over the sound, in dB, of the third of them. */
static int hear_late(struct audio_encoder *encoder, struct voice *voice, bool alone, double *db)
{
    struct audio_decoder *decoders[2] = {NULL};
    float pcm[PCM_FRAME];
    float heard[2][PCM_MAX_SAMPLES];
    uint8_t packet[AUDIO_PACKET_MAX_BYTES];
    double noise = 0;
    double power = 0;
    size_t len = 0;
    size_t samples = 0;
    int err = audio_decoder_new(&decoders[0]);
    err = err == 0 ? audio_decoder_new(&decoders[1]) : err;
    for (int frame = 0; frame < 53 && err == 0; frame++) {
        voice_next(voice, pcm, PCM_FRAME);
        if (frame == 50 && alone) {
            audio_encoder_stand_alone(encoder);
        }
        err = audio_encoder_encode(encoder, pcm, packet, sizeof(packet), &len);
        for (int i = 0; i < (frame < 50 ? 1 : 2) && err == 0; i++) {
            err = audio_decoder_decode(decoders[i], packet, len, heard[i], &samples);
        }
    }
    for (size_t i = 0; i < PCM_FRAME && err == 0; i++) {
        noise += pow((double)heard[0][i] - heard[1][i], 2);
        power += pow((double)heard[0][i], 2);
    }
    *db = 10 * log10((noise + 1e-12) / (power + 1e-12));
    audio_decoder_free(&decoders[0]);
    audio_decoder_free(&decoders[1]);
    return err;
}

TEST_NO_OOM(a_packet_that_stands_alone_suits_any_decoder)
{
    struct audio_encoder *encoder = NULL;
    const struct audio_encoder_config config = audio_encoder_defaults();
    double alone_db = -200; /* the worst */
    double usual_db = -200;
    REQUIRE_OK(audio_encoder_new(&encoder, &config));
    for (unsigned seed = 0; seed < 8; seed++) {
        struct voice voice;
        double db = 0;
        voice_init(&voice, seed, 0.3);
        REQUIRE_OK(hear_late(encoder, &voice, true, &db));
        alone_db = db > alone_db ? db : alone_db;
        REQUIRE_OK(hear_late(encoder, &voice, false, &db));
        usual_db = db > usual_db ? db : usual_db;
    }
    CHECK(alone_db < -20);
    CHECK(usual_db > -10);
out:
    audio_encoder_free(&encoder);
}
