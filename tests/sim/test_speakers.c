/**
 * Who is heard and who is seen when people speak: rooms with more people than slots, on paths that
 * lose.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/scenario.h"
#include "support/speech.h"
#include "unit/runner.h"

enum { MAX_PEOPLE = 100, STEP_US = 20000 };

/** 40 ms of round trip, 5 % lost each way. */
static const struct link_config lossy_path = {.delay_us = 20000, .jitter_us = 5000, .loss = 0.05};

/** A meeting under way. */
struct meeting {
    struct world *world;
    struct peer *peers[MAX_PEOPLE];
    struct speech voices[MAX_PEOPLE];
    size_t people;
    size_t audio_slots;
    int64_t
        heard_us[MAX_PEOPLE]; /* when each first heard the speaker of now; INT64_MAX = not yet */
    uint32_t dominant;
    unsigned flips; /* of dominance */
};

static int meet(struct meeting *meeting, uint64_t seed, size_t people,
                const struct peer_config *config, const struct link_config *path)
{
    *meeting = (struct meeting){.people = people, .audio_slots = config->audio_slots};
    int err = world_new(&meeting->world, seed);
    for (size_t i = 0; i < people && err == 0; i++) {
        err = world_join(meeting->world, config, path, &meeting->peers[i]);
        speech_init(&meeting->voices[i], seed * 1000 + i, 75, 28);
    }
    return err;
}

/** Has this listener got a packet of the speaker that was made since the given time? (As it
 * arrives: sinks deliver in order, and wait longer for lost packets than players do.) */
static bool hears(const struct meeting *meeting, size_t listener, size_t speaker, int64_t since_us)
{
    for (size_t n = 0; n < meeting->audio_slots; n++) {
        const struct sink *sink = peer_sink(meeting->peers[listener], MEDIA_AUDIO, n);
        if (sink->highest < 0) {
            continue;
        }
        const struct source_mark *mark = &sink->entries[sink->highest % SINK_WINDOW].mark;
        if (mark->publisher == peer_number(meeting->peers[speaker]) &&
            mark->capture_us >= since_us) {
            return true;
        }
    }
    return false;
}

/** Lets everybody's microphone run for a while; notes who hears the speaker. */
static void pass(struct meeting *meeting, int64_t duration_us, size_t speaker, int64_t since_us)
{
    int64_t end_us = world_now_us(meeting->world) + duration_us;
    while (world_now_us(meeting->world) < end_us) {
        for (size_t i = 0; i < meeting->people; i++) {
            source_set_level(peer_source(meeting->peers[i], MEDIA_AUDIO),
                             speech_next(&meeting->voices[i]));
        }
        world_run(meeting->world, STEP_US);
        for (size_t i = 0; i < meeting->people; i++) {
            if (meeting->heard_us[i] == INT64_MAX && hears(meeting, i, speaker, since_us)) {
                meeting->heard_us[i] = world_now_us(meeting->world);
            }
        }
        uint32_t dominant = world_events(meeting->world)->dominant;
        meeting->flips += dominant != meeting->dominant ? 1 : 0;
        meeting->dominant = dominant;
    }
}

/** What a turn of one speaker was like for the others. */
struct turn {
    int64_t heard_us; /* by the last of all listeners */
    int64_t dominant_us;
};

static struct turn speak(struct meeting *meeting, size_t speaker, int64_t duration_us)
{
    struct turn turn = {.heard_us = 0, .dominant_us = INT64_MAX};
    int64_t start_us = world_now_us(meeting->world);
    for (size_t i = 0; i < meeting->people; i++) {
        meeting->heard_us[i] = INT64_MAX;
    }
    speech_talk(&meeting->voices[speaker], true);
    while (world_now_us(meeting->world) < start_us + duration_us) {
        pass(meeting, STEP_US, speaker, start_us);
        if (turn.dominant_us == INT64_MAX &&
            meeting->dominant == peer_number(meeting->peers[speaker])) {
            turn.dominant_us = world_now_us(meeting->world) - start_us;
        }
    }
    speech_talk(&meeting->voices[speaker], false);
    for (size_t i = 0; i < meeting->people; i++) {
        if (i != speaker && meeting->heard_us[i] == INT64_MAX) {
            turn.heard_us = INT64_MAX;
        } else if (i != speaker && meeting->heard_us[i] - start_us > turn.heard_us) {
            turn.heard_us = meeting->heard_us[i] - start_us;
        }
    }
    return turn;
}

static uint64_t video_feeds(const struct meeting *meeting)
{
    uint64_t feeds = 0;
    for (size_t i = 0; i < meeting->people; i++) {
        feeds += peer_sum(meeting->peers[i], MEDIA_VIDEO).feeds;
    }
    return feeds;
}

TEST_NO_OOM(ten_with_three_audio_slots_hear_whoever_speaks)
{
    static const struct peer_config config = {.audio_sources = 1,
                                              .video_sources = 1,
                                              .audio_slots = 3,
                                              .video_slots = 9,
                                              .payload_bytes = 60};
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct meeting meeting = {.world = NULL};
        int64_t worst_heard_us = 0;
        int64_t worst_dominant_us = 0;
        unsigned late = 0;
        unsigned turns = 0;
        REQUIRE_OK(meet(&meeting, seed, 10, &config, &lossy_path));
        pass(&meeting, 3 * SECOND_US, 0, INT64_MAX);
        CHECK_INT(meeting.dominant, 0);
        for (; turns < 20; turns++) {
            struct turn turn = speak(&meeting, turns * 7 % 10, 3 * SECOND_US);
            CHECK(turn.heard_us <= 300000);
            CHECK(turn.dominant_us <= 1300000);
            late += turn.dominant_us > SECOND_US ? 1 : 0;
            worst_heard_us = turn.heard_us > worst_heard_us ? turn.heard_us : worst_heard_us;
            worst_dominant_us =
                turn.dominant_us > worst_dominant_us ? turn.dominant_us : worst_dominant_us;
            /* somebody else coughs */
            speech_cough(&meeting.voices[(turns * 7 + 3) % 10], 300);
            pass(&meeting, (int64_t)(turns % 4) * 130000, 0, INT64_MAX);
        }
        CHECK(late <= 2);
        CHECK_INT(meeting.flips, turns);
        CHECK_INT(video_feeds(&meeting), 90); /* everybody sees everybody, and nobody ever moved */
        for (size_t i = 0; i < meeting.people; i++) {
            CHECK_INT(peer_sum(meeting.peers[i], MEDIA_AUDIO).errors, 0);
            CHECK_INT(peer_sum(meeting.peers[i], MEDIA_VIDEO).errors, 0);
        }
        if (getenv("SIM_SHOW") != NULL) {
            printf("  seed %" PRIu64 ": heard within %" PRId64 " ms, dominant within %" PRId64
                   " ms, after a second %u of %u\n",
                   seed, worst_heard_us / 1000, worst_dominant_us / 1000, late, turns);
        }
    out:
        world_free(&meeting.world);
    }
}

/** Fewer video slots than people: who begins to speak enters in one place, and nobody else moves.
 */
TEST_NO_OOM(who_enters_the_picture_moves_nobody_else)
{
    static const struct peer_config config = {
        .audio_sources = 1, .video_sources = 1, .audio_slots = 3, .video_slots = 4};
    struct meeting meeting = {.world = NULL};
    REQUIRE_OK(meet(&meeting, 4, 12, &config, &clean_path));
    pass(&meeting, 2 * SECOND_US, 0, INT64_MAX);
    for (size_t turn = 0; turn < 4; turn++) { /* the four whom all see from now on */
        (void)speak(&meeting, turn, 2500000);
    }
    uint64_t feeds = video_feeds(&meeting);
    for (size_t turn = 0; turn < 8; turn++) {
        (void)speak(&meeting, turn % 4, 2500000);
        speech_cough(&meeting.voices[5], 300);
    }
    CHECK_INT(video_feeds(&meeting), feeds);
    for (size_t turn = 0; turn < 4; turn++) { /* each of these enters for the other eleven */
        (void)speak(&meeting, 11 - turn, 2500000);
    }
    CHECK_INT(video_feeds(&meeting), feeds + 4 * 11);
out:
    world_free(&meeting.world);
}

/** Three who take turns among a hundred: after each has spoken once, nothing changes for anybody.
 */
TEST_NO_OOM(a_hundred_are_left_in_peace)
{
    static const struct peer_config config = {.audio_sources = 1, .audio_slots = 3};
    struct meeting meeting = {.world = NULL};
    REQUIRE_OK(meet(&meeting, 5, 100, &config, &clean_path));
    pass(&meeting, SECOND_US, 0, INT64_MAX);
    uint64_t feeds = 0;
    uint64_t slots = 0;
    for (size_t turn = 0; turn < 9; turn++) {
        struct turn spoken = speak(&meeting, turn % 3 * 30, 2 * SECOND_US);
        CHECK(spoken.heard_us <= 200000);
        if (turn == 2) {
            feeds = world_counters(meeting.world).feed_changes;
            slots = world_events(meeting.world)->slots;
        }
    }
    CHECK_INT(meeting.flips, 9);
    CHECK_INT(world_counters(meeting.world).feed_changes, feeds);
    CHECK_INT(world_events(meeting.world)->slots, slots);
out:
    world_free(&meeting.world);
}
