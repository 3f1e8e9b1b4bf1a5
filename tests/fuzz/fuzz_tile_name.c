/**
 * Names of strangers on tiles: whatever the bytes, on canvases and tiles of any size, with and
 * without a picture, nothing is drawn outside the canvas.
 *
 * Input: [people] [canvas width] [canvas height], then the name.
 */
#include <string.h>

#include "base/bytes.h"
#include "codec/compositor.h"
#include "fuzz/fuzz.h"

enum { MAX_NAME = 2000, STEP_US = 100000, STEPS = 4 };

static int side(uint8_t byte)
{
    return LAYOUT_MIN_SIDE + byte * 2;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes in = bytes_over(data, len);
    size_t people = bytes_u8(&in) % (LAYOUT_MAX_TILES + 2U);
    int width = side(bytes_u8(&in));
    int height = side(bytes_u8(&in));
    size_t name_len = bytes_left(&in) < MAX_NAME ? bytes_left(&in) : MAX_NAME;
    struct compositor *compositor = NULL;
    struct picture_buffer camera = {0};
    struct compositor_tile tiles[LAYOUT_MAX_TILES + 2];
    /* of its exact size, so that one byte too far is seen */
    char *name = malloc(name_len + 1);
    FUZZ_CHECK(name != NULL);
    if (name_len > 0) {
        memcpy(name, bytes_take(&in, name_len), name_len);
    }
    name[name_len] = '\0';
    FUZZ_CHECK(picture_buffer_resize(&camera, 33, 17) == 0);
    picture_fill(&camera.picture, (struct picture_colour){90, 100, 110});
    FUZZ_CHECK(compositor_new(&compositor, width, height) == 0);
    for (int step = 0; step < STEPS; step++) {
        for (size_t i = 0; i < people; i++) {
            tiles[i] = (struct compositor_tile){.id = i,
                                                .name = name + (i < name_len ? i : 0),
                                                .picture = i % 2 == 0 ? NULL : &camera.picture,
                                                .serial = (uint64_t)step,
                                                .turn = (uint16_t)(i % 4 * 90),
                                                .screen = i % 3 == 0,
                                                .speaking = i % 5 == 0};
        }
        (void)compositor_draw(compositor, (enum layout_kind)(step % 3), tiles, people,
                              (int64_t)step * STEP_US);
    }
    compositor_free(&compositor);
    picture_buffer_deinit(&camera);
    free(name);
    return 0;
}
