#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "bridge/compose_desk.h"
#include "codec/layout.h"
#include "codec/vp8_decoder.h"
#include "codec/vp8_encoder.h"
#include "score/moving_picture.h"
#include "unit/runner.h"

enum { WIDTH = 320, HEIGHT = 180, INTERVAL_US = 40000, ROOM = 7, RESULTS = 64 };

/** A desk, somebody who films, and what comes back. */
struct studio {
    struct compose_desk *desk;
    struct vp8_encoder *camera;
    struct picture_buffer picture;
    struct vp8_decoder *viewer;
    int64_t now_us;
    unsigned frame;
    struct compose_result *results[RESULTS];
    size_t count;
    size_t room;      /**< for results; the desk is told when there is none */
    int64_t waits_us; /**< how long frames wait on their way */
};

static int keep_result(void *owner, struct compose_result *result)
{
    struct studio *studio = owner;
    if (studio->count == studio->room) {
        compose_result_free(&result);
        return ERR_FULL;
    }
    studio->results[studio->count++] = result;
    return 0;
}

static int studio_init(struct studio *studio, size_t max_compositions)
{
    *studio = (struct studio){.now_us = 1000000, .room = RESULTS};
    const struct vp8_encoder_config camera = {
        .width = WIDTH, .height = HEIGHT, .bitrate_bps = 400000, .fps = 25, .temporal_layers = 1};
    const struct compose_desk_config config = {
        .max_compositions = max_compositions, .result = keep_result, .owner = studio};
    int err = compose_desk_new(&studio->desk, &config);
    if (err == 0) {
        err = vp8_encoder_new(&studio->camera, &camera);
    }
    if (err == 0) {
        err = picture_buffer_resize(&studio->picture, WIDTH, HEIGHT);
    }
    return err != 0 ? err : vp8_decoder_new(&studio->viewer, 1280 * 720);
}

static void forget_results(struct studio *studio)
{
    while (studio->count > 0) {
        compose_result_free(&studio->results[--studio->count]);
    }
}

static void studio_deinit(struct studio *studio)
{
    forget_results(studio);
    compose_desk_free(&studio->desk);
    vp8_encoder_free(&studio->camera);
    vp8_decoder_free(&studio->viewer);
    picture_buffer_deinit(&studio->picture);
}

static int ask(struct studio *studio, enum compose_request_kind kind, uint64_t composition,
               size_t rendition, bool wanted)
{
    struct compose_request *request = NULL;
    int err = compose_request_new(&request, kind, composition);
    if (err == 0) {
        request->rendition = rendition;
        request->wanted = wanted;
        request->bps = 500000;
        compose_desk_receive(studio->desk, request, studio->now_us);
    }
    return err;
}

/** A scene of one source for each tile, numbered from 1. */
static int show(struct studio *studio, size_t tiles)
{
    struct compose_request *request = NULL;
    int err = compose_request_new(&request, COMPOSE_SET_SCENE, ROOM);
    if (err != 0) {
        return err;
    }
    request->scene = calloc(1, sizeof(*request->scene));
    if (request->scene == NULL) {
        compose_request_free(&request);
        return ERR_NO_MEMORY;
    }
    request->scene->count = tiles;
    for (size_t i = 0; i < tiles; i++) {
        request->scene->tiles[i].source = (uint32_t)i + 1;
        request->scene->tiles[i].participant = (uint32_t)i + 100;
    }
    compose_desk_receive(studio->desk, request, studio->now_us);
    return 0;
}

/** The camera's next picture, of source 9, as this tile's frame. */
static int film(struct studio *studio, uint32_t source, bool spoiled)
{
    struct vp8_encoded encoded;
    struct compose_request *request = NULL;
    moving_picture_draw(&studio->picture.picture, 9, ++studio->frame);
    int err = vp8_encoder_encode(studio->camera, &studio->picture.picture,
                                 studio->frame * (int64_t)INTERVAL_US, spoiled, &encoded);
    if (err == 0) {
        err = compose_request_new(&request, COMPOSE_FRAME, ROOM);
    }
    if (err != 0) {
        return err;
    }
    request->bytes = malloc(encoded.len + 1);
    if (request->bytes == NULL) {
        compose_request_free(&request);
        return ERR_NO_MEMORY;
    }
    memcpy(request->bytes, encoded.data, encoded.len);
    request->len = encoded.len;
    request->source = source;
    request->captured_us = studio->now_us;
    request->sent_us = studio->now_us - studio->waits_us;
    if (spoiled) {
        memset(request->bytes + 3, 0, encoded.len - 3); /* its start code, too */
    }
    compose_desk_receive(studio->desk, request, studio->now_us);
    return 0;
}

/** Lets the desk work until now_us + duration, each deadline in time plus `late_us`. */
static void run(struct studio *studio, int64_t duration_us, int64_t late_us)
{
    int64_t end_us = studio->now_us + duration_us;
    int64_t next_us;
    while ((next_us = compose_desk_next_deadline(studio->desk)) <= end_us) {
        studio->now_us = next_us > studio->now_us ? next_us : studio->now_us;
        compose_desk_timeout(studio->desk, studio->now_us + late_us);
    }
    studio->now_us = end_us;
}

static size_t count_of(const struct studio *studio, enum compose_result_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < studio->count; i++) {
        count += studio->results[i]->kind == kind ? 1 : 0;
    }
    return count;
}

TEST_NO_OOM(a_composed_picture_shows_what_was_filmed)
{
    struct studio studio;
    struct picture_rect rects[LAYOUT_MAX_TILES];
    unsigned source = 0;
    unsigned frame = 0;
    REQUIRE_OK(studio_init(&studio, 1));
    REQUIRE_OK(ask(&studio, COMPOSE_OPEN, ROOM, 0, false));
    CHECK_INT(count_of(&studio, COMPOSE_OPENED), 1);
    REQUIRE_OK(show(&studio, 4));
    CHECK_INT(compose_desk_next_deadline(studio.desk), INT64_MAX);
    REQUIRE_OK(ask(&studio, COMPOSE_RENDITION, ROOM, COMPOSE_LARGE, true));
    for (int i = 0; i < 20; i++) {
        REQUIRE_OK(film(&studio, 3, false));
        run(&studio, INTERVAL_US, 0);
    }
    CHECK_INT(compose_desk_counters(studio.desk)->decoded, 20);
    CHECK(count_of(&studio, COMPOSE_PICTURE) >= 19);
    for (size_t i = 1; i < studio.count; i++) {
        const struct compose_result *result = studio.results[i];
        CHECK_INT(result->composition, ROOM);
        CHECK_INT(result->keyframe, i == 1);
        CHECK_INT(result->width, 1280);
        CHECK(result->captured_us <= result->at_us);
        REQUIRE_OK(vp8_decoder_decode(studio.viewer, result->bytes, result->len));
    }
    layout_arrange(LAYOUT_GRID, 4, 1280, 720, rects);
    struct picture tile = picture_view(vp8_decoder_picture(studio.viewer), &rects[2]);
    CHECK(moving_picture_read(&tile, &source, &frame));
    CHECK_INT(source, 9);
    CHECK(frame + 2 >= studio.frame);
    tile = picture_view(vp8_decoder_picture(studio.viewer), &rects[0]);
    CHECK(!moving_picture_read(&tile, &source, &frame));
out:
    studio_deinit(&studio);
}

TEST_NO_OOM(renditions_are_made_while_they_are_wanted)
{
    struct studio studio;
    REQUIRE_OK(studio_init(&studio, 1));
    REQUIRE_OK(ask(&studio, COMPOSE_OPEN, ROOM, 0, false));
    REQUIRE_OK(show(&studio, 2));
    REQUIRE_OK(ask(&studio, COMPOSE_RENDITION, ROOM, COMPOSE_SMALL, true));
    run(&studio, 10 * INTERVAL_US, 0);
    forget_results(&studio);
    REQUIRE_OK(ask(&studio, COMPOSE_KEYFRAME, ROOM, COMPOSE_SMALL, false));
    run(&studio, INTERVAL_US, 0);
    REQUIRE(studio.count == 1);
    CHECK_INT(studio.results[0]->rendition, COMPOSE_SMALL);
    CHECK(studio.results[0]->keyframe);
    CHECK_INT(studio.results[0]->width, 640);
    REQUIRE_OK(ask(&studio, COMPOSE_RENDITION, ROOM, COMPOSE_SMALL, false));
    CHECK_INT(compose_desk_next_deadline(studio.desk), INT64_MAX);
out:
    studio_deinit(&studio);
}

TEST_NO_OOM(a_spoiled_frame_harms_its_own_tile_only)
{
    struct studio studio;
    REQUIRE_OK(studio_init(&studio, 1));
    REQUIRE_OK(ask(&studio, COMPOSE_OPEN, ROOM, 0, false));
    REQUIRE_OK(show(&studio, 2));
    REQUIRE_OK(ask(&studio, COMPOSE_RENDITION, ROOM, COMPOSE_SMALL, true));
    REQUIRE_OK(film(&studio, 1, false));
    REQUIRE_OK(film(&studio, 2, true));
    REQUIRE_OK(film(&studio, 5, false)); /* nobody of the scene */
    CHECK_INT(count_of(&studio, COMPOSE_NEEDS_KEYFRAME), 1);
    CHECK_INT(compose_desk_counters(studio.desk)->broken, 1);
    CHECK_INT(compose_desk_counters(studio.desk)->decoded, 1);
    forget_results(&studio);
    run(&studio, 5 * INTERVAL_US, 0);
    CHECK_INT(count_of(&studio, COMPOSE_PICTURE), 5);
out:
    studio_deinit(&studio);
}

TEST_NO_OOM(pictures_become_fewer_before_they_become_late)
{
    struct studio studio;
    REQUIRE_OK(studio_init(&studio, 1));
    REQUIRE_OK(ask(&studio, COMPOSE_OPEN, ROOM, 0, false));
    REQUIRE_OK(show(&studio, 1));
    REQUIRE_OK(ask(&studio, COMPOSE_RENDITION, ROOM, COMPOSE_SMALL, true));
    run(&studio, 25 * INTERVAL_US, 0);
    CHECK_INT(compose_desk_counters(studio.desk)->slowed, 0);
    CHECK(compose_desk_counters(studio.desk)->composed >= 25);
    forget_results(&studio);
    uint64_t before = compose_desk_counters(studio.desk)->composed;
    run(&studio, 2000000, 90000);
    CHECK_INT(compose_desk_counters(studio.desk)->slowed, 1);
    CHECK(compose_desk_counters(studio.desk)->composed - before < 30);
    run(&studio, 20000000, 0);
    CHECK_INT(compose_desk_counters(studio.desk)->slowed, 0);
out:
    studio_deinit(&studio);
}

TEST_NO_OOM(what_is_beyond_the_bound_is_refused)
{
    struct studio studio;
    REQUIRE_OK(studio_init(&studio, 1));
    REQUIRE_OK(ask(&studio, COMPOSE_OPEN, ROOM, 0, false));
    REQUIRE_OK(ask(&studio, COMPOSE_OPEN, ROOM + 1, 0, false));
    CHECK_INT(count_of(&studio, COMPOSE_REFUSED), 1);
    REQUIRE_OK(ask(&studio, COMPOSE_RENDITION, ROOM + 1, COMPOSE_LARGE, true));
    CHECK_INT(compose_desk_next_deadline(studio.desk), INT64_MAX);
    REQUIRE_OK(ask(&studio, COMPOSE_CLOSE, ROOM, 0, false));
    REQUIRE_OK(ask(&studio, COMPOSE_OPEN, ROOM + 2, 0, false));
    CHECK_INT(count_of(&studio, COMPOSE_OPENED), 2);
    CHECK_INT(compose_desk_counters(studio.desk)->open, 1);
out:
    studio_deinit(&studio);
}

TEST_NO_OOM(what_waited_for_too_long_is_left_out)
{
    struct studio studio;
    REQUIRE_OK(studio_init(&studio, 1));
    REQUIRE_OK(ask(&studio, COMPOSE_OPEN, ROOM, 0, false));
    REQUIRE_OK(show(&studio, 2));
    REQUIRE_OK(film(&studio, 1, false));
    studio.waits_us = 600000;
    for (int i = 0; i < 30; i++) {
        REQUIRE_OK(film(&studio, 1, false));
    }
    CHECK_INT(compose_desk_counters(studio.desk)->left_out, 30);
    CHECK_INT(count_of(&studio, COMPOSE_NEEDS_KEYFRAME), 1); /* not one for each of them */
    studio.waits_us = 0;
    REQUIRE_OK(film(&studio, 1, false)); /* no keyframe */
    CHECK_INT(compose_desk_counters(studio.desk)->left_out, 31);
    CHECK_INT(compose_desk_counters(studio.desk)->decoded, 1);
    CHECK_INT(compose_desk_counters(studio.desk)->broken, 0);
    studio.now_us += 600000;
    REQUIRE_OK(film(&studio, 1, false));
    CHECK_INT(count_of(&studio, COMPOSE_NEEDS_KEYFRAME), 2);
out:
    studio_deinit(&studio);
}

TEST_NO_OOM(one_stream_cannot_have_all_the_time)
{
    struct studio studio;
    REQUIRE_OK(studio_init(&studio, 1));
    REQUIRE_OK(ask(&studio, COMPOSE_OPEN, ROOM, 0, false));
    REQUIRE_OK(show(&studio, 2));
    for (int i = 0; i < 500; i++) {
        REQUIRE_OK(film(&studio, 1, false));
        studio.now_us += 1000;
    }
    CHECK(compose_desk_counters(studio.desk)->decoded < 150);
    CHECK(compose_desk_counters(studio.desk)->left_out > 350);
out:
    studio_deinit(&studio);
}

TEST_NO_OOM(a_result_that_is_not_taken_leads_to_a_keyframe)
{
    struct studio studio;
    REQUIRE_OK(studio_init(&studio, 1));
    REQUIRE_OK(ask(&studio, COMPOSE_OPEN, ROOM, 0, false));
    REQUIRE_OK(show(&studio, 1));
    REQUIRE_OK(ask(&studio, COMPOSE_RENDITION, ROOM, COMPOSE_SMALL, true));
    run(&studio, 5 * INTERVAL_US, 0);
    studio.room = studio.count;
    run(&studio, 2 * INTERVAL_US, 0);
    CHECK(compose_desk_counters(studio.desk)->untaken >= 1);
    forget_results(&studio);
    studio.room = RESULTS;
    run(&studio, 2 * INTERVAL_US, 0);
    REQUIRE(studio.count > 0);
    CHECK(studio.results[0]->keyframe);
out:
    studio_deinit(&studio);
}

TEST(a_desk_without_memory_refuses)
{
    struct studio studio = {.now_us = 1, .room = RESULTS};
    const struct compose_desk_config config = {
        .max_compositions = 2, .result = keep_result, .owner = &studio};
    REQUIRE_OK(compose_desk_new(&studio.desk, &config));
    REQUIRE_OK(ask(&studio, COMPOSE_OPEN, ROOM, 0, false));
    REQUIRE_OK(show(&studio, 3));
    CHECK_INT(count_of(&studio, COMPOSE_OPENED), 1);
out:
    studio_deinit(&studio);
}
