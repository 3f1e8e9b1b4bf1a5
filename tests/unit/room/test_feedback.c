#include "base/bytes.h"
#include "room/exchange.h"
#include "rtp/rtcp_fb.h"
#include "support/call.h"
#include "unit/runner.h"

static void send_pli(struct call *call, uint32_t from, uint32_t ssrc)
{
    uint8_t data[64];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    (void)rtcp_write_pli(&out, 77, ssrc);
    call_rtcp(call, from, data, bytes_out_len(&out));
    call_turn(call);
}

static bool call_of(struct call *call, uint32_t people)
{
    if (call_init(call) != 0) {
        return false;
    }
    for (uint32_t number = 1; number <= people; number++) {
        if (!call_join_pair(call, number, 0)) {
            return false;
        }
    }
    return true;
}

TEST(keyframe_requests_of_many_become_one)
{
    struct call call = {0};
    REQUIRE(call_of(&call, 5));
    call_video(&call, 1, 1, 1, true, true, true);
    call_turn(&call);
    call_run(&call, 2000000);
    call_clear(&call);
    for (uint32_t number = 2; number <= 5; number++) {
        send_pli(&call, number, call_slot_ssrc(number, 1));
    }
    CHECK_INT(call_count_rtcp(&call, 1, RTCP_PSFB, RTCP_FB_FORMAT_PLI), 1);
    call_video(&call, 1, 2, 2, true, true, true);
    call_turn(&call);
    /* answered; the next need has to wait for its time */
    send_pli(&call, 2, call_slot_ssrc(2, 1));
    CHECK_INT(call_count_rtcp(&call, 1, RTCP_PSFB, RTCP_FB_FORMAT_PLI), 1);
    call_run(&call, 600000);
    CHECK_INT(call_count_rtcp(&call, 1, RTCP_PSFB, RTCP_FB_FORMAT_PLI), 2);
out:
    call_deinit(&call);
}

TEST(requests_for_streams_of_others_are_counted_not_heard)
{
    struct call call = {0};
    REQUIRE(call_of(&call, 3));
    call_video(&call, 1, 1, 1, true, true, true);
    call_turn(&call);
    call_run(&call, 2000000);
    call_clear(&call);
    send_pli(&call, 3, call_slot_ssrc(2, 1));
    send_pli(&call, 3, call_track_ssrc(1, MEDIA_VIDEO));
    CHECK_INT(call_count_rtcp(&call, 1, RTCP_PSFB, RTCP_FB_FORMAT_PLI), 0);
    CHECK_INT(call_drops(&call, DROP_RTCP_FOREIGN), 2);
out:
    call_deinit(&call);
}

TEST(fir_counts_once_for_each_command_number)
{
    struct call call = {0};
    REQUIRE(call_of(&call, 2));
    call_video(&call, 1, 1, 1, true, true, true);
    call_turn(&call);
    call_run(&call, 2000000);
    call_clear(&call);
    for (int i = 0; i < 3; i++) {
        uint8_t data[64];
        struct bytes_out out = bytes_out_over(data, sizeof(data));
        struct rtcp_fir entry = {.ssrc = call_slot_ssrc(2, 1), .command = 9};
        REQUIRE_OK(rtcp_write_fir(&out, 77, &entry, 1));
        call_rtcp(&call, 2, data, bytes_out_len(&out));
        call_turn(&call);
        call_video(&call, 1, (uint16_t)(2 + i), (uint16_t)(2 + i), true, true, true);
        call_turn(&call);
        call_run(&call, 1000000);
    }
    CHECK_INT(call_count_rtcp(&call, 1, RTCP_PSFB, RTCP_FB_FORMAT_PLI), 1);
out:
    call_deinit(&call);
}

TEST(malformed_compounds_are_dropped_whole)
{
    struct call call = {0};
    REQUIRE(call_of(&call, 2));
    uint8_t data[64];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    uint32_t ssrc = call_track_ssrc(1, MEDIA_AUDIO);
    call_audio(&call, 1, 1, 30);
    call_turn(&call);
    REQUIRE_OK(rtcp_write_bye(&out, &ssrc, 1));
    size_t len = bytes_out_len(&out);
    data[len] = 0x80;
    data[len + 1] = 201;
    data[len + 2] = 0;
    data[len + 3] = 9;
    call_rtcp(&call, 1, data, len + 4);
    call_turn(&call);
    CHECK_INT(call_drops(&call, DROP_RTCP_MALFORMED), 1);
    const struct event *event = call_event(&call, EVENT_SLOTS, 2);
    REQUIRE(event != NULL && event->slot_count == 1);
    CHECK_INT(event->slots[0].feed, FEED_TRACK);
out:
    call_deinit(&call);
}

TEST(a_nack_storm_is_bounded)
{
    struct call call = {0};
    REQUIRE(call_of(&call, 2));
    struct rtp_header header = {0};
    for (uint16_t i = 0; i < 300; i++) {
        call_video(&call, 1, i, i, i == 0, true, true);
        call_turn(&call);
    }
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 1), 299, &header) != NULL);
    for (uint16_t round = 0; round < 10; round++) {
        for (uint16_t i = 0; i < 300; i++) {
            uint8_t data[64];
            struct bytes_out out = bytes_out_over(data, sizeof(data));
            uint16_t seq = (uint16_t)(header.seq - i);
            (void)rtcp_write_nack(&out, 77, call_slot_ssrc(2, 1), &seq, 1);
            call_rtcp(&call, 2, data, bytes_out_len(&out));
        }
        call_turn(&call);
        call_run(&call, 50000);
    }
    /* three times each at most, and 64 kB of 150-byte packets */
    CHECK(call_count_rtp(&call, call_slot_ssrc(2, 1) + 500) <= 700);
out:
    call_deinit(&call);
}
