#include <stdio.h>

#include "base/bytes.h"
#include "codec/audio_packet.h"
#include "room/bridging.h"
#include "support/made.h"
#include "support/mixed_call.h"
#include "unit/runner.h"

enum {
    TALKERS = 3,
    LISTENER = 9,
    LOUD = 25 /* -dBov */
};

static const struct audio_bridge_options cheap = {.speakers = 3, .bitrate_bps = 32000};

static bool join_all(struct mixed_call *mixing)
{
    bool joined = true;
    for (uint32_t number = 1; number <= TALKERS; number++) {
        joined = joined && mixed_call_join(mixing, number, true);
    }
    return joined && mixed_call_join(mixing, LISTENER, false);
}

static const struct event_mix *mix_of(const struct mixed_call *mixing)
{
    return &exchange_counters(mixing->call.exchange)->mix;
}

/** Whom the last packet to a participant names first. */
static uint32_t first_csrc(const struct call *call, uint32_t number)
{
    struct rtp_header header;
    const struct call_sent *sent = call_find_rtp(call, call_slot_ssrc(number, 0), 0, &header);
    return sent != NULL && header.csrc_count > 0 ? bytes_get_u32(sent->data + 12) : 0;
}

/** Everybody speaks for so many frames; only what the last of them sent is kept. */
static void talk(struct mixed_call *mixing, int frames)
{
    for (int i = 0; i < frames; i++) {
        call_clear(&mixing->call);
        for (uint32_t number = 1; number <= TALKERS; number++) {
            mixed_call_say(mixing, number, LOUD + i % 5, NULL, 0);
        }
        mixed_call_pass(mixing);
    }
}

TEST(a_room_is_mixed_while_somebody_wants_it)
{
    struct mixed_call mixing;
    struct rtp_header header;
    REQUIRE_OK(mixed_call_init(&mixing, cheap));
    REQUIRE_INT(audio_bridge_next_deadline(mixing.bridge, mixing.call.exchange), INT64_MAX);
    REQUIRE(join_all(&mixing));
    talk(&mixing, 22);
    REQUIRE_INT(mix_of(&mixing)->rooms, 1);
    REQUIRE_INT(mix_of(&mixing)->decoders, TALKERS);
    REQUIRE_INT(mix_of(&mixing)->encoders, TALKERS + 1);
    REQUIRE_INT(mix_of(&mixing)->entered, TALKERS + 1);
    REQUIRE(call_find_rtp(&mixing.call, call_slot_ssrc(LISTENER, 0), 0, &header) != NULL);
    CHECK_INT(header.csrc_count, TALKERS);
    REQUIRE(call_find_rtp(&mixing.call, call_slot_ssrc(1, 0), 0, &header) != NULL);
    CHECK_INT(header.csrc_count, TALKERS - 1);
    call_command(&mixing.call, COMMAND_LEAVE, LISTENER);
    for (uint32_t number = 1; number <= TALKERS; number++) {
        call_command(&mixing.call, COMMAND_LEAVE, number);
    }
    mixed_call_pass(&mixing);
    mixed_call_pass(&mixing);
    CHECK_INT(mix_of(&mixing)->rooms, 0);
    CHECK_INT(mix_of(&mixing)->decoders, 0);
    CHECK_INT(mix_of(&mixing)->encoders, 0);
    CHECK_INT(pool_in_use(mixing.call.packets), 0);
out:
    mixed_call_deinit(&mixing);
}

TEST(a_bridge_wakes_for_frames_only)
{
    struct mixed_call mixing;
    REQUIRE_OK(mixed_call_init(&mixing, cheap));
    REQUIRE(join_all(&mixing));
    talk(&mixing, 3);
    REQUIRE_INT(mix_of(&mixing)->rooms, 1);
    for (int i = 0; i < 3; i++) {
        struct exchange *exchange = mixing.call.exchange;
        uint64_t frames = mix_of(&mixing)->frames;
        int64_t next_us = audio_bridge_next_deadline(mixing.bridge, exchange);
        REQUIRE(next_us < INT64_MAX);
        audio_bridge_timeout(mixing.bridge, exchange, next_us);
        CHECK_INT(mix_of(&mixing)->frames, frames + 1);
    }
out:
    mixed_call_deinit(&mixing);
}

/** One who wants the mix of a room of his own. */
static bool join_alone(struct mixed_call *mixing, uint32_t number)
{
    char room[SESSION_ROOM_BYTES];
    (void)snprintf(room, sizeof(room), "room%u", (unsigned)number);
    struct session *session = call_session(number, room);
    if (session == NULL) {
        return false;
    }
    (void)call_add(session, MEDIA_AUDIO, "a", false, true);
    session->audio_policy = SLOT_POLICY_MIX;
    bool joined = call_join(&mixing->call, session);
    mixed_call_pass(mixing);
    return joined;
}

/** Bit n: a room has its turn n ms after frames that begin at multiples of 20 ms. */
static uint32_t turns_of(struct mixed_call *mixing)
{
    uint32_t turns = 0;
    audio_bridge_timeout(mixing->bridge, mixing->call.exchange, mixing->call.now_us);
    for (int i = 0; i < AUDIO_BRIDGE_FRAME_US / 1000; i++) {
        uint64_t frames = mix_of(mixing)->frames;
        call_run(&mixing->call, 1000);
        audio_bridge_timeout(mixing->bridge, mixing->call.exchange, mixing->call.now_us);
        turns |= mix_of(mixing)->frames == frames
                     ? 0
                     : UINT32_C(1) << mixing->call.now_us % AUDIO_BRIDGE_FRAME_US / 1000;
    }
    return turns;
}

TEST(few_rooms_are_mixed_together_and_when_timers_are_due)
{
    struct mixed_call mixing;
    REQUIRE_OK(mixed_call_init(&mixing, cheap));
    for (uint32_t number = 1; number <= 4; number++) {
        REQUIRE(join_alone(&mixing, number));
        REQUIRE_INT(mix_of(&mixing)->rooms, number);
        CHECK_INT(turns_of(&mixing), 1);
    }
    for (uint32_t number = 5; number <= 9; number++) {
        REQUIRE(join_alone(&mixing, number));
    }
    REQUIRE_INT(mix_of(&mixing)->rooms, 9);
    CHECK_INT(turns_of(&mixing), 1 | 1 << 5 | 1 << 10);
    call_command(&mixing.call, COMMAND_LEAVE, 9);
    mixed_call_pass(&mixing);
    mixed_call_pass(&mixing);
    CHECK_INT(turns_of(&mixing), 1 | 1 << 10);
    call_command(&mixing.call, COMMAND_LEAVE, 2);
    mixed_call_pass(&mixing);
    mixed_call_pass(&mixing);
    REQUIRE(join_alone(&mixing, 10)); /* in the place of the one that has ended */
    CHECK_INT(turns_of(&mixing), 1 | 1 << 10);
out:
    mixed_call_deinit(&mixing);
}

/** The bridge may go first, in the middle of everything. */
TEST(a_bridge_lets_go_of_all_rooms)
{
    struct mixed_call mixing;
    REQUIRE_OK(mixed_call_init(&mixing, cheap));
    REQUIRE(join_all(&mixing));
    talk(&mixing, 8);
    audio_bridge_free(&mixing.bridge);
    audio_bridge_free(&mixing.bridge);
    CHECK_INT(mix_of(&mixing)->rooms, 0);
    CHECK_INT(mix_of(&mixing)->decoders, 0);
    CHECK_INT(mix_of(&mixing)->encoders, 0);
    call_run(&mixing.call, 100000);
out:
    mixed_call_deinit(&mixing);
}

/** Whoever stops gets the common mix again, and its encoder is the only one left. */
TEST_NO_OOM(in_silence_there_is_one_mix_and_nothing_is_sent)
{
    struct mixed_call mixing;
    REQUIRE_OK(mixed_call_init(&mixing, cheap));
    REQUIRE(join_all(&mixing));
    talk(&mixing, 30);
    for (int i = 0; i < 150; i++) {
        mixed_call_pass(&mixing);
    }
    CHECK_INT(mix_of(&mixing)->decoders, 0);
    CHECK_INT(mix_of(&mixing)->encoders, 1);
    CHECK_INT(mix_of(&mixing)->rejoins, TALKERS);
    uint64_t encoded = mix_of(&mixing)->encoded;
    call_clear(&mixing.call);
    for (int i = 0; i < 100; i++) {
        mixed_call_pass(&mixing);
    }
    CHECK_INT(mix_of(&mixing)->encoded, encoded);
    CHECK_INT(call_count_rtp(&mixing.call, call_slot_ssrc(LISTENER, 0)), 5); /* each 400 ms */
    CHECK_INT(call_count_rtp(&mixing.call, call_slot_ssrc(1, 0)), 5);
out:
    mixed_call_deinit(&mixing);
}

/** Claims to be the loudest and is silent: others are heard in his place. */
TEST_NO_OOM(who_lies_about_his_loudness_goes_behind)
{
    /* CELT, 20 ms of nothing, with as much padding as sound would have (RFC 6716 3.2.5) */
    static const uint8_t silence[65] = {0xFB, 0x41, 60, 0xFF, 0xFE};
    struct mixed_call mixing;
    struct rtp_header header;
    struct audio_bridge_options one = cheap;
    one.speakers = 1;
    REQUIRE_OK(mixed_call_init(&mixing, one));
    REQUIRE(join_all(&mixing));
    for (int i = 0; i < 250; i++) {
        call_clear(&mixing.call);
        mixed_call_say(&mixing, 1, 5 + i % 7, silence, sizeof(silence));
        if (i > 30) {
            mixed_call_say(&mixing, 2, 40 + i % 5, NULL, 0);
        }
        mixed_call_pass(&mixing);
        if (i == 99) { /* he was heard for a moment, while the place might change hands */
            CHECK(call_find_rtp(&mixing.call, call_slot_ssrc(LISTENER, 0), 0, &header) == NULL);
        }
    }
    CHECK_INT(mix_of(&mixing)->liars, 1);
    REQUIRE(call_find_rtp(&mixing.call, call_slot_ssrc(LISTENER, 0), 0, &header) != NULL);
    REQUIRE_INT(header.csrc_count, 1);
    CHECK_INT(first_csrc(&mixing.call, LISTENER), 2);
out:
    mixed_call_deinit(&mixing);
}

/** Bytes that are no Opus, and Opus that is broken inside, silence nobody else. */
TEST_NO_OOM(what_cannot_be_decoded_hurts_nobody_else)
{
    struct mixed_call mixing;
    struct rand rand;
    struct rtp_header header;
    rand_init(&rand, 4);
    REQUIRE_OK(mixed_call_init(&mixing, cheap));
    REQUIRE(join_all(&mixing));
    for (int i = 0; i < 200; i++) {
        uint8_t junk[200];
        for (size_t k = 0; k < sizeof(junk); k++) {
            junk[k] = (uint8_t)rand_below(&rand, 256);
        }
        call_clear(&mixing.call);
        mixed_call_say(&mixing, 1, LOUD + i % 5, junk, rand_below(&rand, sizeof(junk)));
        mixed_call_say(&mixing, 2, LOUD + i % 5, NULL, 0);
        mixed_call_pass(&mixing);
    }
    REQUIRE(call_find_rtp(&mixing.call, call_slot_ssrc(LISTENER, 0), 0, &header) != NULL);
    CHECK(header.csrc_count >= 1);
    REQUIRE(call_find_rtp(&mixing.call, call_slot_ssrc(1, 0), 0, &header) != NULL);
    REQUIRE_INT(header.csrc_count, 1);
    CHECK_INT(first_csrc(&mixing.call, 1), 2);
out:
    mixed_call_deinit(&mixing);
}

/** How many packets to a participant hold copies of what was before, in a second of talk. */
static int count_fec(struct mixed_call *mixing, uint32_t number)
{
    int count = 0;
    for (int i = 0; i < 50; i++) {
        struct rtp_header header;
        struct audio_packet facts;
        talk(mixing, 1);
        const struct call_sent *sent =
            call_find_rtp(&mixing->call, call_slot_ssrc(number, 0), 0, &header);
        if (sent != NULL && audio_packet_parse(sent->data + header.payload_offset,
                                               header.payload_bytes, &facts) == 0) {
            count += facts.lbrr_samples > 0 ? 1 : 0;
        }
    }
    return count;
}

/** One who loses packets gets others than those who do not, and for no longer than it takes. */
TEST_NO_OOM(who_loses_packets_hears_a_mix_with_fec)
{
    struct mixed_call mixing;
    REQUIRE_OK(mixed_call_init(&mixing, cheap));
    REQUIRE(join_all(&mixing));
    struct session *session = call_session(10, "room");
    REQUIRE(session != NULL);
    call_add(session, MEDIA_AUDIO, "a", false, true)->codecs[0].inband_fec = true;
    session->audio_policy = SLOT_POLICY_MIX;
    REQUIRE(call_join(&mixing.call, session));
    talk(&mixing, 30);
    CHECK_INT(mix_of(&mixing)->encoders, TALKERS + 1);
    struct bridge_sink *sink = made_sink(mixing.call.exchange, MEDIA_AUDIO, 10, 0);
    REQUIRE(sink != NULL);
    sink->loss_percent = 10;
    sink->fresh = true;
    sink->bridging->sinks_changed++;
    talk(&mixing, 2);
    CHECK_INT(mix_of(&mixing)->encoders, TALKERS + 2);
    CHECK(count_fec(&mixing, 10) > 20);
    CHECK_INT(count_fec(&mixing, LISTENER), 0);
    sink->loss_percent = 0;
    talk(&mixing, 700);
    CHECK_INT(mix_of(&mixing)->encoders, TALKERS + 1);
    CHECK_INT(count_fec(&mixing, 10), 0);
out:
    mixed_call_deinit(&mixing);
}

/** Work for each of a thousand is done when something changes for him, not each frame. */
TEST_NO_OOM(a_thousand_listeners_share_one_mix)
{
    enum { LISTENERS = 1000, SECOND = 50 };
    struct mixed_call mixing;
    REQUIRE_OK(mixed_call_init(&mixing, cheap));
    for (uint32_t number = 1; number <= TALKERS; number++) {
        REQUIRE(mixed_call_join(&mixing, number, true));
    }
    for (uint32_t i = 0; i < LISTENERS; i++) {
        REQUIRE(mixed_call_join(&mixing, 100 + i, false));
    }
    talk(&mixing, SECOND);
    CHECK_INT(mix_of(&mixing)->encoders, TALKERS + 1);
    const struct event_mix before = *mix_of(&mixing);
    talk(&mixing, SECOND);
    CHECK_INT(mix_of(&mixing)->frames - before.frames, SECOND);
    CHECK_INT(mix_of(&mixing)->decoded - before.decoded, TALKERS * SECOND);
    CHECK_INT(mix_of(&mixing)->encoded - before.encoded, (TALKERS + 1) * SECOND);
    CHECK(mix_of(&mixing)->looks - before.looks <= TALKERS * SECOND + 2 * LISTENERS);
out:
    mixed_call_deinit(&mixing);
}
