/**
 * Sources that start afresh in mid-call: the slot goes on.
 */
#include "support/call.h"
#include "unit/runner.h"

static void audio_of(struct call *call, uint32_t ssrc, uint16_t seq, uint32_t timestamp)
{
    static const uint8_t payload[40] = {0x78};
    struct call_rtp rtp = {.from = 1,
                           .ssrc = ssrc,
                           .pt = CALL_OPUS,
                           .seq = seq,
                           .timestamp = timestamp,
                           .mid = "a",
                           .level = 30,
                           .twcc = -1,
                           .payload = payload,
                           .payload_bytes = sizeof(payload)};
    call_rtp(call, &rtp);
}

/** The old stream's last packet and the new one's first may come in one batch. */
TEST(restart_within_one_turn_keeps_the_time)
{
    struct call call = {0};
    struct rtp_header before;
    struct rtp_header after;
    REQUIRE(call_open(&call, 2, 0));
    for (uint16_t i = 0; i < 5; i++) {
        audio_of(&call, call_track_ssrc(1, MEDIA_AUDIO), 100 + i, 960U * i);
        call_turn(&call);
        call_run(&call, 20000);
    }
    REQUIRE_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), 5);
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 0), 4, &before) != NULL);
    call_clear(&call);
    audio_of(&call, call_track_ssrc(1, MEDIA_AUDIO), 105, 960U * 5);
    audio_of(&call, 424242, 40000, 3000000000U);
    call_turn(&call);
    call_run(&call, 20000);
    audio_of(&call, 424242, 40001, 3000000960U);
    call_turn(&call);
    size_t count = call_count_rtp(&call, call_slot_ssrc(2, 0));
    REQUIRE(count >= 2);
    for (size_t i = 0; i < count; i++) {
        REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 0), i, &after) != NULL);
        uint16_t seq_step = (uint16_t)(after.seq - before.seq);
        uint32_t time_step = after.timestamp - before.timestamp;
        CHECK(seq_step >= 1 && seq_step <= 2);
        CHECK(time_step >= 960 && time_step <= 2 * 960);
        before = after;
    }
out:
    call_deinit(&call);
}
