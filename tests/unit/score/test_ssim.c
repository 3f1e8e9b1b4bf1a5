#include <stdlib.h>

#include "score/moving_picture.h"
#include "score/ssim.h"
#include "unit/runner.h"

TEST(similarity_falls_from_equal_to_strange)
{
    struct picture_buffer a = {.memory = NULL};
    struct picture_buffer b = {.memory = NULL};
    REQUIRE_OK(picture_buffer_resize(&a, 320, 180));
    REQUIRE_OK(picture_buffer_resize(&b, 320, 180));
    moving_picture_draw(&a.picture, 3, 10);
    moving_picture_draw(&b.picture, 3, 10);
    CHECK(ssim(&a.picture, &b.picture) > 0.9999);
    for (int y = 0; y < 180; y += 2) {
        for (int x = 0; x < 320; x += 3) {
            uint8_t *pixel = &b.picture.planes[0][y * b.picture.strides[0] + x];
            *pixel = (uint8_t)(*pixel > 128 ? *pixel - 12 : *pixel + 12);
        }
    }
    double noisy = ssim(&a.picture, &b.picture);
    CHECK(noisy < 0.98 && noisy > 0.1);
    moving_picture_draw(&b.picture, 40, 700);
    CHECK(ssim(&a.picture, &b.picture) < 0.9);
    CHECK(ssim(&a.picture, &b.picture) == ssim(&b.picture, &a.picture));
out:
    picture_buffer_deinit(&a);
    picture_buffer_deinit(&b);
}
