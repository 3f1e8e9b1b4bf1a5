/**
 * Composed pictures end to end: real VP8 in and out, in virtual time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "bridge/compose_desk.h"
#include "bridge/video_bridge.h"
#include "codec/audio_decoder.h"
#include "codec/layout.h"
#include "room/exchange.h"
#include "sim/camera.h"
#include "sim/ear.h"
#include "sim/eye.h"
#include "sim/mouth.h"
#include "sim/scenario.h"
#include "unit/runner.h"

enum { MOST = 5, WIDTH = 1280, HEIGHT = 720, SPEECH_S = 5, CLAP_S = 4, QUICK = 24, SEVERAL = 8 };

static const float loud = 0.03F;

/** People who film, and one who watches the composed picture. */
struct gathering {
    struct world *world;
    size_t people;
    struct peer *peers[MOST];
    struct camera cameras[MOST];
    struct peer *viewer;
    struct eye eye;
};

static int come(struct gathering *play, const struct peer_config *config)
{
    size_t who = play->people++;
    int err = camera_init(&play->cameras[who], (unsigned)who + 1, 320, 180);
    if (err == 0) {
        err = world_join(play->world, config, &clean_path, &play->peers[who]);
    }
    if (err == 0) {
        camera_attach(&play->cameras[who], peer_source(play->peers[who], MEDIA_VIDEO));
    }
    return err;
}

static int begin(struct gathering *play, uint64_t seed, size_t people,
                 const struct link_config *path)
{
    static const struct peer_config filming = {.audio_sources = 1, .video_sources = 1};
    static const struct peer_config watching = {.audio_slots = 1, .video_slots = 1, .grid = true};
    *play = (struct gathering){.people = 0};
    int err = world_new(&play->world, seed);
    for (size_t i = 0; i < people && err == 0; i++) {
        err = come(play, &filming);
    }
    if (err == 0) {
        err = eye_init(&play->eye);
    }
    if (err == 0) {
        err = world_join(play->world, &watching, path, &play->viewer);
    }
    if (err == 0) {
        eye_attach(&play->eye, peer_sink(play->viewer, MEDIA_VIDEO, 0));
    }
    return err;
}

static void end(struct gathering *play)
{
    world_free(&play->world);
    for (size_t i = 0; i < play->people; i++) {
        camera_deinit(&play->cameras[i]);
    }
    eye_deinit(&play->eye);
}

/** Does the picture's place show this one, as he was filmed at most so long ago? */
static bool shows(const struct gathering *play, size_t place, size_t count, size_t who,
                  int64_t age_us)
{
    struct picture_rect rects[LAYOUT_MAX_TILES];
    unsigned source = 0;
    unsigned frame = 0;
    const struct picture *picture = eye_picture(&play->eye);
    if (picture == NULL) {
        return false;
    }
    layout_arrange(LAYOUT_GRID, count, picture->width, picture->height, rects);
    return eye_read(&play->eye, &rects[place], &source, &frame) && source == who + 1 &&
           world_now_us(play->world) - play->cameras[who].taken_us[frame] <= age_us;
}

TEST_NO_OOM(a_composed_picture_shows_everybody_of_now)
{
    struct gathering play;
    REQUIRE_OK(begin(&play, 1, 4, &clean_path));
    world_run(play.world, 8 * SECOND_US);
    CHECK_INT(eye_picture(&play.eye)->width, WIDTH);
    CHECK_INT(eye_picture(&play.eye)->height, HEIGHT);
    for (size_t i = 0; i < 4; i++) {
        CHECK(shows(&play, i, 4, i, 200000));
    }
    CHECK(play.eye.seen > 6 * 25);
    CHECK_INT(play.eye.broken, 0);
    CHECK(!play.eye.backwards);
    CHECK_INT(play.eye.csrc_count, 4);
    CHECK(world_pictures(play.world)->frames_in > 4 * 6 * 30);
    CHECK_INT(world_pictures(play.world)->frames_lost, 0);
    CHECK_INT(world_desk(play.world)->broken, 0);
out:
    end(&play);
}

TEST_NO_OOM(who_comes_and_goes_is_followed)
{
    static const struct peer_config filming = {.audio_sources = 1, .video_sources = 1};
    struct gathering play;
    REQUIRE_OK(begin(&play, 2, 2, &clean_path));
    world_run(play.world, 6 * SECOND_US);
    CHECK(shows(&play, 1, 2, 1, 200000));
    REQUIRE_OK(come(&play, &filming));
    world_run(play.world, 4 * SECOND_US);
    for (size_t i = 0; i < 3; i++) {
        CHECK(shows(&play, i, 3, i, 200000));
    }
    world_leave(play.world, play.peers[0]);
    world_run(play.world, 2 * SECOND_US);
    CHECK(shows(&play, 0, 2, 1, 200000));
    CHECK(shows(&play, 1, 2, 2, 200000));
    world_mute(play.world, play.peers[1], MEDIA_VIDEO, true);
    world_run(play.world, 2 * SECOND_US);
    CHECK(!shows(&play, 0, 2, 1, 2 * SECOND_US));
    CHECK(shows(&play, 1, 2, 2, 200000));
    world_mute(play.world, play.peers[1], MEDIA_VIDEO, false);
    world_run(play.world, 3 * SECOND_US);
    CHECK(shows(&play, 0, 2, 1, 200000));
    CHECK_INT(play.eye.broken, 0);
    CHECK(play.eye.longest_us < 200000);
out:
    end(&play);
}

TEST_NO_OOM(the_last_viewer_ends_the_composition)
{
    struct gathering play;
    REQUIRE_OK(begin(&play, 3, 2, &clean_path));
    world_run(play.world, 4 * SECOND_US);
    CHECK_INT(world_desk(play.world)->open, 1);
    CHECK_INT(world_pictures(play.world)->compositions, 1);
    world_leave(play.world, play.viewer);
    uint64_t composed = world_desk(play.world)->composed;
    world_run(play.world, 10 * SECOND_US);
    CHECK_INT(world_desk(play.world)->open, 0);
    CHECK_INT(world_pictures(play.world)->compositions, 0);
    CHECK(world_desk(play.world)->composed < composed + 4 * 25); /* wishes hold for a while */
out:
    end(&play);
}

TEST_NO_OOM(a_room_ends_while_its_picture_is_made)
{
    struct gathering play;
    REQUIRE_OK(begin(&play, 6, 2, &clean_path));
    world_run(play.world, 4 * SECOND_US);
    CHECK_INT(world_desk(play.world)->open, 1);
    world_leave(play.world, play.peers[0]);
    world_leave(play.world, play.viewer);
    world_leave(play.world, play.peers[1]);
    world_run(play.world, SECOND_US);
    CHECK_INT(world_desk(play.world)->open, 0);
    CHECK_INT(world_pictures(play.world)->compositions, 0);
    CHECK(list_empty(exchange_bridgings(world_exchange(play.world))));
out:
    end(&play);
}

TEST_NO_OOM(a_room_may_end_before_its_picture_begins)
{
    struct gathering play;
    REQUIRE_OK(begin(&play, 7, 1, &clean_path));
    for (int64_t us = 0; us < 3 * SECOND_US; us += 10000) {
        if (world_pictures(play.world)->compositions > 0) {
            break;
        }
        world_run(play.world, 10000);
    }
    CHECK_INT(world_pictures(play.world)->compositions, 1);
    world_leave(play.world, play.viewer);
    world_leave(play.world, play.peers[0]);
    world_run(play.world, SECOND_US);
    CHECK_INT(world_desk(play.world)->open, 0);
    CHECK(list_empty(exchange_bridgings(world_exchange(play.world))));
out:
    end(&play);
}

/** Forwarded meanwhile. */
TEST_NO_OOM(without_room_in_the_pool_a_slot_goes_on_being_forwarded)
{
    struct gathering play;
    struct peer *second = NULL;
    static const struct peer_config watching = {.video_slots = 1, .grid = true, .room = "other"};
    static const struct peer_config filming = {.video_sources = 1, .room = "other"};
    REQUIRE_OK(begin(&play, 8, 1, &clean_path));
    REQUIRE_OK(world_set_compositions(play.world, 1));
    world_run(play.world, 3 * SECOND_US);
    REQUIRE_OK(come(&play, &filming));
    REQUIRE_OK(world_join(play.world, &watching, &clean_path, &second));
    eye_deinit(&play.eye);
    REQUIRE_OK(eye_init(&play.eye));
    eye_attach(&play.eye, peer_sink(second, MEDIA_VIDEO, 0));
    world_run(play.world, 4 * SECOND_US);
    CHECK_INT(world_desk(play.world)->open, 1);
    CHECK_INT(world_pictures(play.world)->compositions, 1);
    CHECK(world_pictures(play.world)->refused >= 1);
    REQUIRE(eye_picture(&play.eye) != NULL);
    CHECK_INT(eye_picture(&play.eye)->width, 320);
    CHECK(play.eye.seen > 60);
    world_leave(play.world, play.viewer);
    world_run(play.world, 16 * SECOND_US);
    CHECK_INT(eye_picture(&play.eye)->width, WIDTH);
out:
    end(&play);
}

TEST_NO_OOM(a_thread_that_is_far_behind_takes_up_again)
{
    struct gathering play;
    REQUIRE_OK(begin(&play, 9, 2, &clean_path));
    world_run(play.world, 4 * SECOND_US);
    CHECK(shows(&play, 0, 2, 0, 200000));
    world_set_codecs_deaf(play.world, true);
    world_run(play.world, 2 * SECOND_US);
    CHECK(world_pictures(play.world)->frames_lost > 0);
    CHECK(!shows(&play, 0, 2, 0, 200000));
    world_set_codecs_deaf(play.world, false);
    world_run(play.world, 4 * SECOND_US);
    CHECK(shows(&play, 0, 2, 0, 200000));
    CHECK(shows(&play, 1, 2, 1, 200000));
    world_set_codecs_deaf(play.world, true);
    world_leave(play.world, play.viewer);
    world_leave(play.world, play.peers[0]);
    world_leave(play.world, play.peers[1]);
    world_run(play.world, 2 * SECOND_US);
    CHECK_INT(world_desk(play.world)->open, 1);
    world_set_codecs_deaf(play.world, false);
    world_run(play.world, SECOND_US);
    CHECK_INT(world_desk(play.world)->open, 0);
    CHECK(list_empty(exchange_bridgings(world_exchange(play.world))));
out:
    end(&play);
}

TEST_NO_OOM(phones_are_shown_upright)
{
    struct gathering play;
    REQUIRE_OK(begin(&play, 10, 2, &clean_path));
    play.cameras[1].upside_down = true;
    source_set_turn(peer_source(play.peers[1], MEDIA_VIDEO), 2);
    world_run(play.world, 6 * SECOND_US);
    CHECK(shows(&play, 0, 2, 0, 200000));
    CHECK(shows(&play, 1, 2, 1, 200000));
    play.cameras[1].upside_down = false;
    source_set_turn(peer_source(play.peers[1], MEDIA_VIDEO), 0);
    world_run(play.world, SECOND_US);
    source_set_turn(peer_source(play.peers[1], MEDIA_VIDEO), -1);
    world_run(play.world, SECOND_US);
    CHECK(shows(&play, 1, 2, 1, 200000));
out:
    end(&play);
}

/** What somebody sends who means no good. */
struct forger {
    unsigned turn;
    uint8_t bytes[200000];
};

/** Frames of 0 to 3 bytes, headers that lie, a size of its own for each, noise, a huge frame. */
static size_t forge(void *owner, int64_t capture_us, bool keyframe, const uint8_t **out)
{
    static const uint8_t liar[10] = {0x10, 0x02, 0, 0x9d, 0x01, 0x2a, 0xff, 0x3f, 0xff, 0x3f};
    struct forger *forger = owner;
    unsigned turn = forger->turn++;
    (void)capture_us;
    for (size_t i = 0; i < sizeof(forger->bytes); i++) {
        forger->bytes[i] = (uint8_t)((i * 2654435761U + turn * 40503U) >> 13);
    }
    *out = forger->bytes;
    if (turn % 8 < 3) {
        forger->bytes[0] = keyframe ? 0x10 : 0x11;
        return turn % 8 + 1;
    }
    memcpy(forger->bytes, liar, sizeof(liar));
    if (turn % 8 > 3) { /* another size each time, and nothing behind it but noise */
        uint16_t width = (uint16_t)(16 + turn * 37 % 1900);
        forger->bytes[6] = (uint8_t)width;
        forger->bytes[7] = (uint8_t)(width >> 8);
        forger->bytes[8] = (uint8_t)(16 + turn % 200);
        forger->bytes[9] = 0;
    }
    return turn % 8 == 7 ? sizeof(forger->bytes) : 400 + turn % 1000;
}

TEST_NO_OOM(a_forger_spoils_his_own_tile_only)
{
    struct gathering play;
    static struct forger forger;
    forger.turn = 0;
    REQUIRE_OK(begin(&play, 11, 3, &clean_path));
    world_run(play.world, 5 * SECOND_US);
    CHECK(shows(&play, 1, 3, 1, 200000));
    uint64_t keyframes = source_counts(peer_source(play.peers[1], MEDIA_VIDEO))->keyframes;
    uint64_t seen = play.eye.seen;
    source_set_camera(peer_source(play.peers[1], MEDIA_VIDEO),
                      &(struct source_camera){.next = forge, .owner = &forger});
    for (int i = 0; i < 8; i++) {
        world_run(play.world, SECOND_US);
        CHECK(shows(&play, 0, 3, 0, 200000));
        CHECK(shows(&play, 2, 3, 2, 200000));
    }
    CHECK(play.eye.seen - seen > 8 * 24);
    CHECK_INT(play.eye.broken, 0);
    CHECK(world_desk(play.world)->broken > 0);
    /* he is not asked for more and more keyframes, though none can be decoded */
    CHECK(source_counts(peer_source(play.peers[1], MEDIA_VIDEO))->keyframes - keyframes <= 12);
    camera_attach(&play.cameras[1], peer_source(play.peers[1], MEDIA_VIDEO));
    world_run(play.world, 20 * SECOND_US);
    CHECK(shows(&play, 1, 3, 1, 200000));
out:
    end(&play);
}

/** On the sender's clock, by the last sender report. */
static int64_t instant_us(const struct sink *sink, uint32_t timestamp, int64_t rate)
{
    int64_t seconds = (int64_t)(sink->report_ntp >> 32);
    int64_t rest_us = (int64_t)((sink->report_ntp & UINT32_MAX) * 1000000 >> 32);
    return seconds * 1000000 + rest_us +
           (int64_t)(int32_t)(timestamp - sink->report_timestamp) * 1000000 / rate;
}

/** Where a deep tone becomes a high one. @return false when it does not */
static bool find_change(const struct ear *ear, uint32_t *timestamp)
{
    static float pcm[PCM_MAX_SAMPLES];
    struct audio_decoder *decoder = NULL;
    unsigned quick = 0; /* halves of waves in a row */
    int64_t turned = 0;
    bool above = false;
    int err = audio_decoder_new(&decoder);
    for (size_t i = 0; i < ear->count && err == 0 && quick < SEVERAL; i++) {
        const struct ear_sound *sound = &ear->sounds[i];
        size_t samples = 0;
        if (audio_decoder_decode(decoder, ear->bytes + sound->offset, sound->bytes, pcm,
                                 &samples) != 0) {
            continue;
        }
        for (size_t j = 0; j < samples && quick < SEVERAL; j++) {
            int64_t at = sound->timestamp + (int64_t)j;
            if (above ? pcm[j] < -loud : pcm[j] > loud) {
                quick = at - turned < QUICK * 2 ? quick + 1 : 0;
                turned = at;
                above = !above;
            }
        }
    }
    audio_decoder_free(&decoder);
    *timestamp = ear->first_timestamp + (uint32_t)(turned - SEVERAL * QUICK);
    return quick == SEVERAL;
}

/** How far a picture's time by the sender reports is from when it was filmed, the mean of many. */
static bool picture_offset_us(const struct gathering *play, const struct sink *sink, int64_t *out)
{
    struct picture_rect rects[LAYOUT_MAX_TILES];
    int64_t sum_us = 0;
    int64_t count = 0;
    for (int i = 0; i < 50; i++) {
        unsigned source = 0;
        unsigned frame = 0;
        world_run(play->world, 23000);
        layout_arrange(LAYOUT_GRID, 2, WIDTH, HEIGHT, rects);
        if (eye_read(&play->eye, &rects[0], &source, &frame) && source == 1) {
            sum_us +=
                instant_us(sink, play->eye.timestamp, 90000) - play->cameras[0].taken_us[frame];
            count++;
        }
    }
    *out = count > 0 ? sum_us / count : 0;
    return count > 25;
}

TEST_NO_OOM(sound_and_picture_are_in_step)
{
    static float tone[SPEECH_S * PCM_HZ];
    struct gathering play;
    struct mouth mouth = {.encoder = NULL};
    struct ear ear;
    uint32_t onset = 0;
    int64_t picture_us = 0;
    ear_init(&ear);
    REQUIRE_OK(begin(&play, 12, 2, &clean_path));
    REQUIRE_OK(mouth_init(&mouth, NULL));
    mouth_attach(&mouth, peer_source(play.peers[0], MEDIA_AUDIO));
    const struct sink *seen = peer_sink(play.viewer, MEDIA_VIDEO, 0);
    struct sink *heard = peer_sink(play.viewer, MEDIA_AUDIO, 0);
    world_run(play.world, 5 * SECOND_US);
    ear_attach(&ear, heard);
    for (size_t i = 0; i < SPEECH_S * PCM_HZ; i++) {
        size_t half = i < CLAP_S * PCM_HZ ? 100 : QUICK;
        tone[i] = i / half % 2 == 0 ? 0.1F : -0.1F;
    }
    mouth_say(&mouth, tone, SPEECH_S * PCM_HZ, world_now_us(play.world));
    int64_t clap_us = world_now_us(play.world) + CLAP_S * SECOND_US;
    world_run(play.world, (SPEECH_S + 1) * SECOND_US);
    REQUIRE(find_change(&ear, &onset));
    REQUIRE(picture_offset_us(&play, seen, &picture_us));
    int64_t sound_us = instant_us(heard, onset, PCM_HZ) - clap_us;
    if (getenv("SIM_SHOW") != NULL) {
        printf("  sound after picture by %.1f ms\n", (double)(sound_us - picture_us) / 1e3);
    }
    CHECK(sound_us - picture_us < 45000);
    CHECK(sound_us - picture_us > -45000);
out:
    ear_deinit(&ear);
    mouth_deinit(&mouth);
    end(&play);
}

TEST_NO_OOM(a_thin_line_gets_the_small_rendition)
{
    struct link_config path = clean_path;
    struct gathering play;
    path.rate_bps = 800000;
    path.queue_us = 300000;
    REQUIRE_OK(begin(&play, 4, 3, &path));
    world_run(play.world, 15 * SECOND_US);
    REQUIRE(eye_picture(&play.eye) != NULL);
    CHECK_INT(eye_picture(&play.eye)->width, WIDTH / 2);
    CHECK(shows(&play, 2, 3, 2, 700000));
out:
    end(&play);
}
