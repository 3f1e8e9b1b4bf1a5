#include <stdlib.h>

#include "base/bytes.h"
#include "room/exchange.h"
#include "rtp/rtcp_fb.h"
#include "rtp/vp8_payload.h"
#include "support/call.h"
#include "unit/runner.h"

/** NACK of one number of a slot. */
static void nack(struct call *call, uint32_t from, uint32_t ssrc, uint16_t seq)
{
    uint8_t data[64];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    (void)rtcp_write_nack(&out, 77, ssrc, &seq, 1);
    call_rtcp(call, from, data, bytes_out_len(&out));
    call_turn(call);
}

/** Two people; 1 sends `frames` frames of two packets, the first one a keyframe. */
static bool call_with_video(struct call *call, uint16_t frames)
{
    if (!call_open(call, 2, 0)) {
        return false;
    }
    for (uint16_t i = 0; i < frames; i++) {
        call_video(call, 1, (uint16_t)(500 + 2 * i), i, i == 0, true, false);
        call_video(call, 1, (uint16_t)(501 + 2 * i), i, i == 0, false, true);
        call_turn(call);
        call_run(call, 33000);
    }
    return true;
}

/** One frame of two packets, the second one byte longer, as Chromium cuts it. */
static void uneven_frame(struct call *call, uint16_t seq, uint32_t timestamp)
{
    for (uint16_t i = 0; i < 2; i++) {
        uint8_t payload[91];
        memset(payload, 0x5A + i, sizeof(payload));
        payload[0] = i == 0 ? 0x10 : 0x00;
        payload[1] = 0x01; /* no keyframe */
        struct call_rtp rtp = {.from = 1,
                               .ssrc = call_track_ssrc(1, MEDIA_VIDEO),
                               .pt = CALL_VP8,
                               .seq = (uint16_t)(seq + i),
                               .timestamp = timestamp,
                               .marker = i == 1,
                               .level = -1,
                               .twcc = -1,
                               .payload = payload,
                               .payload_bytes = 90U + i};
        call_rtp(call, &rtp);
    }
    call_turn(call);
}

TEST(numbers_go_on_over_a_change_of_video_feed)
{
    struct call call = {0};
    REQUIRE(call_with_video(&call, 5));
    REQUIRE(call_join_pair(&call, 3, 0));
    /* 1 leaves; 3, who sends at other numbers, takes the slot at his keyframe */
    call_command(&call, COMMAND_LEAVE, 1);
    call_video(&call, 3, 9000, 300, false, true, true);
    call_turn(&call);
    call_run(&call, 33000);
    REQUIRE_INT(call_count_rtp(&call, call_slot_ssrc(2, 1)), 10);
    CHECK(call_count_rtcp(&call, 3, RTCP_PSFB, RTCP_FB_FORMAT_PLI) >= 1);
    call_video(&call, 3, 9001, 301, true, true, true);
    call_turn(&call);
    struct rtp_header last;
    struct rtp_header header;
    const struct call_sent *before = call_find_rtp(&call, call_slot_ssrc(2, 1), 9, &last);
    const struct call_sent *after = call_find_rtp(&call, call_slot_ssrc(2, 1), 10, &header);
    REQUIRE(before != NULL && after != NULL);
    CHECK_INT(header.seq, (uint16_t)(last.seq + 1));
    uint32_t step = header.timestamp - last.timestamp;
    CHECK(step > 0 && step < 20000);
    CHECK_INT(bytes_get_u32(after->data + 12), 3);
    struct vp8_payload vp8_before;
    struct vp8_payload vp8_after;
    REQUIRE_OK(
        vp8_payload_parse(before->data + last.payload_offset, last.payload_bytes, &vp8_before));
    REQUIRE_OK(
        vp8_payload_parse(after->data + header.payload_offset, header.payload_bytes, &vp8_after));
    CHECK_INT(vp8_after.picture_id, (vp8_before.picture_id + 1) & 0x7FFF);
    CHECK_INT(vp8_after.tl0picidx, (uint8_t)(vp8_before.tl0picidx + 1));
out:
    call_deinit(&call);
}

TEST(repeats_by_rtx_with_the_original_number)
{
    struct call call = {0};
    REQUIRE(call_with_video(&call, 4));
    struct rtp_header original;
    const struct call_sent *first = call_find_rtp(&call, call_slot_ssrc(2, 1), 3, &original);
    REQUIRE(first != NULL);
    nack(&call, 2, call_slot_ssrc(2, 1), original.seq);
    struct rtp_header header;
    const struct call_sent *sent = call_find_rtp(&call, call_slot_ssrc(2, 1) + 500, 0, &header);
    REQUIRE(sent != NULL);
    CHECK_INT(header.pt, CALL_VP8_RTX);
    CHECK(header.seq < 0x8000);
    CHECK_INT(header.timestamp, original.timestamp);
    CHECK_INT(header.marker, original.marker);
    CHECK_INT(bytes_get_u16(sent->data + header.payload_offset), original.seq);
    REQUIRE_INT(header.payload_bytes, original.payload_bytes + 2);
    CHECK_MEM(sent->data + header.payload_offset + 2, first->data + original.payload_offset,
              original.payload_bytes);
    /* asked for again at once: not within a round trip */
    nack(&call, 2, call_slot_ssrc(2, 1), original.seq);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 1) + 500), 1);
    /* a number never sent */
    nack(&call, 2, call_slot_ssrc(2, 1), (uint16_t)(original.seq + 1000));
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 1) + 500), 1);
out:
    call_deinit(&call);
}

/** RFC 3711 9.1: the same index must cover the same text, so nothing in it may depend on when it is
 * sent. */
TEST(repeats_without_rtx_are_the_same_bytes)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 1, 0));
    struct session *session = call_session(2, "room");
    REQUIRE(session != NULL);
    struct session_media *video = call_add(session, MEDIA_VIDEO, "v", false, true);
    video->codecs[0].rtx_pt = 0;
    video->slot_rtx_ssrc = 0;
    REQUIRE(call_join(&call, session));
    for (uint16_t i = 0; i < 3; i++) {
        call_video(&call, 1, (uint16_t)(10 + i), i, i == 0, true, true);
        call_turn(&call);
        call_run(&call, 33000);
    }
    uneven_frame(&call, 13, 9000);
    struct rtp_header header;
    const struct call_sent *original = call_find_rtp(&call, call_slot_ssrc(2, 0), 3, &header);
    REQUIRE(original != NULL);
    CHECK_INT(header.padding_bytes, 0);
    nack(&call, 2, call_slot_ssrc(2, 0), header.seq);
    const struct call_sent *again = call_find_rtp(&call, call_slot_ssrc(2, 0), 5, &header);
    REQUIRE(again != NULL);
    REQUIRE_INT(again->len, original->len);
    CHECK_MEM(again->data, original->data, original->len);
out:
    call_deinit(&call);
}

/** A source that counts its pictures afresh gives one number to two of them. */
TEST(repeats_are_the_same_bytes_though_pictures_share_a_number)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 1, 0));
    struct session *session = call_session(2, "room");
    REQUIRE(session != NULL);
    struct session_media *video = call_add(session, MEDIA_VIDEO, "v", false, true);
    video->codecs[0].rtx_pt = 0;
    video->slot_rtx_ssrc = 0;
    REQUIRE(call_join(&call, session));
    static const uint16_t pictures[] = {5, 6, 7, 6, 8};
    for (uint16_t i = 0; i < 5; i++) {
        call_video(&call, 1, (uint16_t)(10 + i), pictures[i], i == 0, true, true);
        call_turn(&call);
        call_run(&call, 10000);
    }
    struct rtp_header header;
    const struct call_sent *original = call_find_rtp(&call, call_slot_ssrc(2, 0), 1, &header);
    REQUIRE(original != NULL);
    nack(&call, 2, call_slot_ssrc(2, 0), header.seq);
    const struct call_sent *again = call_find_rtp(&call, call_slot_ssrc(2, 0), 5, &header);
    REQUIRE(again != NULL);
    REQUIRE_INT(again->len, original->len);
    CHECK_MEM(again->data, original->data, original->len);
out:
    call_deinit(&call);
}

TEST(padding_leaves_no_gap)
{
    struct call call = {0};
    REQUIRE(call_with_video(&call, 2));
    struct call_rtp padding = {.from = 1,
                               .ssrc = call_track_ssrc(1, MEDIA_VIDEO),
                               .pt = CALL_VP8,
                               .seq = 504,
                               .timestamp = 3000,
                               .level = -1,
                               .twcc = -1,
                               .padding = 200};
    call_rtp(&call, &padding);
    call_video(&call, 1, 505, 2, false, true, true);
    call_turn(&call);
    REQUIRE_INT(call_count_rtp(&call, call_slot_ssrc(2, 1)), 5);
    struct rtp_header before;
    struct rtp_header after;
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 1), 3, &before) != NULL);
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 1), 4, &after) != NULL);
    CHECK_INT(after.seq, (uint16_t)(before.seq + 1));
    CHECK_INT(call_drops(&call, DROP_RTP_PADDING_ONLY), 1);
    call_run(&call, 100000);
    CHECK_INT(call_count_rtcp(&call, 1, RTCP_RTPFB, RTCP_FB_FORMAT_NACK), 0);
out:
    call_deinit(&call);
}

TEST(packets_of_a_frame_leave_equally_long)
{
    struct call call = {0};
    REQUIRE(call_with_video(&call, 2));
    uneven_frame(&call, 504, 6000);
    REQUIRE_INT(call_count_rtp(&call, call_slot_ssrc(2, 1)), 6);
    struct rtp_header headers[2];
    const struct call_sent *first = call_find_rtp(&call, call_slot_ssrc(2, 1), 4, &headers[0]);
    const struct call_sent *second = call_find_rtp(&call, call_slot_ssrc(2, 1), 5, &headers[1]);
    REQUIRE(first != NULL && second != NULL);
    CHECK_INT(first->len, second->len);
    CHECK_INT(first->len % 4, 0);
    CHECK_INT(headers[0].payload_bytes, 90);
    CHECK_INT(headers[0].padding_bytes, 2);
    CHECK_INT(headers[1].payload_bytes, 91);
    CHECK_INT(headers[1].padding_bytes, 1);
    CHECK_INT(first->data[headers[0].payload_offset + 89], 0x5A);
    CHECK_INT(second->data[headers[1].payload_offset + 90], 0x5B);
    /* a repeat stands alone and needs none */
    uint16_t seq = headers[0].seq;
    nack(&call, 2, call_slot_ssrc(2, 1), seq);
    const struct call_sent *again =
        call_find_rtp(&call, call_slot_ssrc(2, 1) + 500, 0, &headers[0]);
    REQUIRE(again != NULL);
    CHECK_INT(headers[0].padding_bytes, 0);
    CHECK_INT(headers[0].payload_bytes, 92);
out:
    call_deinit(&call);
}

TEST(a_lost_packet_keeps_its_place)
{
    struct call call = {0};
    REQUIRE(call_with_video(&call, 2));
    call_video(&call, 1, 505, 2, false, false, true);
    call_turn(&call);
    call_run(&call, 15000);
    struct rtcp_packet packet;
    REQUIRE(call_find_rtcp(&call, 1, RTCP_RTPFB, RTCP_FB_FORMAT_NACK, 0, &packet));
    struct rtcp_fb fb;
    REQUIRE_OK(rtcp_fb_parse(&packet, &fb));
    CHECK_INT(fb.media_ssrc, call_track_ssrc(1, MEDIA_VIDEO));
    size_t cursor = 0;
    uint16_t seq = 0;
    REQUIRE(rtcp_fb_nack_next(&fb, &cursor, &seq));
    CHECK_INT(seq, 504);
    /* it comes by RTX: original number in front of the payload */
    uint8_t payload[102] = {504 >> 8, 504 & 0xFF, 0x90, 0xE0, 0x80, 2, 2, 0, 0x11};
    struct call_rtp rtx = {.from = 1,
                           .ssrc = call_track_ssrc(1, MEDIA_VIDEO) + 500,
                           .pt = CALL_VP8_RTX,
                           .seq = 7,
                           .timestamp = 6000,
                           .level = -1,
                           .twcc = -1,
                           .payload = payload,
                           .payload_bytes = sizeof(payload)};
    call_rtp(&call, &rtx);
    call_turn(&call);
    /* what came behind it has waited */
    REQUIRE_INT(call_count_rtp(&call, call_slot_ssrc(2, 1)), 6);
    struct rtp_header late;
    struct rtp_header next;
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 1), 4, &late) != NULL);
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 1), 5, &next) != NULL);
    CHECK_INT(next.seq, (uint16_t)(late.seq + 1));
    CHECK(next.marker);
    CHECK_INT(late.payload_bytes, 100);
    CHECK_INT(late.pt, CALL_VP8);
    CHECK_INT(late.ssrc, call_slot_ssrc(2, 1));
out:
    call_deinit(&call);
}

TEST(extensions_are_numbered_for_the_receiver)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 1, 0));
    struct session *session = call_session(2, "room");
    REQUIRE(session != NULL);
    struct session_media *audio = call_add(session, MEDIA_AUDIO, "other-mid", false, true);
    audio->exts.id[RTP_EXT_AUDIO_LEVEL] = 9;
    audio->exts.id[RTP_EXT_MID] = 13;
    audio->exts.id[RTP_EXT_ABS_SEND_TIME] = 0;
    audio->codecs[0].pt = 120;
    struct rtp_ext_map map = audio->exts;
    REQUIRE(call_join(&call, session));
    call_audio(&call, 1, 1, 42);
    call_turn(&call);
    struct rtp_header header;
    const struct call_sent *sent = call_find_rtp(&call, call_slot_ssrc(2, 0), 0, &header);
    REQUIRE(sent != NULL);
    CHECK_INT(header.pt, 120);
    struct rtp_exts exts;
    REQUIRE_OK(rtp_ext_read(sent->data, &header, &map, &exts));
    REQUIRE(exts.bytes[RTP_EXT_MID] > 0);
    CHECK_INT(exts.bytes[RTP_EXT_MID], 9);
    CHECK_MEM(exts.at[RTP_EXT_MID], "other-mid", 9);
    REQUIRE(exts.bytes[RTP_EXT_AUDIO_LEVEL] > 0);
    CHECK_INT(exts.at[RTP_EXT_AUDIO_LEVEL][0] & 0x7F, 42);
    REQUIRE(exts.bytes[RTP_EXT_TRANSPORT_CC] > 0);
    CHECK(exts.bytes[RTP_EXT_ABS_SEND_TIME] == 0);
out:
    call_deinit(&call);
}

/** aiortc reads all m-lines with one table, and ends the call over an audio level under the id of a
 * send time. */
TEST(ids_with_two_meanings_are_left_out)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 1, 0));
    struct session *session = call_session(2, "room");
    REQUIRE(session != NULL);
    struct session_media *audio = call_add(session, MEDIA_AUDIO, "a", false, true);
    memset(&audio->exts, 0, sizeof(audio->exts));
    audio->exts.id[RTP_EXT_MID] = 1;
    audio->exts.id[RTP_EXT_AUDIO_LEVEL] = 2;
    struct session_media *video = call_add(session, MEDIA_VIDEO, "v", false, true);
    memset(&video->exts, 0, sizeof(video->exts));
    video->exts.id[RTP_EXT_MID] = 1;
    video->exts.id[RTP_EXT_ABS_SEND_TIME] = 2;
    REQUIRE(call_join(&call, session));
    call_audio(&call, 1, 1, 42);
    call_video(&call, 1, 1, 1, true, true, true);
    call_turn(&call);
    struct rtp_header header;
    uint8_t bytes = 0;
    const struct call_sent *sent = call_find_rtp(&call, call_slot_ssrc(2, 0), 0, &header);
    REQUIRE(sent != NULL);
    CHECK(rtp_ext_find(sent->data, &header, 1, &bytes) != NULL);
    CHECK(rtp_ext_find(sent->data, &header, 2, &bytes) == NULL);
    sent = call_find_rtp(&call, call_slot_ssrc(2, 1), 0, &header);
    REQUIRE(sent != NULL);
    CHECK(rtp_ext_find(sent->data, &header, 2, &bytes) != NULL);
    CHECK_INT(bytes, 3);
out:
    call_deinit(&call);
}

TEST(transport_wide_numbers_count_all_streams)
{
    struct call call = {0};
    REQUIRE(call_with_video(&call, 2));
    call_audio(&call, 1, 1, 30);
    call_turn(&call);
    struct rtp_header header;
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 1), 1, &header) != NULL);
    nack(&call, 2, call_slot_ssrc(2, 1), header.seq);
    uint16_t expected = 1;
    struct rtp_ext_map map = {.id = {[RTP_EXT_TRANSPORT_CC] = CALL_EXT_TWCC}};
    for (size_t i = 0; i < call.sent_count; i++) {
        const struct call_sent *sent = &call.sent[i];
        struct rtp_exts exts;
        if (sent->number != 2 || rtp_is_rtcp(sent->data, sent->len)) {
            continue;
        }
        REQUIRE_OK(rtp_parse(sent->data, sent->len, &header));
        REQUIRE_OK(rtp_ext_read(sent->data, &header, &map, &exts));
        REQUIRE(exts.bytes[RTP_EXT_TRANSPORT_CC] > 0);
        CHECK_INT(bytes_get_u16(exts.at[RTP_EXT_TRANSPORT_CC]), expected);
        expected++;
    }
    CHECK_INT(expected, 7);
out:
    call_deinit(&call);
}

enum { CALL_EVENTS = 110 };

/** A RED payload: one redundant block of 3 bytes and a primary of 5. */
static const uint8_t red_payload[] = {
    0x80 | CALL_OPUS, 0x0F, 0x00, 3, CALL_OPUS, 1, 2, 3, 11, 12, 13, 14, 15};

static void send_red(struct call *call, uint16_t seq)
{
    struct call_rtp rtp = {.from = 1,
                           .ssrc = call_track_ssrc(1, MEDIA_AUDIO),
                           .pt = CALL_RED,
                           .seq = seq,
                           .timestamp = 960U * seq,
                           .level = 30,
                           .twcc = -1,
                           .payload = red_payload,
                           .payload_bytes = sizeof(red_payload)};
    call_rtp(call, &rtp);
    call_turn(call);
}

static bool join_with_red(struct call *call, uint32_t number, uint8_t red_pt, uint8_t opus_pt)
{
    struct session *session = call_session(number, "room");
    if (session == NULL) {
        return false;
    }
    struct session_media *audio = call_add(session, MEDIA_AUDIO, "a", number == 1, true);
    audio->codecs[0].pt = opus_pt;
    if (red_pt != 0) {
        audio->codecs[1] =
            (struct session_codec){.kind = CODEC_RED, .pt = red_pt, .clock_rate = 48000};
        audio->codec_count = 2;
    }
    audio->ssrcs[0] = call_track_ssrc(number, MEDIA_AUDIO);
    audio->ssrc_count = 1;
    return call_join(call, session);
}

TEST(red_is_unwrapped)
{
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    REQUIRE(join_with_red(&call, 1, CALL_RED, CALL_OPUS));
    REQUIRE(join_with_red(&call, 2, 0, 100));
    send_red(&call, 5);
    struct rtp_header header;
    const struct call_sent *sent = call_find_rtp(&call, call_slot_ssrc(2, 0), 0, &header);
    REQUIRE(sent != NULL);
    CHECK_INT(header.pt, 100);
    REQUIRE_INT(header.payload_bytes, 5);
    CHECK_MEM(sent->data + header.payload_offset, red_payload + 8, 5);
out:
    call_deinit(&call);
}

/** A re-offer of the publisher: telephone events where RED was. */
static bool replace_red(struct call *call)
{
    struct session *session = call_session(1, "room");
    struct command *command = session == NULL ? NULL : call_command_new(COMMAND_UPDATE, 1);
    if (command == NULL) {
        free(session);
        return false;
    }
    struct session_media *audio = call_add(session, MEDIA_AUDIO, "a", true, true);
    audio->codecs[1] = (struct session_codec){
        .kind = CODEC_TELEPHONE_EVENT, .pt = CALL_EVENTS, .clock_rate = 48000};
    audio->codec_count = 2;
    audio->ssrcs[0] = call_track_ssrc(1, MEDIA_AUDIO);
    audio->ssrc_count = 1;
    command->session = session;
    call_submit(call, command);
    return true;
}

TEST(new_codecs_of_a_publisher_are_not_taken_for_the_old)
{
    static const uint8_t digit[] = {5, 10, 0, 160};
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    REQUIRE(join_with_red(&call, 1, CALL_RED, CALL_OPUS));
    REQUIRE(join_with_red(&call, 2, 0, 100));
    send_red(&call, 5);
    send_red(&call, 6);
    REQUIRE(replace_red(&call));
    call_clear(&call);
    struct call_rtp rtp = {.from = 1,
                           .ssrc = call_track_ssrc(1, MEDIA_AUDIO),
                           .pt = CALL_EVENTS,
                           .seq = 7,
                           .timestamp = 960U * 7,
                           .level = -1,
                           .twcc = -1,
                           .payload = digit,
                           .payload_bytes = sizeof(digit)};
    call_rtp(&call, &rtp);
    call_turn(&call);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), 0); /* nobody there takes them */
    call_audio(&call, 1, 8, 30);
    call_turn(&call);
    struct rtp_header header;
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 0), 0, &header) != NULL);
    CHECK_INT(header.pt, 100);
    CHECK_INT(header.payload_bytes, 40);
out:
    call_deinit(&call);
}

TEST(red_without_a_primary_is_dropped)
{
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    REQUIRE(join_with_red(&call, 1, CALL_RED, CALL_OPUS));
    REQUIRE(join_with_red(&call, 2, 0, 100));
    static const uint8_t empty[] = {0x80 | CALL_OPUS, 0x0F, 0x00, 1, CALL_OPUS, 1};
    struct call_rtp rtp = {.from = 1,
                           .ssrc = call_track_ssrc(1, MEDIA_AUDIO),
                           .pt = CALL_RED,
                           .seq = 1,
                           .level = -1,
                           .twcc = -1,
                           .payload = empty,
                           .payload_bytes = sizeof(empty)};
    call_rtp(&call, &rtp);
    call_turn(&call);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), 0);
    CHECK_INT(call_drops(&call, DROP_RTP_MALFORMED), 1);
out:
    call_deinit(&call);
}

TEST(a_new_ssrc_restarts_the_source_not_the_slot)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 2, 0));
    call_audio(&call, 1, 60000, 30);
    call_turn(&call);
    call_run(&call, 20000);
    uint8_t payload[10] = {0x78};
    struct call_rtp reborn = {.from = 1,
                              .ssrc = 4711,
                              .pt = CALL_OPUS,
                              .seq = 3,
                              .timestamp = 12345,
                              .mid = "a",
                              .level = 20,
                              .twcc = -1,
                              .payload = payload,
                              .payload_bytes = sizeof(payload)};
    call_rtp(&call, &reborn);
    call_turn(&call);
    REQUIRE_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), 2);
    struct rtp_header before;
    struct rtp_header after;
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 0), 0, &before) != NULL);
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 0), 1, &after) != NULL);
    CHECK_INT(after.seq, (uint16_t)(before.seq + 1));
    CHECK_INT(after.timestamp, before.timestamp + 960);
    CHECK(after.marker);
out:
    call_deinit(&call);
}

TEST(a_restarted_video_source_waits_for_its_keyframe)
{
    struct call call = {0};
    REQUIRE(call_with_video(&call, 2));
    for (uint16_t i = 0; i < 3; i++) {
        call_video(&call, 1, (uint16_t)(40000 + i), (uint16_t)(7000 + i), false, true, true);
        call_turn(&call);
        call_run(&call, 33000);
    }
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 1)), 4);
    call_run(&call, 600000);
    CHECK(call_count_rtcp(&call, 1, RTCP_PSFB, RTCP_FB_FORMAT_PLI) >= 2);
    call_video(&call, 1, 40003, 7003, true, true, true);
    call_turn(&call);
    struct rtp_header before;
    struct rtp_header after;
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 1), 3, &before) != NULL);
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 1), 4, &after) != NULL);
    CHECK_INT(after.seq, (uint16_t)(before.seq + 1));
out:
    call_deinit(&call);
}

/** The keyframe's first packet is lost and repaired: the rest of the frame came before it. */
TEST(enters_at_a_repaired_keyframe)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 2, 0));
    call_video(&call, 1, 10, 1, false, true, true);
    call_turn(&call);
    call_run(&call, 33000);
    call_video(&call, 1, 12, 2, true, false, false);
    call_video(&call, 1, 13, 2, true, false, true);
    call_turn(&call);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 1)), 0);
    call_video(&call, 1, 11, 2, true, true, false);
    call_turn(&call);
    REQUIRE_INT(call_count_rtp(&call, call_slot_ssrc(2, 1)), 3);
    struct rtp_header first;
    struct rtp_header last;
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 1), 0, &first) != NULL);
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 1), 2, &last) != NULL);
    CHECK_INT(last.seq, (uint16_t)(first.seq + 2));
    CHECK(last.marker);
out:
    call_deinit(&call);
}

/** One frame of two packets and one audio packet, each 20 ms. */
static void stream(struct call *call, uint16_t from, uint16_t to)
{
    for (uint16_t i = from; i < to; i++) {
        call_clear(call);
        call_video(call, 1, (uint16_t)(500 + 2 * i), i, false, true, false);
        call_video(call, 1, (uint16_t)(501 + 2 * i), i, false, false, true);
        call_audio(call, 1, i, 30);
        call_turn(call);
        call_run(call, 20000);
    }
}

TEST_NO_OOM(forwarding_allocates_nothing)
{
    struct call call = {0};
    REQUIRE(call_with_video(&call, 3));
    stream(&call, 3, 100); /* events of the start, packets for one second of cache */
    uint64_t before = runner_allocations();
    uint64_t forwarded = exchange_counters(call.exchange)->packets_forwarded;
    stream(&call, 100, 400);
    CHECK_INT(runner_allocations() - before, 0);
    CHECK_INT(exchange_counters(call.exchange)->packets_forwarded - forwarded, 900);
out:
    call_deinit(&call);
}
