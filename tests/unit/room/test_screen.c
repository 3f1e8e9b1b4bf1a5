/* A screen beside a camera: it comes and goes by re-offers and is not muted with the camera. */
#include <stdio.h>
#include <stdlib.h>

#include "room/exchange.h"
#include "support/call.h"
#include "unit/runner.h"

enum { SCREEN_SSRC = 1777 };

/** Camera "v" and, when wanted, a screen "s" that sends or rests. */
static struct session *presenter(bool screen, bool sends)
{
    struct session *session = call_session(1, "room");
    if (session == NULL) {
        return NULL;
    }
    struct session_media *camera = call_add(session, MEDIA_VIDEO, "v", true, false);
    camera->ssrcs[0] = call_track_ssrc(1, MEDIA_VIDEO);
    camera->ssrc_count = 1;
    if (screen) {
        struct session_media *media = call_add(session, MEDIA_VIDEO, "s", sends, false);
        (void)snprintf(media->source, sizeof(media->source), "screen");
        media->ssrcs[0] = SCREEN_SSRC;
        media->ssrc_count = sends ? 1 : 0;
    }
    return session;
}

static bool join(struct call *call, struct session *session)
{
    return session != NULL && call_join(call, session);
}

/** The presenter's re-offer. */
static bool reoffer(struct call *call, bool sends)
{
    struct session *session = presenter(true, sends);
    struct command *command = session == NULL ? NULL : call_command_new(COMMAND_UPDATE, 1);
    if (command == NULL) {
        free(session);
        return false;
    }
    command->session = session;
    call_submit(call, command);
    call_run(call, 20000);
    return true;
}

/** A viewer with two slots for pictures, 2. */
static bool join_viewer(struct call *call)
{
    struct session *session = call_session(2, "room");
    if (session == NULL) {
        return false;
    }
    (void)call_add(session, MEDIA_VIDEO, "v0", false, true);
    (void)call_add(session, MEDIA_VIDEO, "v1", false, true);
    return call_join(call, session);
}

static bool mute_camera(struct call *call, bool on)
{
    struct command *command = call_command_new(COMMAND_MUTE, 1);
    if (command == NULL) {
        return false;
    }
    command->media_kind = MEDIA_VIDEO;
    command->on = on;
    call_submit(call, command);
    call_run(call, 20000);
    return true;
}

/** A keyframe of one packet. */
static void show(struct call *call, uint32_t ssrc, uint16_t seq)
{
    static const uint8_t payload[] = {0x10, 0x50, 0x11, 0, 0x9d, 0x01, 0x2a, 0x40, 1, 0xb4, 0};
    struct call_rtp rtp = {.from = 1,
                           .ssrc = ssrc,
                           .pt = CALL_VP8,
                           .seq = seq,
                           .timestamp = 3000U * seq,
                           .marker = true,
                           .level = -1,
                           .twcc = -1,
                           .payload = payload,
                           .payload_bytes = sizeof(payload)};
    call_rtp(call, &rtp);
    call_turn(call);
    call_run(call, 33000);
}

/** How many packets of both slots went out. */
static size_t shown(const struct call *call)
{
    return call_count_rtp(call, call_slot_ssrc(2, 0)) + call_count_rtp(call, call_slot_ssrc(2, 1));
}

TEST(a_screen_comes_stops_and_comes_again_in_a_slot)
{
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    REQUIRE(join(&call, presenter(false, false)));
    REQUIRE(join_viewer(&call));
    show(&call, call_track_ssrc(1, MEDIA_VIDEO), 1);
    show(&call, call_track_ssrc(1, MEDIA_VIDEO), 2);
    REQUIRE(reoffer(&call, true));
    show(&call, SCREEN_SSRC, 50);
    size_t before = shown(&call);
    show(&call, SCREEN_SSRC, 51);
    CHECK_INT(shown(&call) - before, 1);
    const struct event *event = call_event(&call, EVENT_SLOTS, 2);
    REQUIRE(event != NULL && event->slot_count >= 1);
    CHECK_STR(event->slots[0].track, "s");
    REQUIRE(reoffer(&call, false));
    event = call_event(&call, EVENT_SLOTS, 2);
    REQUIRE(event != NULL && event->slot_count >= 1);
    CHECK_INT(event->slots[0].feed, FEED_NONE);
    before = shown(&call);
    show(&call, SCREEN_SSRC, 52); /* still under way: belongs to nothing */
    CHECK_INT(shown(&call), before);
    REQUIRE(reoffer(&call, true)); /* the browser goes on with its SSRC and its numbers */
    show(&call, SCREEN_SSRC, 60);
    before = shown(&call);
    show(&call, SCREEN_SSRC, 61);
    CHECK_INT(shown(&call) - before, 1);
out:
    call_deinit(&call);
}

TEST(a_screen_is_not_muted_with_the_camera)
{
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    REQUIRE(join(&call, presenter(true, true)));
    REQUIRE(join_viewer(&call));
    show(&call, call_track_ssrc(1, MEDIA_VIDEO), 1);
    show(&call, SCREEN_SSRC, 50);
    REQUIRE(mute_camera(&call, true));
    size_t before = shown(&call);
    show(&call, call_track_ssrc(1, MEDIA_VIDEO), 2);
    CHECK_INT(shown(&call), before);
    show(&call, SCREEN_SSRC, 51);
    CHECK_INT(shown(&call), before + 1);
    REQUIRE(mute_camera(&call, false));
    before = shown(&call);
    for (uint16_t seq = 3; seq < 60 && shown(&call) == before; seq++) {
        show(&call, call_track_ssrc(1, MEDIA_VIDEO), seq);
    }
    CHECK(shown(&call) > before);
out:
    call_deinit(&call);
}

TEST(a_camera_that_comes_later_is_as_muted_as_was_said)
{
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    REQUIRE(join(&call, call_session(1, "room")));
    REQUIRE(join_viewer(&call));
    REQUIRE(mute_camera(&call, true));
    REQUIRE(reoffer(&call, true));
    show(&call, call_track_ssrc(1, MEDIA_VIDEO), 1);
    show(&call, call_track_ssrc(1, MEDIA_VIDEO), 2);
    CHECK_INT(shown(&call), 0);
    show(&call, SCREEN_SSRC, 50);
    show(&call, SCREEN_SSRC, 51);
    CHECK(shown(&call) > 0);
out:
    call_deinit(&call);
}
