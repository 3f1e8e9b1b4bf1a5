#include <string.h>

#include "load/crowd.h"
#include "unit/runner.h"

static struct scenario_group groups[] = {
    {.rooms = 2, .callers = 2, .speakers = UINT32_MAX, .room = NULL},
    {.rooms = 1,
     .callers = 3,
     .watchers = 2,
     .speakers = 1,
     .video = true,
     .simulcast = true,
     .room = "stage",
     .profile = "lossy-3",
     .profile_share = 0.4},
};
static const struct scenario scenario = {
    .groups = groups, .group_count = 2, .listen = 0.4, .seed = 5};

TEST(callers_come_room_by_room)
{
    struct caller_config caller;
    struct crowd_room room;
    CHECK_INT(crowd_people(&scenario), 9);
    CHECK_INT(crowd_rooms(&scenario), 3);
    crowd_describe(&scenario, 3, &caller);
    CHECK_INT(caller.number, 4);
    CHECK_INT(caller.room, 1);
    CHECK_INT(caller.place, 1);
    CHECK_STR(caller.room_name, "load-1");
    CHECK(caller.send_audio && !caller.send_video && caller.speaks);
    CHECK_INT(caller.receive_audio, 1);
    CHECK_INT(caller.receive_video, 0);
    crowd_describe(&scenario, 5, &caller);
    CHECK_STR(caller.room_name, "stage");
    CHECK_INT(caller.room, 2);
    CHECK(caller.send_video && caller.simulcast && !caller.speaks);
    CHECK_INT(caller.receive_audio, 2);
    CHECK_INT(caller.receive_video, 2);
    crowd_describe(&scenario, 8, &caller);
    CHECK(!caller.send_audio && !caller.send_video && !caller.speaks);
    CHECK_INT(caller.receive_video, 3);
    crowd_room(&scenario, 2, &room);
    CHECK_INT(room.people, 5);
    CHECK_INT(room.speakers, 1);
    CHECK(!room.strangers);
    goto out;
out:
    return;
}

TEST(cameras_without_sound)
{
    static struct scenario_group group = {.rooms = 1,
                                          .callers = 1,
                                          .watchers = 2,
                                          .speakers = UINT32_MAX,
                                          .video = true,
                                          .video_only = true,
                                          .receive_audio = 1};
    const struct scenario silent = {.groups = &group, .group_count = 1};
    struct caller_config caller;
    crowd_describe(&silent, 0, &caller);
    CHECK(caller.send_video && !caller.send_audio && !caller.speaks);
    crowd_describe(&silent, 1, &caller);
    CHECK_INT(caller.receive_audio, 0);
    CHECK_INT(caller.receive_video, 1);
    goto out;
out:
    return;
}

TEST(who_only_watches_strangers_receives_one_of_each)
{
    static struct scenario_group group = {
        .rooms = 1, .callers = 0, .watchers = 2, .speakers = UINT32_MAX, .video = true};
    const struct scenario watched = {.groups = &group, .group_count = 1, .listen = 1};
    struct caller_config caller;
    struct crowd_room room;
    crowd_describe(&watched, 1, &caller);
    CHECK_INT(caller.receive_audio, 1);
    CHECK_INT(caller.receive_video, 1);
    CHECK(!caller.send_audio && !caller.listens); /* nobody knows what was said */
    crowd_room(&watched, 0, &room);
    CHECK(room.strangers);
    CHECK_INT(room.people, 2);
    goto out;
out:
    return;
}

TEST(who_receives_nothing_is_not_listened_with)
{
    static struct scenario_group group = {
        .rooms = 2, .callers = 1, .watchers = 5, .speakers = UINT32_MAX};
    const struct scenario stage = {.groups = &group, .group_count = 1, .listen = 0.1};
    for (uint32_t i = 0; i < 12; i++) {
        struct caller_config caller;
        crowd_describe(&stage, i, &caller);
        CHECK_INT(caller.listens, i == 1); /* the first who hears anything */
    }
    goto out;
out:
    return;
}

TEST(shares_are_taken_evenly_and_begin_with_the_first)
{
    unsigned listening = 0;
    unsigned impaired = 0;
    for (uint32_t i = 0; i < 9; i++) {
        struct caller_config caller;
        crowd_describe(&scenario, i, &caller);
        listening += caller.listens;
        impaired += caller.profile != NULL;
        if (i == 0 || i == 4) {
            CHECK(caller.listens);
        }
        if (i == 4) {
            CHECK(caller.profile != NULL && strcmp(caller.profile, "lossy-3") == 0);
        }
    }
    CHECK_INT(listening, 2 + 2);
    CHECK_INT(impaired, 2);
    goto out;
out:
    return;
}
