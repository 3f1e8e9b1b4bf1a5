#include "base/err.h"
#include "base/rand.h"
#include "codec/compositor.h"
#include "score/moving_picture.h"
#include "unit/runner.h"

enum { WIDTH = 640, HEIGHT = 360, LATER_US = COMPOSITOR_GLIDE_US, PEOPLE = 9 };

/** People with cameras, and a compositor to show them. */
struct scene {
    struct compositor *compositor;
    struct picture_buffer buffers[PEOPLE];
    struct compositor_tile tiles[PEOPLE];
    struct picture_buffer copy;
    int64_t now_us;
};

static void scene_film(struct scene *scene, size_t i, unsigned frame)
{
    moving_picture_draw(&scene->buffers[i].picture, (unsigned)i, frame);
    scene->tiles[i].serial = frame;
}

static int scene_init(struct scene *scene)
{
    *scene = (struct scene){0};
    int err = compositor_new(&scene->compositor, WIDTH, HEIGHT);
    if (err == 0) {
        err = picture_buffer_resize(&scene->copy, WIDTH, HEIGHT);
    }
    for (size_t i = 0; i < PEOPLE && err == 0; i++) {
        err = picture_buffer_resize(&scene->buffers[i], 320, 180);
        if (err == 0) {
            scene->tiles[i] = (struct compositor_tile){
                .id = 70 + i, .name = "Ann", .picture = &scene->buffers[i].picture};
            scene_film(scene, i, 1);
        }
    }
    return err;
}

static void scene_deinit(struct scene *scene)
{
    compositor_free(&scene->compositor);
    picture_buffer_deinit(&scene->copy);
    for (size_t i = 0; i < PEOPLE; i++) {
        picture_buffer_deinit(&scene->buffers[i]);
    }
}

static bool scene_draw(struct scene *scene, enum layout_kind kind, size_t count)
{
    return compositor_draw(scene->compositor, kind, scene->tiles, count, scene->now_us);
}

/** True when this place of the layout shows this frame of this source. */
static bool shows(const struct scene *scene, enum layout_kind kind, size_t count, size_t place,
                  unsigned source, unsigned frame)
{
    struct picture_rect rects[LAYOUT_MAX_TILES];
    unsigned found_source = 0;
    unsigned found_frame = 0;
    if (layout_arrange(kind, count, WIDTH, HEIGHT, rects) <= place) {
        return false;
    }
    struct picture part = picture_view(compositor_picture(scene->compositor), &rects[place]);
    return moving_picture_read(&part, &found_source, &found_frame) && found_source == source &&
           found_frame == frame;
}

static bool is_copy(const struct scene *scene)
{
    const struct picture *canvas = compositor_picture(scene->compositor);
    const struct picture *copy = &scene->copy.picture;
    for (int plane = 0; plane < PICTURE_PLANES; plane++) {
        for (int y = 0; y < picture_plane_height(canvas, plane); y++) {
            if (memcmp(canvas->planes[plane] + y * canvas->strides[plane],
                       copy->planes[plane] + y * copy->strides[plane],
                       (size_t)picture_plane_width(canvas, plane)) != 0) {
                return false;
            }
        }
    }
    return true;
}

TEST_NO_OOM(everybody_is_in_their_place)
{
    struct scene scene;
    REQUIRE_OK(scene_init(&scene));
    for (int kind = LAYOUT_GRID; kind <= LAYOUT_SCREEN; kind++) {
        size_t count = kind == LAYOUT_GRID ? PEOPLE : LAYOUT_STRIP_TILES + 1;
        size_t first = kind == LAYOUT_SCREEN ? 1 : 0; /* its first tile is of another shape */
        (void)scene_draw(&scene, (enum layout_kind)kind, PEOPLE);
        scene.now_us += LATER_US;
        (void)scene_draw(&scene, (enum layout_kind)kind, PEOPLE);
        for (size_t i = first; i < count; i++) {
            CHECK(shows(&scene, (enum layout_kind)kind, PEOPLE, i, (unsigned)i, 1));
        }
    }
out:
    scene_deinit(&scene);
}

TEST_NO_OOM(nothing_new_draws_nothing)
{
    struct scene scene;
    REQUIRE_OK(scene_init(&scene));
    CHECK(scene_draw(&scene, LAYOUT_GRID, 4));
    picture_copy(compositor_picture(scene.compositor), &scene.copy.picture);
    CHECK(!scene_draw(&scene, LAYOUT_GRID, 4));
    scene.now_us += 1000000;
    CHECK(!scene_draw(&scene, LAYOUT_GRID, 4));
    CHECK(is_copy(&scene));
    scene_film(&scene, 2, 2);
    CHECK(scene_draw(&scene, LAYOUT_GRID, 4));
    CHECK(shows(&scene, LAYOUT_GRID, 4, 2, 2, 2));
    CHECK(shows(&scene, LAYOUT_GRID, 4, 1, 1, 1));
    CHECK(!is_copy(&scene));
out:
    scene_deinit(&scene);
}

TEST_NO_OOM(only_what_is_new_is_read)
{
    struct scene scene;
    REQUIRE_OK(scene_init(&scene));
    CHECK(scene_draw(&scene, LAYOUT_GRID, 4));
    moving_picture_draw(&scene.buffers[1].picture, 1, 9); /* the serial says nothing of it */
    scene_film(&scene, 2, 2);
    CHECK(scene_draw(&scene, LAYOUT_GRID, 4));
    CHECK(shows(&scene, LAYOUT_GRID, 4, 1, 1, 1));
    CHECK(shows(&scene, LAYOUT_GRID, 4, 2, 2, 2));
out:
    scene_deinit(&scene);
}

TEST_NO_OOM(another_source_may_have_the_same_serial)
{
    struct scene scene;
    REQUIRE_OK(scene_init(&scene));
    (void)scene_draw(&scene, LAYOUT_GRID, 4);
    scene.tiles[2].picture = &scene.buffers[5].picture;
    CHECK(scene_draw(&scene, LAYOUT_GRID, 4));
    CHECK(shows(&scene, LAYOUT_GRID, 4, 2, 5, 1));
out:
    scene_deinit(&scene);
}

TEST_NO_OOM(drawing_step_by_step_gives_the_same_as_drawing_afresh)
{
    struct scene scene;
    struct compositor *fresh = NULL;
    struct rand rand;
    static const char *const names[] = {"Ann", "Bob Stone", NULL,
                                        "\xD0\x98\xD0\xB2\xD0\xB0\xD0\xBD"};
    rand_init(&rand, 3);
    REQUIRE_OK(scene_init(&scene));
    for (unsigned round = 2; round < 40; round++) {
        size_t count = rand_below(&rand, PEOPLE + 1);
        for (size_t i = 0; i < PEOPLE; i++) {
            struct compositor_tile *tile = &scene.tiles[i];
            if (rand_below(&rand, 3) == 0) {
                scene_film(&scene, i, round);
            }
            tile->picture = rand_below(&rand, 4) == 0 ? NULL : &scene.buffers[i].picture;
            tile->speaking = rand_below(&rand, 4) == 0;
            tile->screen = rand_below(&rand, 4) == 0;
            tile->turn = (uint16_t)(90 * rand_below(&rand, 4));
            tile->name = names[rand_below(&rand, 4)];
        }
        enum layout_kind kind = (enum layout_kind)rand_below(&rand, 3);
        (void)scene_draw(&scene, kind, count);
        scene.now_us += LATER_US / 3;
        (void)scene_draw(&scene, kind, count);
        scene.now_us += LATER_US;
        (void)scene_draw(&scene, kind, count);
        REQUIRE_OK(compositor_new(&fresh, WIDTH, HEIGHT));
        (void)compositor_draw(fresh, kind, scene.tiles, count, 0);
        picture_copy(compositor_picture(fresh), &scene.copy.picture);
        compositor_free(&fresh);
        CHECK(is_copy(&scene));
    }
out:
    compositor_free(&fresh);
    scene_deinit(&scene);
}

TEST_NO_OOM(tiles_glide_to_their_places)
{
    struct scene scene;
    REQUIRE_OK(scene_init(&scene));
    (void)scene_draw(&scene, LAYOUT_GRID, 2);
    CHECK(
        !compositor_is_moving(scene.compositor, scene.now_us)); /* the first time they are there */
    (void)scene_draw(&scene, LAYOUT_GRID, 5);
    CHECK(compositor_is_moving(scene.compositor, scene.now_us));
    CHECK(!shows(&scene, LAYOUT_GRID, 5, 0, 0, 1));
    for (int i = 0; i < 10; i++) {
        scene.now_us += LATER_US / 10;
        (void)scene_draw(&scene, LAYOUT_GRID, 5);
    }
    CHECK(!compositor_is_moving(scene.compositor, scene.now_us));
    for (size_t i = 0; i < 5; i++) {
        CHECK(shows(&scene, LAYOUT_GRID, 5, i, (unsigned)i, 1));
    }
    CHECK(!scene_draw(&scene, LAYOUT_GRID, 5));
out:
    scene_deinit(&scene);
}

TEST_NO_OOM(whoever_leaves_is_gone_at_once)
{
    struct scene scene;
    REQUIRE_OK(scene_init(&scene));
    (void)scene_draw(&scene, LAYOUT_GRID, 2);
    scene.tiles[0] = scene.tiles[1];
    CHECK(scene_draw(&scene, LAYOUT_GRID, 1));
    scene.now_us += LATER_US;
    CHECK(scene_draw(&scene, LAYOUT_GRID, 1));
    CHECK(shows(&scene, LAYOUT_GRID, 1, 0, 1, 1));
    CHECK(scene_draw(&scene, LAYOUT_GRID, 0));
    CHECK_INT(compositor_picture(scene.compositor)->planes[0][0],
              compositor_picture(scene.compositor)->planes[0][WIDTH / 2]);
out:
    scene_deinit(&scene);
}

static uint8_t luma_beside(const struct scene *scene, size_t count, size_t place)
{
    struct picture_rect rects[LAYOUT_MAX_TILES];
    const struct picture *canvas = compositor_picture(scene->compositor);
    (void)layout_arrange(LAYOUT_GRID, count, WIDTH, HEIGHT, rects);
    const struct picture_rect *at = &rects[place];
    return canvas->planes[0][(at->y + at->height / 2) * canvas->strides[0] + at->x - 1];
}

TEST_NO_OOM(whoever_speaks_has_a_frame)
{
    struct scene scene;
    REQUIRE_OK(scene_init(&scene));
    (void)scene_draw(&scene, LAYOUT_GRID, 4);
    uint8_t plain = luma_beside(&scene, 4, 3);
    scene.tiles[3].speaking = true;
    CHECK(scene_draw(&scene, LAYOUT_GRID, 4));
    CHECK(luma_beside(&scene, 4, 3) > plain + 60);
    CHECK(!scene_draw(&scene, LAYOUT_GRID, 4));
    scene.tiles[3].speaking = false;
    CHECK(scene_draw(&scene, LAYOUT_GRID, 4));
    CHECK_INT(luma_beside(&scene, 4, 3), plain);
out:
    scene_deinit(&scene);
}

TEST(drawing_allocates_nothing)
{
    struct scene scene;
    REQUIRE_OK(scene_init(&scene));
    uint64_t before = runner_allocations();
    for (unsigned frame = 2; frame < 12; frame++) {
        scene_film(&scene, frame % PEOPLE, frame);
        scene.tiles[0].turn = (uint16_t)(frame % 4 * 90);
        scene.tiles[3].picture = NULL;
        (void)scene_draw(&scene, frame % 3 == 0 ? LAYOUT_SPEAKER : LAYOUT_GRID, 2 + frame % 8);
        scene.now_us += 40000;
    }
    CHECK(runner_allocations() == before);
out:
    scene_deinit(&scene);
}

TEST(sizes_out_of_range_are_refused)
{
    struct compositor *compositor = NULL;
    CHECK_INT(compositor_new(&compositor, 641, 360), ERR_INVALID);
    CHECK_INT(compositor_new(&compositor, 640, LAYOUT_MIN_SIDE - 2), ERR_INVALID);
    CHECK_INT(compositor_new(&compositor, PICTURE_MAX_WIDTH + 2, 360), ERR_INVALID);
    CHECK(compositor == NULL);
    compositor_free(&compositor);
    goto out;
out:
    return;
}

TEST_NO_OOM(ids_that_come_twice_do_no_harm)
{
    struct scene scene;
    REQUIRE_OK(scene_init(&scene));
    scene.tiles[1].id = scene.tiles[0].id;
    for (int i = 0; i < 3; i++) {
        (void)scene_draw(&scene, LAYOUT_GRID, 3);
        CHECK(shows(&scene, LAYOUT_GRID, 3, 0, 0, 1));
        CHECK(shows(&scene, LAYOUT_GRID, 3, 1, 1, 1));
    }
out:
    scene_deinit(&scene);
}
