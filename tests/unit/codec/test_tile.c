#include <stdlib.h>

#include "codec/tile.h"
#include "score/moving_picture.h"
#include "unit/runner.h"

static bool is_whole(const struct tile_fit *fit, int width, int height)
{
    return fit->source.x == 0 && fit->source.y == 0 && fit->source.width == width &&
           fit->source.height == height;
}

TEST(a_picture_of_the_tiles_shape_fills_it)
{
    struct tile_fit fit = tile_fit(640, 360, 0, 320, 180, false);
    CHECK(is_whole(&fit, 640, 360));
    CHECK_INT(fit.target.width, 320);
    CHECK_INT(fit.target.height, 180);
    goto out;
out:
    return;
}

TEST(a_camera_of_four_to_three_is_cut)
{
    struct tile_fit fit = tile_fit(640, 480, 0, 320, 180, false);
    CHECK_INT(fit.target.width, 320);
    CHECK_INT(fit.target.height, 180);
    CHECK_INT(fit.source.width, 640);
    CHECK_INT(fit.source.height, 360);
    CHECK_INT(fit.source.y, 60);
    fit = tile_fit(640, 480, 0, 320, 180, true);
    CHECK(is_whole(&fit, 640, 480));
    CHECK_INT(fit.target.width, 240);
    CHECK_INT(fit.target.x, 40);
    goto out;
out:
    return;
}

TEST(a_telephone_held_upright_has_bars)
{
    struct tile_fit fit = tile_fit(360, 640, 0, 320, 180, false);
    CHECK(is_whole(&fit, 360, 640));
    CHECK_INT(fit.target.height, 180);
    CHECK_INT(fit.target.width, 100);
    CHECK_INT(fit.target.x, 110);
    fit = tile_fit(640, 360, 90, 320, 180, false); /* the same, turned by the receiver */
    CHECK(is_whole(&fit, 640, 360));
    CHECK_INT(fit.target.width, 100);
    fit = tile_fit(360, 640, 270, 320, 180, false);
    CHECK(is_whole(&fit, 360, 640));
    CHECK_INT(fit.target.width, 320);
    goto out;
out:
    return;
}

TEST(any_picture_fits_any_tile)
{
    static const int sides[] = {1, 2, 3, 16, 99, 640, 4096};
    static const uint16_t turns[] = {0, 90, 180, 270};
    for (size_t i = 0; i < 7 * 7 * 7 * 7 * 4 * 2; i++) {
        int width = sides[i % 7];
        int height = sides[i / 7 % 7];
        int tile_width = (sides[i / 49 % 7] + 1) & ~1;
        int tile_height = (sides[i / 343 % 7] + 1) & ~1;
        struct tile_fit fit =
            tile_fit(width, height, turns[i / 2401 % 4], tile_width, tile_height, i / 9604 != 0);
        CHECK((fit.source.x & 1) == 0 && (fit.source.y & 1) == 0);
        CHECK(fit.source.width > 0 && fit.source.height > 0);
        CHECK(fit.source.x + fit.source.width <= width);
        CHECK(fit.source.y + fit.source.height <= height);
        CHECK(((fit.target.x | fit.target.y | fit.target.width | fit.target.height) & 1) == 0);
        CHECK(fit.target.width > 0 && fit.target.height > 0);
        CHECK(fit.target.x + fit.target.width <= tile_width);
        CHECK(fit.target.y + fit.target.height <= tile_height);
    }
    goto out;
out:
    return;
}

TEST(a_turned_picture_stands_upright)
{
    struct picture_buffer camera = {0};
    struct picture_buffer scratch = {0};
    struct picture_buffer tile = {0};
    struct picture_buffer upright = {0};
    unsigned source = 0;
    unsigned frame = 0;
    static const uint16_t turns[] = {90, 180, 270};
    REQUIRE_OK(picture_buffer_resize(&upright, 320, 180));
    REQUIRE_OK(picture_buffer_resize(&tile, 320, 180));
    moving_picture_draw(&upright.picture, 12, 34);
    for (size_t i = 0; i < 3; i++) {
        bool half = turns[i] == 180;
        REQUIRE_OK(picture_buffer_resize(&camera, half ? 320 : 180, half ? 180 : 320));
        picture_turn(&upright.picture, &camera.picture, 360 - turns[i]);
        CHECK(!moving_picture_read(&camera.picture, &source, &frame));
        tile_draw(&camera.picture, turns[i], false, &scratch, &tile.picture);
        CHECK(moving_picture_read(&tile.picture, &source, &frame));
        CHECK_INT(source, 12);
        CHECK_INT(frame, 34);
    }
out:
    picture_buffer_deinit(&upright);
    picture_buffer_deinit(&tile);
    picture_buffer_deinit(&scratch);
    picture_buffer_deinit(&camera);
}
