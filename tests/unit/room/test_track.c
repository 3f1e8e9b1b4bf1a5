#include <stdlib.h>

#include "base/bytes.h"
#include "room/exchange.h"
#include "rtp/rtcp_fb.h"
#include "support/layers.h"
#include "unit/runner.h"

/** Participant 1 with three layers; participant 2 watches. */
static bool call_with_layers(struct call *call)
{
    return call_init(call) == 0 && layers_join(call) && call_join_pair(call, 2, 0);
}

static void layer_frame(struct call *call, unsigned layer, uint16_t frame, bool key)
{
    layers_send(call, &(struct layers_frame){
                          .layer = layer, .number = frame, .key = key, .width = 160, .bytes = 60});
}

/** Width of the picture that participant 2 was last told of. */
static unsigned width_shown(const struct call *call)
{
    const struct event *event = call_event(call, EVENT_SLOTS, 2);
    return event == NULL || event->slot_count == 0 ? 0 : event->slots[0].width;
}

TEST(forwards_the_largest_layer_that_is_alive)
{
    struct call call = {0};
    REQUIRE(call_with_layers(&call));
    uint16_t frame = 0;
    layer_frame(&call, 0, frame, true);
    layer_frame(&call, 1, frame, true);
    call_turn(&call);
    CHECK_INT(width_shown(&call), 320);
    /* the third starts later: over to it at its keyframe */
    for (frame = 1; frame < 10; frame++) {
        layer_frame(&call, 0, frame, false);
        layer_frame(&call, 1, frame, false);
        if (frame >= 5) {
            layer_frame(&call, 2, frame, frame == 5);
        }
        call_turn(&call);
        call_run(&call, 33000);
    }
    CHECK_INT(width_shown(&call), 640);
    /* it stops: after a second back to the next best, which is asked for a keyframe */
    for (; frame < 60; frame++) {
        layer_frame(&call, 0, frame, false);
        layer_frame(&call, 1, frame, call_count_rtcp(&call, 1, RTCP_PSFB, 1) > 2);
        call_turn(&call);
        call_run(&call, 33000);
    }
    struct rtcp_packet packet;
    size_t asked = call_count_rtcp(&call, 1, RTCP_PSFB, RTCP_FB_FORMAT_PLI);
    REQUIRE(asked > 0);
    REQUIRE(call_find_rtcp(&call, 1, RTCP_PSFB, RTCP_FB_FORMAT_PLI, asked - 1, &packet));
    CHECK_INT(bytes_get_u32(packet.body + 4), 901);
    layer_frame(&call, 1, frame, true);
    call_turn(&call);
    CHECK_INT(width_shown(&call), 320);
    /* one unbroken stream all the way */
    struct rtp_header before;
    struct rtp_header header;
    size_t count = call_count_rtp(&call, call_slot_ssrc(2, 1));
    REQUIRE(count > 10);
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 1), 0, &before) != NULL);
    for (size_t i = 1; i < count; i++) {
        REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 1), i, &header) != NULL);
        CHECK_INT(header.seq, (uint16_t)(before.seq + 1));
        CHECK((int32_t)(header.timestamp - before.timestamp) > 0);
        before = header;
    }
out:
    call_deinit(&call);
}

TEST(goodbye_ends_the_track_until_it_sends_again)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 2, 0));
    call_audio(&call, 1, 1, 30);
    call_turn(&call);
    uint8_t data[64];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    uint32_t ssrc = call_track_ssrc(1, MEDIA_AUDIO);
    REQUIRE_OK(rtcp_write_bye(&out, &ssrc, 1));
    /* not his to say goodbye for */
    call_rtcp(&call, 2, data, bytes_out_len(&out));
    call_turn(&call);
    CHECK_INT(call_drops(&call, DROP_RTCP_FOREIGN), 1);
    const struct event *event = call_event(&call, EVENT_SLOTS, 2);
    REQUIRE(event != NULL && event->slot_count == 1);
    CHECK_INT(event->slots[0].feed, FEED_TRACK);
    call_rtcp(&call, 1, data, bytes_out_len(&out));
    call_turn(&call);
    event = call_event(&call, EVENT_SLOTS, 2);
    REQUIRE(event != NULL && event->slot_count == 1);
    CHECK_INT(event->slots[0].feed, FEED_NONE);
    call_audio(&call, 1, 2, 30);
    call_turn(&call);
    event = call_event(&call, EVENT_SLOTS, 2);
    REQUIRE(event != NULL && event->slot_count == 1);
    CHECK_INT(event->slots[0].feed, FEED_TRACK);
out:
    call_deinit(&call);
}

TEST(payload_types_nobody_agreed_to_are_dropped)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 2, 0));
    uint8_t payload[4] = {1, 2, 3, 4};
    struct call_rtp rtp = {.from = 1,
                           .ssrc = call_track_ssrc(1, MEDIA_AUDIO),
                           .pt = 13,
                           .seq = 1,
                           .level = -1,
                           .twcc = -1,
                           .payload = payload,
                           .payload_bytes = sizeof(payload)};
    call_rtp(&call, &rtp);
    call_turn(&call);
    CHECK_INT(call_drops(&call, DROP_RTP_PAYLOAD_TYPE), 1);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), 0);
out:
    call_deinit(&call);
}

/** A re-offer of participant 2: other codecs for the camera, of which nothing has come, or all went
 * on long ago. */
static bool agree_on_h264(struct call *call)
{
    struct session *session = call_session(2, "room");
    struct command *command = session == NULL ? NULL : call_command_new(COMMAND_UPDATE, 2);
    if (command == NULL) {
        free(session);
        return false;
    }
    call_add(session, MEDIA_AUDIO, "a", true, true);
    struct session_media *video = call_add(session, MEDIA_VIDEO, "v", true, true);
    video->codecs[0].kind = CODEC_H264;
    command->session = session;
    call_submit(call, command);
    return true;
}

TEST(a_camera_that_has_sent_nothing_changes_its_codecs)
{
    struct call call = {0};
    REQUIRE(call_with_layers(&call));
    REQUIRE(agree_on_h264(&call));
    call_turn(&call);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 1)), 0);
out:
    call_deinit(&call);
}
