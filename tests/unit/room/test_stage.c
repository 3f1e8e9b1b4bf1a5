#include <stdio.h>

#include "room/exchange.h"
#include "support/call.h"
#include "unit/runner.h"

/** What a participant was last told about one of his slots; FEED_NONE when never told. */
static struct event_slot shown(const struct call *call, uint32_t number, const char *mid)
{
    for (size_t i = call->event_count; i > 0; i--) {
        const struct event *event = call->events[i - 1];
        for (size_t j = 0; event->kind == EVENT_SLOTS && j < event->slot_count; j++) {
            if (event->number == number && strcmp(event->slots[j].mid, mid) == 0) {
                return event->slots[j];
            }
        }
    }
    return (struct event_slot){.feed = FEED_NONE};
}

static void video_frame(struct call *call, uint32_t number, uint16_t seq)
{
    call_video(call, number, seq, seq, true, true, true);
}

TEST(everybody_has_his_own_slot)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 3, 1));
    for (uint32_t number = 1; number <= 3; number++) {
        call_audio(&call, number, 1, 60);
        video_frame(&call, number, 1);
    }
    call_turn(&call);
    for (uint32_t number = 1; number <= 3; number++) {
        struct event_slot a = shown(&call, number, "a");
        struct event_slot b = shown(&call, number, "a1");
        REQUIRE_INT(a.feed, FEED_TRACK);
        REQUIRE_INT(b.feed, FEED_TRACK);
        CHECK(a.participant != b.participant);
        CHECK(a.participant != number && b.participant != number);
        a = shown(&call, number, "v");
        b = shown(&call, number, "v1");
        REQUIRE_INT(a.feed, FEED_TRACK);
        REQUIRE_INT(b.feed, FEED_TRACK);
        CHECK(a.participant != b.participant);
        CHECK(a.participant != number && b.participant != number);
    }
out:
    call_deinit(&call);
}

TEST(slots_stay_when_somebody_leaves)
{
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    for (uint32_t number = 1; number <= 4; number++) {
        REQUIRE(call_join_pair(&call, number, 2));
        call_audio(&call, number, 1, 60);
        call_turn(&call);
    }
    uint32_t in_first = shown(&call, 4, "a").participant;
    uint32_t in_second = shown(&call, 4, "a1").participant;
    uint32_t in_third = shown(&call, 4, "a2").participant;
    REQUIRE(in_first != 0 && in_second != 0 && in_third != 0);
    call_command(&call, COMMAND_LEAVE, in_first);
    CHECK_INT(shown(&call, 4, "a").feed, FEED_NONE);
    CHECK_INT(shown(&call, 4, "a1").participant, in_second);
    CHECK_INT(shown(&call, 4, "a2").participant, in_third);
out:
    call_deinit(&call);
}

/** Speaks for a second; the others are silent but there. */
static void speak(struct call *call, uint32_t speaker, uint32_t people, uint16_t from_seq)
{
    for (uint16_t i = 0; i < 50; i++) {
        for (uint32_t number = 1; number <= people; number++) {
            call_audio(call, number, (uint16_t)(from_seq + i), number == speaker ? 20 : 100);
        }
        call_turn(call);
        call_run(call, 20000);
        call_clear(call);
    }
}

TEST(few_slots_show_who_spoke_last)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 4, 0));
    speak(&call, 2, 4, 0);
    CHECK_INT(shown(&call, 1, "a").participant, 2);
    CHECK_INT(shown(&call, 3, "a").participant, 2);
    speak(&call, 3, 4, 50);
    CHECK_INT(shown(&call, 1, "a").participant, 3);
    CHECK_INT(shown(&call, 4, "a").participant, 3);
    /* he never gets himself */
    CHECK_INT(shown(&call, 3, "a").participant, 2);
    const struct event *event = call_event(&call, EVENT_SPEAKING, 0);
    REQUIRE(event != NULL);
    CHECK_INT(event->dominant, 3);
    CHECK_STR(event->room, "room");
out:
    call_deinit(&call);
}

TEST(pin_goes_first_and_unpin_gives_back)
{
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    for (uint32_t number = 1; number <= 3; number++) {
        REQUIRE(call_join_pair(&call, number, 0));
        video_frame(&call, number, 1);
        call_turn(&call);
    }
    uint32_t first = shown(&call, 3, "v").participant;
    uint32_t other = first == 1 ? 2 : 1;
    struct command *command = call_command_new(COMMAND_PIN, 3);
    REQUIRE(command != NULL);
    (void)snprintf(command->mid, sizeof(command->mid), "v");
    command->target = other;
    call_submit(&call, command);
    video_frame(&call, other, 2);
    call_turn(&call);
    CHECK_INT(shown(&call, 3, "v").participant, other);
    command = call_command_new(COMMAND_PIN, 3);
    REQUIRE(command != NULL);
    (void)snprintf(command->mid, sizeof(command->mid), "v");
    call_submit(&call, command);
    video_frame(&call, 1, 3);
    video_frame(&call, 2, 3);
    call_turn(&call);
    CHECK(shown(&call, 3, "v").participant != 0);
out:
    call_deinit(&call);
}

TEST(a_pin_to_nobody_is_none)
{
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    for (uint32_t number = 1; number <= 3; number++) {
        REQUIRE(call_join_pair(&call, number, 0));
        call_audio(&call, number, 1, 60);
        call_turn(&call);
    }
    struct command *command = call_command_new(COMMAND_PIN, 3);
    REQUIRE(command != NULL);
    (void)snprintf(command->mid, sizeof(command->mid), "a");
    command->target = 2;
    call_submit(&call, command);
    CHECK_INT(shown(&call, 3, "a").participant, 2);
    call_command(&call, COMMAND_LEAVE, 2);
    CHECK_INT(shown(&call, 3, "a").participant, 1);
out:
    call_deinit(&call);
}

TEST(mute_pauses_and_unmute_brings_back)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 2, 0));
    call_audio(&call, 1, 1, 30);
    call_turn(&call);
    for (int on = 1; on >= 0; on--) {
        struct command *command = call_command_new(COMMAND_MUTE, 1);
        REQUIRE(command != NULL);
        command->media_kind = MEDIA_AUDIO;
        command->on = on == 1;
        call_submit(&call, command);
        size_t before = call_count_rtp(&call, call_slot_ssrc(2, 0));
        call_run(&call, 20000);
        call_audio(&call, 1, (uint16_t)(3 - on), 30);
        call_turn(&call);
        CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 0)) - before, on == 1 ? 0 : 1);
        CHECK_INT(shown(&call, 2, "a").paused, on == 1 ? PAUSE_MUTED : PAUSE_NONE);
        CHECK_INT(shown(&call, 2, "a").participant, 1);
    }
    struct rtp_header before;
    struct rtp_header after;
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 0), 0, &before) != NULL);
    REQUIRE(call_find_rtp(&call, call_slot_ssrc(2, 0), 1, &after) != NULL);
    CHECK_INT(after.seq, (uint16_t)(before.seq + 1));
    CHECK(after.marker);
out:
    call_deinit(&call);
}

TEST(a_camera_that_is_switched_on_again_is_shown_again)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 2, 0));
    video_frame(&call, 1, 1);
    call_turn(&call);
    REQUIRE_INT(shown(&call, 2, "v").feed, FEED_TRACK);
    for (int on = 1; on >= 0; on--) {
        struct command *command = call_command_new(COMMAND_MUTE, 1);
        REQUIRE(command != NULL);
        command->media_kind = MEDIA_VIDEO;
        command->on = on == 1;
        call_submit(&call, command);
        call_turn(&call);
        call_run(&call, 1000000);
    }
    video_frame(&call, 1, 2);
    call_turn(&call);
    CHECK_INT(shown(&call, 2, "v").feed, FEED_TRACK);
    CHECK_INT(shown(&call, 2, "v").participant, 1);
    CHECK_INT(shown(&call, 2, "v").paused, PAUSE_NONE);
out:
    call_deinit(&call);
}

TEST(off_screen_slots_are_not_fed)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 2, 0));
    video_frame(&call, 1, 1);
    call_turn(&call);
    REQUIRE_INT(shown(&call, 2, "v").feed, FEED_TRACK);
    struct command *command = call_command_new(COMMAND_VIEW, 2);
    REQUIRE(command != NULL);
    (void)snprintf(command->mid, sizeof(command->mid), "v");
    call_submit(&call, command);
    CHECK_INT(shown(&call, 2, "v").paused, PAUSE_OFFSCREEN);
    video_frame(&call, 1, 2);
    call_turn(&call);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 1)), 1);
    command = call_command_new(COMMAND_VIEW, 2);
    REQUIRE(command != NULL);
    (void)snprintf(command->mid, sizeof(command->mid), "v");
    command->width = 320;
    command->height = 180;
    call_submit(&call, command);
    video_frame(&call, 1, 3);
    call_turn(&call);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(2, 1)), 2);
out:
    call_deinit(&call);
}

TEST(from_shows_only_that_participant)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 2, 0));
    struct session *session = call_session(3, "room");
    REQUIRE(session != NULL);
    call_add(session, MEDIA_AUDIO, "x", false, true);
    call_add(session, MEDIA_AUDIO, "y", false, true);
    session->from_number = 2;
    REQUIRE(call_join(&call, session));
    call_audio(&call, 1, 1, 20);
    call_audio(&call, 2, 1, 90);
    call_turn(&call);
    CHECK_INT(shown(&call, 3, "x").participant, 2);
    CHECK_INT(shown(&call, 3, "y").feed, FEED_NONE);
    /* nor does a pin show anybody else */
    struct command *command = call_command_new(COMMAND_PIN, 3);
    REQUIRE(command != NULL);
    (void)snprintf(command->mid, sizeof(command->mid), "y");
    command->target = 1;
    call_submit(&call, command);
    CHECK_INT(shown(&call, 3, "x").participant, 2);
    CHECK_INT(shown(&call, 3, "y").feed, FEED_NONE);
out:
    call_deinit(&call);
}

TEST(policy_off_shows_nothing)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 1, 0));
    struct session *session = call_session(3, "room");
    REQUIRE(session != NULL);
    call_add(session, MEDIA_AUDIO, "x", false, true);
    session->audio_policy = SLOT_POLICY_OFF;
    REQUIRE(call_join(&call, session));
    call_audio(&call, 1, 1, 20);
    call_turn(&call);
    CHECK_INT(shown(&call, 3, "x").feed, FEED_NONE);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(3, 0)), 0);
out:
    call_deinit(&call);
}

TEST(screen_goes_before_the_camera)
{
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    struct session *session = call_session(1, "room");
    REQUIRE(session != NULL);
    struct session_media *camera = call_add(session, MEDIA_VIDEO, "cam", true, false);
    camera->ssrcs[0] = call_track_ssrc(1, MEDIA_VIDEO);
    camera->ssrc_count = 1;
    struct session_media *screen = call_add(session, MEDIA_VIDEO, "scr", true, false);
    screen->ssrcs[0] = 5000;
    screen->ssrc_count = 1;
    (void)snprintf(screen->source, sizeof(screen->source), "screen");
    REQUIRE(call_join(&call, session));
    REQUIRE(call_join_pair(&call, 2, 0));
    video_frame(&call, 1, 1);
    call_turn(&call);
    CHECK_STR(shown(&call, 2, "v").track, "cam");
    static const uint8_t key[] = {0x10, 0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01};
    struct call_rtp rtp = {.from = 1,
                           .ssrc = 5000,
                           .pt = CALL_VP8,
                           .seq = 1,
                           .marker = true,
                           .level = -1,
                           .twcc = -1,
                           .payload = key,
                           .payload_bytes = sizeof(key)};
    call_rtp(&call, &rtp);
    call_turn(&call);
    CHECK_STR(shown(&call, 2, "v").track, "scr");
out:
    call_deinit(&call);
}

/** A camera that was switched off makes room, and keeps its place when there is room. */
TEST(silent_tracks_yield)
{
    struct call call = {0};
    REQUIRE(call_open(&call, 3, 0));
    video_frame(&call, 1, 1);
    call_turn(&call);
    REQUIRE_INT(shown(&call, 3, "v").participant, 1);
    for (uint16_t i = 0; i < 70; i++) {
        video_frame(&call, 2, (uint16_t)(10 + i));
        call_turn(&call);
        call_run(&call, 100000);
    }
    CHECK_INT(shown(&call, 3, "v").participant, 2);
    CHECK_INT(shown(&call, 2, "v").participant, 1);
out:
    call_deinit(&call);
}
