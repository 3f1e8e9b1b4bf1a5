#include "base/bytes.h"
#include "base/err.h"
#include "room/feed.h"
#include "rtp/rtcp_fb.h"
#include "support/call.h"
#include "support/made.h"
#include "unit/runner.h"

enum { EXT_CSRC_LEVEL = 7, TALL = 720, SMALL = 180 };

/** Three people with a single audio slot each, who have all sent something. */
static bool call_of_three(struct call *call)
{
    if (call_init(call) != 0) {
        return false;
    }
    for (uint32_t number = 1; number <= 3; number++) {
        if (!call_join_pair(call, number, 0)) {
            return false;
        }
    }
    for (uint32_t number = 1; number <= 3; number++) {
        call_audio(call, number, 1, 60);
    }
    call_turn(call);
    return true;
}

/** All three hear one mix. */
static bool call_with_mix(struct call *call, struct feed **feed)
{
    if (!call_of_three(call) || made_bridging(call->exchange, "room") == NULL ||
        feed_new(feed, made_bridging(call->exchange, "room"), &made_mix) != 0) {
        return false;
    }
    for (uint32_t number = 1; number <= 3; number++) {
        if (!made_take(call->exchange, MEDIA_AUDIO, number, *feed)) {
            return false;
        }
    }
    call_turn(call);
    call_clear(call);
    return true;
}

static void mix(struct call *call, struct feed *feed, uint32_t timestamp)
{
    made_audio(feed, call->packets, timestamp, call->now_us);
    call_turn(call);
    call_run(call, MADE_AUDIO_US);
}

/** A packet for one sink goes out at once, to nobody else, with the timestamp that it is given. */
TEST(a_packet_may_be_for_one_sink)
{
    struct call call = {0};
    struct feed *feed = NULL;
    struct feed *parts = NULL;
    struct rtp_header before;
    struct rtp_header after;
    REQUIRE(call_with_mix(&call, &feed));
    REQUIRE_OK(feed_new(&parts, made_bridging(call.exchange, "room"), &made_mix));
    mix(&call, feed, 1000);
    uint32_t ssrc = call_slot_ssrc(1, 0);
    REQUIRE(call_find_rtp(&call, ssrc, 0, &before) != NULL);
    struct feed_packet packet = {
        .packet = packet_take(call.packets), .timestamp = 2080, .captured_us = call.now_us};
    REQUIRE(packet.packet != NULL);
    packet.packet->data[0] = 0xF0; /* 10 ms */
    packet.packet->data[1] = 0x55;
    packet.packet->len = 2;
    int64_t number = feed_prepare(parts, &packet, call.now_us);
    CHECK_INT(number, 0);
    struct bridge_sink *sink = made_sink(call.exchange, MEDIA_AUDIO, 1, 0);
    REQUIRE(sink != NULL);
    bridge_sink_send(sink, parts, number, &(struct bridge_seam){.step = 960, .timestamp = 2080});
    call_turn(&call);
    CHECK_INT(call_count_rtp(&call, ssrc), 2);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), 1);
    REQUIRE(call_find_rtp(&call, ssrc, 1, &after) != NULL);
    CHECK_INT(after.timestamp - before.timestamp, 960);
    CHECK_INT(after.seq, (uint16_t)(before.seq + 1));
    /* whole ones follow on the part */
    bridge_sink_take(sink, feed, &(struct bridge_seam){.step = 480, .timestamp = 2560});
    call_run(&call, MADE_AUDIO_US);
    mix(&call, feed, 2560);
    REQUIRE(call_find_rtp(&call, ssrc, 2, &after) != NULL);
    CHECK_INT(after.timestamp - before.timestamp, 960 + 480);
    CHECK_INT(after.seq, (uint16_t)(before.seq + 2));
    /* what is no packet has no number */
    packet.packet = packet_take(call.packets);
    REQUIRE(packet.packet != NULL);
    packet.packet->len = 0;
    CHECK_INT(feed_prepare(parts, &packet, call.now_us), ERR_MALFORMED);
out:
    feed_free(&parts);
    feed_free(&feed);
    call_deinit(&call);
}

TEST(one_mix_feeds_many_slots)
{
    struct call call = {0};
    struct feed *feed = NULL;
    REQUIRE(call_with_mix(&call, &feed));
    CHECK(feed_is_wanted(feed, 0));
    for (uint32_t i = 0; i < 5; i++) {
        mix(&call, feed, 1000 + MADE_AUDIO_STEP * i);
    }
    for (uint32_t number = 1; number <= 3; number++) {
        struct rtp_header before = {0};
        REQUIRE_INT(call_count_rtp(&call, call_slot_ssrc(number, 0)), 5);
        for (size_t i = 0; i < 5; i++) {
            struct rtp_header header;
            const struct call_sent *sent =
                call_find_rtp(&call, call_slot_ssrc(number, 0), i, &header);
            CHECK_INT(sent->data[0] & 0x0F, 2);
            CHECK_INT(bytes_get_u32(sent->data + 12), 1);
            CHECK_INT(bytes_get_u32(sent->data + 16), 2);
            CHECK_INT(header.payload_bytes, 8);
            CHECK_INT(sent->data[header.payload_offset], 0x78);
            if (i > 0) {
                CHECK_INT(header.seq, (uint16_t)(before.seq + 1));
                CHECK_INT(header.timestamp - before.timestamp, MADE_AUDIO_STEP);
            }
            before = header;
        }
    }
    const struct event *event = call_event(&call, EVENT_SLOTS, 3);
    REQUIRE(event != NULL && event->slot_count == 1);
    CHECK_INT(event->slots[0].feed, FEED_MIX);
    CHECK_INT(event->slots[0].participant, 0);
out:
    feed_free(&feed);
    call_deinit(&call);
}

TEST(numbers_go_on_from_one_mix_to_another)
{
    struct call call = {0};
    struct feed *feed = NULL;
    struct feed *own = NULL;
    REQUIRE(call_with_mix(&call, &feed));
    REQUIRE_OK(feed_new(&own, made_bridging(call.exchange, "room"), &made_mix));
    mix(&call, feed, 0);
    mix(&call, feed, 960);
    /* after a pause of 100 ms */
    call_run(&call, 80000);
    REQUIRE(made_take(call.exchange, MEDIA_AUDIO, 2, own));
    call_turn(&call);
    CHECK(feed_is_wanted(own, 0));
    mix(&call, own, 960 * 6);
    /* and back, the first feed having gone meanwhile */
    feed_free(&feed);
    REQUIRE_OK(feed_new(&feed, made_bridging(call.exchange, "room"), &made_mix));
    REQUIRE(made_take(call.exchange, MEDIA_AUDIO, 2, feed));
    mix(&call, feed, 960 * 7);
    struct rtp_header first;
    struct rtp_header header;
    REQUIRE_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), 4);
    (void)call_find_rtp(&call, call_slot_ssrc(2, 0), 0, &first);
    (void)call_find_rtp(&call, call_slot_ssrc(2, 0), 2, &header);
    CHECK_INT(header.timestamp - first.timestamp, 960 * 6);
    CHECK_INT(header.seq, (uint16_t)(first.seq + 2));
    (void)call_find_rtp(&call, call_slot_ssrc(2, 0), 3, &header);
    CHECK_INT(header.timestamp - first.timestamp, 960 * 7);
    CHECK_INT(header.seq, (uint16_t)(first.seq + 3));
out:
    feed_free(&own);
    feed_free(&feed);
    call_deinit(&call);
}

TEST(tells_levels_of_those_who_are_heard)
{
    struct call call = {0};
    struct feed *feed = NULL;
    REQUIRE_OK(call_init(&call));
    struct session *session = call_session(1, "room");
    REQUIRE(session != NULL);
    session->audio_policy = SLOT_POLICY_MIX;
    call_add(session, MEDIA_AUDIO, "a", false, true)->exts.id[RTP_EXT_CSRC_LEVEL] = EXT_CSRC_LEVEL;
    REQUIRE(call_join(&call, session));
    struct bridge_sink *sink = made_sink(call.exchange, MEDIA_AUDIO, 1, 0);
    REQUIRE(sink != NULL);
    CHECK(sink->fresh);
    CHECK_INT(sink->media->codecs[0].kind, CODEC_OPUS);
    REQUIRE_OK(feed_new(&feed, made_bridging(call.exchange, "room"), &made_mix));
    bridge_sink_take(sink, feed, NULL);
    mix(&call, feed, 0);
    struct rtp_header header;
    struct rtp_exts exts;
    const struct rtp_ext_map map = {
        .id = {[RTP_EXT_AUDIO_LEVEL] = CALL_EXT_LEVEL, [RTP_EXT_CSRC_LEVEL] = EXT_CSRC_LEVEL}};
    const struct call_sent *sent = call_find_rtp(&call, call_slot_ssrc(1, 0), 0, &header);
    REQUIRE(sent != NULL);
    REQUIRE_OK(rtp_ext_read(sent->data, &header, &map, &exts));
    REQUIRE_INT(exts.bytes[RTP_EXT_AUDIO_LEVEL], 1);
    CHECK_INT(exts.at[RTP_EXT_AUDIO_LEVEL][0], 0x80 | 29);
    REQUIRE_INT(exts.bytes[RTP_EXT_CSRC_LEVEL], 2);
    CHECK_INT(exts.at[RTP_EXT_CSRC_LEVEL][0], 30);
    CHECK_INT(exts.at[RTP_EXT_CSRC_LEVEL][1], 40);
out:
    feed_free(&feed);
    call_deinit(&call);
}

/** One who watches the composed picture, at two sizes. */
static bool call_with_grid(struct call *call, struct feed **feed)
{
    static const struct feed_config grid = {.kind = MEDIA_VIDEO, .layers = 2};
    if (call_init(call) != 0) {
        return false;
    }
    struct session *session = call_session(1, "room");
    if (session == NULL) {
        return false;
    }
    session->video_policy = SLOT_POLICY_GRID;
    call_add(session, MEDIA_VIDEO, "v", false, true);
    if (!call_join(call, session) || made_sink(call->exchange, MEDIA_VIDEO, 1, 0) == NULL ||
        feed_new(feed, made_bridging(call->exchange, "room"), &grid) != 0) {
        return false;
    }
    bridge_sink_take(made_sink(call->exchange, MEDIA_VIDEO, 1, 0), *feed, NULL);
    call_turn(call);
    return true;
}

/** A second of pictures, of those layers that are wanted; keyframes as they are asked for. */
static void compose(struct call *call, struct feed *feed, uint16_t from)
{
    for (uint16_t frame = from; frame < from + 30; frame++) {
        for (size_t layer = 0; layer < 2; layer++) {
            bool key = feed_take_keyframe_request(feed, layer, call->now_us) || frame == 0;
            if (feed_is_wanted(feed, layer)) {
                made_video(feed, call->packets, layer, frame, key, layer == 0 ? SMALL : TALL,
                           layer == 0 ? 200 : 1200, call->now_us);
            }
        }
        call_turn(call);
        call_run(call, 33333);
    }
}

static void view(struct call *call, uint32_t height)
{
    struct command *command = call_command_new(COMMAND_VIEW, 1);
    if (command != NULL) {
        memcpy(command->mid, "v", 2);
        command->width = height * 16 / 9;
        command->height = height;
        call_submit(call, command);
    }
}

static struct event_slot told(const struct call *call)
{
    const struct event *event = call_event(call, EVENT_SLOTS, 1);
    return event == NULL || event->slot_count == 0 ? (struct event_slot){.feed = FEED_NONE}
                                                   : event->slots[0];
}

TEST(a_composed_picture_has_renditions_like_layers)
{
    struct call call = {0};
    struct feed *feed = NULL;
    REQUIRE(call_with_grid(&call, &feed));
    CHECK(feed_is_wanted(feed, 0));
    CHECK(feed_is_wanted(feed, 1));
    compose(&call, feed, 0);
    CHECK_INT(told(&call).feed, FEED_GRID);
    CHECK_INT(told(&call).height, TALL);
    view(&call, SMALL);
    CHECK_INT(made_sink(call.exchange, MEDIA_VIDEO, 1, 0)->view_height, SMALL);
    for (uint16_t frame = 30; frame < 240; frame += 30) {
        compose(&call, feed, frame);
    }
    CHECK_INT(told(&call).height, SMALL);
    CHECK(feed_is_wanted(feed, 0));
    CHECK(!feed_is_wanted(feed, 1)); /* nobody has it any more */
    view(&call, TALL);
    for (uint16_t frame = 240; frame < 420; frame += 30) {
        compose(&call, feed, frame);
    }
    CHECK_INT(told(&call).height, TALL);
    struct rtp_header header;
    const struct call_sent *sent = call_find_rtp(&call, call_slot_ssrc(1, 0), 0, &header);
    REQUIRE(sent != NULL);
    CHECK_INT(sent->data[0] & 0x0F, 2);
    CHECK_INT(bytes_get_u32(sent->data + 16), 2);
    for (size_t i = 1; i < call_count_rtp(&call, call_slot_ssrc(1, 0)); i++) {
        uint16_t before = header.seq;
        (void)call_find_rtp(&call, call_slot_ssrc(1, 0), i, &header);
        CHECK_INT(header.seq, (uint16_t)(before + 1));
    }
out:
    feed_free(&feed);
    call_deinit(&call);
}

TEST(a_viewer_asks_the_composer_for_keyframes)
{
    struct call call = {0};
    struct feed *feed = NULL;
    uint8_t data[64];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    REQUIRE(call_with_grid(&call, &feed));
    compose(&call, feed, 0);
    CHECK(!feed_take_keyframe_request(feed, 1, call.now_us));
    REQUIRE_OK(rtcp_write_pli(&out, 77, call_slot_ssrc(1, 0)));
    call_rtcp(&call, 1, data, bytes_out_len(&out));
    call_turn(&call);
    call_run(&call, 500000);
    CHECK(feed_take_keyframe_request(feed, 1, call.now_us));
    CHECK(!feed_take_keyframe_request(feed, 1, call.now_us));
    CHECK(!feed_take_keyframe_request(feed, 0, call.now_us));
out:
    feed_free(&feed);
    call_deinit(&call);
}

TEST(what_is_lost_of_a_picture_is_sent_again)
{
    struct call call = {0};
    struct feed *feed = NULL;
    uint8_t data[64];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    REQUIRE(call_with_grid(&call, &feed));
    compose(&call, feed, 0);
    struct rtp_header header;
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(1, 0), 25, &header) != NULL);
    uint16_t seq = header.seq;
    REQUIRE_INT(rtcp_write_nack(&out, 77, call_slot_ssrc(1, 0), &seq, 1), 1);
    call_rtcp(&call, 1, data, bytes_out_len(&out));
    call_turn(&call);
    const struct call_sent *sent = call_find_rtp(&call, call_slot_ssrc(1, 0) + 500, 0, &header);
    REQUIRE(sent != NULL);
    CHECK_INT(bytes_get_u16(sent->data + header.payload_offset), seq);
    CHECK_INT(sent->data[0] & 0x0F, 2);
out:
    feed_free(&feed);
    call_deinit(&call);
}

TEST(refuses_what_is_no_payload)
{
    struct call call = {0};
    struct feed *feed = NULL;
    REQUIRE(call_with_mix(&call, &feed));
    struct packet *packet = packet_take(call.packets);
    REQUIRE(packet != NULL);
    packet->len = FEED_MAX_PAYLOAD + 1;
    struct feed_packet sent = {.packet = packet};
    feed_send(feed, &sent, call.now_us);
    call_turn(&call);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(1, 0)), 0);
out:
    feed_free(&feed);
    call_deinit(&call);
}

TEST(sound_and_picture_are_told_by_when_they_were_taken)
{
    struct call call = {0};
    struct feed *feed = NULL;
    REQUIRE(call_with_mix(&call, &feed));
    for (uint32_t i = 0; i < 200; i++) {
        mix(&call, feed, MADE_AUDIO_STEP * i);
    }
    struct rtp_header header;
    struct rtcp_packet packet;
    struct rtcp_report report;
    size_t reports = call_count_rtcp(&call, 1, RTCP_SR, 0);
    REQUIRE(reports > 0);
    REQUIRE(call_find_rtcp(&call, 1, RTCP_SR, 0, reports - 1, &packet));
    REQUIRE_OK(rtcp_report_parse(&packet, &report));
    size_t last = call_count_rtp(&call, call_slot_ssrc(1, 0)) - 1;
    const struct call_sent *sent = call_find_rtp(&call, call_slot_ssrc(1, 0), last, &header);
    REQUIRE(sent != NULL);
    /* the packet's samples were taken 60 ms before it was sent */
    int64_t at_us = (int64_t)((report.ntp >> 32) - 2208988800) * 1000000 +
                    (int64_t)((report.ntp & UINT32_MAX) * 1000000 >> 32) - 1700000000000000;
    int64_t taken_us = at_us + (int32_t)(header.timestamp - report.timestamp) * 1000000LL / 48000;
    CHECK(taken_us - (sent->at_us - 60000) > -1000 && taken_us - (sent->at_us - 60000) < 1000);
out:
    feed_free(&feed);
    call_deinit(&call);
}
