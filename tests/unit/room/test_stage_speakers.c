/** The stage when people speak: rooms with more people than slots. */
#include <stdio.h>
#include <string.h>

#include "relay/room/participant.h"
#include "relay/room/slot.h"
#include "relay/room/track.h"
#include "room/exchange.h"
#include "support/call.h"
#include "support/speech.h"
#include "transport/transport.h"
#include "unit/runner.h"

enum { MAX_PEOPLE = 12 };

static struct speech voices[MAX_PEOPLE + 1]; /* by number, from 1 */
static uint16_t seq;

/** People 1..people with so many slots of each kind. */
static bool join_all(struct call *call, uint32_t people, size_t slots)
{
    seq = 0;
    for (uint32_t number = 1; number <= people; number++) {
        speech_init(&voices[number], number, 75, 28);
        if (!call_join_pair(call, number, slots - 1)) {
            return false;
        }
    }
    return true;
}

/** Everybody's microphone and camera for a while. */
static void play(struct call *call, uint32_t people, int64_t ms)
{
    for (int64_t end_us = call->now_us + ms * 1000; call->now_us < end_us;) {
        seq++;
        for (uint32_t number = 1; number <= people; number++) {
            call_audio(call, number, seq, speech_next(&voices[number]));
            if (seq % 25 == 1) {
                call_video(call, number, seq, seq, true, true, true);
            }
        }
        call_turn(call);
        call_run(call, 20000);
        call_clear(call);
    }
}

static struct slot *slot_of(const struct call *call, uint32_t number, const char *mid)
{
    return participant_slot(transport_owner(exchange_transport(call->exchange, number)), mid);
}

/** Who is in a slot, 0 = nobody. */
static uint32_t in(const struct call *call, uint32_t number, const char *kind, size_t index)
{
    char mid[8];
    if (index == 0) {
        (void)snprintf(mid, sizeof(mid), "%s", kind);
    } else {
        (void)snprintf(mid, sizeof(mid), "%s%u", kind, (unsigned)index);
    }
    const struct slot *slot = slot_of(call, number, mid);
    return slot->role.track == NULL ? 0 : slot->role.track->owner->number;
}

/** Slot in which somebody is, SIZE_MAX = in none. */
static size_t find(const struct call *call, uint32_t number, const char *kind, size_t slots,
                   uint32_t who)
{
    for (size_t i = 0; i < slots; i++) {
        if (in(call, number, kind, i) == who) {
            return i;
        }
    }
    return SIZE_MAX;
}

TEST_NO_OOM(a_voice_takes_the_place_of_a_silent_one)
{
    enum { PEOPLE = 8, SLOTS = 3 };
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    REQUIRE(join_all(&call, PEOPLE, SLOTS));
    play(&call, PEOPLE, 1000);
    /* three talk at the same time: each has a slot within 100 ms, for everybody else */
    for (uint32_t speaker = 4; speaker <= 6; speaker++) {
        speech_talk(&voices[speaker], true);
        play(&call, PEOPLE, 120);
        for (uint32_t number = 1; number <= PEOPLE; number++) {
            CHECK((find(&call, number, "a", SLOTS, speaker) != SIZE_MAX) == (number != speaker));
        }
    }
    size_t places[3];
    for (size_t i = 0; i < 3; i++) {
        places[i] = find(&call, 1, "a", SLOTS, 4 + (uint32_t)i);
    }
    /* a fourth cuts nobody off, and nobody moves */
    speech_talk(&voices[7], true);
    play(&call, PEOPLE, 200);
    for (size_t i = 0; i < 3; i++) {
        CHECK_INT(find(&call, 1, "a", SLOTS, 4 + (uint32_t)i), places[i]);
    }
    /* until one stops: then he is in that slot */
    speech_talk(&voices[5], false);
    play(&call, PEOPLE, 1000);
    CHECK_INT(find(&call, 1, "a", SLOTS, 7), places[1]);
    CHECK_INT(find(&call, 1, "a", SLOTS, 4), places[0]);
    CHECK_INT(find(&call, 1, "a", SLOTS, 6), places[2]);
    /* who falls silent stays where he is as long as nobody needs the place */
    speech_talk(&voices[4], false);
    speech_talk(&voices[6], false);
    play(&call, PEOPLE, 3000);
    CHECK_INT(find(&call, 1, "a", SLOTS, 4), places[0]);
    CHECK_INT(find(&call, 1, "a", SLOTS, 6), places[2]);
out:
    call_deinit(&call);
}

TEST_NO_OOM(a_newcomer_is_seen_in_the_place_of_the_least_recent)
{
    enum { PEOPLE = 8, SLOTS = 4 };
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    REQUIRE(join_all(&call, PEOPLE, SLOTS));
    play(&call, PEOPLE, 1000);
    for (uint32_t speaker = 1; speaker <= 4; speaker++) {
        speech_talk(&voices[speaker], true);
        play(&call, PEOPLE, 2500);
        speech_talk(&voices[speaker], false);
    }
    uint32_t before[SLOTS];
    for (size_t i = 0; i < SLOTS; i++) {
        before[i] = in(&call, 8, "v", i);
    }
    /* who is seen already moves nobody */
    speech_talk(&voices[2], true);
    play(&call, PEOPLE, 2500);
    speech_talk(&voices[2], false);
    for (size_t i = 0; i < SLOTS; i++) {
        CHECK_INT(in(&call, 8, "v", i), before[i]);
    }
    /* a cough is no speech */
    speech_cough(&voices[7], 300);
    play(&call, PEOPLE, 2000);
    for (size_t i = 0; i < SLOTS; i++) {
        CHECK_INT(in(&call, 8, "v", i), before[i]);
    }
    /* 1 spoke longest ago */
    speech_talk(&voices[6], true);
    play(&call, PEOPLE, 2500);
    for (size_t i = 0; i < SLOTS; i++) {
        CHECK_INT(in(&call, 8, "v", i), before[i] == 1 ? 6 : before[i]);
    }
out:
    call_deinit(&call);
}

/** The class in which a viewer sees somebody. */
static int class_of(const struct call *call, uint32_t viewer, uint32_t who)
{
    size_t index = find(call, viewer, "v", 2, who);
    if (index == SIZE_MAX) {
        return -1;
    }
    return (int)slot_of(call, viewer, index == 0 ? "v" : "v1")->class;
}

TEST_NO_OOM(dominance_brings_the_class_late_and_takes_it_late)
{
    enum { PEOPLE = 3 };
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    REQUIRE(join_all(&call, PEOPLE, 2));
    play(&call, PEOPLE, 1000);
    CHECK_INT(class_of(&call, 3, 1), ALLOCATOR_VISIBLE);
    speech_talk(&voices[1], true);
    play(&call, PEOPLE, 3000);
    CHECK_INT(class_of(&call, 3, 1), ALLOCATOR_DOMINANT);
    CHECK_INT(class_of(&call, 3, 2), ALLOCATOR_VISIBLE);
    speech_talk(&voices[1], false);
    speech_talk(&voices[2], true);
    for (int i = 0; i < 100 && call_event(&call, EVENT_SPEAKING, 0)->dominant != 2; i++) {
        play(&call, PEOPLE, 20);
    }
    CHECK_INT(class_of(&call, 3, 2), ALLOCATOR_VISIBLE);
    play(&call, PEOPLE, 320);
    CHECK_INT(class_of(&call, 3, 2), ALLOCATOR_DOMINANT);
    CHECK_INT(class_of(&call, 3, 1), ALLOCATOR_DOMINANT);
    play(&call, PEOPLE, 2100);
    CHECK_INT(class_of(&call, 3, 1), ALLOCATOR_VISIBLE);
    /* the speaker himself goes on seeing the one before */
    CHECK_INT(class_of(&call, 2, 1), ALLOCATOR_DOMINANT);
    CHECK_INT(class_of(&call, 2, 3), ALLOCATOR_VISIBLE);
    /* pinned is more, and off the screen is less */
    struct command *command = call_command_new(COMMAND_PIN, 3);
    REQUIRE(command != NULL);
    (void)snprintf(command->mid, sizeof(command->mid), "v");
    command->target = 1;
    call_submit(&call, command);
    CHECK_INT(class_of(&call, 3, 1), ALLOCATOR_PINNED);
    CHECK_INT(class_of(&call, 3, 2), ALLOCATOR_DOMINANT);
    command = call_command_new(COMMAND_VIEW, 3);
    REQUIRE(command != NULL);
    (void)snprintf(command->mid, sizeof(command->mid), "v");
    call_submit(&call, command);
    CHECK_INT(class_of(&call, 3, 1), ALLOCATOR_SPARE);
out:
    call_deinit(&call);
}

/** Somebody who only watches, with one slot of video. */
static bool join_watcher(struct call *call, uint32_t number, enum slot_policy policy, size_t slots)
{
    struct session *session = call_session(number, "room");
    if (session == NULL) {
        return false;
    }
    for (size_t i = 0; i < slots; i++) {
        char mid[8];
        (void)snprintf(mid, sizeof(mid), i == 0 ? "v" : "v%u", (unsigned)i);
        call_add(session, MEDIA_VIDEO, mid, false, true);
    }
    session->video_policy = policy;
    return call_join(call, session);
}

TEST_NO_OOM(one_slot_shows_the_dominant_speaker)
{
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    REQUIRE(join_all(&call, 4, 1));
    REQUIRE(join_watcher(&call, 9, SLOT_POLICY_AUTO, 1));
    REQUIRE(join_watcher(&call, 10, SLOT_POLICY_SPEAKER, 3));
    play(&call, 4, 1000);
    for (uint32_t speaker = 1; speaker <= 3; speaker++) {
        speech_talk(&voices[speaker], true);
        play(&call, 4, 2000);
        CHECK_INT(in(&call, 9, "v", 0), speaker);
        CHECK_INT(in(&call, 10, "v", 0), speaker);
        CHECK_INT(in(&call, 10, "v", 1), 0);
        CHECK_INT(in(&call, 10, "v", 2), 0);
        speech_talk(&voices[speaker], false);
    }
out:
    call_deinit(&call);
}

/** Shown by somebody who never says a word, in a room of talkers. */
TEST_NO_OOM(a_screen_is_seen_before_all_cameras)
{
    enum { PEOPLE = 6 };
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    REQUIRE(join_all(&call, PEOPLE, 2));
    struct session *session = call_session(11, "room");
    REQUIRE(session != NULL);
    struct session_media *screen = call_add(session, MEDIA_VIDEO, "s", true, false);
    screen->ssrcs[0] = call_track_ssrc(11, MEDIA_VIDEO);
    screen->ssrc_count = 1;
    (void)snprintf(screen->source, sizeof(screen->source), "screen");
    REQUIRE(call_join(&call, session));
    speech_talk(&voices[1], true);
    play(&call, PEOPLE, 3000);
    CHECK_INT(find(&call, 6, "v", 2, 11), SIZE_MAX);
    call_video(&call, 11, 1, 1, true, true, true);
    play(&call, PEOPLE, 500);
    CHECK(find(&call, 6, "v", 2, 11) != SIZE_MAX);
    CHECK(find(&call, 6, "v", 2, 1) != SIZE_MAX);
    CHECK_INT(class_of(&call, 6, 11), ALLOCATOR_PINNED);
out:
    call_deinit(&call);
}

/** A leg that tells no levels (SIP telephones, some libraries) is heard by what its packets are. */
TEST_NO_OOM(a_leg_without_levels_can_speak)
{
    enum { PEOPLE = 6 };
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    REQUIRE(join_all(&call, PEOPLE, 3));
    struct session *session = call_session(11, "room");
    REQUIRE(session != NULL);
    struct session_media *phone = call_add(session, MEDIA_AUDIO, "p", true, true);
    phone->ssrcs[0] = call_track_ssrc(11, MEDIA_AUDIO);
    phone->ssrc_count = 1;
    phone->exts.id[RTP_EXT_AUDIO_LEVEL] = 0;
    REQUIRE(call_join(&call, session));
    speech_init(&voices[11], 11, 90, 28);
    for (int i = 0; i < 150; i++) {
        if (i == 75) {
            speech_talk(&voices[11], true);
        }
        bool voice = speech_next(&voices[11]) < 60;
        uint8_t payload[80] = {0x48, voice ? 0x80 : 0x00};
        struct call_rtp rtp = {.from = 11,
                               .ssrc = call_track_ssrc(11, MEDIA_AUDIO),
                               .pt = CALL_OPUS,
                               .seq = (uint16_t)i,
                               .timestamp = 960U * (uint32_t)i,
                               .level = -1,
                               .twcc = -1,
                               .payload = payload,
                               .payload_bytes = voice ? 60 : 25};
        call_rtp(&call, &rtp);
        play(&call, PEOPLE, 20);
        if (i == 74) {
            CHECK_INT(find(&call, 1, "a", 3, 11), SIZE_MAX);
        }
    }
    CHECK(find(&call, 1, "a", 3, 11) != SIZE_MAX);
    CHECK_INT(call_event(&call, EVENT_SPEAKING, 0)->dominant, 11);
out:
    call_deinit(&call);
}
