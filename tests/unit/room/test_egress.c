#include <stdlib.h>

#include "base/bytes.h"
#include "room/exchange.h"
#include "rtp/rtcp_fb.h"
#include "support/call.h"
#include "unit/runner.h"

enum {
    BEFORE = 40, /**< pictures before: the last keyframe is forgotten */
    BURST = 60   /**< packets of a large frame, some 170 bytes each on the wire */
};

/** The receiver's idea of what its path carries. */
static void remb(struct call *call, uint32_t from, uint64_t bps)
{
    uint8_t data[64];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    uint32_t ssrc = call_slot_ssrc(from, 1);
    (void)rtcp_write_remb(&out, 77, bps, &ssrc, 1);
    call_rtcp(call, from, data, bytes_out_len(&out));
    call_turn(call);
}

static void nack(struct call *call, uint32_t from, uint32_t ssrc, uint16_t seq)
{
    uint8_t data[64];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    (void)rtcp_write_nack(&out, 77, ssrc, &seq, 1);
    call_rtcp(call, from, data, bytes_out_len(&out));
    call_turn(call);
}

/** 1 sends to 2, whose path carries bps; a picture of one packet each 100 ms has gone for 4 s. */
static bool thin_call(struct call *call, uint64_t bps, uint16_t *seq, uint16_t *frame)
{
    if (!call_open(call, 2, 0)) {
        return false;
    }
    for (*frame = 0; *frame < BEFORE; (*frame)++) {
        call_video(call, 1, (*seq)++, *frame, *frame == 0, true, true);
        call_turn(call);
        call_run(call, 100000);
    }
    remb(call, 2, bps);
    return call_count_rtp(call, call_slot_ssrc(2, 1)) == BEFORE;
}

/** A frame of many packets comes at once. */
static void large_frame(struct call *call, uint16_t *seq, uint16_t frame, bool key)
{
    for (uint16_t i = 0; i < BURST; i++) {
        call_video(call, 1, (*seq)++, frame, key, i == 0, i == BURST - 1);
    }
    call_turn(call);
}

TEST(a_large_frame_leaves_at_the_paths_pace_and_in_order)
{
    struct call call = {0};
    uint16_t seq = 100;
    uint16_t frame;
    REQUIRE(thin_call(&call, 400000, &seq, &frame));
    uint32_t ssrc = call_slot_ssrc(2, 1);
    large_frame(&call, &seq, frame, false);
    size_t at_once = call_count_rtp(&call, ssrc) - BEFORE;
    CHECK(at_once >= 8 && at_once <= 16); /* 40 ms' worth */
    call_run(&call, 50000);
    size_t soon = call_count_rtp(&call, ssrc) - BEFORE;
    CHECK(soon > at_once + 8 && soon < at_once + 24);
    call_run(&call, 150000);
    REQUIRE_INT(call_count_rtp(&call, ssrc), BEFORE + BURST);
    struct rtp_header first;
    REQUIRE(call_find_rtp(&call, ssrc, BEFORE, &first) != NULL);
    for (size_t i = 0; i < BURST; i++) {
        struct rtp_header header;
        REQUIRE(call_find_rtp(&call, ssrc, BEFORE + i, &header) != NULL);
        CHECK_INT(header.seq, (uint16_t)(first.seq + i));
        CHECK_INT(header.marker, i == BURST - 1);
    }
out:
    call_deinit(&call);
}

TEST(sound_and_repeats_pass_what_waits)
{
    struct call call = {0};
    uint16_t seq = 100;
    uint16_t frame;
    REQUIRE(thin_call(&call, 200000, &seq, &frame));
    call_audio(&call, 1, 1, 20);
    call_turn(&call);
    call_run(&call, 20000);
    large_frame(&call, &seq, frame, false);
    struct rtp_header header;
    uint32_t ssrc = call_slot_ssrc(2, 1);
    size_t sent = call_count_rtp(&call, ssrc);
    CHECK(sent < BEFORE + BURST / 2);
    REQUIRE(call_find_rtp(&call, ssrc, BEFORE - 1, &header) != NULL);
    nack(&call, 2, ssrc, header.seq);
    CHECK_INT(call_count_rtp(&call, ssrc + 500), 0); /* the burst is used up: it waits ... */
    call_audio(&call, 1, 2, 20);
    call_turn(&call);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), 2); /* ... sound does not */
    call_run(&call, 15000);
    CHECK_INT(call_count_rtp(&call, ssrc + 500), 1);
    CHECK(call_count_rtp(&call, ssrc) < BEFORE + BURST / 2);
out:
    call_deinit(&call);
}

TEST(what_waited_too_long_is_dropped_to_the_next_keyframe)
{
    struct call call = {0};
    uint16_t seq = 100;
    uint16_t frame;
    REQUIRE(thin_call(&call, 40000, &seq, &frame));
    uint32_t ssrc = call_slot_ssrc(2, 1);
    size_t asked = call_count_rtcp(&call, 1, RTCP_PSFB, RTCP_FB_FORMAT_PLI);
    large_frame(&call, &seq, frame++, false);
    call_run(&call, 600000);
    size_t sent = call_count_rtp(&call, ssrc);
    CHECK(sent > BEFORE && sent < BEFORE + BURST);
    CHECK(call_count_rtcp(&call, 1, RTCP_PSFB, RTCP_FB_FORMAT_PLI) > asked);
    struct rtp_header last;
    REQUIRE(call_find_rtp(&call, ssrc, sent - 1, &last) != NULL);
    /* what was dropped is not sent again, and nothing that builds on it goes out */
    nack(&call, 2, ssrc, (uint16_t)(last.seq + 1));
    call_video(&call, 1, seq++, frame++, false, true, true);
    call_turn(&call);
    call_run(&call, 100000);
    CHECK_INT(call_count_rtp(&call, ssrc), sent);
    CHECK_INT(call_count_rtp(&call, ssrc + 500), 0);
    remb(&call, 2, 1000000);
    call_video(&call, 1, seq++, frame++, true, true, true);
    call_turn(&call);
    call_run(&call, 100000);
    struct rtp_header header;
    REQUIRE(call_find_rtp(&call, ssrc, sent, &header) != NULL);
    CHECK(header.seq != (uint16_t)(last.seq + 1)); /* the receiver shall see the hole */
    CHECK_INT(header.timestamp - last.timestamp, 2 * 3000);
out:
    call_deinit(&call);
}

TEST(a_keyframe_that_waits_behind_stale_pictures_is_kept)
{
    struct call call = {0};
    uint16_t seq = 100;
    uint16_t frame;
    REQUIRE(thin_call(&call, 40000, &seq, &frame));
    uint32_t ssrc = call_slot_ssrc(2, 1);
    large_frame(&call, &seq, frame++, false);
    call_run(&call, 300000);
    call_video(&call, 1, seq++, frame++, true, true, true);
    call_turn(&call);
    call_run(&call, 300000);
    struct rtp_header header;
    size_t sent = call_count_rtp(&call, ssrc);
    REQUIRE(sent > BEFORE + 1 && call_find_rtp(&call, ssrc, sent - 1, &header) != NULL);
    CHECK(sent < BEFORE + BURST);
    CHECK(header.marker);
    /* and it can be had again */
    nack(&call, 2, ssrc, header.seq);
    call_run(&call, 100000);
    CHECK_INT(call_count_rtp(&call, ssrc + 500), 1);
out:
    call_deinit(&call);
}

TEST(who_leaves_with_a_full_queue_leaves_nothing_behind)
{
    for (int who = 1; who <= 2; who++) {
        struct call call = {0};
        uint16_t seq = 100;
        uint16_t frame;
        REQUIRE(thin_call(&call, 100000, &seq, &frame));
        large_frame(&call, &seq, frame, false);
        call_command(&call, COMMAND_LEAVE, (uint32_t)who);
        call_run(&call, 2000000);
        if (who == 1) { /* the packets outlive their source */
            CHECK(call_count_rtp(&call, call_slot_ssrc(2, 1)) > BEFORE + BURST / 2);
        }
    out:
        call_deinit(&call);
    }
}

TEST(a_slot_that_is_given_up_forgets_what_waits)
{
    struct call call = {0};
    struct session *session = NULL;
    uint16_t seq = 100;
    uint16_t frame;
    REQUIRE(thin_call(&call, 100000, &seq, &frame));
    large_frame(&call, &seq, frame, false);
    size_t sent = call_count_rtp(&call, call_slot_ssrc(2, 1));
    session = call_session(2, "room");
    REQUIRE(session != NULL);
    struct command *command = call_command_new(COMMAND_UPDATE, 2);
    REQUIRE(command != NULL);
    (void)call_add(session, MEDIA_AUDIO, "a", true, true);
    (void)call_add(session, MEDIA_VIDEO, "v", true, false);
    command->session = session;
    session = NULL;
    call_submit(&call, command);
    call_run(&call, 2000000);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 1)), sent);
out:
    free(session);
    call_deinit(&call);
}
