/* H.264, VP9 and AV1 in a room: forwarded as they are, to those who agreed to them. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "room/exchange.h"
#include "rtp/rtcp_fb.h"
#include "rtp/vp9_payload.h"
#include "support/call.h"
#include "support/vectors.h"
#include "unit/runner.h"

enum {
    EXT_DESCRIPTOR = 12,
    H264_PT = 102,
    H264_RTX = 103,
    VP9_PT = 98,
    AV1_PT = 45,
    MAX_PAYLOAD = 128
};

#define SPS       "6742c00d8c8d40a8cb113403c2211a80"
#define PPS       "68ce3c80"
#define IDR_START "7c85b80004000005"
#define IDR_END   "7c45881894b2894b"
#define SLICE     "419a000102030405"

static const struct session_codec h264 = {.kind = CODEC_H264,
                                          .pt = H264_PT,
                                          .rtx_pt = H264_RTX,
                                          .profile = 0x42e0,
                                          .mode = 1,
                                          .clock_rate = 90000,
                                          .nack = true,
                                          .nack_pli = true};
static const struct session_codec vp9 = {
    .kind = CODEC_VP9, .pt = VP9_PT, .clock_rate = 90000, .nack = true, .nack_pli = true};
static const struct session_codec av1 = {
    .kind = CODEC_AV1, .pt = AV1_PT, .clock_rate = 90000, .nack = true, .nack_pli = true};

/** Joins with one video m-line both ways: VP8 and another codec, or the other alone. */
static bool join_with(struct call *call, uint32_t number, const struct session_codec *codec,
                      uint8_t pt, bool vp8)
{
    struct session *session = call_session(number, "room");
    if (session == NULL) {
        return false;
    }
    struct session_media *video = call_add(session, MEDIA_VIDEO, "v", true, true);
    if (codec != NULL) {
        size_t at = vp8 ? 1 : 0;
        video->codecs[at] = *codec;
        video->codecs[at].pt = pt;
        video->codec_count = at + 1;
    }
    video->ssrcs[0] = call_track_ssrc(number, MEDIA_VIDEO);
    video->ssrc_count = 1;
    return call_join(call, session);
}

static void send(struct call *call, uint32_t from, uint8_t pt, uint16_t seq, uint16_t frame,
                 bool end, const char *hex)
{
    uint8_t payload[MAX_PAYLOAD];
    struct call_rtp rtp = {.from = from,
                           .ssrc = call_track_ssrc(from, MEDIA_VIDEO),
                           .pt = pt,
                           .seq = seq,
                           .timestamp = 3000U * frame,
                           .marker = end,
                           .level = -1,
                           .twcc = -1,
                           .payload = payload,
                           .payload_bytes = vectors_hex(hex, payload, sizeof(payload))};
    call_rtp(call, &rtp);
    if (end) {
        call_turn(call);
        call_run(call, 33000);
    }
}

/** A keyframe as GStreamer cuts it: parameter sets in packets of their own. @return next number */
static uint16_t send_keyframe(struct call *call, uint32_t from, uint16_t seq, uint16_t frame)
{
    send(call, from, H264_PT, seq, frame, false, SPS);
    send(call, from, H264_PT, (uint16_t)(seq + 1), frame, false, PPS);
    send(call, from, H264_PT, (uint16_t)(seq + 2), frame, false, IDR_START);
    send(call, from, H264_PT, (uint16_t)(seq + 3), frame, true, IDR_END);
    return (uint16_t)(seq + 4);
}

TEST(h264_is_forwarded_under_the_receivers_number)
{
    struct call call = {0};
    uint8_t wanted[MAX_PAYLOAD];
    REQUIRE_OK(call_init(&call));
    REQUIRE(join_with(&call, 1, &h264, H264_PT, true));
    REQUIRE(join_with(&call, 2, &h264, 120, true));
    (void)send_keyframe(&call, 1, 500, 1);
    uint16_t seq = send_keyframe(&call, 1, 504, 2);
    send(&call, 1, H264_PT, seq, 3, true, SLICE);
    struct rtp_header header;
    const struct call_sent *sent = call_find_rtp(&call, call_slot_ssrc(2, 0), 0, &header);
    REQUIRE(sent != NULL);
    CHECK_INT(header.pt, 120);
    CHECK_INT(header.payload_bytes, vectors_hex(SPS, wanted, sizeof(wanted)));
    CHECK_MEM(sent->data + header.payload_offset, wanted, header.payload_bytes);
    size_t count = call_count_rtp(&call, call_slot_ssrc(2, 0));
    sent = call_find_rtp(&call, call_slot_ssrc(2, 0), count - 1, &header);
    REQUIRE(sent != NULL);
    CHECK(header.marker);
    CHECK_INT(header.payload_bytes, vectors_hex(SLICE, wanted, sizeof(wanted)));
    CHECK_MEM(sent->data + header.payload_offset, wanted, header.payload_bytes);
    const struct event *event = call_event(&call, EVENT_SLOTS, 2);
    REQUIRE(event != NULL && event->slot_count == 1);
    CHECK_INT(event->slots[0].feed, FEED_TRACK);
    CHECK_INT(event->slots[0].width, 322);
    CHECK_INT(event->slots[0].height, 182);
out:
    call_deinit(&call);
}

TEST(h264_is_entered_at_its_parameter_sets)
{
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    REQUIRE(join_with(&call, 1, &h264, H264_PT, false));
    uint16_t seq = send_keyframe(&call, 1, 500, 1);
    call_run(&call, 500000); /* that one is too long ago for whoever comes now */
    REQUIRE(join_with(&call, 2, &h264, H264_PT, false));
    /* this keyframe has lost its first packet: nobody can begin at its slice */
    send(&call, 1, H264_PT, (uint16_t)(seq + 1), 2, false, PPS);
    send(&call, 1, H264_PT, (uint16_t)(seq + 2), 2, false, IDR_START);
    send(&call, 1, H264_PT, (uint16_t)(seq + 3), 2, true, IDR_END);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), 0);
    send(&call, 1, H264_PT, seq, 2, false, SPS); /* here it is */
    call_turn(&call);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), 4);
out:
    call_deinit(&call);
}

TEST(h264_without_parameter_sets_is_entered_at_its_slice)
{
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    REQUIRE(join_with(&call, 1, &h264, H264_PT, false));
    REQUIRE(join_with(&call, 2, &h264, H264_PT, false));
    send(&call, 1, H264_PT, 500, 1, true, SLICE);
    send(&call, 1, H264_PT, 501, 2, false, IDR_START);
    send(&call, 1, H264_PT, 502, 2, true, IDR_END);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), 2);
out:
    call_deinit(&call);
}

TEST(a_receiver_gets_nothing_that_it_did_not_agree_to)
{
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    REQUIRE(join_with(&call, 1, &h264, H264_PT, false));
    REQUIRE(join_with(&call, 2, NULL, 0, true));
    REQUIRE(join_with(&call, 3, &av1, AV1_PT, true));
    uint16_t seq = send_keyframe(&call, 1, 500, 1);
    (void)send_keyframe(&call, 1, seq, 2);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), 0);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(3, 0)), 0);
    CHECK(call_event(&call, EVENT_SLOTS, 2) == NULL);
    /* a pin does not change that, and another who can be seen takes the slot without one */
    send(&call, 3, CALL_VP8, 900, 1, true, "10 5011 00 9d012a 4001 b400");
    send(&call, 3, CALL_VP8, 901, 2, true, "10 5011 00 9d012a 4001 b400");
    CHECK(call_count_rtp(&call, call_slot_ssrc(2, 0)) >= 1);
    const struct event *event = call_event(&call, EVENT_SLOTS, 2);
    REQUIRE(event != NULL && event->slot_count == 1);
    CHECK_INT(event->slots[0].participant, 3);
    struct command *command = call_command_new(COMMAND_PIN, 2);
    REQUIRE(command != NULL);
    command->target = 1;
    (void)strcpy(command->mid, "v");
    call_submit(&call, command);
    call_run(&call, 100000);
    event = call_event(&call, EVENT_SLOTS, 2);
    REQUIRE(event != NULL && event->slot_count == 1);
    CHECK_INT(event->slots[0].feed, FEED_NONE);
out:
    call_deinit(&call);
}

TEST(a_publisher_that_changes_its_codec_leaves_those_who_cannot_follow)
{
    struct call call = {0};
    struct rtp_header header;
    REQUIRE_OK(call_init(&call));
    REQUIRE(join_with(&call, 1, &h264, H264_PT, true));
    REQUIRE(join_with(&call, 2, &h264, H264_PT, true));
    REQUIRE(join_with(&call, 3, NULL, 0, true));
    send(&call, 1, CALL_VP8, 500, 1, true, "10 5011 00 9d012a 4001 b400");
    send(&call, 1, CALL_VP8, 501, 2, true, "10 5011 00 9d012a 4001 b400");
    const struct event *event = call_event(&call, EVENT_SLOTS, 3);
    REQUIRE(event != NULL);
    CHECK_INT(event->slots[0].feed, FEED_TRACK);
    (void)send_keyframe(&call, 1, 502, 3);
    size_t count = call_count_rtp(&call, call_slot_ssrc(2, 0));
    REQUIRE(count >= 5);
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 0), count - 1, &header) != NULL);
    CHECK_INT(header.pt, H264_PT);
    event = call_event(&call, EVENT_SLOTS, 3);
    REQUIRE(event != NULL);
    CHECK_INT(event->slots[0].feed, FEED_NONE);
    count = call_count_rtp(&call, call_slot_ssrc(3, 0));
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(3, 0), count - 1, &header) != NULL);
    CHECK_INT(header.pt, CALL_VP8);
out:
    call_deinit(&call);
}

TEST(a_change_of_feed_between_codecs_begins_at_a_keyframe)
{
    struct call call = {0};
    struct rtp_header before;
    struct rtp_header after;
    REQUIRE_OK(call_init(&call));
    REQUIRE(join_with(&call, 1, NULL, 0, true));
    REQUIRE(join_with(&call, 2, &vp9, VP9_PT, true));
    send(&call, 1, CALL_VP8, 500, 1, true, "10 5011 00 9d012a 4001 b400");
    send(&call, 1, CALL_VP8, 501, 2, true, "10 5011 00 9d012a 4001 b400");
    REQUIRE(join_with(&call, 3, &vp9, VP9_PT, false));
    size_t count = call_count_rtp(&call, call_slot_ssrc(2, 0));
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 0), count - 1, &before) != NULL);
    call_command(&call, COMMAND_LEAVE, 1);
    send(&call, 3, VP9_PT, 90, 7, true, "c899c1b300");
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), count);
    CHECK(call_count_rtcp(&call, 3, RTCP_PSFB, RTCP_FB_FORMAT_PLI) >= 1);
    send(&call, 3, VP9_PT, 91, 8, true, "8a99c2 18 0142 00b6 01 04 01 b124c1");
    REQUIRE_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), count + 1);
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 0), count, &after) != NULL);
    CHECK_INT(after.pt, VP9_PT);
    CHECK_INT(after.seq, (uint16_t)(before.seq + 1));
out:
    call_deinit(&call);
}

/** PictureID of the n-th packet of 2's slot, -1 when there is none. */
static int picture_of(const struct call *call, size_t n)
{
    struct rtp_header header;
    struct vp9_payload payload;
    const struct call_sent *sent = call_find_rtp(call, call_slot_ssrc(2, 0), n, &header);
    return sent != NULL && vp9_payload_parse(sent->data + header.payload_offset,
                                             header.payload_bytes, &payload) == 0
               ? payload.picture_id
               : -1;
}

TEST(vp9_pictures_are_numbered_on_over_a_change_of_feed)
{
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    REQUIRE(join_with(&call, 1, &vp9, VP9_PT, false));
    REQUIRE(join_with(&call, 2, &vp9, VP9_PT, false));
    send(&call, 1, VP9_PT, 10, 1, true, "8a99c0 18 0142 00b6 01 04 01 b124c1");
    send(&call, 1, VP9_PT, 11, 2, true, "8a99c1 18 0142 00b6 01 04 01 b124c1");
    send(&call, 1, VP9_PT, 12, 3, true, "c899c2b300");
    size_t count = call_count_rtp(&call, call_slot_ssrc(2, 0));
    REQUIRE(join_with(&call, 3, &vp9, VP9_PT, false));
    call_command(&call, COMMAND_LEAVE, 1);
    send(&call, 3, VP9_PT, 90, 7, true, "c88001b300");
    send(&call, 3, VP9_PT, 91, 8, true, "8a8002 18 0142 00b6 01 04 01 b124c1");
    send(&call, 3, VP9_PT, 92, 9, true, "c88003b300");
    int last = picture_of(&call, count - 1);
    REQUIRE(last >= 0);
    CHECK_INT(picture_of(&call, count), (last + 1) & 0x7fff);
    CHECK_INT(picture_of(&call, count + 1), (last + 2) & 0x7fff);
out:
    call_deinit(&call);
}

TEST(each_codec_is_repeated_under_its_own_rtx_number)
{
    struct call call = {0};
    struct rtp_header header;
    REQUIRE_OK(call_init(&call));
    REQUIRE(join_with(&call, 1, &h264, H264_PT, true));
    REQUIRE(join_with(&call, 2, &h264, 120, true));
    uint16_t seq = send_keyframe(&call, 1, 500, 1);
    (void)send_keyframe(&call, 1, seq, 2);
    size_t count = call_count_rtp(&call, call_slot_ssrc(2, 0));
    const struct call_sent *sent = call_find_rtp(&call, call_slot_ssrc(2, 0), count - 2, &header);
    REQUIRE(sent != NULL);
    uint8_t data[64];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    (void)rtcp_write_nack(&out, 77, call_slot_ssrc(2, 0), &header.seq, 1);
    call_rtcp(&call, 2, data, bytes_out_len(&out));
    call_turn(&call);
    call_run(&call, 20000);
    uint8_t wanted[MAX_PAYLOAD];
    size_t bytes = vectors_hex(IDR_START, wanted, sizeof(wanted));
    uint16_t missing = header.seq;
    sent = call_find_rtp(&call, call_slot_ssrc(2, 0) + 500, 0, &header);
    REQUIRE(sent != NULL);
    CHECK_INT(header.pt, H264_RTX);
    CHECK_INT(bytes_get_u16(sent->data + header.payload_offset), missing);
    CHECK_INT(header.payload_bytes, bytes + 2);
    CHECK_MEM(sent->data + header.payload_offset + 2, wanted, bytes);
out:
    call_deinit(&call);
}

TEST(av1_is_forwarded_as_it_comes)
{
    struct call call = {0};
    struct rtp_header header;
    REQUIRE_OK(call_init(&call));
    REQUIRE(join_with(&call, 1, &av1, AV1_PT, false));
    REQUIRE(join_with(&call, 2, &av1, 47, true));
    send(&call, 1, AV1_PT, 10, 1, true, "10 30135f58");
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), 0);
    send(&call, 1, AV1_PT, 11, 2, true, "68 0c 08 200000043d06d781b5f204 30135f58");
    send(&call, 1, AV1_PT, 12, 3, true, "10 30135f58");
    REQUIRE_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), 2);
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 0), 1, &header) != NULL);
    CHECK_INT(header.pt, 47);
    CHECK_INT(header.payload_bytes, 5);
    send(&call, 1, AV1_PT, 13, 4, true, "20 05 30");
    CHECK_INT(call_drops(&call, DROP_VIDEO_MALFORMED), 1);
out:
    call_deinit(&call);
}

/** One AV1 packet with a dependency descriptor of `bytes`. */
static void send_described(struct call *call, uint32_t from, uint16_t seq, uint16_t frame_number,
                           uint8_t bytes, const char *hex)
{
    uint8_t payload[MAX_PAYLOAD];
    uint8_t descriptor[64] = {0xC0, (uint8_t)(frame_number >> 8), (uint8_t)frame_number, 0x5A};
    struct call_rtp rtp = {.from = from,
                           .ssrc = call_track_ssrc(from, MEDIA_VIDEO),
                           .pt = AV1_PT,
                           .seq = seq,
                           .timestamp = 3000U * seq,
                           .marker = true,
                           .level = -1,
                           .twcc = -1,
                           .payload = payload,
                           .payload_bytes = vectors_hex(hex, payload, sizeof(payload)),
                           .more = {.id = EXT_DESCRIPTOR, .bytes = bytes, .at = descriptor}};
    call_rtp(call, &rtp);
    call_turn(call);
    call_run(call, 33000);
}

/** Bytes of the descriptor in the n-th packet of 2's slot, 0 without; its number in *frame. */
static uint8_t described(const struct call *call, size_t n, uint16_t *frame)
{
    struct rtp_header header;
    struct rtp_exts exts;
    struct rtp_ext_map map = {.id = {[RTP_EXT_DEPENDENCY_DESCRIPTOR] = EXT_DESCRIPTOR}};
    const struct call_sent *sent = call_find_rtp(call, call_slot_ssrc(2, 0), n, &header);
    if (sent == NULL || rtp_ext_read(sent->data, &header, &map, &exts) != 0 ||
        exts.bytes[RTP_EXT_DEPENDENCY_DESCRIPTOR] == 0) {
        return 0;
    }
    *frame = bytes_get_u16(exts.at[RTP_EXT_DEPENDENCY_DESCRIPTOR] + 1);
    return exts.bytes[RTP_EXT_DEPENDENCY_DESCRIPTOR];
}

static bool join_described(struct call *call, uint32_t number)
{
    struct session *session = call_session(number, "room");
    if (session == NULL) {
        return false;
    }
    struct session_media *video = call_add(session, MEDIA_VIDEO, "v", true, true);
    session->extmap_allow_mixed = true;
    video->codecs[0] = av1;
    video->exts.id[RTP_EXT_DEPENDENCY_DESCRIPTOR] = EXT_DESCRIPTOR;
    video->ssrcs[0] = call_track_ssrc(number, MEDIA_VIDEO);
    video->ssrc_count = 1;
    return call_join(call, session);
}

TEST(dependency_descriptors_are_numbered_on_over_a_change_of_feed)
{
    static const char key[] = "68 0c 08 200000043d06d781b5f204 30135f58";
    static const char delta[] = "10 30135f58";
    struct call call = {0};
    uint16_t frame = 0;
    REQUIRE_OK(call_init(&call));
    REQUIRE(join_described(&call, 1));
    REQUIRE(join_described(&call, 2));
    send_described(&call, 1, 10, 700, 40, key); /* nobody has it yet: the stage runs behind it */
    send_described(&call, 1, 11, 701, 40, key);
    send_described(&call, 1, 12, 702, 3, delta);
    size_t count = call_count_rtp(&call, call_slot_ssrc(2, 0));
    REQUIRE(count >= 2);
    CHECK_INT(described(&call, count - 2, &frame), 40);
    CHECK_INT(described(&call, count - 1, &frame), 3);
    CHECK_INT(frame, 702);
    REQUIRE(join_described(&call, 3));
    call_command(&call, COMMAND_LEAVE, 1);
    send_described(&call, 3, 90, 5, 3, delta);
    send_described(&call, 3, 91, 6, 40, key);
    send_described(&call, 3, 92, 7, 3, delta);
    REQUIRE_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), count + 2);
    CHECK_INT(described(&call, count, &frame), 40);
    CHECK_INT(frame, 703);
    CHECK_INT(described(&call, count + 1, &frame), 3);
    CHECK_INT(frame, 704);
out:
    call_deinit(&call);
}
