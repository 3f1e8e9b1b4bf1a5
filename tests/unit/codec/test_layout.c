#include "codec/layout.h"
#include "unit/runner.h"

static const int canvases[][2] = {{1280, 720}, {640, 360},  {1920, 1080}, {360, 640},
                                  {640, 480},  {720, 1280}, {128, 128},   {1024, 300}};
enum { CANVASES = sizeof(canvases) / sizeof(canvases[0]) };

static bool overlap(const struct picture_rect *a, const struct picture_rect *b, int gap)
{
    return a->x < b->x + b->width + gap && b->x < a->x + a->width + gap &&
           a->y < b->y + b->height + gap && b->y < a->y + a->height + gap;
}

static void check_rects(const struct picture_rect *rects, size_t count, int width, int height)
{
    int gap = layout_gap(width, height);
    CHECK(gap >= 4 && gap % 4 == 0);
    for (size_t i = 0; i < count; i++) {
        const struct picture_rect *rect = &rects[i];
        CHECK_INT((rect->x | rect->y | rect->width | rect->height) & 1, 0);
        CHECK(rect->width >= 8 && rect->height >= 4);
        CHECK(rect->x >= 0 && rect->y >= 0);
        CHECK(rect->x + rect->width <= width && rect->y + rect->height <= height);
        for (size_t j = 0; j < i; j++) {
            CHECK(!overlap(rect, &rects[j], gap));
        }
        if (count > 1) { /* room for a frame */
            CHECK(rect->x >= gap / 2 && rect->y >= gap / 2);
            CHECK(rect->x + rect->width + gap / 2 <= width);
            CHECK(rect->y + rect->height + gap / 2 <= height);
        }
    }
}

TEST(tiles_are_even_apart_and_inside)
{
    struct picture_rect rects[LAYOUT_MAX_TILES];
    for (size_t c = 0; c < CANVASES; c++) {
        for (int kind = LAYOUT_GRID; kind <= LAYOUT_SCREEN; kind++) {
            for (size_t count = 0; count <= 30; count++) {
                size_t shown = layout_arrange((enum layout_kind)kind, count, canvases[c][0],
                                              canvases[c][1], rects);
                size_t most = kind == LAYOUT_GRID ? LAYOUT_MAX_TILES : LAYOUT_STRIP_TILES + 1;
                CHECK_INT(shown, count < most ? count : most);
                check_rects(rects, shown, canvases[c][0], canvases[c][1]);
            }
        }
    }
    goto out;
out:
    return;
}

TEST(one_alone_fills_the_canvas)
{
    struct picture_rect rects[LAYOUT_MAX_TILES];
    for (int kind = LAYOUT_GRID; kind <= LAYOUT_SCREEN; kind++) {
        REQUIRE_INT(layout_arrange((enum layout_kind)kind, 1, 1280, 720, rects), 1);
        CHECK_INT(rects[0].width, 1280);
        CHECK_INT(rects[0].height, 720);
    }
out:
    return;
}

TEST(tiles_of_a_grid_are_alike_and_of_the_cameras_shape)
{
    struct picture_rect rects[LAYOUT_MAX_TILES];
    for (size_t count = 2; count <= LAYOUT_MAX_TILES; count++) {
        REQUIRE_INT(layout_arrange(LAYOUT_GRID, count, 1280, 720, rects), count);
        for (size_t i = 0; i < count; i++) {
            CHECK_INT(rects[i].width, rects[0].width);
            CHECK_INT(rects[i].height, rects[0].height);
            double aspect = (double)rects[i].width / rects[i].height;
            CHECK(aspect > 1.72 && aspect < 1.84);
        }
    }
out:
    return;
}

TEST(nine_stand_in_three_rows)
{
    struct picture_rect rects[LAYOUT_MAX_TILES];
    REQUIRE_INT(layout_arrange(LAYOUT_GRID, 9, 1280, 720, rects), 9);
    CHECK_INT(rects[0].y, rects[2].y);
    CHECK_INT(rects[0].x, rects[6].x);
    CHECK(rects[8].x > rects[7].x && rects[8].y > rects[5].y);
    CHECK(rects[0].width > 400);
out:
    return;
}

TEST(the_first_is_large_where_there_is_a_strip)
{
    struct picture_rect rects[LAYOUT_MAX_TILES];
    REQUIRE_INT(layout_arrange(LAYOUT_SPEAKER, 4, 1280, 720, rects), 4);
    CHECK(rects[0].width > 4 * rects[1].width);
    CHECK(rects[0].width * 9 / rects[0].height == 16 || rects[0].width * 9 / rects[0].height == 15);
    CHECK(rects[1].x > rects[0].x + rects[0].width);
    int speaker_area = rects[0].width * rects[0].height;
    REQUIRE_INT(layout_arrange(LAYOUT_SCREEN, 4, 1280, 720, rects), 4);
    CHECK(rects[0].width * rects[0].height >= speaker_area);
    CHECK(rects[0].height > 690);
    REQUIRE_INT(layout_arrange(LAYOUT_SPEAKER, 4, 720, 1280, rects), 4);
    CHECK(rects[1].y > rects[0].y + rects[0].height);
out:
    return;
}

TEST(layouts_have_names)
{
    CHECK_STR(layout_name(LAYOUT_GRID), "grid");
    CHECK_STR(layout_name(LAYOUT_SPEAKER), "speaker");
    CHECK_STR(layout_name(LAYOUT_SCREEN), "screen");
    goto out;
out:
    return;
}
