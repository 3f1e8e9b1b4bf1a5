#include "room/feed.h"
#include "support/call.h"
#include "support/made.h"
#include "unit/runner.h"

enum { SPEAKER = 1, LISTENER = 2, THIRD = 3 };

/** Two people talk, 1's packets go to 2's only slot; a third one has come, who said nothing. */
static bool call_under_way(struct call *call)
{
    if (call_init(call) != 0 || !call_join_pair(call, SPEAKER, 0) ||
        !call_join_pair(call, LISTENER, 0)) {
        return false;
    }
    for (uint16_t seq = 100; seq < 120; seq++) {
        call_audio(call, SPEAKER, seq, 30);
        call_turn(call);
        call_run(call, MADE_AUDIO_US);
    }
    if (!call_join_pair(call, THIRD, 0)) {
        return false;
    }
    call_audio(call, THIRD, 1, 127);
    call_turn(call);
    call_run(call, 2100000 /* the hysteresis of mixing.h */);
    return made_sink(call->exchange, MEDIA_AUDIO, LISTENER, 0) != NULL;
}

static void speak(struct call *call, uint16_t seq)
{
    call_audio(call, SPEAKER, seq, 30);
    call_turn(call);
    call_run(call, MADE_AUDIO_US);
}

/** The n-th packet from the end that the listener's slot was sent. */
static struct rtp_header sent(const struct call *call, size_t back, uint8_t *first)
{
    struct rtp_header header = {0};
    uint32_t ssrc = call_slot_ssrc(LISTENER, 0);
    size_t count = call_count_rtp(call, ssrc);
    const struct call_sent *at =
        count > back ? call_find_rtp(call, ssrc, count - 1 - back, &header) : NULL;
    if (at != NULL && first != NULL) {
        *first = at->data[header.payload_offset + 1];
    }
    return header;
}

TEST(the_mix_goes_on_where_forwarding_was_left)
{
    struct call call = {0};
    struct feed *feed = NULL;
    REQUIRE(call_under_way(&call));
    struct bridge_sink *sink = made_sink(call.exchange, MEDIA_AUDIO, LISTENER, 0);
    speak(&call, 120);
    speak(&call, 121);
    struct bridge_position at = bridge_sink_forwarded(sink);
    REQUIRE(at.source != NULL);
    CHECK_INT(at.source->participant, SPEAKER);
    CHECK_INT(at.timestamp, 122 * 960);
    bridge_sink_hush(sink);
    size_t before = call_count_rtp(&call, call_slot_ssrc(LISTENER, 0));
    struct rtp_header last = sent(&call, 0, NULL);
    size_t told = call_count_events(&call, EVENT_SLOTS, LISTENER);
    speak(&call, 122);
    speak(&call, 123);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(LISTENER, 0)), before);
    CHECK_INT(call_count_events(&call, EVENT_SLOTS, LISTENER), told);
    at = bridge_sink_forwarded(sink);
    REQUIRE(at.source != NULL);
    CHECK_INT(at.timestamp, 122 * 960);
    /* the mix comes to 122.5 packets: half a packet was lost */
    REQUIRE_OK(feed_new(&feed, made_bridging(call.exchange, "room"), &made_mix));
    bridge_sink_take(sink, feed, &(struct bridge_seam){.step = 960 + 480, .timestamp = 77});
    CHECK(bridge_sink_forwarded(sink).source == NULL);
    made_audio(feed, call.packets, 77, call.now_us);
    call_turn(&call);
    struct rtp_header header = sent(&call, 0, NULL);
    CHECK_INT(header.seq, (uint16_t)(last.seq + 1));
    CHECK_INT(header.timestamp - last.timestamp, 960 + 480);
    CHECK(header.marker);
    speak(&call, 124); /* nothing of this goes to him beside the mix */
    CHECK_INT(sent(&call, 0, NULL).seq, header.seq);
    const struct event *event = call_event(&call, EVENT_SLOTS, LISTENER);
    REQUIRE(event != NULL && event->slot_count == 1);
    CHECK_INT(event->slots[0].feed, FEED_MIX);
out:
    feed_free(&feed);
    call_deinit(&call);
}

/** The listener hears a mix, in which the speaker is as far behind as so many packets. */
static bool call_mixed(struct call *call, struct feed **feed)
{
    if (!call_under_way(call) ||
        feed_new(feed, made_bridging(call->exchange, "room"), &made_mix) != 0) {
        return false;
    }
    if (!made_take(call->exchange, MEDIA_AUDIO, LISTENER, *feed)) {
        return false;
    }
    for (uint16_t i = 0; i < 10; i++) {
        made_audio(*feed, call->packets, 960U * i, call->now_us);
        speak(call, (uint16_t)(200 + i));
    }
    call_command(call, COMMAND_LEAVE, THIRD);
    call_run(call, 60000);
    return true;
}

/** Lets the hysteresis pass while the mix goes on. */
static void mix_on(struct call *call, struct feed *feed, uint16_t from, uint16_t count)
{
    for (uint16_t i = from; i < from + count; i++) {
        made_audio(feed, call->packets, 960U * i, call->now_us);
        speak(call, (uint16_t)(200 + i));
        call_clear(call);
    }
}

TEST(forwarding_goes_on_where_the_mix_was_left)
{
    struct call call = {0};
    struct feed *feed = NULL;
    REQUIRE(call_mixed(&call, &feed));
    struct bridge_sink *sink = made_sink(call.exchange, MEDIA_AUDIO, LISTENER, 0);
    REQUIRE(sink != NULL);
    CHECK(!sink->leaving);
    mix_on(&call, feed, 10, 120);
    REQUIRE(sink->leaving);
    const struct bridge_source *source = bridge_sink_destination(sink);
    REQUIRE(source != NULL);
    CHECK_INT(source->participant, SPEAKER);
    made_audio(feed, call.packets, 960 * 130, call.now_us);
    speak(&call, 330);
    struct rtp_header last = sent(&call, 0, NULL);
    /* he has heard 325 and a tenth in the mix; 326 to 331 go out at once, but for the one that is
     * about to be forwarded */
    call_audio(&call, SPEAKER, 331, 30);
    uint32_t begin = 0;
    CHECK(bridge_sink_next(sink, 326 * 960, &begin));
    CHECK_INT(begin, 326 * 960);
    CHECK(bridge_sink_next(sink, 326 * 960 + 1, &begin));
    CHECK_INT(begin, 327 * 960);
    CHECK(!bridge_sink_next(sink, 331 * 960 + 1, &begin));
    bridge_sink_leave(sink,
                      &(struct bridge_return){.timestamp = 326 * 960 + 96, .clock = 960 * 131});
    call_turn(&call);
    CHECK(list_empty(exchange_bridgings(call.exchange)));
    for (uint16_t i = 0; i < 6; i++) {
        uint8_t first = 0;
        struct rtp_header header = sent(&call, 5U - i, &first);
        CHECK_INT(header.seq, (uint16_t)(last.seq + 1 + i));
        CHECK_INT(header.timestamp - last.timestamp, 960 + 960 * i); /* the tenth is not told */
        CHECK_INT(first, (uint8_t)(326 + i));
    }
    const struct event *event = call_event(&call, EVENT_SLOTS, LISTENER);
    REQUIRE(event != NULL && event->slot_count == 1);
    CHECK_INT(event->slots[0].feed, FEED_TRACK);
out:
    feed_free(&feed);
    call_deinit(&call);
}

TEST(forwarding_begins_with_what_comes_when_nothing_is_known)
{
    struct call call = {0};
    struct feed *feed = NULL;
    REQUIRE(call_mixed(&call, &feed));
    mix_on(&call, feed, 10, 120);
    struct bridge_sink *sink = made_sink(call.exchange, MEDIA_AUDIO, LISTENER, 0);
    REQUIRE(sink != NULL && sink->leaving);
    made_audio(feed, call.packets, 960 * 130, call.now_us);
    speak(&call, 330);
    struct rtp_header last = sent(&call, 0, NULL);
    bridge_sink_leave(sink, NULL);
    call_turn(&call);
    CHECK_INT(sent(&call, 0, NULL).seq, last.seq);
    speak(&call, 331);
    struct rtp_header header = sent(&call, 0, NULL);
    CHECK_INT(header.seq, (uint16_t)(last.seq + 1));
    CHECK_INT(header.timestamp - last.timestamp, 960);
out:
    feed_free(&feed);
    call_deinit(&call);
}

TEST(a_silent_mix_leaves_the_time_that_passed)
{
    struct call call = {0};
    struct feed *feed = NULL;
    REQUIRE(call_mixed(&call, &feed));
    mix_on(&call, feed, 10, 120);
    struct bridge_sink *sink = made_sink(call.exchange, MEDIA_AUDIO, LISTENER, 0);
    REQUIRE(sink != NULL && sink->leaving);
    made_audio(feed, call.packets, 960 * 130, call.now_us);
    speak(&call, 330);
    struct rtp_header last = sent(&call, 0, NULL);
    for (uint16_t seq = 331; seq < 341; seq++) {
        speak(&call, seq); /* the mix is silent for ten packets */
    }
    exchange_timeout(call.exchange, call.now_us);
    bridge_sink_leave(sink, &(struct bridge_return){.timestamp = 338 * 960, .clock = 960 * 141});
    call_turn(&call);
    struct rtp_header header = sent(&call, 2, NULL);
    CHECK_INT(header.seq, (uint16_t)(last.seq + 1));
    CHECK_INT(header.timestamp - last.timestamp, 11 * 960);
out:
    feed_free(&feed);
    call_deinit(&call);
}

TEST(who_comes_back_before_the_mix_came_misses_nothing)
{
    struct call call = {0};
    REQUIRE(call_under_way(&call));
    struct bridge_sink *sink = made_sink(call.exchange, MEDIA_AUDIO, LISTENER, 0);
    speak(&call, 120);
    struct rtp_header last = sent(&call, 0, NULL);
    bridge_sink_hush(sink);
    speak(&call, 121);
    speak(&call, 122);
    struct command *command = call_command_new(COMMAND_PIN, LISTENER);
    REQUIRE(command != NULL);
    memcpy(command->mid, "a", 2);
    command->feed = FEED_TRACK;
    call_submit(&call, command);
    REQUIRE(sink->leaving);
    bridge_sink_leave(sink, &(struct bridge_return){.timestamp = 121 * 960});
    call_turn(&call);
    speak(&call, 123);
    for (uint16_t i = 0; i < 3; i++) {
        struct rtp_header header = sent(&call, 2U - i, NULL);
        CHECK_INT(header.seq, (uint16_t)(last.seq + 1 + i));
        CHECK_INT(header.timestamp - last.timestamp, 960U * (i + 1U));
    }
out:
    call_deinit(&call);
}
