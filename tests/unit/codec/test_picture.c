#include "base/err.h"
#include "codec/picture.h"
#include "score/moving_picture.h"
#include "unit/runner.h"

static uint8_t luma(const struct picture *picture, int x, int y)
{
    return picture->planes[0][y * picture->strides[0] + x];
}

TEST(buffer_keeps_its_memory_when_the_size_shrinks)
{
    struct picture_buffer buffer = {0};
    REQUIRE_OK(picture_buffer_resize(&buffer, 640, 360));
    const uint8_t *memory = buffer.memory;
    uint64_t before = runner_allocations();
    REQUIRE_OK(picture_buffer_resize(&buffer, 320, 180));
    REQUIRE_OK(picture_buffer_resize(&buffer, 640, 360));
    CHECK(runner_allocations() == before);
    CHECK(buffer.memory == memory);
out:
    picture_buffer_deinit(&buffer);
}

TEST(buffer_refuses_sizes_out_of_range)
{
    struct picture_buffer buffer = {0};
    CHECK_INT(picture_buffer_resize(&buffer, 0, 10), ERR_INVALID);
    CHECK_INT(picture_buffer_resize(&buffer, 10, -1), ERR_INVALID);
    CHECK_INT(picture_buffer_resize(&buffer, PICTURE_MAX_WIDTH + 1, 10), ERR_INVALID);
    CHECK(buffer.memory == NULL);
    goto out;
out:
    picture_buffer_deinit(&buffer);
}

TEST(odd_sizes_round_chroma_up)
{
    struct picture_buffer buffer = {0};
    REQUIRE_OK(picture_buffer_resize(&buffer, 33, 17));
    CHECK_INT(picture_plane_width(&buffer.picture, 1), 17);
    CHECK_INT(picture_plane_height(&buffer.picture, 2), 9);
    picture_fill(&buffer.picture, (struct picture_colour){50, 60, 70});
    CHECK_INT(luma(&buffer.picture, 32, 16), 50);
    CHECK_INT(buffer.picture.planes[1][8 * buffer.picture.strides[1] + 16], 60);
    CHECK_INT(buffer.picture.planes[2][8 * buffer.picture.strides[2] + 16], 70);
out:
    picture_buffer_deinit(&buffer);
}

TEST(a_view_writes_only_its_own_part)
{
    struct picture_buffer buffer = {0};
    REQUIRE_OK(picture_buffer_resize(&buffer, 64, 48));
    picture_fill(&buffer.picture, (struct picture_colour){10, 20, 30});
    struct picture view = picture_view(
        &buffer.picture, &(struct picture_rect){.x = 8, .y = 4, .width = 16, .height = 6});
    picture_fill(&view, (struct picture_colour){200, 100, 90});
    CHECK_INT(luma(&buffer.picture, 8, 4), 200);
    CHECK_INT(luma(&buffer.picture, 23, 9), 200);
    CHECK_INT(luma(&buffer.picture, 24, 9), 10);
    CHECK_INT(luma(&buffer.picture, 7, 4), 10);
    CHECK_INT(luma(&buffer.picture, 8, 10), 10);
    CHECK_INT(buffer.picture.planes[1][2 * buffer.picture.strides[1] + 4], 100);
    CHECK_INT(buffer.picture.planes[1][2 * buffer.picture.strides[1] + 3], 20);
out:
    picture_buffer_deinit(&buffer);
}

TEST_NO_OOM(scaling_keeps_what_a_picture_shows)
{
    struct picture_buffer from = {0};
    struct picture_buffer to = {0};
    unsigned source = 0;
    unsigned frame = 0;
    REQUIRE_OK(picture_buffer_resize(&from, 640, 360));
    static const int widths[] = {1280, 640, 414, 160, 118};
    for (size_t i = 0; i < 5 * 8; i++) {
        unsigned want = (unsigned)i * 5 % MOVING_PICTURE_SOURCES;
        moving_picture_draw(&from.picture, want, 777);
        REQUIRE_OK(picture_buffer_resize(&to, widths[i % 5], widths[i % 5] * 9 / 16));
        picture_scale(&from.picture, &to.picture);
        CHECK(moving_picture_read(&to.picture, &source, &frame));
        CHECK_INT(source, want);
        CHECK_INT(frame, 777);
    }
out:
    picture_buffer_deinit(&to);
    picture_buffer_deinit(&from);
}

TEST(four_quarter_turns_are_none)
{
    struct picture_buffer from = {0};
    struct picture_buffer turned = {0};
    struct picture_buffer back = {0};
    REQUIRE_OK(picture_buffer_resize(&from, 128, 64));
    REQUIRE_OK(picture_buffer_resize(&turned, 64, 128));
    REQUIRE_OK(picture_buffer_resize(&back, 128, 64));
    moving_picture_draw(&from.picture, 3, 4);
    picture_turn(&from.picture, &turned.picture, 90);
    CHECK_INT(luma(&turned.picture, 63, 0), luma(&from.picture, 0, 0));
    picture_turn(&turned.picture, &back.picture, 270);
    CHECK(moving_picture_psnr(&from.picture, &back.picture) >= 99);
out:
    picture_buffer_deinit(&back);
    picture_buffer_deinit(&turned);
    picture_buffer_deinit(&from);
}

TEST(blending_covers_where_alpha_is_full)
{
    struct picture_buffer over = {0};
    struct picture_buffer onto = {0};
    uint8_t alpha[32 * 16];
    REQUIRE_OK(picture_buffer_resize(&over, 32, 16));
    REQUIRE_OK(picture_buffer_resize(&onto, 32, 16));
    picture_fill(&over.picture, (struct picture_colour){200, 90, 90});
    picture_fill(&onto.picture, (struct picture_colour){20, 128, 128});
    memset(alpha, 0, sizeof(alpha));
    for (int y = 0; y < 16; y++) {
        memset(alpha + y * 32, 255, 8);
        memset(alpha + y * 32 + 8, 128, 8);
    }
    picture_blend(&over.picture, alpha, 32, &onto.picture);
    CHECK_INT(luma(&onto.picture, 3, 3), 200);
    CHECK(luma(&onto.picture, 12, 3) > 105 && luma(&onto.picture, 12, 3) < 115);
    CHECK_INT(luma(&onto.picture, 20, 3), 20);
    CHECK_INT(onto.picture.planes[1][1], 90);
    CHECK_INT(onto.picture.planes[1][12], 128);
out:
    picture_buffer_deinit(&onto);
    picture_buffer_deinit(&over);
}
