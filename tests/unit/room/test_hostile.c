/**
 * Participants who send nonsense: it is bounded and counted, and the others do not notice.
 * 1 sends, 2 is honest, 3 is not.
 */
#include <stdlib.h>

#include "base/bytes.h"
#include "base/rand.h"
#include "media/stream_rewrite.h"
#include "rtp/red.h"
#include "rtp/rtcp_fb.h"
#include "rtp/vp8_payload.h"
#include "support/call.h"
#include "unit/runner.h"

enum { VIDEO_SLOT = 1, RTX = 500 };

static bool call_of_three(struct call *call)
{
    return call_open(call, 3, 0);
}

/** One frame of one packet each turn. */
static void film(struct call *call, uint32_t from, uint16_t first, uint16_t count)
{
    for (uint16_t i = 0; i < count; i++) {
        uint16_t seq = (uint16_t)(first + i);
        call_video(call, from, seq, seq, i == 0, true, true);
        call_turn(call);
        call_run(call, 3000);
    }
}

static void ask(struct call *call, uint32_t number, const uint16_t *seqs, size_t count)
{
    uint8_t data[1400];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    (void)rtcp_write_nack(&out, 77, call_slot_ssrc(number, VIDEO_SLOT), seqs, count);
    call_rtcp(call, number, data, bytes_out_len(&out));
    call_turn(call);
}

TEST(a_datagram_that_asks_for_thousands_is_cut_short)
{
    struct call call = {0};
    uint16_t all[5000];
    struct rtp_header header = {0};
    REQUIRE(call_of_three(&call));
    film(&call, 1, 0, 100);
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, VIDEO_SLOT), 99, &header) != NULL);
    for (uint16_t i = 0; i < 5000; i++) {
        all[i] = i;
    }
    for (int i = 0; i < 5; i++) {
        ask(&call, 3, all, 5000);
    }
    CHECK_INT(call_drops(&call, DROP_NACK_FLOOD), 5);
    ask(&call, 2, &header.seq, 1);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, VIDEO_SLOT) + RTX), 1);
    /* and it is heard again later */
    call_run(&call, 1000000);
    ask(&call, 3, all, 1);
    CHECK_INT(call_drops(&call, DROP_NACK_FLOOD), 5);
out:
    call_deinit(&call);
}

TEST(a_flood_of_keyframe_requests_is_counted)
{
    struct call call = {0};
    uint8_t data[64];
    REQUIRE(call_of_three(&call));
    film(&call, 1, 0, 10);
    call_run(&call, 2000000);
    call_clear(&call);
    for (int i = 0; i < 50; i++) {
        struct bytes_out out = bytes_out_over(data, sizeof(data));
        (void)rtcp_write_pli(&out, 77, call_slot_ssrc(3, VIDEO_SLOT));
        call_rtcp(&call, 3, data, bytes_out_len(&out));
        call_turn(&call);
        call_run(&call, 10000);
    }
    CHECK(call_count_rtcp(&call, 1, RTCP_PSFB, RTCP_FB_FORMAT_PLI) <= 2); /* one each 500 ms */
    CHECK(call_drops(&call, DROP_KEYFRAME_FLOOD) > 40);
out:
    call_deinit(&call);
}

/** Reports with every number at its most absurd. */
static void lie(struct call *call, uint32_t number, struct rand *rand)
{
    uint8_t data[256];
    struct bytes_out out = bytes_out_over(data, sizeof(data));
    struct rtcp_report report = {.ssrc = 77};
    struct rtcp_report_block blocks[2];
    for (size_t i = 0; i < 2; i++) {
        blocks[i] = (struct rtcp_report_block){
            .ssrc = call_slot_ssrc(number, i),
            .fraction_lost = 255,
            .cumulative_lost = (int32_t)(rand_u32(rand) & 0xFFFFFF) - 0x800000,
            .highest_seq = rand_u32(rand),
            .jitter = rand_u32(rand),
            .lsr = rand_u32(rand),
            .dlsr = rand_u32(rand),
        };
    }
    (void)rtcp_write_report(&out, &report, blocks, 2);
    call_rtcp(call, number, data, bytes_out_len(&out));
    call_turn(call);
}

TEST(reports_that_lie_hurt_nobody_else)
{
    struct call call = {0};
    struct rand rand;
    rand_init(&rand, 8);
    REQUIRE(call_of_three(&call));
    for (uint16_t i = 0; i < 200; i++) {
        call_audio(&call, 1, i, 30);
        call_video(&call, 1, i, i, i == 0, true, true);
        lie(&call, 3, &rand);
        call_run(&call, 20000);
    }
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)), 200);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, VIDEO_SLOT)), 200);
    CHECK(call_count_rtcp(&call, 1, RTCP_PSFB, RTCP_FB_FORMAT_PLI) <= 1);
out:
    call_deinit(&call);
}

/** The source jumps about as it likes: numbers of the slot go on, by no more than is remembered. */
TEST(numbers_that_jump_leave_the_slot_in_order)
{
    struct call call = {0};
    struct rand rand;
    rand_init(&rand, 9);
    REQUIRE(call_of_three(&call));
    uint16_t seq = 0;
    for (uint16_t i = 0; i < 400; i++) {
        seq = rand_below(&rand, 4) == 0 ? (uint16_t)rand_u32(&rand) : (uint16_t)(seq + 1);
        call_video(&call, 3, seq, i, i % 2 == 0, true, true);
        call_video(&call, 1, i, i, i == 0, true, true);
        call_turn(&call);
        call_run(&call, 10000);
    }
    struct rtp_header header;
    struct rtp_header before = {0};
    /* 3 and 2 see 1; 1 sees whoever the stage put there */
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, VIDEO_SLOT)), 400);
    size_t count = call_count_rtp(&call, call_slot_ssrc(1, VIDEO_SLOT));
    CHECK(count > 50);
    for (size_t n = 0; n < count; n++) {
        REQUIRE(call_find_rtp(&call, call_slot_ssrc(1, VIDEO_SLOT), n, &header) != NULL);
        if (n > 0) {
            uint16_t step = (uint16_t)(header.seq - before.seq);
            CHECK(step <= STREAM_REWRITE_VIDEO_WINDOW + 1 || step >= 0x10000 - 600);
        }
        before = header;
    }
out:
    call_deinit(&call);
}

TEST(red_whose_lengths_lie_is_dropped_and_counted)
{
    struct call call = {0};
    struct rand rand;
    rand_init(&rand, 10);
    REQUIRE_OK(call_init(&call));
    for (uint32_t number = 1; number <= 2; number++) {
        struct session *session = call_session(number, "room");
        REQUIRE(session != NULL);
        struct session_media *audio = call_add(session, MEDIA_AUDIO, "a", number == 1, true);
        audio->codecs[1] =
            (struct session_codec){.kind = CODEC_RED, .pt = CALL_RED, .clock_rate = 48000};
        audio->codec_count = 2;
        audio->ssrcs[0] = call_track_ssrc(number, MEDIA_AUDIO);
        audio->ssrc_count = 1;
        REQUIRE(call_join(&call, session));
    }
    for (uint16_t i = 0; i < 300; i++) {
        uint8_t payload[40];
        for (size_t at = 0; at < sizeof(payload); at++) {
            payload[at] = (uint8_t)rand_u32(&rand);
        }
        payload[0] |= 0x80;
        if (i % 3 == 0) { /* a hole before it, for its blocks to fill */
            continue;
        }
        struct call_rtp rtp = {.from = 1,
                               .ssrc = call_track_ssrc(1, MEDIA_AUDIO),
                               .pt = CALL_RED,
                               .seq = i,
                               .timestamp = 960U * i,
                               .level = 30,
                               .twcc = -1,
                               .payload = payload,
                               .payload_bytes = sizeof(payload)};
        call_rtp(&call, &rtp);
        call_turn(&call);
        call_run(&call, 20000);
    }
    CHECK(call_drops(&call, DROP_RTP_MALFORMED) > 150);
    CHECK(call_count_rtp(&call, call_slot_ssrc(2, 0)) < 50);
out:
    call_deinit(&call);
}

/** PictureIDs of 15 bits, then 7, then none, then 15: each packet keeps its width, the numbers of a
 * width go on, and the descriptor stays whole. */
TEST(the_width_of_picture_ids_may_change)
{
    struct call call = {0};
    REQUIRE(call_of_three(&call));
    for (uint16_t i = 0; i < 80; i++) {
        uint8_t payload[60] = {0x90, 0, 0, 0, 0, 0};
        size_t at = 1;
        unsigned width = i / 20 == 1 ? 7 : i / 20 == 2 ? 0 : 15;
        if (width == 15) {
            payload[1] = 0x80;
            bytes_put_u16(payload + 2, (uint16_t)(0x8000 | i));
            at = 4;
        } else if (width == 7) {
            payload[1] = 0x80;
            payload[2] = (uint8_t)(i & 0x7F);
            at = 3;
        } else {
            payload[0] = 0x10;
        }
        payload[at] = i == 0 ? 0x10 : 0x11;
        struct call_rtp rtp = {.from = 1,
                               .ssrc = call_track_ssrc(1, MEDIA_VIDEO),
                               .pt = CALL_VP8,
                               .seq = i,
                               .timestamp = 3000U * i,
                               .marker = true,
                               .level = -1,
                               .twcc = -1,
                               .payload = payload,
                               .payload_bytes = sizeof(payload)};
        call_rtp(&call, &rtp);
        call_turn(&call);
        call_run(&call, 33000);
    }
    struct rtp_header header;
    struct vp8_payload vp8;
    uint16_t last = 0;
    REQUIRE_INT(call_count_rtp(&call, call_slot_ssrc(2, VIDEO_SLOT)), 80);
    for (size_t n = 0; n < 80; n++) {
        const struct call_sent *sent =
            call_find_rtp(&call, call_slot_ssrc(2, VIDEO_SLOT), n, &header);
        REQUIRE(sent != NULL);
        REQUIRE_OK(
            vp8_payload_parse(sent->data + header.payload_offset, header.payload_bytes, &vp8));
        CHECK_INT(vp8.picture_id_bits, n / 20 == 1 ? 7 : n / 20 == 2 ? 0 : 15);
        uint16_t mask = vp8.picture_id_bits == 7 ? 0x7F : 0x7FFF;
        if (n % 20 != 0 && vp8.picture_id_bits != 0) {
            CHECK_INT(vp8.picture_id, (last + 1) & mask);
        }
        last = vp8.picture_id;
    }
out:
    call_deinit(&call);
}

/** A re-offer of participant 1, who numbers the level otherwise from now on (RFC 8285 6 forbids
 * it).
 */
TEST(extension_ids_may_change_by_reoffer)
{
    enum { NEW_LEVEL = 7 };
    struct call call = {0};
    REQUIRE(call_of_three(&call));
    call_audio(&call, 1, 1, 30);
    call_turn(&call);
    struct session *session = call_session(1, "room");
    REQUIRE(session != NULL);
    for (int kind = MEDIA_AUDIO; kind <= MEDIA_VIDEO; kind++) {
        struct session_media *media =
            call_add(session, (enum media_kind)kind, kind == MEDIA_AUDIO ? "a" : "v", true, true);
        media->ssrcs[0] = call_track_ssrc(1, (enum media_kind)kind);
        media->ssrc_count = 1;
        if (kind == MEDIA_AUDIO) {
            media->exts.id[RTP_EXT_AUDIO_LEVEL] = NEW_LEVEL;
        }
    }
    struct command *command = call_command_new(COMMAND_UPDATE, 1);
    if (command == NULL) {
        free(session);
    }
    REQUIRE(command != NULL);
    command->session = session;
    call_submit(&call, command);
    call_clear(&call);
    call_audio(&call, 1, 2, 40); /* still under the old id: nothing is known of it */
    static const uint8_t level = 0x80 | 50;
    static const uint8_t payload[] = {0x78, 1, 2, 3};
    struct call_rtp rtp = {.from = 1,
                           .ssrc = call_track_ssrc(1, MEDIA_AUDIO),
                           .pt = CALL_OPUS,
                           .seq = 3,
                           .timestamp = 2880,
                           .level = -1,
                           .twcc = -1,
                           .payload = payload,
                           .payload_bytes = sizeof(payload),
                           .more = {.id = NEW_LEVEL, .bytes = 1, .at = &level}};
    call_rtp(&call, &rtp);
    call_turn(&call);
    struct rtp_ext_map map = {0};
    map.id[RTP_EXT_AUDIO_LEVEL] = CALL_EXT_LEVEL;
    for (size_t n = 0; n < 2; n++) {
        struct rtp_header header;
        struct rtp_exts exts;
        const struct call_sent *sent = call_find_rtp(&call, call_slot_ssrc(2, 0), n, &header);
        REQUIRE(sent != NULL);
        REQUIRE_OK(rtp_ext_read(sent->data, &header, &map, &exts));
        CHECK((exts.bytes[RTP_EXT_AUDIO_LEVEL] > 0) == (n == 1));
        if (exts.bytes[RTP_EXT_AUDIO_LEVEL] > 0) {
            CHECK_INT(exts.at[RTP_EXT_AUDIO_LEVEL][0], level);
        }
    }
out:
    call_deinit(&call);
}
