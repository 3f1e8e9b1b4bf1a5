#include "base/bytes.h"
#include "room/exchange.h"
#include "rtp/rtcp_fb.h"
#include "support/call.h"
#include "unit/runner.h"

TEST(forwards_audio_between_two)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 2, 0));
    CHECK_INT(call_count_events(&call, EVENT_CONNECTED, 0), 2);
    for (uint16_t seq = 100; seq < 110; seq++) {
        call_audio(&call, 1, seq, 30);
        call_turn(&call);
        call_run(&call, 20000);
    }
    REQUIRE_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), 10);
    struct rtp_header first;
    struct rtp_header header;
    const struct call_sent *sent = call_find_rtp(&call, call_slot_ssrc(2, 0), 0, &first);
    REQUIRE(sent != NULL);
    CHECK_INT(sent->number, 2);
    CHECK(first.marker);
    CHECK_INT(first.pt, CALL_OPUS);
    CHECK_INT(first.csrc_count, 1);
    CHECK_INT(bytes_get_u32(sent->data + 12), 1);
    for (uint16_t i = 1; i < 10; i++) {
        REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 0), i, &header) != NULL);
        CHECK_INT(header.seq, (uint16_t)(first.seq + i));
        CHECK_INT(header.timestamp, first.timestamp + 960U * i);
        CHECK(!header.marker);
    }
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(1, 0)), 0);
    const struct event *event = call_event(&call, EVENT_SLOTS, 2);
    REQUIRE(event != NULL);
    REQUIRE_INT(event->slot_count, 1);
    CHECK_INT(event->slots[0].feed, FEED_TRACK);
    CHECK_INT(event->slots[0].participant, 1);
    CHECK_STR(event->slots[0].mid, "a");
    CHECK_STR(event->slots[0].track, "a");
out:
    call_deinit(&call);
}

/** What is read from the network at once, more than is deciphered at once, with strangers in it. */
TEST(forwards_what_comes_together)
{
    enum { PACKETS = 50 };
    struct call call = {0};
    REQUIRE(call_open(&call, 3, 1));
    call.gathers = true;
    for (uint16_t i = 0; i < PACKETS; i++) {
        call_audio(&call, 1, i, 30);
        call_audio(&call, i % 2 == 0 ? 2 : 9, i, 40);
    }
    call_turn(&call);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(3, 0)) +
                  call_count_rtp(&call, call_slot_ssrc(3, 2)),
              PACKETS + PACKETS / 2);
    struct rtp_header first;
    struct rtp_header last;
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 0), 0, &first) != NULL);
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 0), PACKETS - 1, &last) != NULL);
    CHECK_INT(last.seq, (uint16_t)(first.seq + PACKETS - 1));
    CHECK_INT(exchange_counters(call.exchange)->drops.n[DROP_NO_TUPLE], PACKETS / 2);
out:
    call_deinit(&call);
}

TEST(forwards_video_from_its_keyframe_on)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 2, 0));
    call_video(&call, 1, 10, 1, false, true, true);
    call_turn(&call);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 1)), 0);
    CHECK_INT(call_count_rtcp(&call, 1, RTCP_PSFB, RTCP_FB_FORMAT_PLI), 1);
    call_run(&call, 33000);
    call_video(&call, 1, 11, 2, true, true, false);
    call_video(&call, 1, 12, 2, true, false, true);
    call_turn(&call);
    REQUIRE_INT(call_count_rtp(&call, call_slot_ssrc(2, 1)), 2);
    struct rtp_header header;
    const struct call_sent *sent = call_find_rtp(&call, call_slot_ssrc(2, 1), 1, &header);
    REQUIRE(sent != NULL);
    CHECK(header.marker);
    CHECK_INT(header.payload_bytes, 100);
    call_run(&call, 20000);
    const struct event *event = call_event(&call, EVENT_SLOTS, 2);
    REQUIRE(event != NULL && event->slot_count == 1);
    CHECK_INT(event->slots[0].width, 640);
    CHECK_INT(event->slots[0].height, 360);
out:
    call_deinit(&call);
}

TEST(leaving_frees_the_slot_and_says_goodbye)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 2, 0));
    call_audio(&call, 1, 1, 30);
    call_turn(&call);
    call_command(&call, COMMAND_LEAVE, 1);
    CHECK(exchange_transport(call.exchange, 1) == NULL);
    CHECK(call_event(&call, EVENT_LEFT, 1) == NULL);
    const struct event *event = call_event(&call, EVENT_SLOTS, 2);
    REQUIRE(event != NULL && event->slot_count == 1);
    CHECK_INT(event->slots[0].feed, FEED_NONE);
    call_command(&call, COMMAND_LEAVE, 2);
    struct rtcp_packet bye;
    CHECK(call_find_rtcp(&call, 2, RTCP_BYE, 0, 0, &bye));
    call_command(&call, COMMAND_COUNTERS, 0);
    const struct event *counters = call_event(&call, EVENT_COUNTERS, 0);
    REQUIRE(counters != NULL);
    CHECK_INT(counters->counters.rooms, 0);
    CHECK_INT(counters->counters.participants, 0);
    CHECK_INT(counters->counters.packets_forwarded, 1);
out:
    call_deinit(&call);
}

TEST(stopping_says_goodbye_to_all)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 2, 0));
    call_audio(&call, 1, 1, 30);
    call_audio(&call, 2, 1, 30);
    call_turn(&call);
    call_command(&call, COMMAND_STOP, 0);
    CHECK_INT(call_count_rtcp(&call, 1, RTCP_BYE, 0), 1);
    CHECK_INT(call_count_rtcp(&call, 2, RTCP_BYE, 0), 1);
    CHECK_INT(call_count_events(&call, EVENT_LEFT, 0), 0);
    call_command(&call, COMMAND_COUNTERS, 0);
    const struct event *counters = call_event(&call, EVENT_COUNTERS, 0);
    REQUIRE(counters != NULL);
    CHECK_INT(counters->counters.participants, 0);
out:
    call_deinit(&call);
}

/** Commands and packets for somebody who is on his way out do no harm, in the same loop turn. */
TEST(who_has_left_is_not_there)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 2, 0));
    call_audio(&call, 1, 1, 30);
    static const enum command_kind kinds[] = {COMMAND_LEAVE, COMMAND_LEAVE, COMMAND_MUTE,
                                              COMMAND_REPORT, COMMAND_PIN};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct command *command = call_command_new(kinds[i], 1);
        REQUIRE(command != NULL);
        exchange_command(call.exchange, command, call.now_us);
    }
    call_audio(&call, 1, 2, 30);
    call_turn(&call);
    CHECK(call_event(&call, EVENT_REPORT, 1) == NULL);
    /* who asks about somebody who is not there is told so: word of it may have been lost */
    REQUIRE_INT(call_count_events(&call, EVENT_LEFT, 1), 1);
    CHECK_STR(call_event(&call, EVENT_LEFT, 1)->reason, "gone");
    CHECK(exchange_transport(call.exchange, 2) != NULL);
out:
    call_deinit(&call);
}

/** Every allocation of a join may fail: then nobody is there, and control is told. */
TEST(join_without_memory_tells_left)
{
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    bool joined = call_join_pair(&call, 1, 1);
    if (!joined && call.exchange != NULL && exchange_transport(call.exchange, 1) == NULL) {
        call_command(&call, COMMAND_COUNTERS, 0);
        const struct event *counters = call_event(&call, EVENT_COUNTERS, 0);
        if (counters != NULL) {
            CHECK_INT(counters->counters.participants, 0);
            CHECK_INT(counters->counters.rooms, 0);
        }
    }
out:
    call_deinit(&call);
}
