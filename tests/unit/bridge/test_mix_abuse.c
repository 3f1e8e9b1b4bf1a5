/**
 * Sources and agreements that do what they should not, in a room that is mixed: it costs them their
 * own sound, and nobody else anything.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "relay/bridge/mix_parts.h"
#include "room/bridging.h"
#include "support/made.h"
#include "support/mixed_call.h"
#include "unit/runner.h"

enum { LISTENER = 9, LOUD = 25, SECOND = 50 /* frames */ };

static const struct audio_bridge_options cheap = {.speakers = 3, .bitrate_bps = 32000};

static const struct event_mix *mix_of(const struct mixed_call *mixed)
{
    return &exchange_counters(mixed->call.exchange)->mix;
}

/** The newest packet to a participant's slot; its number of sources, -1 = none was sent. */
static int newest(const struct call *call, uint32_t number, struct rtp_header *header,
                  uint32_t *first_source)
{
    uint32_t ssrc = call_slot_ssrc(number, 0);
    size_t count = call_count_rtp(call, ssrc);
    const struct call_sent *sent = count > 0 ? call_find_rtp(call, ssrc, count - 1, header) : NULL;
    if (sent == NULL) {
        return -1;
    }
    *first_source = header->csrc_count > 0 ? bytes_get_u32(sent->data + 12) : 0;
    return header->csrc_count;
}

/** One with a slot who hears whatever the relay finds right. */
static bool join_auto(struct mixed_call *mixed, uint32_t number)
{
    struct session *session = call_session(number, "room");
    if (session == NULL) {
        return false;
    }
    (void)call_add(session, MEDIA_AUDIO, "a", true, true);
    return call_join(&mixed->call, session);
}

/** Longest step forth of the timestamps of what a participant was sent, in samples; those back
 * count as very long. */
static uint32_t longest_step(const struct call *call, uint32_t number)
{
    uint32_t longest = 0;
    uint32_t last = 0;
    size_t count = call_count_rtp(call, call_slot_ssrc(number, 0));
    for (size_t i = 0; i < count; i++) {
        struct rtp_header header = {0};
        (void)call_find_rtp(call, call_slot_ssrc(number, 0), i, &header);
        uint32_t step = i > 0 ? header.timestamp - last : 0;
        longest = step > longest ? step : longest;
        last = header.timestamp;
    }
    return longest;
}

/** When the clock jumps: once, or with each packet. */
enum wild { NEVER, WHEN_HUSHED, WHILE_LEAVING };

/** A source's clock runs wild while a slot goes over from it to the mix, or back to it. */
static bool go_over(struct mixed_call *mixed, enum wild wild)
{
    uint32_t jumps = 0;
    bool was = false;
    for (int i = 0; i < 12 * SECOND; i++) {
        const struct bridge_sink *sink = made_sink(mixed->call.exchange, MEDIA_AUDIO, 2, 0);
        bool is = sink != NULL && (wild == WHEN_HUSHED ? sink->hushed : sink->leaving);
        if (is && (wild == WHILE_LEAVING || (wild == WHEN_HUSHED && !was))) {
            jumps += 0x30000000;
        }
        was = is;
        mixed_call_send(mixed, 1, "a", 960U * mixed->seq + jumps, LOUD + i % 5, NULL, 0);
        if (i == SECOND && !join_auto(mixed, 3)) {
            return false;
        }
        if (i > SECOND && i < 5 * SECOND) {
            mixed_call_say(mixed, 3, LOUD + i % 5, NULL, 0);
        }
        if (i == 5 * SECOND) {
            call_command(&mixed->call, COMMAND_LEAVE, 3);
        }
        mixed_call_pass(mixed);
    }
    return mix_of(mixed)->entered > 0 && mix_of(mixed)->left > 0;
}

TEST_NO_OOM(a_wild_clock_throws_no_listener_out_of_time)
{
    for (enum wild wild = NEVER; wild <= WHILE_LEAVING; wild++) {
        struct mixed_call mixed;
        REQUIRE_OK(mixed_call_init(&mixed, cheap));
        REQUIRE(join_auto(&mixed, 1));
        REQUIRE(join_auto(&mixed, 2));
        REQUIRE(go_over(&mixed, wild));
        CHECK(longest_step(&mixed.call, 2) <= 48000);
    out:
        mixed_call_deinit(&mixed);
    }
}

/** Whoever sends two tracks hears neither, and others are told of him once. */
TEST_NO_OOM(two_microphones_are_one_person)
{
    struct mixed_call mixed;
    struct rtp_header header;
    uint32_t first = 0;
    REQUIRE_OK(mixed_call_init(&mixed, cheap));
    struct session *session = call_session(1, "room");
    REQUIRE(session != NULL);
    (void)call_add(session, MEDIA_AUDIO, "a", true, true);
    (void)call_add(session, MEDIA_AUDIO, "b", true, false);
    session->audio_policy = SLOT_POLICY_MIX;
    REQUIRE(call_join(&mixed.call, session));
    REQUIRE(mixed_call_join(&mixed, 2, true));
    REQUIRE(mixed_call_join(&mixed, LISTENER, false));
    for (int i = 0; i < SECOND; i++) {
        mixed_call_say(&mixed, 1, LOUD + i % 5, NULL, 0);
        mixed_call_send(&mixed, 1, "b", 960U * mixed.seq + 77, LOUD + i % 5, NULL, 0);
        mixed_call_say(&mixed, 2, LOUD + i % 5, NULL, 0);
        mixed_call_pass(&mixed);
    }
    CHECK_INT(mix_of(&mixed)->decoders, 3);
    CHECK_INT(newest(&mixed.call, 1, &header, &first), 1);
    CHECK_INT(first, 2);
    CHECK_INT(newest(&mixed.call, 2, &header, &first), 1);
    CHECK_INT(first, 1);
    CHECK_INT(newest(&mixed.call, LISTENER, &header, &first), 2);
out:
    mixed_call_deinit(&mixed);
}

/** Lies for a second, keeps quiet for one, and begins again: he does not get away with it. */
TEST_NO_OOM(who_lies_now_and_then_is_found_out)
{
    static const uint8_t silence[65] = {0xFB, 0x41, 60, 0xFF, 0xFE}; /* CELT of nothing, padded */
    struct mixed_call mixed;
    struct rtp_header header;
    uint32_t first = 0;
    struct audio_bridge_options one = cheap;
    int heard = 0;
    one.speakers = 1;
    REQUIRE_OK(mixed_call_init(&mixed, one));
    REQUIRE(mixed_call_join(&mixed, 1, true));
    REQUIRE(mixed_call_join(&mixed, 2, true));
    REQUIRE(mixed_call_join(&mixed, LISTENER, false));
    for (int i = 0; i < 12 * SECOND; i++) {
        call_clear(&mixed.call);
        mixed_call_say(&mixed, 1, i / SECOND % 2 == 0 ? 5 + i % 7 : 127, silence, sizeof(silence));
        mixed_call_say(&mixed, 2, 40 + i % 5, NULL, 0);
        mixed_call_pass(&mixed);
        heard +=
            i >= 6 * SECOND && newest(&mixed.call, LISTENER, &header, &first) == 1 && first == 2;
    }
    CHECK(mix_of(&mixed)->liars >= 1);
    CHECK(heard > 5 * SECOND);
out:
    mixed_call_deinit(&mixed);
}

/** from= is about everything that he is given: a mix would hold others, too. */
TEST_NO_OOM(who_wants_one_person_hears_no_mix)
{
    struct mixed_call mixed;
    struct rtp_header header;
    uint32_t first = 0;
    REQUIRE_OK(mixed_call_init(&mixed, cheap));
    REQUIRE(mixed_call_join(&mixed, 1, true));
    REQUIRE(mixed_call_join(&mixed, 2, true));
    struct session *session = call_session(LISTENER, "room");
    REQUIRE(session != NULL);
    (void)call_add(session, MEDIA_AUDIO, "a", false, true);
    session->audio_policy = SLOT_POLICY_MIX;
    session->from_number = 2;
    REQUIRE(call_join(&mixed.call, session));
    for (int i = 0; i < SECOND; i++) {
        mixed_call_say(&mixed, 1, LOUD + i % 5, NULL, 0);
        mixed_call_say(&mixed, 2, LOUD + i % 5, NULL, 0);
        mixed_call_pass(&mixed);
    }
    CHECK(made_sink(mixed.call.exchange, MEDIA_AUDIO, LISTENER, 0) == NULL);
    CHECK_INT(newest(&mixed.call, LISTENER, &header, &first), 1);
    CHECK_INT(first, 2);
out:
    mixed_call_deinit(&mixed);
}

static bool pin(struct mixed_call *mixed, uint32_t number, uint32_t target)
{
    struct command *command = call_command_new(COMMAND_PIN, number);
    if (command == NULL) {
        return false;
    }
    memcpy(command->mid, "a", 2);
    command->target = target;
    command->feed = FEED_TRACK;
    call_submit(&mixed->call, command);
    return true;
}

/** Two speak, whose clocks are minutes apart, for so many frames. */
static void two_speak(struct mixed_call *mixed, int frames)
{
    for (int i = 0; i < frames; i++) {
        mixed_call_say(mixed, 1, LOUD + i % 5, NULL, 0);
        mixed_call_send(mixed, 2, "a", 960U * mixed->seq + 0x10000000, LOUD + i % 5, NULL, 0);
        mixed_call_pass(mixed);
    }
}

/** Has had the part of a frame behind which the track is to go on that he wants to hear. */
static bool has_parted(const struct mixed_call *mixed)
{
    const struct bridge_sink *sink = made_sink(mixed->call.exchange, MEDIA_AUDIO, LISTENER, 0);
    const struct mix_listener *listener = sink != NULL ? sink->bridge : NULL;
    return listener != NULL && listener->state == MIX_LISTENER_PARTED;
}

/** Where one track is to go on says nothing of another: it begins with what comes. */
TEST_NO_OOM(who_changes_his_mind_between_two_frames_hears_nothing_old)
{
    struct mixed_call mixed;
    REQUIRE_OK(mixed_call_init(&mixed, cheap));
    REQUIRE(mixed_call_join(&mixed, 1, true));
    REQUIRE(mixed_call_join(&mixed, 2, true));
    REQUIRE(mixed_call_join(&mixed, LISTENER, false));
    two_speak(&mixed, SECOND);
    REQUIRE(pin(&mixed, LISTENER, 1));
    for (int i = 0; i < 3 * SECOND && !has_parted(&mixed); i++) {
        two_speak(&mixed, 1);
    }
    REQUIRE(has_parted(&mixed));
    REQUIRE(pin(&mixed, LISTENER, 2));
    call_clear(&mixed.call);
    two_speak(&mixed, 1);
    CHECK(made_sink(mixed.call.exchange, MEDIA_AUDIO, LISTENER, 0) == NULL);
    CHECK(call_count_rtp(&mixed.call, call_slot_ssrc(LISTENER, 0)) <= 2);
out:
    mixed_call_deinit(&mixed);
}

/** Ten seconds of sound at once, and numbers and times that leap: the others go on. */
TEST_NO_OOM(bursts_and_leaps_hurt_nobody_else)
{
    struct mixed_call mixed;
    struct rtp_header header;
    uint32_t first = 0;
    REQUIRE_OK(mixed_call_init(&mixed, cheap));
    REQUIRE(mixed_call_join(&mixed, 1, true));
    REQUIRE(mixed_call_join(&mixed, 2, true));
    REQUIRE(mixed_call_join(&mixed, LISTENER, false));
    for (int i = 0; i < 8 * SECOND; i++) {
        uint16_t seq = mixed.seq;
        call_clear(&mixed.call);
        if (i % SECOND == 20) {
            for (int k = 0; k < 500; k++) {
                mixed.seq = (uint16_t)(seq * 500 + k);
                mixed_call_say(&mixed, 1, LOUD + k % 5, NULL, 0);
            }
        } else if (i % SECOND < 20) {
            mixed.seq = (uint16_t)(seq * 31);
            mixed_call_send(&mixed, 1, "a", (uint32_t)seq * 77777, LOUD + i % 5, NULL, 0);
        }
        mixed.seq = seq;
        mixed_call_say(&mixed, 2, LOUD + i % 5, NULL, 0);
        mixed_call_pass(&mixed);
        CHECK(i < 10 || call_count_rtp(&mixed.call, call_slot_ssrc(LISTENER, 0)) == 1);
        CHECK(i < 10 || newest(&mixed.call, 1, &header, &first) == 1);
    }
    CHECK(pool_in_use(mixed.call.packets) < 1000);
out:
    mixed_call_deinit(&mixed);
}

/** A listener's agreement changes while he hears a mix: another payload type, none that the mix
 * has, nothing at all, and as it was. */
static bool renew(struct mixed_call *mixed, uint8_t pt, enum codec_kind kind, bool receives)
{
    struct session *session = call_session(LISTENER, "room");
    struct command *command = session == NULL ? NULL : call_command_new(COMMAND_UPDATE, LISTENER);
    if (command == NULL) {
        free(session);
        return false;
    }
    struct session_media *media = call_add(session, MEDIA_AUDIO, "a", false, receives);
    media->codecs[0].pt = pt;
    media->codecs[0].kind = kind;
    session->audio_policy = SLOT_POLICY_MIX;
    command->session = session;
    call_submit(&mixed->call, command);
    return true;
}

/** @return packets to the listener in half a second of talk; *pt is that of the last */
static size_t talk(struct mixed_call *mixed, uint8_t *pt)
{
    struct rtp_header header = {0};
    uint32_t first;
    call_clear(&mixed->call);
    for (int i = 0; i < SECOND / 2; i++) {
        mixed_call_say(mixed, 1, LOUD + i % 5, NULL, 0);
        mixed_call_pass(mixed);
    }
    (void)newest(&mixed->call, LISTENER, &header, &first);
    *pt = header.pt;
    return call_count_rtp(&mixed->call, call_slot_ssrc(LISTENER, 0));
}

TEST_NO_OOM(an_agreement_may_change_under_a_mix)
{
    struct mixed_call mixed;
    uint8_t pt = 0;
    REQUIRE_OK(mixed_call_init(&mixed, cheap));
    REQUIRE(mixed_call_join(&mixed, 1, true));
    REQUIRE(mixed_call_join(&mixed, LISTENER, false));
    CHECK(talk(&mixed, &pt) > 15);
    CHECK_INT(pt, CALL_OPUS);
    REQUIRE(renew(&mixed, 109, CODEC_OPUS, true));
    CHECK_INT(talk(&mixed, &pt), SECOND / 2);
    CHECK_INT(pt, 109);
    REQUIRE(renew(&mixed, 8, CODEC_TELEPHONE_EVENT, true));
    CHECK_INT(talk(&mixed, &pt), 0);
    CHECK(made_sink(mixed.call.exchange, MEDIA_AUDIO, LISTENER, 0) == NULL);
    REQUIRE(renew(&mixed, CALL_OPUS, CODEC_OPUS, true));
    CHECK(talk(&mixed, &pt) > 15);
    REQUIRE(renew(&mixed, CALL_OPUS, CODEC_OPUS, false));
    CHECK_INT(talk(&mixed, &pt), 0);
    REQUIRE(renew(&mixed, CALL_OPUS, CODEC_OPUS, true));
    CHECK(talk(&mixed, &pt) > 15);
    CHECK_INT(mix_of(&mixed)->rooms, 1);
out:
    mixed_call_deinit(&mixed);
}
