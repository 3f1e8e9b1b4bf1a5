#include "base/bytes.h"
#include "room/exchange.h"
#include "rtp/rtcp_fb.h"
#include "rtp/rtcp_twcc.h"
#include "support/call.h"
#include "unit/runner.h"

static bool call_of_two(struct call *call)
{
    return call_open(call, 2, 0);
}

/** Sender report of participant 1's audio: at NTP time `seconds`, timestamp. */
static void sender_report(struct call *call, uint32_t seconds, uint32_t timestamp)
{
    uint8_t data[128];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    struct rtcp_report report = {.ssrc = call_track_ssrc(1, MEDIA_AUDIO),
                                 .is_sender = true,
                                 .ntp = (uint64_t)seconds << 32,
                                 .timestamp = timestamp};
    (void)rtcp_write_report(&out, &report, NULL, 0);
    call_rtcp(call, 1, data, bytes_out_len(&out));
    call_turn(call);
}

TEST(reports_go_both_ways_soon_after_the_start)
{
    struct call call = {0};
    REQUIRE(call_of_two(&call));
    for (uint16_t i = 0; i < 5; i++) {
        call_audio(&call, 1, i, 30);
        call_turn(&call);
        call_run(&call, 20000);
    }
    struct rtcp_packet packet;
    struct rtcp_report report;
    /* to the listener: SR of the slot, with our CNAME */
    REQUIRE(call_find_rtcp(&call, 2, RTCP_SR, 0, 0, &packet));
    REQUIRE_OK(rtcp_report_parse(&packet, &report));
    CHECK_INT(report.ssrc, call_slot_ssrc(2, 0));
    CHECK(report.packets > 0);
    CHECK_INT(report.octets, report.packets * 40);
    REQUIRE(call_find_rtcp(&call, 2, RTCP_SDES, 0, 0, &packet));
    const char *text = NULL;
    size_t len = 0;
    REQUIRE_OK(rtcp_sdes_find(&packet, call_slot_ssrc(2, 0), RTCP_SDES_CNAME, &text, &len));
    CHECK_INT(len, 6);
    CHECK_MEM(text, "cname2", 6);
    /* to the talker, who is sent nothing: RR about his audio */
    REQUIRE(call_find_rtcp(&call, 1, RTCP_RR, 1, 0, &packet));
    REQUIRE_OK(rtcp_report_parse(&packet, &report));
    REQUIRE_INT(report.block_count, 1);
    struct rtcp_report_block block;
    rtcp_report_block_at(&report, 0, &block);
    CHECK_INT(block.ssrc, call_track_ssrc(1, MEDIA_AUDIO));
    CHECK_INT(block.cumulative_lost, 0);
out:
    call_deinit(&call);
}

/** Lips stay in sync: what the publisher says about his clock holds for what we send, on our clock.
 */
TEST(sender_reports_follow_the_publishers_clock)
{
    struct call call = {0};
    REQUIRE(call_of_two(&call));
    call_audio(&call, 1, 0, 30);
    call_turn(&call);
    sender_report(&call, 5000, 0);
    struct rtp_header header;
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 0), 0, &header) != NULL);
    uint32_t offset = header.timestamp; /* source timestamp was 0 */
    int64_t started_us = call.now_us;
    call_run(&call, 3000000);
    struct rtcp_packet packet;
    struct rtcp_report report;
    size_t count = call_count_rtcp(&call, 2, RTCP_SR, 0);
    REQUIRE(count >= 2);
    for (size_t i = 0; i < count; i++) {
        REQUIRE(call_find_rtcp(&call, 2, RTCP_SR, 0, i, &packet));
        REQUIRE_OK(rtcp_report_parse(&packet, &report));
        /* NTP seconds 1700000000 + 2208988800 + 1000 + elapsed */
        int64_t wall_us = (int64_t)((report.ntp >> 32) - 2208988800U) * 1000000 +
                          (int64_t)(((report.ntp & 0xFFFFFFFFU) * 1000000) >> 32);
        int64_t elapsed_us = wall_us - 1700000000000000 - started_us;
        int64_t ticks = (int64_t)(uint32_t)(report.timestamp - offset);
        CHECK(ticks - elapsed_us * 48 / 1000 <= 48 && elapsed_us * 48 / 1000 - ticks <= 48);
    }
out:
    call_deinit(&call);
}

TEST(silent_streams_are_left_out_of_reports)
{
    struct call call = {0};
    REQUIRE(call_of_two(&call));
    call_audio(&call, 1, 0, 30);
    call_turn(&call);
    call_run(&call, 2000000);
    CHECK(call_count_rtcp(&call, 2, RTCP_SR, 0) > 0);
    CHECK(call_count_rtcp(&call, 1, RTCP_RR, 1) > 0);
    call_command(&call, COMMAND_LEAVE, 1);
    call_run(&call, 6000000);
    call_clear(&call);
    call_run(&call, 4000000);
    CHECK_INT(call_count_rtcp(&call, 2, RTCP_SR, 0), 0);
    CHECK(call_count_rtcp(&call, 2, RTCP_RR, 0) > 0);
out:
    call_deinit(&call);
}

TEST(feedback_tells_when_packets_came)
{
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    call.twcc = true;
    REQUIRE(call_join_pair(&call, 1, 0));
    for (int i = 0; i < 10; i++) {
        uint8_t payload[200] = {0x78};
        struct call_rtp rtp = {.from = 1,
                               .ssrc = call_track_ssrc(1, MEDIA_AUDIO),
                               .pt = CALL_OPUS,
                               .seq = (uint16_t)i,
                               .timestamp = 960U * (uint32_t)i,
                               .level = -1,
                               .twcc = 100 + i,
                               .payload = payload,
                               .payload_bytes = sizeof(payload)};
        if (i != 4) {
            call_rtp(&call, &rtp);
        }
        call_turn(&call);
        call_run(&call, 20000);
    }
    call_run(&call, 300000);
    unsigned received = 0;
    unsigned lost = 0;
    struct rtcp_packet packet;
    for (size_t i = 0; call_find_rtcp(&call, 1, RTCP_RTPFB, RTCP_FB_FORMAT_TWCC, i, &packet); i++) {
        struct rtcp_fb fb;
        struct rtcp_twcc twcc;
        struct rtcp_twcc_status status;
        REQUIRE_OK(rtcp_fb_parse(&packet, &fb));
        CHECK_INT(fb.media_ssrc, call_track_ssrc(1, MEDIA_AUDIO));
        REQUIRE_OK(rtcp_twcc_parse(&fb, &twcc));
        while (rtcp_twcc_next(&twcc, &status) == 1) {
            CHECK(status.seq >= 100 && status.seq < 110);
            received += status.arrival_us != RTCP_TWCC_LOST ? 1 : 0;
            lost += status.arrival_us == RTCP_TWCC_LOST ? 1 : 0;
        }
    }
    CHECK_INT(received, 9);
    CHECK(lost >= 1);
out:
    call_deinit(&call);
}

TEST(remb_where_transport_wide_feedback_is_not_agreed)
{
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    struct session *session = call_session(1, "room");
    REQUIRE(session != NULL);
    struct session_media *video = call_add(session, MEDIA_VIDEO, "v", true, false);
    video->codecs[0].transport_cc = false;
    video->ssrcs[0] = call_track_ssrc(1, MEDIA_VIDEO);
    video->ssrc_count = 1;
    session->rtcp_rsize = false;
    REQUIRE(call_join(&call, session));
    for (uint16_t i = 0; i < 100; i++) {
        call_video(&call, 1, i, i, i == 0, true, true);
        call_turn(&call);
        call_run(&call, 20000);
    }
    struct rtcp_packet packet;
    REQUIRE(call_find_rtcp(&call, 1, RTCP_PSFB, RTCP_FB_FORMAT_AFB, 0, &packet));
    struct rtcp_fb fb;
    REQUIRE_OK(rtcp_fb_parse(&packet, &fb));
    REQUIRE_INT(fb.kind, RTCP_FB_REMB);
    struct rtcp_remb remb;
    rtcp_fb_remb(&fb, &remb);
    CHECK(remb.bps >= 100000);
    REQUIRE_INT(remb.ssrc_count, 1);
    CHECK_INT(rtcp_remb_ssrc_at(&remb, 0), call_track_ssrc(1, MEDIA_VIDEO));
    /* no reduced size: every datagram begins with a report */
    for (size_t i = 0; i < call.sent_count; i++) {
        CHECK(call.sent[i].data[1] == RTCP_SR || call.sent[i].data[1] == RTCP_RR);
    }
out:
    call_deinit(&call);
}

TEST(reference_times_are_answered)
{
    struct call call = {0};
    REQUIRE(call_of_two(&call));
    uint8_t data[64];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    REQUIRE_OK(rtcp_write_rrtr(&out, 4321, 0x1122334455667788));
    call_rtcp(&call, 2, data, bytes_out_len(&out));
    call_turn(&call);
    call_run(&call, 4000000);
    struct rtcp_packet packet;
    REQUIRE_INT(call_count_rtcp(&call, 2, RTCP_XR, 0), 1);
    REQUIRE(call_find_rtcp(&call, 2, RTCP_XR, 0, 0, &packet));
    struct rtcp_xr xr;
    REQUIRE_OK(rtcp_xr_parse(&packet, &xr));
    REQUIRE_INT(xr.dlrr_count, 1);
    struct rtcp_dlrr dlrr;
    rtcp_dlrr_at(&xr, 0, &dlrr);
    CHECK_INT(dlrr.ssrc, 4321);
    CHECK_INT(dlrr.lrr, 0x33445566);
out:
    call_deinit(&call);
}

TEST(round_trip_comes_from_report_blocks)
{
    struct call call = {0};
    REQUIRE(call_of_two(&call));
    call_audio(&call, 1, 0, 30);
    call_turn(&call);
    call_run(&call, 200000);
    struct rtcp_packet packet;
    struct rtcp_report report;
    REQUIRE(call_find_rtcp(&call, 2, RTCP_SR, 0, 0, &packet));
    REQUIRE_OK(rtcp_report_parse(&packet, &report));
    int64_t sent_us = 0;
    for (size_t i = 0; i < call.sent_count && sent_us == 0; i++) {
        if (call.sent[i].number == 2 && call.sent[i].data[1] == RTCP_SR) {
            sent_us = call.sent[i].at_us;
        }
    }
    uint8_t data[128];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    struct rtcp_report answer = {.ssrc = 77};
    struct rtcp_report_block block = {
        .ssrc = call_slot_ssrc(2, 0), .lsr = (uint32_t)(report.ntp >> 16), .dlsr = 0};
    REQUIRE_OK(rtcp_write_report(&out, &answer, &block, 1));
    call_rtcp(&call, 2, data, bytes_out_len(&out));
    call_turn(&call);
    call_command(&call, COMMAND_REPORT, 2);
    const struct event *event = call_event(&call, EVENT_REPORT, 2);
    REQUIRE(event != NULL);
    int64_t expected_us = call.now_us - sent_us;
    CHECK(event->report.rtt_us > expected_us - 1000 && event->report.rtt_us < expected_us + 1000);
    CHECK_INT(event->report.packets_sent, 1);
out:
    call_deinit(&call);
}

/** A listener reports this fraction lost of what he hears. */
static void report_loss(struct call *call, uint32_t number, uint8_t fraction)
{
    uint8_t data[64];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    struct rtcp_report report = {.ssrc = 70 + number};
    struct rtcp_report_block block = {.ssrc = call_slot_ssrc(number, 0), .fraction_lost = fraction};
    (void)rtcp_write_report(&out, &report, &block, 1);
    call_rtcp(call, number, data, bytes_out_len(&out));
}

/** Participants 1 (who talks), 2 and 3, of whom the listeners have in-band FEC, or RED as well. */
static bool call_of_three(struct call *call, bool red)
{
    bool there = call_init(call) == 0;
    for (uint32_t number = 1; number <= 3 && there; number++) {
        struct session *session = call_session(number, "room");
        if (session == NULL) {
            return false;
        }
        struct session_media *audio = call_add(session, MEDIA_AUDIO, "a", number == 1, true);
        audio->codecs[0].inband_fec = true;
        if (red) {
            audio->codecs[1] =
                (struct session_codec){.kind = CODEC_RED, .pt = CALL_RED, .clock_rate = 48000};
            audio->codec_count = 2;
        }
        audio->ssrcs[0] = call_track_ssrc(number, MEDIA_AUDIO);
        audio->ssrc_count = 1;
        there = call_join(call, session);
    }
    return there;
}

/** What the talker is told last, while the listeners report so much. */
static bool told_talker(struct call *call, uint8_t second, uint8_t third, uint16_t *seq,
                        struct rtcp_report_block *block)
{
    struct rtcp_packet packet;
    struct rtcp_report report;
    call_clear(call);
    for (size_t i = 0; i < 300; i++) { /* 6 s */
        call_audio(call, 1, (*seq)++, 30);
        call_turn(call);
        if (i % 50 == 0) {
            report_loss(call, 2, second);
            report_loss(call, 3, third);
        }
        call_run(call, 20000);
        size_t count = call_count_rtcp(call, 1, RTCP_RR, 1);
        if (count > 0 && call_find_rtcp(call, 1, RTCP_RR, 1, count - 1, &packet) &&
            rtcp_report_parse(&packet, &report) == 0 && report.block_count == 1) {
            rtcp_report_block_at(&report, 0, block);
        }
        call_clear(call);
    }
    return block->ssrc == call_track_ssrc(1, MEDIA_AUDIO);
}

TEST(opus_senders_are_told_of_losses_that_only_they_can_repair)
{
    struct call call = {0};
    struct rtcp_report_block block = {0};
    uint16_t seq = 0;
    REQUIRE(call_of_three(&call, false));
    REQUIRE(told_talker(&call, 0, 0, &seq, &block));
    CHECK_INT(block.fraction_lost, 0);
    REQUIRE(told_talker(&call, 13, 0, &seq, &block));             /* 5 % */
    CHECK(block.fraction_lost >= 9 && block.fraction_lost <= 13); /* it is smoothed */
    REQUIRE(told_talker(&call, 255, 0, &seq, &block));            /* alone, he moves it to 10 % */
    CHECK_INT(block.fraction_lost, 26);
    REQUIRE(told_talker(&call, 255, 255, &seq, &block));
    CHECK_INT(block.fraction_lost, 64);
    CHECK_INT(block.cumulative_lost, 0); /* which stays true */
out:
    call_deinit(&call);
}

TEST(losses_that_red_repairs_are_not_told)
{
    struct call call = {0};
    struct rtcp_report_block block = {0};
    uint16_t seq = 0;
    REQUIRE(call_of_three(&call, true));
    REQUIRE(told_talker(&call, 50, 50, &seq, &block));
    CHECK_INT(block.fraction_lost, 0);
out:
    call_deinit(&call);
}
