/**
 * Sound and picture of one publisher stay together: what was captured in one instant carries one
 * instant in the sender reports that the relay makes for its two slots (QUALITY.md 1.15).
 */
#include "base/bytes.h"
#include "support/call.h"
#include "unit/runner.h"

enum { AUDIO_BASE = 1000, VIDEO_DELAY_US = 60000, DRIFT_PPM = 80 };

static const uint32_t video_base = 4294960000U; /* wraps soon */

/** The publisher's NTP clock: far from ours, and a little slow. */
static uint64_t publisher_ntp(int64_t at_us)
{
    int64_t since_us = at_us - 1000000000;
    int64_t us = 3700000000LL * 1000000 + since_us - since_us * DRIFT_PPM / 1000000;
    return ((uint64_t)(us / 1000000) << 32) | (((uint64_t)(us % 1000000) << 32) / 1000000);
}

static void send_report(struct call *call, enum media_kind kind, int64_t captured_us,
                        uint32_t timestamp)
{
    uint8_t data[64];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    struct rtcp_report report = {.ssrc = call_track_ssrc(1, kind),
                                 .is_sender = true,
                                 .ntp = publisher_ntp(captured_us),
                                 .timestamp = timestamp};
    CHECK_INT(rtcp_write_report(&out, &report, NULL, 0), 0);
    call_rtcp(call, 1, data, bytes_out_len(&out));
}

/** Newest sender report about a slot among what was sent; false when there is none. */
static bool last_report(const struct call *call, uint32_t ssrc, struct rtcp_report *out)
{
    struct rtcp_packet packet;
    struct rtcp_report report;
    bool found = false;
    for (size_t n = 0; call_find_rtcp(call, 2, RTCP_SR, 0, n, &packet); n++) {
        if (rtcp_report_parse(&packet, &report) == 0 && report.ssrc == ssrc) {
            *out = report;
            found = true;
        }
    }
    return found;
}

/** Our NTP time, in microseconds, that a report gives an outgoing timestamp. */
static int64_t instant_us(const struct rtcp_report *report, uint32_t timestamp, uint32_t clock)
{
    int64_t us = (int64_t)(report->ntp >> 32) * 1000000 +
                 (int64_t)(((report->ntp & UINT32_MAX) * 1000000) >> 32);
    return us + (int64_t)(int32_t)(timestamp - report->timestamp) * 1000000 / clock;
}

static void video(struct call *call, uint16_t seq, uint32_t timestamp, bool key)
{
    uint8_t payload[] = {0x90, 0xE0, 0x80, 0,    0,    0,    0x11, 0x02,
                         0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01};
    bytes_put_u16(payload + 2, (uint16_t)(0x8000 | seq));
    payload[4] = (uint8_t)seq;
    payload[6] = key ? 0x10 : 0x11;
    struct call_rtp rtp = {.from = 1,
                           .ssrc = call_track_ssrc(1, MEDIA_VIDEO),
                           .pt = CALL_VP8,
                           .seq = seq,
                           .timestamp = timestamp,
                           .marker = true,
                           .level = -1,
                           .twcc = -1,
                           .payload = payload,
                           .payload_bytes = sizeof(payload)};
    call_rtp(call, &rtp);
}

static void audio(struct call *call, uint16_t seq, uint32_t timestamp)
{
    static const uint8_t payload[40] = {0x78};
    struct call_rtp rtp = {.from = 1,
                           .ssrc = call_track_ssrc(1, MEDIA_AUDIO),
                           .pt = CALL_OPUS,
                           .seq = seq,
                           .timestamp = timestamp,
                           .level = 30,
                           .twcc = -1,
                           .payload = payload,
                           .payload_bytes = sizeof(payload)};
    call_rtp(call, &rtp);
}

TEST(sound_and_picture_of_one_instant_stay_together)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 2, 0));
    int64_t start_us = call.now_us;
    /* Twenty seconds in steps of 20 ms: a sound each step, and each third step the picture captured
     * three steps ago. */
    for (int64_t step = 0; step < 1000; step++) {
        audio(&call, (uint16_t)(500 + step), AUDIO_BASE + (uint32_t)step * 960);
        if (step % 3 == 0 && step >= 3) {
            video(&call, (uint16_t)(7000 + step / 3), video_base + (uint32_t)(step - 3) * 1800,
                  step == 3);
        }
        if (step % 100 == 20) {
            send_report(&call, MEDIA_AUDIO, call.now_us, AUDIO_BASE + (uint32_t)step * 960);
        }
        if (step % 100 == 60) {
            send_report(&call, MEDIA_VIDEO, call.now_us, video_base + (uint32_t)step * 1800);
        }
        call_turn(&call);
        if (step == 900) {
            call_clear(&call); /* what follows is looked at */
        }
        call_run(&call, 20000);
    }
    struct rtcp_report sound;
    struct rtcp_report picture;
    struct rtp_header header;
    REQUIRE(last_report(&call, call_slot_ssrc(2, 0), &sound));
    REQUIRE(last_report(&call, call_slot_ssrc(2, 1), &picture));
    size_t sounds = call_count_rtp(&call, call_slot_ssrc(2, 0));
    size_t pictures = call_count_rtp(&call, call_slot_ssrc(2, 1));
    REQUIRE_INT(sounds, 99);
    REQUIRE_INT(pictures, 33);
    /* The last sound was captured at step 999; the last picture came with it and was captured at
     * step 996. */
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 0), sounds - 1, &header) != NULL);
    int64_t sound_us = instant_us(&sound, header.timestamp, 48000);
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 1), pictures - 1, &header) != NULL);
    int64_t picture_us = instant_us(&picture, header.timestamp, 90000);
    int64_t skew_us = sound_us - picture_us - VIDEO_DELAY_US;
    CHECK(skew_us > -5000 && skew_us < 5000);
    /* And it is our clock: the sound was captured when it came. */
    int64_t wall_us = 1700000000000000 + start_us + 999 * 20000 + INT64_C(2208988800) * 1000000;
    CHECK(sound_us - wall_us > -10000 && sound_us - wall_us < 10000);
out:
    call_deinit(&call);
}
