#include <stdlib.h>

#include "room/tap.h"
#include "rtp/rtcp_fb.h"
#include "support/call.h"
#include "support/made.h"
#include "unit/runner.h"

/** 1 sends, 2 only listens, by a bridge. */
static bool call_with_listener(struct call *call)
{
    if (call_init(call) != 0) {
        return false;
    }
    struct session *session = call_session(2, "room");
    if (session == NULL) {
        return false;
    }
    session->audio_policy = SLOT_POLICY_MIX;
    call_add(session, MEDIA_AUDIO, "a", false, true);
    return call_join(call, session) && call_join_pair(call, 1, 0);
}

static void send_audio(struct call *call, uint16_t seq)
{
    call_audio(call, 1, seq, 30);
    call_turn(call);
    call_run(call, MADE_AUDIO_US);
}

TEST(a_tap_gives_what_comes_and_what_came_just_before)
{
    struct call call = {0};
    struct tap *tap = calloc(1, sizeof(*tap));
    struct tap_packet packet;
    REQUIRE(tap != NULL);
    tap_init(tap);
    REQUIRE(call_with_listener(&call));
    for (uint16_t seq = 10; seq < 20; seq++) {
        send_audio(&call, seq);
    }
    struct bridge_source *source = made_source(call.exchange, MEDIA_AUDIO, 1, 0);
    REQUIRE(source != NULL);
    tap_open(tap, source, 0, 3);
    CHECK(tap_is_open(tap));
    send_audio(&call, 21);
    send_audio(&call, 20);
    static const uint16_t seqs[] = {17, 18, 19, 21, 20};
    for (size_t i = 0; i < 5; i++) {
        REQUIRE(tap_poll(tap, &packet));
        CHECK_INT((uint16_t)packet.ext_seq, seqs[i]);
        CHECK_INT(packet.timestamp, 960U * seqs[i]);
        CHECK_INT(packet.late, i == 4);
        CHECK_INT(packet.codec, CODEC_OPUS);
        CHECK_INT(packet.bytes, 40);
        CHECK_INT(packet.payload[0], 0x78);
        CHECK_INT(packet.level, 30);
        packet_unref(&packet.packet);
    }
    CHECK(!tap_poll(tap, &packet));
    send_audio(&call, 22);
    tap_close(tap);
    CHECK(!tap_is_open(tap));
    CHECK(!tap_poll(tap, &packet));
    tap_close(tap);
out:
    if (tap != NULL) {
        tap_close(tap);
    }
    free(tap);
    call_deinit(&call);
}

TEST(a_tap_outlives_its_source)
{
    struct call call = {0};
    struct tap *tap = calloc(1, sizeof(*tap));
    struct tap_packet packet;
    REQUIRE(tap != NULL);
    tap_init(tap);
    REQUIRE(call_with_listener(&call));
    send_audio(&call, 1);
    REQUIRE(made_source(call.exchange, MEDIA_AUDIO, 1, 0) != NULL);
    tap_open(tap, made_source(call.exchange, MEDIA_AUDIO, 1, 0), 0, 5);
    call_command(&call, COMMAND_LEAVE, 1);
    CHECK(made_source(call.exchange, MEDIA_AUDIO, 1, 0) == NULL);
    CHECK(!tap_is_open(tap));
    REQUIRE(tap_poll(tap, &packet));
    CHECK_INT(packet.codec, CODEC_OPUS);
    packet_unref(&packet.packet);
    CHECK(!tap_poll(tap, &packet));
    tap_close(tap);
out:
    if (tap != NULL) {
        tap_close(tap);
    }
    free(tap);
    call_deinit(&call);
}

TEST(a_tap_that_nobody_empties_loses_and_counts)
{
    struct call call = {0};
    struct tap *tap = calloc(1, sizeof(*tap));
    struct tap_packet packet;
    REQUIRE(tap != NULL);
    tap_init(tap);
    REQUIRE(call_with_listener(&call));
    REQUIRE(made_source(call.exchange, MEDIA_AUDIO, 1, 0) != NULL);
    tap_open(tap, made_source(call.exchange, MEDIA_AUDIO, 1, 0), 0, 0);
    for (uint16_t seq = 0; seq < TAP_MAX_PACKETS + 5; seq++) {
        call_audio(&call, 1, seq, 30);
        call_turn(&call);
    }
    CHECK_INT(tap->ring.overflows, 5);
    REQUIRE(tap_poll(tap, &packet));
    CHECK_INT((uint16_t)packet.ext_seq, 0);
    packet_unref(&packet.packet);
    tap_close(tap);
out:
    if (tap != NULL) {
        tap_close(tap);
    }
    free(tap);
    call_deinit(&call);
}

TEST(what_is_tapped_is_repaired_and_comes_in_order)
{
    struct call call = {0};
    struct tap *tap = calloc(1, sizeof(*tap));
    struct tap_packet packet = {0};
    REQUIRE(tap != NULL);
    tap_init(tap);
    REQUIRE(call_with_listener(&call));
    REQUIRE(made_source(call.exchange, MEDIA_VIDEO, 1, 0) != NULL);
    tap_open(tap, made_source(call.exchange, MEDIA_VIDEO, 1, 0), 0, 0);
    call_video(&call, 1, 1, 1, true, true, true);
    call_turn(&call);
    call_video(&call, 1, 3, 3, false, true, true);
    call_turn(&call);
    call_run(&call, 30000);
    CHECK(call_count_rtcp(&call, 1, RTCP_RTPFB, RTCP_FB_FORMAT_NACK) > 0);
    REQUIRE(tap_poll(tap, &packet));
    CHECK_INT((uint16_t)packet.ext_seq, 1);
    CHECK(packet.keyframe_start);
    CHECK(packet.marker);
    packet_unref(&packet.packet);
    REQUIRE(!tap_poll(tap, &packet));
    call_video(&call, 1, 2, 2, false, true, true);
    call_turn(&call);
    for (uint16_t seq = 2; seq <= 3; seq++) {
        REQUIRE(tap_poll(tap, &packet));
        CHECK_INT((uint16_t)packet.ext_seq, seq);
        CHECK(!packet.late);
        packet_unref(&packet.packet);
    }
    REQUIRE(made_source(call.exchange, MEDIA_VIDEO, 1, 0) != NULL);
    bridge_source_want_keyframe(made_source(call.exchange, MEDIA_VIDEO, 1, 0), 0);
    call_run(&call, 600000);
    CHECK(call_count_rtcp(&call, 1, RTCP_PSFB, RTCP_FB_FORMAT_PLI) > 0);
    tap_close(tap);
out:
    packet_unref(&packet.packet);
    if (tap != NULL) {
        tap_close(tap);
    }
    free(tap);
    call_deinit(&call);
}

TEST(a_new_life_is_told)
{
    struct call call = {0};
    struct tap *tap = calloc(1, sizeof(*tap));
    struct tap_packet packet;
    REQUIRE(tap != NULL);
    tap_init(tap);
    REQUIRE(call_with_listener(&call));
    REQUIRE(made_source(call.exchange, MEDIA_AUDIO, 1, 0) != NULL);
    tap_open(tap, made_source(call.exchange, MEDIA_AUDIO, 1, 0), 0, 0);
    send_audio(&call, 40000);
    REQUIRE(tap_poll(tap, &packet));
    uint32_t life = packet.life;
    packet_unref(&packet.packet);
    for (uint16_t seq = 10; seq < 13; seq++) { /* it jumps back: has started afresh */
        send_audio(&call, seq);
    }
    REQUIRE(tap_poll(tap, &packet));
    CHECK(packet.life != life);
    CHECK(!packet.late);
    packet_unref(&packet.packet);
    tap_close(tap);
out:
    if (tap != NULL) {
        tap_close(tap);
    }
    free(tap);
    call_deinit(&call);
}
