#include "base/err.h"
#include "rtp/opus_payload.h"
#include "unit/runner.h"

/* Expected values are rows of RFC 6716 table 2. */
TEST(opus_payload_reads_every_configuration)
{
    static const struct {
        uint8_t config;
        enum rtp_opus_mode mode;
        enum rtp_opus_bandwidth bandwidth;
        uint16_t samples;
    } rows[] = {
        {0, RTP_OPUS_SILK, RTP_OPUS_NARROWBAND, 480},
        {3, RTP_OPUS_SILK, RTP_OPUS_NARROWBAND, 2880},
        {5, RTP_OPUS_SILK, RTP_OPUS_MEDIUMBAND, 960},
        {10, RTP_OPUS_SILK, RTP_OPUS_WIDEBAND, 1920},
        {12, RTP_OPUS_HYBRID, RTP_OPUS_SUPERWIDEBAND, 480},
        {13, RTP_OPUS_HYBRID, RTP_OPUS_SUPERWIDEBAND, 960},
        {14, RTP_OPUS_HYBRID, RTP_OPUS_FULLBAND, 480},
        {15, RTP_OPUS_HYBRID, RTP_OPUS_FULLBAND, 960},
        {16, RTP_OPUS_CELT, RTP_OPUS_NARROWBAND, 120},
        {21, RTP_OPUS_CELT, RTP_OPUS_WIDEBAND, 240},
        {26, RTP_OPUS_CELT, RTP_OPUS_SUPERWIDEBAND, 480},
        {31, RTP_OPUS_CELT, RTP_OPUS_FULLBAND, 960},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t payload[4] = {(uint8_t)(rows[i].config << 3), 1, 2, 3};
        struct rtp_opus opus;
        REQUIRE_OK(rtp_opus_parse(payload, sizeof(payload), &opus));
        CHECK_INT(opus.mode, rows[i].mode);
        CHECK_INT(opus.bandwidth, rows[i].bandwidth);
        CHECK_INT(opus.frame_samples, rows[i].samples);
        CHECK_INT(opus.duration_samples, rows[i].samples);
        CHECK_INT(opus.frame_count, 1);
        CHECK_INT(opus.channels, 1);
        CHECK(!opus.dtx);
    }
out:
    return;
}

TEST(opus_payload_counts_frames_and_channels)
{
    struct rtp_opus opus;
    uint8_t payload[4] = {31 << 3 | 4 | 1, 0, 0, 0};
    REQUIRE_OK(rtp_opus_parse(payload, 4, &opus));
    CHECK_INT(opus.frame_count, 2);
    CHECK_INT(opus.channels, 2);
    CHECK_INT(opus.duration_samples, 1920);
    payload[0] = 31 << 3 | 2;
    REQUIRE_OK(rtp_opus_parse(payload, 4, &opus));
    CHECK_INT(opus.frame_count, 2);
    payload[0] = 31 << 3 | 3;
    payload[1] = 0xc0 | 6; /* VBR, padding, 6 frames of 20 ms */
    REQUIRE_OK(rtp_opus_parse(payload, 4, &opus));
    CHECK_INT(opus.frame_count, 6);
    CHECK_INT(opus.duration_samples, 5760);
    payload[1] = 7; /* 140 ms */
    CHECK_INT(rtp_opus_parse(payload, 4, &opus), ERR_MALFORMED);
    payload[1] = 0;
    CHECK_INT(rtp_opus_parse(payload, 4, &opus), ERR_MALFORMED);
    CHECK_INT(rtp_opus_parse(payload, 1, &opus), ERR_MALFORMED);
    CHECK_INT(rtp_opus_parse(payload, 0, &opus), ERR_MALFORMED);
out:
    return;
}

TEST(opus_payload_hints_at_silence)
{
    struct rtp_opus opus;
    uint8_t payload[3] = {0x78, 0, 0};
    REQUIRE_OK(rtp_opus_parse(payload, 1, &opus));
    CHECK(opus.dtx);
    REQUIRE_OK(rtp_opus_parse(payload, 2, &opus));
    CHECK(opus.dtx);
    REQUIRE_OK(rtp_opus_parse(payload, 3, &opus));
    CHECK(!opus.dtx);
out:
    return;
}

/** VAD flags are the highest bits of the first frame, wherever it begins (RFC 6716 3.2, 4.2.3). */
TEST(opus_payload_reads_voice_flags)
{
    static const struct {
        uint8_t bytes[8];
        size_t len;
        enum rtp_opus_voice voice;
    } packets[] = {
        {{0x48, 0x80, 0, 0}, 4, RTP_OPUS_VOICE_YES}, /* SILK 20 ms */
        {{0x48, 0x7f, 0, 0}, 4, RTP_OPUS_VOICE_NO},
        {{0x78, 0x80, 0, 0}, 4, RTP_OPUS_VOICE_YES},     /* hybrid 20 ms */
        {{0xf8, 0x80, 0, 0}, 4, RTP_OPUS_VOICE_UNKNOWN}, /* CELT */
        {{0x58, 0x20, 0, 0}, 4, RTP_OPUS_VOICE_YES},     /* 60 ms: three flags */
        {{0x58, 0x1f, 0, 0}, 4, RTP_OPUS_VOICE_NO},
        {{0x50, 0x40, 0, 0}, 4, RTP_OPUS_VOICE_YES}, /* 40 ms: two */
        {{0x49, 0x80, 0, 0}, 4, RTP_OPUS_VOICE_YES}, /* two equal frames */
        {{0x4a, 1, 0x80, 0}, 4, RTP_OPUS_VOICE_YES}, /* two frames, one length */
        {{0x4a, 252, 0, 0x80}, 4, RTP_OPUS_VOICE_YES},
        {{0x4b, 2, 0x80, 0}, 4, RTP_OPUS_VOICE_YES},             /* two of constant rate */
        {{0x4b, 0x42, 1, 0x80, 0}, 5, RTP_OPUS_VOICE_YES},       /* padded */
        {{0x4b, 0x42, 255, 0, 0x80, 0}, 6, RTP_OPUS_VOICE_YES},  /* much */
        {{0x4b, 0x83, 1, 1, 0x80, 0, 0}, 7, RTP_OPUS_VOICE_YES}, /* three, two lengths */
        {{0x4b, 0xc3, 1, 255, 255, 255, 255, 255}, 7, RTP_OPUS_VOICE_UNKNOWN}, /* no end */
        {{0x4b, 0x43, 255, 255, 255}, 5, RTP_OPUS_VOICE_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
        struct rtp_opus opus;
        REQUIRE_OK(rtp_opus_parse(packets[i].bytes, packets[i].len, &opus));
        CHECK_INT(opus.voice, packets[i].voice);
    }
out:
    return;
}
