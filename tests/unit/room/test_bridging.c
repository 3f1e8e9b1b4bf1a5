#include <stdlib.h>

#include "relay/room/slot.h"
#include "room/bridging.h"
#include "support/call.h"
#include "support/made.h"
#include "unit/runner.h"

/** Joins somebody who receives only. */
static bool join_listener(struct call *call, uint32_t number, enum slot_policy audio,
                          enum slot_policy video, size_t slots)
{
    static const char *const mids[] = {"0", "1", "2", "3"};
    struct session *session = call_session(number, "room");
    if (session == NULL) {
        return false;
    }
    session->audio_policy = audio;
    session->video_policy = video;
    for (size_t i = 0; i < slots; i++) {
        call_add(session, MEDIA_AUDIO, mids[i], false, true);
    }
    call_add(session, MEDIA_VIDEO, "v", false, true);
    return call_join(call, session);
}

/** People 1..people send sound and pictures. */
static void send_all(struct call *call, uint32_t people, uint16_t seq)
{
    for (uint32_t number = 1; number <= people; number++) {
        call_audio(call, number, seq, 60);
        call_video(call, number, seq, seq, true, true, true);
    }
    call_turn(call);
}

static bool people_join(struct call *call, uint32_t people)
{
    for (uint32_t number = 1; number <= people; number++) {
        if (!call_join_pair(call, number, 0)) {
            return false;
        }
    }
    send_all(call, people, 1);
    return true;
}

static bool wants(struct call *call, enum media_kind kind, uint32_t number)
{
    const struct bridge_sink *sink = made_sink(call->exchange, kind, number, 0);
    return sink != NULL && !sink->leaving;
}

static void pin(struct call *call, uint32_t number, const char *mid, uint32_t target,
                enum feed_kind feed)
{
    struct command *command = call_command_new(COMMAND_PIN, number);
    if (command != NULL) {
        memcpy(command->mid, mid, strlen(mid) + 1);
        command->target = target;
        command->feed = feed;
        call_submit(call, command);
    }
}

TEST(nobody_is_a_sink_while_slots_carry_all)
{
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    REQUIRE(people_join(&call, 2));
    REQUIRE(join_listener(&call, 5, SLOT_POLICY_AUTO, SLOT_POLICY_AUTO, 2));
    REQUIRE(join_listener(&call, 6, SLOT_POLICY_FORWARD, SLOT_POLICY_AUTO, 1));
    send_all(&call, 2, 2);
    CHECK(list_empty(exchange_bridgings(call.exchange)));
out:
    call_deinit(&call);
}

TEST(few_slots_and_policies_make_sinks)
{
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    REQUIRE(people_join(&call, 4));
    REQUIRE(join_listener(&call, 5, SLOT_POLICY_AUTO, SLOT_POLICY_AUTO, 1));
    REQUIRE(join_listener(&call, 6, SLOT_POLICY_AUTO, SLOT_POLICY_GRID, 3));
    REQUIRE(join_listener(&call, 7, SLOT_POLICY_FORWARD, SLOT_POLICY_AUTO, 1));
    REQUIRE(join_listener(&call, 8, SLOT_POLICY_MIX, SLOT_POLICY_AUTO, 3));
    send_all(&call, 4, 2);
    CHECK(wants(&call, MEDIA_AUDIO, 5));
    CHECK(!wants(&call, MEDIA_AUDIO, 6));
    CHECK(!wants(&call, MEDIA_AUDIO, 7));
    CHECK(wants(&call, MEDIA_AUDIO, 8));
    CHECK(!wants(&call, MEDIA_VIDEO, 5));
    CHECK(wants(&call, MEDIA_VIDEO, 6));
    CHECK(made_sink(call.exchange, MEDIA_AUDIO, 8, 1) == NULL);
    /* as long as nobody mixes, they are forwarded as ever */
    CHECK(call_count_rtp(&call, call_slot_ssrc(5, 0)) > 0);
    CHECK(call_count_rtp(&call, call_slot_ssrc(8, 0)) > 0);
    CHECK(call_count_rtp(&call, call_slot_ssrc(8, 1)) > 0);
    CHECK(call_count_rtp(&call, call_slot_ssrc(6, 3)) > 0);
    call_command(&call, COMMAND_LEAVE, 5);
    CHECK(made_sink(call.exchange, MEDIA_AUDIO, 5, 0) == NULL);
out:
    call_deinit(&call);
}

TEST(clients_choose_for_each_slot)
{
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    REQUIRE(people_join(&call, 4));
    REQUIRE(join_listener(&call, 5, SLOT_POLICY_AUTO, SLOT_POLICY_AUTO, 3));
    send_all(&call, 4, 2);
    CHECK(!wants(&call, MEDIA_AUDIO, 5));
    pin(&call, 5, "1", 0, FEED_MIX);
    REQUIRE(wants(&call, MEDIA_AUDIO, 5));
    CHECK_STR(LIST_ENTRY(made_sink(call.exchange, MEDIA_AUDIO, 5, 0), struct slot, sink)->mid, "1");
    pin(&call, 5, "1", 0, FEED_NONE);
    CHECK(!wants(&call, MEDIA_AUDIO, 5));
    pin(&call, 5, "v", 0, FEED_GRID);
    CHECK(wants(&call, MEDIA_VIDEO, 5));
    pin(&call, 5, "v", 2, FEED_NONE);
    CHECK(!wants(&call, MEDIA_VIDEO, 5));
    REQUIRE(join_listener(&call, 6, SLOT_POLICY_AUTO, SLOT_POLICY_GRID, 1));
    CHECK(wants(&call, MEDIA_AUDIO, 6));
    CHECK(wants(&call, MEDIA_VIDEO, 6));
    pin(&call, 6, "0", 0, FEED_TRACK);
    pin(&call, 6, "v", 2, FEED_NONE);
    CHECK(!wants(&call, MEDIA_AUDIO, 6));
    CHECK(!wants(&call, MEDIA_VIDEO, 6));
    pin(&call, 6, "0", 3, FEED_NONE); /* who is pinned would be heard twice */
    CHECK(!wants(&call, MEDIA_AUDIO, 6));
out:
    call_deinit(&call);
}

/** What a participant was last told that feeds a slot. */
static enum feed_kind feeds(const struct call *call, uint32_t number, const char *mid)
{
    for (size_t i = call->event_count; i > 0; i--) {
        const struct event *event = call->events[i - 1];
        for (size_t j = 0; event->kind == EVENT_SLOTS && j < event->slot_count; j++) {
            if (event->number == number && strcmp(event->slots[j].mid, mid) == 0) {
                return event->slots[j].feed;
            }
        }
    }
    return FEED_NONE;
}

TEST(beside_a_mix_nothing_is_forwarded)
{
    struct call call = {0};
    struct feed *feed = NULL;
    REQUIRE_OK(call_init(&call));
    REQUIRE(people_join(&call, 4));
    REQUIRE(join_listener(&call, 5, SLOT_POLICY_AUTO, SLOT_POLICY_OFF, 2));
    REQUIRE(join_listener(&call, 6, SLOT_POLICY_MIX, SLOT_POLICY_OFF, 3));
    send_all(&call, 4, 2);
    CHECK_INT(feeds(&call, 5, "1"), FEED_TRACK);
    CHECK_INT(feeds(&call, 6, "2"), FEED_TRACK);
    REQUIRE(made_bridging(call.exchange, "room") != NULL);
    REQUIRE_OK(feed_new(&feed, made_bridging(call.exchange, "room"), &made_mix));
    REQUIRE(made_take(call.exchange, MEDIA_AUDIO, 5, feed));
    REQUIRE(made_take(call.exchange, MEDIA_AUDIO, 6, feed));
    made_audio(feed, call.packets, 0, call.now_us);
    call_turn(&call);
    call_clear(&call);
    send_all(&call, 4, 3);
    CHECK_INT(feeds(&call, 5, "0"), FEED_MIX);
    CHECK_INT(feeds(&call, 5, "1"), FEED_NONE);
    CHECK_INT(feeds(&call, 6, "0"), FEED_MIX);
    CHECK_INT(feeds(&call, 6, "2"), FEED_NONE);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(5, 0)), 0);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(5, 1)), 0);
    /* the bridge is gone: forwarded as ever */
    feed_free(&feed);
    send_all(&call, 4, 4);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(5, 0)), 1);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(5, 1)), 1);
    CHECK_INT(feeds(&call, 6, "2"), FEED_TRACK);
out:
    feed_free(&feed);
    call_deinit(&call);
}

TEST(beside_a_composed_picture_others_are_shown)
{
    static const struct feed_config grid = {.kind = MEDIA_VIDEO, .layers = 1};
    struct call call = {0};
    struct feed *feed = NULL;
    REQUIRE_OK(call_init(&call));
    REQUIRE(people_join(&call, 2));
    struct session *session = call_session(5, "room");
    REQUIRE(session != NULL);
    session->video_policy = SLOT_POLICY_GRID;
    call_add(session, MEDIA_VIDEO, "v", false, true);
    call_add(session, MEDIA_VIDEO, "w", false, true);
    REQUIRE(call_join(&call, session));
    send_all(&call, 2, 2);
    CHECK_INT(feeds(&call, 5, "v"), FEED_TRACK);
    REQUIRE(made_bridging(call.exchange, "room") != NULL);
    REQUIRE_OK(feed_new(&feed, made_bridging(call.exchange, "room"), &grid));
    REQUIRE(made_take(call.exchange, MEDIA_VIDEO, 5, feed));
    for (uint16_t frame = 0; frame < 3; frame++) {
        made_video(feed, call.packets, 0, frame, frame == 0, 360, 300, call.now_us);
        send_all(&call, 2, (uint16_t)(frame + 3));
    }
    CHECK_INT(feeds(&call, 5, "v"), FEED_GRID);
    CHECK_INT(feeds(&call, 5, "w"), FEED_TRACK);
    /* off screen nothing need be composed for him */
    struct command *command = call_command_new(COMMAND_VIEW, 5);
    REQUIRE(command != NULL);
    memcpy(command->mid, "v", 2);
    call_submit(&call, command);
    CHECK(made_sink(call.exchange, MEDIA_VIDEO, 5, 0) == NULL);
    CHECK_INT(feeds(&call, 5, "v"), FEED_NONE);
    command = call_command_new(COMMAND_VIEW, 5);
    REQUIRE(command != NULL);
    memcpy(command->mid, "v", 2);
    command->width = 640;
    command->height = 360;
    call_submit(&call, command);
    const struct bridge_sink *sink = made_sink(call.exchange, MEDIA_VIDEO, 5, 0);
    REQUIRE(sink != NULL);
    CHECK(sink->feed == NULL);
    CHECK(sink->fresh);
    CHECK_INT(sink->view_height, 360);
out:
    feed_free(&feed);
    call_deinit(&call);
}

TEST(who_wants_one_person_gets_neither_mix_nor_grid)
{
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    REQUIRE(people_join(&call, 4));
    struct session *session = call_session(5, "room");
    REQUIRE(session != NULL);
    session->audio_policy = SLOT_POLICY_MIX;
    session->video_policy = SLOT_POLICY_GRID;
    session->from_number = 2;
    call_add(session, MEDIA_AUDIO, "a", false, true);
    call_add(session, MEDIA_VIDEO, "v", false, true);
    REQUIRE(call_join(&call, session));
    send_all(&call, 4, 2);
    CHECK(!wants(&call, MEDIA_AUDIO, 5));
    CHECK(!wants(&call, MEDIA_VIDEO, 5));
    CHECK_INT(feeds(&call, 5, "a"), FEED_TRACK);
out:
    call_deinit(&call);
}

/** The mix has the first of two slots; when it ends, the second one is filled, too. */
TEST(who_leaves_the_mix_gets_all_his_slots_back)
{
    struct call call = {0};
    struct feed *feed = NULL;
    REQUIRE_OK(call_init(&call));
    REQUIRE(people_join(&call, 4));
    for (uint32_t number = 1; number <= 4; number++) {
        pin(&call, number, "a", 0, FEED_TRACK); /* their slots are not what this is about */
    }
    REQUIRE(join_listener(&call, 5, SLOT_POLICY_AUTO, SLOT_POLICY_OFF, 2));
    send_all(&call, 4, 2);
    REQUIRE(made_bridging(call.exchange, "room") != NULL);
    REQUIRE_OK(feed_new(&feed, made_bridging(call.exchange, "room"), &made_mix));
    REQUIRE(made_take(call.exchange, MEDIA_AUDIO, 5, feed));
    made_audio(feed, call.packets, 0, call.now_us);
    call_turn(&call);
    pin(&call, 5, "0", 0, FEED_TRACK);
    pin(&call, 5, "1", 0, FEED_TRACK);
    struct bridge_sink *sink = made_sink(call.exchange, MEDIA_AUDIO, 5, 0);
    REQUIRE(sink != NULL && sink->leaving);
    CHECK_INT(feeds(&call, 5, "0"), FEED_MIX);
    call_clear(&call);
    bridge_sink_leave(sink, NULL);
    call_turn(&call);
    CHECK(list_empty(exchange_bridgings(call.exchange)));
    send_all(&call, 4, 3);
    CHECK_INT(feeds(&call, 5, "0"), FEED_TRACK);
    CHECK_INT(feeds(&call, 5, "1"), FEED_TRACK);
    CHECK_INT(call_count_rtp(&call, call_slot_ssrc(5, 1)), 1);
out:
    feed_free(&feed);
    call_deinit(&call);
}

TEST(tells_who_sends)
{
    struct call call = {0};
    REQUIRE_OK(call_init(&call));
    REQUIRE(people_join(&call, 3));
    struct session *session = call_session(4, "room");
    REQUIRE(session != NULL);
    memcpy(session->name, "Ann", 4);
    (void)call_add(session, MEDIA_VIDEO, "s", true, false);
    memcpy(session->media[0].source, "screen", 7);
    session->media[0].ssrcs[0] = call_track_ssrc(4, MEDIA_VIDEO);
    session->media[0].ssrc_count = 1;
    REQUIRE(call_join(&call, session));
    send_all(&call, 3, 2);
    call_video(&call, 4, 1, 1, true, true, true);
    call_turn(&call);
    const struct bridge_source *screen = made_source(call.exchange, MEDIA_VIDEO, 4, 0);
    REQUIRE(screen != NULL);
    CHECK_STR(screen->name, "Ann");
    CHECK(screen->screen);
    CHECK(screen->live);
    struct bridging *bridging = made_bridging(call.exchange, "room");
    REQUIRE(bridging != NULL);
    struct bridge_source *out[8];
    REQUIRE_INT(bridging_faces(bridging, out, 8), 4);
    CHECK_INT(out[0]->participant, 4);
    CHECK_INT(bridging_faces(bridging, out, 2), 2);
    CHECK_INT(bridging_voices(bridging, out, 8), 0);
    struct bridge_layer layers[SESSION_MAX_LAYERS];
    REQUIRE_INT(bridge_source_layers(screen, layers), 1);
    CHECK(layers[0].offered);
    CHECK_INT(layers[0].width, 640);
    uint32_t changed = bridging->sources_changed;
    struct command *command = call_command_new(COMMAND_MUTE, 2);
    REQUIRE(command != NULL);
    command->media_kind = MEDIA_VIDEO;
    command->on = true;
    call_submit(&call, command);
    CHECK(bridging->sources_changed != changed);
    REQUIRE(made_source(call.exchange, MEDIA_VIDEO, 2, 0) != NULL);
    CHECK(made_source(call.exchange, MEDIA_VIDEO, 2, 0)->muted);
    REQUIRE_INT(bridging_faces(bridging, out, 8), 4);
    CHECK_INT(out[3]->participant, 2);
    for (uint16_t seq = 2; seq < 60; seq++) {
        call_audio(&call, 3, seq, seq % 7 == 0 ? 60 : 20 + seq % 11);
        call_turn(&call);
        call_run(&call, 20000);
        call_clear(&call);
    }
    REQUIRE(bridging_voices(bridging, out, 8) >= 1);
    CHECK_INT(out[0]->participant, 3);
    CHECK(out[0]->level < 60);
out:
    call_deinit(&call);
}

TEST(a_room_that_ends_stays_until_its_bridge_lets_go)
{
    struct call call = {0};
    struct feed *feed = NULL;
    struct tap *tap = calloc(1, sizeof(*tap));
    struct bridging *bridging = NULL;
    int bridge = 0;
    REQUIRE(tap != NULL);
    tap_init(tap);
    REQUIRE_OK(call_init(&call));
    REQUIRE(people_join(&call, 3));
    bridging = made_bridging(call.exchange, "room");
    REQUIRE(bridging != NULL);
    bridging->audio = &bridge;
    REQUIRE_OK(feed_new(&feed, bridging, &made_mix));
    REQUIRE(made_source(call.exchange, MEDIA_AUDIO, 1, 0) != NULL);
    tap_open(tap, made_source(call.exchange, MEDIA_AUDIO, 1, 0), 0, 4);
    for (uint32_t number = 1; number <= 3; number++) {
        REQUIRE(made_take(call.exchange, MEDIA_AUDIO, number, feed));
    }
    made_audio(feed, call.packets, 0, call.now_us);
    call_turn(&call);
    for (uint32_t number = 1; number <= 3; number++) {
        call_command(&call, COMMAND_LEAVE, number);
    }
    REQUIRE(bridging->gone);
    CHECK(list_empty(&bridging->sources[MEDIA_AUDIO]));
    CHECK(list_empty(&bridging->sinks[MEDIA_AUDIO]));
    REQUIRE(exchange_bridgings(call.exchange)->next == &bridging->link);
    CHECK_INT(bridging_voices(bridging, (struct bridge_source *[1]){NULL}, 1), 0);
    CHECK_INT(bridging_dominant(bridging), 0);
    made_audio(feed, call.packets, 960, call.now_us);
    call_turn(&call);
    REQUIRE(people_join(&call, 2)); /* a new room of the same name */
    CHECK(made_bridging(call.exchange, "room") == bridging);
    bridging->audio = NULL;
    feed_free(&feed);
    tap_close(tap);
    bridging_release(bridging);
    CHECK(list_empty(exchange_bridgings(call.exchange)));
    bridging = NULL;
out:
    feed_free(&feed);
    if (bridging != NULL) {
        bridging->audio = NULL;
        bridging_release(bridging);
    }
    if (tap != NULL) {
        tap_close(tap);
    }
    free(tap);
    call_deinit(&call);
}
