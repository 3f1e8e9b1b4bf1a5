#include <stdlib.h>

#include "base/bytes.h"
#include "room/exchange.h"
#include "rtp/rtcp_fb.h"
#include "support/call.h"
#include "unit/runner.h"

/** The agreement of a participant with audio "a" and video "v", as call_join_pair has it. */
static struct session *session_of(uint32_t number)
{
    struct session *session = call_session(number, "room");
    if (session != NULL) {
        call_add(session, MEDIA_AUDIO, "a", true, true);
        call_add(session, MEDIA_VIDEO, "v", true, true);
        session->media[0].ssrcs[0] = call_track_ssrc(number, MEDIA_AUDIO);
        session->media[0].ssrc_count = 1;
        session->media[1].ssrcs[0] = call_track_ssrc(number, MEDIA_VIDEO);
        session->media[1].ssrc_count = 1;
    }
    return session;
}

static bool update(struct call *call, struct session *session)
{
    struct command *command = call_command_new(COMMAND_UPDATE, session->number);
    if (command == NULL) {
        free(session);
        return false;
    }
    command->session = session;
    call_submit(call, command);
    return true;
}

TEST(a_reoffer_adds_slots_and_numbers_go_on)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 3, 0));
    call_audio(&call, 1, 1, 90);
    call_turn(&call);
    REQUIRE_INT(call_count_rtp(&call, call_slot_ssrc(3, 0)), 1);
    struct session *session = session_of(3);
    REQUIRE(session != NULL);
    call_add(session, MEDIA_AUDIO, "a1", false, true);
    REQUIRE(update(&call, session));
    call_run(&call, 20000);
    call_audio(&call, 1, 2, 90);
    call_audio(&call, 2, 1, 90);
    call_turn(&call);
    REQUIRE_INT(call_count_rtp(&call, call_slot_ssrc(3, 0)), 2);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(3, 2)), 1);
    struct rtp_header before;
    struct rtp_header after;
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(3, 0), 0, &before) != NULL);
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(3, 0), 1, &after) != NULL);
    CHECK_INT(after.seq, (uint16_t)(before.seq + 1));
    CHECK(!after.marker);
out:
    call_deinit(&call);
}

/** A SSRC that fell silent never starts its numbers over: the keys are the same, so a repeated
 * index would be a broken cipher. */
TEST(a_slot_that_rests_keeps_its_numbers)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 2, 0));
    call_audio(&call, 1, 1, 30);
    call_turn(&call);
    struct session *session = session_of(2);
    REQUIRE(session != NULL);
    session->media[0].client_receives = false;
    REQUIRE(update(&call, session));
    call_audio(&call, 1, 2, 30);
    call_turn(&call);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), 1);
    session = session_of(2);
    REQUIRE(session != NULL);
    REQUIRE(update(&call, session));
    call_audio(&call, 1, 3, 30);
    call_turn(&call);
    struct rtp_header before;
    struct rtp_header after;
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 0), 0, &before) != NULL);
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 0), 1, &after) != NULL);
    CHECK_INT(after.seq, (uint16_t)(before.seq + 1));
out:
    call_deinit(&call);
}

TEST(a_reoffer_ends_a_track)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 2, 0));
    call_audio(&call, 1, 1, 30);
    call_turn(&call);
    struct session *session = session_of(1);
    REQUIRE(session != NULL);
    session->media[0].client_sends = false;
    REQUIRE(update(&call, session));
    const struct event *event = call_event(&call, EVENT_SLOTS, 2);
    REQUIRE(event != NULL && event->slot_count == 1);
    CHECK_INT(event->slots[0].feed, FEED_NONE);
    call_audio(&call, 1, 2, 30);
    call_turn(&call);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), 1);
    CHECK_INT(call_drops(&call, DROP_RTP_NO_TRACK), 1);
out:
    call_deinit(&call);
}

TEST(rtx_without_original_number_is_dropped)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 1, 0));
    call_video(&call, 1, 1, 1, true, true, true);
    uint8_t one = 0;
    struct call_rtp rtx = {.from = 1,
                           .ssrc = call_track_ssrc(1, MEDIA_VIDEO) + 500,
                           .pt = CALL_VP8_RTX,
                           .seq = 1,
                           .level = -1,
                           .twcc = -1,
                           .payload = &one,
                           .payload_bytes = 1};
    call_rtp(&call, &rtx);
    rtx.payload_bytes = 0;
    rtx.padding = 100;
    rtx.seq = 2;
    call_rtp(&call, &rtx);
    call_turn(&call);
    CHECK_INT(call_drops(&call, DROP_RTX_MALFORMED), 1);
    CHECK_INT(call_drops(&call, DROP_RTP_PADDING_ONLY), 1);
out:
    call_deinit(&call);
}

TEST(a_flood_is_dropped_above_its_rate)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 1, 0));
    for (unsigned i = 0; i < 4000; i++) {
        call_audio(&call, 1, (uint16_t)i, 30);
    }
    call_turn(&call);
    CHECK_INT(call_drops(&call, DROP_RATE), 1000);
out:
    call_deinit(&call);
}

TEST(a_flood_of_feedback_is_dropped_above_the_same_rate)
{
    struct call call = {0};
    static const uint8_t empty_report[] = {0x80, 201, 0, 1, 0, 0, 0, 5};
    REQUIRE(call_open(&call, 1, 0));
    for (unsigned i = 0; i < 2000; i++) {
        call_audio(&call, 1, (uint16_t)i, 30);
        call_rtcp(&call, 1, empty_report, sizeof(empty_report));
    }
    call_turn(&call);
    CHECK_INT(call_drops(&call, DROP_RATE), 1000);
out:
    call_deinit(&call);
}

TEST(events_name_their_kinds)
{
    CHECK_STR(feed_kind_name(FEED_TRACK), "track");
    CHECK_STR(feed_kind_name(FEED_MIX), "mix");
    CHECK_STR(feed_kind_name(FEED_GRID), "grid");
    CHECK(feed_kind_name(FEED_NONE) == NULL);
    CHECK_STR(pause_cause_name(PAUSE_NETWORK), "network");
    CHECK_STR(pause_cause_name(PAUSE_OFFSCREEN), "offscreen");
    CHECK_STR(pause_cause_name(PAUSE_MUTED), "muted");
    CHECK(pause_cause_name(PAUSE_NONE) == NULL);
    CHECK_STR(media_kind_name(MEDIA_AUDIO), "audio");
    CHECK_STR(media_kind_name(MEDIA_VIDEO), "video");
    goto out;
out:;
}

/** Whether the publisher has been asked for something again. */
static bool is_asked(struct call *call, uint16_t seq)
{
    call_clear(call);
    call_video(call, 1, seq, seq, false, true, true);
    call_video(call, 1, (uint16_t)(seq + 2), (uint16_t)(seq + 2), false, true, true);
    call_turn(call);
    call_run(call, 50000);
    return call_count_rtcp(call, 1, RTCP_RTPFB, RTCP_FB_FORMAT_NACK) > 0;
}

TEST(a_reoffer_may_add_repairs_and_take_them_away)
{
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    for (size_t step = 0; step < 3; step++) {
        struct session *session = session_of(1);
        REQUIRE(session != NULL);
        session->media[1].codecs[0].nack = step == 1;
        REQUIRE(step == 0 ? call_join(&call, session) : update(&call, session));
        if (step == 0) {
            REQUIRE(call_join_pair(&call, 2, 0));
            call_video(&call, 1, 1, 1, true, true, true);
            call_turn(&call);
        }
        CHECK_INT(is_asked(&call, (uint16_t)(10 + 10 * step)), step == 1);
    }
out:
    call_deinit(&call);
}
