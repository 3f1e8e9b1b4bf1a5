#include <stdio.h>
#include <stdlib.h>

#include "relay/signal/events.h"
#include "relay/signal/websocket.h"
#include "relay/signal/wishes.h"
#include "support/switchboard.h"
#include "unit/runner.h"

static const char sendrecv[] = "chromium-156.0.8078.79-sendrecv";

/** Ann and Bob in one room, each with a socket, Eve in another room. */
struct scene {
    struct switchboard *board;
    struct directory_participant *ann;
    struct directory_participant *bob;
    struct directory_participant *eve;
    struct switchboard_socket *sockets; /**< of ann, bob, eve, spare */
};

static void forget(struct scene *scene)
{
    for (size_t i = 0; i < 4; i++) {
        scene->sockets[i].len = 0;
        scene->sockets[i].text[0] = '\0';
    }
    switchboard_clear(scene->board);
}

static bool scene_new(struct scene *scene)
{
    memset(scene, 0, sizeof(*scene));
    scene->sockets = calloc(4, sizeof(scene->sockets[0]));
    if (scene->sockets == NULL || switchboard_new(&scene->board, 1, 10) != 0) {
        return false;
    }
    scene->ann = switchboard_join(scene->board, "/call/tea?name=Ann", sendrecv);
    scene->bob = switchboard_join(scene->board, "/call/tea?name=Bob", sendrecv);
    scene->eve = switchboard_join(scene->board, "/call/coffee?name=Eve", sendrecv);
    if (scene->ann == NULL || scene->bob == NULL || scene->eve == NULL) {
        return false;
    }
    events_attach(&scene->board->events, scene->ann, &scene->sockets[0]);
    events_attach(&scene->board->events, scene->bob, &scene->sockets[1]);
    events_attach(&scene->board->events, scene->eve, &scene->sockets[2]);
    return true;
}

static void scene_free(struct scene *scene)
{
    switchboard_free(&scene->board);
    free(scene->sockets);
}

static void say(struct scene *scene, struct directory_participant *from, const char *text)
{
    wishes_receive(&scene->board->events, from, text, strlen(text), scene->board->now_us);
}

static bool heard(const struct scene *scene, size_t socket, const char *text)
{
    return strstr(scene->sockets[socket].text, text) != NULL;
}

TEST(welcome_says_who_is_there_and_which_slots_there_are)
{
    struct scene scene;
    REQUIRE(scene_new(&scene));
    CHECK(strncmp(scene.sockets[0].text, "{\"type\":\"welcome\",\"participant\":\"", 32) == 0);
    CHECK(heard(&scene, 0, scene.ann->id));
    CHECK(heard(&scene, 0, "\"room\":\"tea\""));
    CHECK(heard(&scene, 0, "\"name\":\"Bob\""));
    CHECK(!heard(&scene, 0, "Eve"));
    CHECK(heard(&scene, 0,
                "\"slots\":[{\"mid\":\"0\",\"kind\":\"audio\",\"feed\":null,\"participant\":null,"
                "\"track\":null,"
                "\"layer\":null,\"paused\":null},{\"mid\":\"1\",\"kind\":\"video\""));
    CHECK(heard(
        &scene, 0,
        "\"tracks\":[{\"id\":\"0\",\"kind\":\"audio\",\"source\":\"microphone\",\"muted\":false}"));
out:
    scene_free(&scene);
}

TEST(others_hear_who_comes_changes_and_leaves)
{
    struct scene scene;
    REQUIRE(scene_new(&scene));
    forget(&scene);
    struct directory_participant *dan =
        switchboard_join(scene.board, "/call/tea?name=Dan", sendrecv);
    REQUIRE(dan != NULL);
    CHECK(heard(&scene, 0, "{\"type\":\"joined\",\"participant\":{\"id\":\""));
    CHECK(heard(&scene, 0, "Dan"));
    CHECK_INT(scene.sockets[2].len, 0);
    events_updated(&scene.board->events, scene.ann);
    CHECK(!heard(&scene, 0, "updated"));
    CHECK(heard(&scene, 1, "\"type\":\"updated\""));
    events_attach(&scene.board->events, dan, &scene.sockets[3]);
    events_leave(&scene.board->events, &dan, 0);
    CHECK(dan == NULL);
    CHECK(heard(&scene, 0, "\"type\":\"left\""));
    CHECK_INT(scene.sockets[3].close_code, WEBSOCKET_LEFT);
out:
    scene_free(&scene);
}

TEST(the_newest_socket_wins)
{
    struct scene scene;
    REQUIRE(scene_new(&scene));
    events_attach(&scene.board->events, scene.ann, &scene.sockets[3]);
    CHECK_INT(scene.sockets[0].close_code, WEBSOCKET_REPLACED);
    CHECK(heard(&scene, 3, "welcome"));
    events_detach(scene.ann, &scene.sockets[0]); /* the old one is gone: nothing to do */
    CHECK(scene.ann->socket == &scene.sockets[3]);
    events_detach(scene.ann, &scene.sockets[3]);
    CHECK(scene.ann->socket == NULL);
    CHECK_INT(directory_participants(scene.board->directory), 3);
out:
    scene_free(&scene);
}

TEST(chat_goes_to_the_room_or_to_one)
{
    struct scene scene;
    char text[256] = "{\"type\":\"chat\",\"payload\":\"psst\",\"to\":\"";
    REQUIRE(scene_new(&scene));
    forget(&scene);
    say(&scene, scene.ann, "{\"type\":\"chat\",\"payload\":{\"text\":\"hi \\u00e9\"}}");
    CHECK_INT(scene.sockets[0].len, 0);
    CHECK(heard(&scene, 1, "{\"type\":\"chat\",\"from\":\""));
    CHECK(heard(&scene, 1, scene.ann->id));
    CHECK(heard(&scene, 1, "\"payload\":{\"text\":\"hi \xc3\xa9\"}"));
    CHECK_INT(scene.sockets[2].len, 0);
    (void)strcat(text, scene.bob->id);
    (void)strcat(text, "\"}");
    say(&scene, scene.ann, text);
    CHECK(heard(&scene, 1, "psst"));
    say(&scene, scene.bob, "{\"type\":\"hand\",\"payload\":true}");
    CHECK(heard(&scene, 0, "{\"type\":\"hand\",\"from\":\""));
    say(&scene, scene.bob, "{\"type\":\"data\",\"payload\":[1,2]}");
    CHECK(heard(&scene, 0, "\"payload\":[1,2]"));
out:
    scene_free(&scene);
}

TEST(messages_to_strangers_and_too_long_ones_are_refused)
{
    struct scene scene;
    char text[EVENTS_MAX_PAYLOAD_BYTES + 64] = "{\"type\":\"data\",\"payload\":\"";
    REQUIRE(scene_new(&scene));
    forget(&scene);
    size_t at = strlen(text);
    memset(text + at, 'x', EVENTS_MAX_PAYLOAD_BYTES - 2);
    memcpy(text + at + EVENTS_MAX_PAYLOAD_BYTES - 2, "\"}", 3);
    say(&scene, scene.ann, text);
    CHECK(!heard(&scene, 0, "error"));
    CHECK(heard(&scene, 1, "xxxx"));
    memcpy(text + at + EVENTS_MAX_PAYLOAD_BYTES - 2, "x\"}", 4);
    forget(&scene);
    say(&scene, scene.ann, text);
    CHECK(heard(&scene, 0, "{\"type\":\"error\",\"about\":\"data\""));
    CHECK_INT(scene.sockets[1].len, 0);
    char stranger[128] = "{\"type\":\"chat\",\"payload\":1,\"to\":\"";
    (void)strcat(stranger, scene.eve->id); /* of another room */
    (void)strcat(stranger, "\"}");
    say(&scene, scene.ann, stranger);
    CHECK(heard(&scene, 0, "to is not the id of somebody in the room"));
    CHECK_INT(scene.sockets[2].len, 0);
out:
    scene_free(&scene);
}

TEST(pin_and_view_become_commands)
{
    struct scene scene;
    char text[256] = "{\"type\":\"pin\",\"mid\":\"1\",\"track\":\"1\",\"participant\":\"";
    REQUIRE(scene_new(&scene));
    forget(&scene);
    (void)strcat(text, scene.bob->id);
    (void)strcat(text, "\"}");
    say(&scene, scene.ann, text);
    const struct command *command = switchboard_last(scene.board);
    REQUIRE(command != NULL);
    CHECK_INT(command->kind, COMMAND_PIN);
    CHECK_INT(command->number, scene.ann->number);
    CHECK_STR(command->mid, "1");
    CHECK_INT(command->target, scene.bob->number);
    CHECK_STR(command->target_mid, "1");
    say(&scene, scene.ann, "{\"type\":\"pin\",\"mid\":\"1\",\"participant\":null}");
    command = switchboard_last(scene.board);
    CHECK_INT(command->target, 0);
    CHECK_INT(command->feed, FEED_NONE);
    say(&scene, scene.ann,
        "{\"type\":\"pin\",\"mid\":\"1\",\"participant\":null,\"feed\":\"grid\"}");
    command = switchboard_last(scene.board);
    CHECK_INT(command->feed, FEED_GRID);
    say(&scene, scene.ann,
        "{\"type\":\"pin\",\"mid\":\"0\",\"participant\":null,\"feed\":\"mix\"}");
    command = switchboard_last(scene.board);
    CHECK_INT(command->feed, FEED_MIX);
    say(&scene, scene.ann,
        "{\"type\":\"view\",\"mid\":\"1\",\"width\":640,\"height\":360.5,\"fps\":30}");
    command = switchboard_last(scene.board);
    REQUIRE(command->kind == COMMAND_VIEW);
    CHECK_INT(command->width, 640);
    CHECK_INT(command->height, 360);
    CHECK_INT(command->fps, 30);
    CHECK(!heard(&scene, 0, "error"));
out:
    scene_free(&scene);
}

TEST(muting_oneself_tells_the_others)
{
    struct scene scene;
    REQUIRE(scene_new(&scene));
    forget(&scene);
    say(&scene, scene.ann, "{\"type\":\"mute\",\"kind\":\"audio\",\"on\":true}");
    const struct command *command = switchboard_last(scene.board);
    REQUIRE(command != NULL);
    CHECK_INT(command->kind, COMMAND_MUTE);
    CHECK_INT(command->media_kind, MEDIA_AUDIO);
    CHECK(command->on);
    CHECK(heard(&scene, 1, "\"type\":\"updated\""));
    CHECK(heard(&scene, 1, "\"kind\":\"audio\",\"source\":\"microphone\",\"muted\":true"));
    CHECK(heard(&scene, 1, "\"kind\":\"video\",\"source\":\"camera\",\"muted\":false"));
    scene.board->busy = true;
    forget(&scene);
    say(&scene, scene.ann, "{\"type\":\"mute\",\"kind\":\"audio\",\"on\":false}");
    CHECK(heard(&scene, 0, "too busy"));
    CHECK(scene.ann->muted[MEDIA_AUDIO]);
out:
    scene_free(&scene);
}

TEST(only_moderators_mute_others_and_nobody_unmutes_them)
{
    struct scene scene;
    char on[256] = "{\"type\":\"mute\",\"kind\":\"video\",\"on\":true,\"participant\":\"";
    char off[256] = "{\"type\":\"mute\",\"kind\":\"video\",\"on\":false,\"participant\":\"";
    REQUIRE(scene_new(&scene));
    forget(&scene);
    (void)strcat(strcat(on, scene.bob->id), "\"}");
    (void)strcat(strcat(off, scene.bob->id), "\"}");
    say(&scene, scene.ann, on);
    CHECK(heard(&scene, 0, "only a moderator"));
    CHECK_INT(scene.board->command_count, 0);
    scene.ann->grants.room_admin = true;
    say(&scene, scene.ann, on);
    REQUIRE_INT(scene.board->command_count, 1);
    CHECK_INT(switchboard_last(scene.board)->number, scene.bob->number);
    CHECK(heard(&scene, 1, "{\"type\":\"muted\",\"kind\":\"video\",\"on\":true,\"by\":\""));
    CHECK(heard(&scene, 0, "\"type\":\"updated\""));
    say(&scene, scene.ann, off);
    CHECK(heard(&scene, 0, "people can only unmute themselves"));
    CHECK_INT(scene.board->command_count, 1);
out:
    scene_free(&scene);
}

TEST(what_is_wrong_with_a_message_is_said)
{
    static const struct {
        const char *text;
        const char *about;
    } cases[] = {
        {"", "null"},
        {"{", "null"},
        {"[]", "null"},
        {"\"chat\"", "null"},
        {"{}", "null"},
        {"{\"type\":1}", "null"},
        {"{\"type\":\"chat\",\"type\":\"chat\",\"payload\":1}", "null"},
        {"{\"type\":\"chat\",\"payload\":1} x", "null"},
        {"{\"type\":\"dance\"}", "\"dance\""},
        {"{\"type\":\"chat\"}", "\"chat\""},
        {"{\"type\":\"chat\",\"payload\":1,\"to\":7}", "\"chat\""},
        {"{\"type\":\"pin\"}", "\"pin\""},
        {"{\"type\":\"pin\",\"mid\":\"9\",\"participant\":null}", "\"pin\""},
        {"{\"type\":\"pin\",\"mid\":\"1\"}", "\"pin\""},
        {"{\"type\":\"pin\",\"mid\":\"1\",\"participant\":\"x\"}", "\"pin\""},
        {"{\"type\":\"pin\",\"mid\":\"1\",\"participant\":null,\"track\":3}", "\"pin\""},
        {"{\"type\":\"pin\",\"mid\":\"1\",\"participant\":null,\"feed\":\"mix\"}", "\"pin\""},
        {"{\"type\":\"pin\",\"mid\":\"0\",\"participant\":null,\"feed\":\"grid\"}", "\"pin\""},
        {"{\"type\":\"pin\",\"mid\":\"0\",\"participant\":null,\"feed\":7}", "\"pin\""},
        {"{\"type\":\"view\",\"mid\":\"1\",\"width\":-1,\"height\":1}", "\"view\""},
        {"{\"type\":\"view\",\"mid\":\"1\",\"width\":1}", "\"view\""},
        {"{\"type\":\"view\",\"mid\":\"1\",\"width\":1e300,\"height\":1}", "\"view\""},
        {"{\"type\":\"view\",\"mid\":\"1\",\"width\":1,\"height\":1,\"fps\":\"x\"}", "\"view\""},
        {"{\"type\":\"mute\",\"kind\":\"smell\",\"on\":true}", "\"mute\""},
        {"{\"type\":\"mute\",\"kind\":\"audio\",\"on\":1}", "\"mute\""},
        {"{\"type\":\"mute\",\"kind\":\"audio\",\"on\":true,\"participant\":\"x\"}", "\"mute\""},
    };
    struct scene scene;
    REQUIRE(scene_new(&scene));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char want[64] = "{\"type\":\"error\",\"about\":";
        (void)strcat(want, cases[i].about);
        forget(&scene);
        scene.board->now_us += 1000000;
        say(&scene, scene.ann, cases[i].text);
        if (strncmp(scene.sockets[0].text, want, strlen(want)) != 0) {
            runner_fail(cases[i].text, __LINE__, scene.sockets[0].text);
        }
        CHECK_INT(scene.sockets[1].len, 0);
        CHECK_INT(scene.board->command_count, 0);
    }
out:
    scene_free(&scene);
}

TEST(a_flood_of_messages_closes_the_socket)
{
    struct scene scene;
    REQUIRE(scene_new(&scene));
    for (int i = 0; i < EVENTS_MAX_MESSAGES_PER_SECOND; i++) {
        say(&scene, scene.ann, "{\"type\":\"stats\"}");
    }
    CHECK_INT(scene.sockets[0].close_code, 0);
    say(&scene, scene.ann, "{\"type\":\"stats\"}");
    CHECK_INT(scene.sockets[0].close_code, WEBSOCKET_POLICY);
    CHECK(scene.ann->socket == NULL);
    say(&scene, scene.ann, "{\"type\":\"stats\"}"); /* what was still on its way */
out:
    scene_free(&scene);
}

TEST(slots_are_told_and_remembered_for_the_next_welcome)
{
    struct scene scene;
    struct event *event = NULL;
    REQUIRE(scene_new(&scene));
    forget(&scene);
    REQUIRE_OK(event_new(&event, EVENT_SLOTS));
    event->slots = calloc(1, sizeof(event->slots[0]));
    REQUIRE(event->slots != NULL);
    event->slot_count = 1;
    event->number = scene.ann->number;
    event->slots[0] = (struct event_slot){.mid = "1",
                                          .media_kind = MEDIA_VIDEO,
                                          .feed = FEED_TRACK,
                                          .participant = scene.bob->number,
                                          .track = "1",
                                          .paused = PAUSE_NETWORK,
                                          .width = 640,
                                          .height = 360};
    events_worker(&scene.board->events, event, 0);
    CHECK(heard(&scene, 0,
                "{\"type\":\"slots\",\"slots\":[{\"mid\":\"1\",\"kind\":\"video\",\"feed\":"
                "\"track\",\"participant\":\""));
    CHECK(heard(&scene, 0, scene.bob->id));
    CHECK(heard(&scene, 0,
                "\"track\":\"1\",\"layer\":{\"width\":640,\"height\":360},\"paused\":\"network\""));
    CHECK_INT(scene.sockets[1].len, 0);
    events_attach(&scene.board->events, scene.ann, &scene.sockets[3]);
    CHECK(heard(&scene, 3, "\"layer\":{\"width\":640,\"height\":360}"));
out:
    event_free(&event);
    scene_free(&scene);
}

TEST(speakers_are_told_to_their_room)
{
    struct scene scene;
    struct event *event = NULL;
    REQUIRE(scene_new(&scene));
    forget(&scene);
    REQUIRE_OK(event_new(&event, EVENT_SPEAKING));
    event->levels = calloc(2, sizeof(event->levels[0]));
    REQUIRE(event->levels != NULL);
    event->level_count = 2;
    memcpy(event->room, "tea", 4);
    event->dominant = scene.bob->number;
    event->levels[0] = (struct event_level){.participant = scene.bob->number, .level = 20};
    event->levels[1] = (struct event_level){.participant = 9999, .level = 30}; /* gone */
    events_worker(&scene.board->events, event, 0);
    char want[256] = "{\"type\":\"speaking\",\"dominant\":\"";
    (void)strcat(strcat(strcat(strcat(want, scene.bob->id), "\",\"levels\":{\""), scene.bob->id),
                 "\":20}}");
    CHECK(heard(&scene, 0, want));
    CHECK(heard(&scene, 1, want));
    CHECK_INT(scene.sockets[2].len, 0);
out:
    event_free(&event);
    scene_free(&scene);
}

TEST(a_participant_that_the_worker_lost_leaves)
{
    struct scene scene;
    struct event *event = NULL;
    REQUIRE(scene_new(&scene));
    forget(&scene);
    REQUIRE_OK(event_new(&event, EVENT_LEFT));
    event->number = scene.bob->number;
    events_worker(&scene.board->events, event, 0);
    events_worker(&scene.board->events, event, 0); /* nobody has this number any more */
    CHECK_INT(directory_participants(scene.board->directory), 2);
    CHECK(heard(&scene, 0, "\"type\":\"left\""));
    CHECK_INT(scene.sockets[1].close_code, WEBSOCKET_LEFT);
    CHECK_INT(scene.board->command_count, 0);
out:
    event_free(&event);
    scene_free(&scene);
}

TEST(hidden_participants_are_not_shown)
{
    struct scene scene;
    REQUIRE(scene_new(&scene));
    scene.bob->grants.hidden = true;
    forget(&scene);
    events_attach(&scene.board->events, scene.ann, &scene.sockets[3]);
    CHECK(!heard(&scene, 3, "Bob"));
    events_updated(&scene.board->events, scene.bob);
    CHECK(!heard(&scene, 3, "updated"));
out:
    scene_free(&scene);
}

TEST(a_drain_is_told_to_everybody)
{
    struct scene scene;
    REQUIRE(scene_new(&scene));
    forget(&scene);
    events_closing(&scene.board->events);
    for (size_t i = 0; i < 3; i++) {
        CHECK_STR(scene.sockets[i].text, "{\"type\":\"closing\",\"url\":null}\n");
    }
out:
    scene_free(&scene);
}

TEST(a_token_without_data_grant_cannot_chat)
{
    struct scene scene;
    REQUIRE(scene_new(&scene));
    forget(&scene);
    scene.ann->grants.can_publish_data = false;
    say(&scene, scene.ann, "{\"type\":\"chat\",\"payload\":1}");
    CHECK(heard(&scene, 0, "your token does not allow messages"));
    CHECK_INT(scene.sockets[1].len, 0);
out:
    scene_free(&scene);
}

TEST(raised_hands_are_told_to_who_comes_later)
{
    struct scene scene;
    char hands[128];
    REQUIRE(scene_new(&scene));
    say(&scene, scene.bob, "{\"type\":\"hand\",\"payload\":{\"up\":true}}");
    scene.board->now_us += 1000000;
    say(&scene, scene.ann, "{\"type\":\"hand\",\"payload\":true}");
    scene.board->now_us += 1000000;
    say(&scene, scene.bob, "{\"type\":\"hand\",\"payload\":{\"up\":true}}"); /* keeps the place */
    struct directory_participant *dan =
        switchboard_join(scene.board, "/call/tea?name=Dan", sendrecv);
    REQUIRE(dan != NULL);
    events_attach(&scene.board->events, dan, &scene.sockets[3]);
    (void)snprintf(hands, sizeof(hands), "\"hands\":[\"%s\",\"%s\"]", scene.bob->id, scene.ann->id);
    CHECK(heard(&scene, 3, hands));
    say(&scene, scene.bob, "{\"type\":\"hand\",\"payload\":{\"up\":false}}");
    forget(&scene);
    events_attach(&scene.board->events, scene.bob, &scene.sockets[1]);
    (void)snprintf(hands, sizeof(hands), "\"hands\":[\"%s\"]", scene.ann->id);
    CHECK(heard(&scene, 1, hands));
    forget(&scene);
    say(&scene, scene.ann, "{\"type\":\"hand\",\"payload\":{\"up\":1}}");
    CHECK(heard(&scene, 0, "\"type\":\"error\""));
    CHECK_INT(scene.sockets[3].len, 0);
out:
    scene_free(&scene);
}

TEST(quality_is_told_with_the_clients_own_view)
{
    struct scene scene;
    REQUIRE(scene_new(&scene));
    forget(&scene);
    say(&scene, scene.ann,
        "{\"type\":\"stats\",\"jitter_buffer_ms\":60,\"concealed_samples\":0,"
        "\"total_samples\":240000,\"freezes\":1,\"freeze_ms\":400}");
    CHECK_INT(scene.sockets[0].len, 0);
    struct event event = {.kind = EVENT_REPORT,
                          .number = scene.ann->number,
                          .report = {.rtt_us = 30000, .available_bps = 1000000}};
    events_worker(&scene.board->events, &event, scene.board->now_us);
    CHECK(heard(&scene, 0, "{\"type\":\"quality\",\"version\":\"G.107.2"));
    CHECK(heard(&scene, 0, "\"receive\":{\"mos\":4.41"));
    CHECK(heard(&scene, 0, "\"freeze_ms\":400"));
    CHECK(heard(&scene, 0, "\"rtt_ms\":30"));
    CHECK_INT(scene.sockets[1].len, 0);
    say(&scene, scene.ann, "{\"type\":\"stats\",\"freezes\":-1}");
    CHECK(heard(&scene, 0, "\"type\":\"error\""));
out:
    scene_free(&scene);
}
