#include <stdlib.h>
#include <string.h>

#include "load/viewer.h"
#include "unit/runner.h"

enum { FRAMES = 30, ROOM_BYTES = 400000 };

struct clip {
    struct content *content;
    struct viewer_frame frames[FRAMES];
    uint8_t *bytes;
    size_t used;
    struct picture_buffer filmed;
    struct viewer viewer;
};

static bool open_clip(struct clip *clip)
{
    const struct content_config config = {
        .tones = 1, .seed = 3, .video = true, .width = 320, .height = 192, .video_bps = 300000};
    const char *reason = "";
    *clip = (struct clip){.bytes = calloc(1, ROOM_BYTES)};
    if (clip->bytes == NULL || content_new(&clip->content, &config, &reason) != 0) {
        return false;
    }
    uint64_t place = content_next_keyframe(clip->content, 0);
    for (size_t i = 0; i < FRAMES; i++) {
        struct content_frame frame;
        content_frame(clip->content, CONTENT_LAYERS - 1, CONTENT_RATES - 1, place + i, &frame);
        clip->frames[i] = (struct viewer_frame){
            .frame = {.keyframe = frame.keyframe,
                      .marked = true,
                      .mark = {.caller = 1, .content = frame.number, .layer = CONTENT_LAYERS - 1}},
            .offset = clip->used,
            .len = frame.len};
        memcpy(clip->bytes + clip->used, frame.data, frame.len);
        clip->used += frame.len;
    }
    return true;
}

static void close_clip(struct clip *clip)
{
    picture_buffer_deinit(&clip->filmed);
    content_free(&clip->content);
    free(clip->bytes);
}

TEST_NO_OOM(pictures_are_compared_with_those_that_were_filmed)
{
    struct clip clip;
    struct heard_score score = {.sound = false};
    REQUIRE(open_clip(&clip));
    REQUIRE_OK(
        viewer_watch(&clip.viewer, clip.content, clip.frames, FRAMES, clip.bytes, &clip.filmed));
    viewer_score(&clip.viewer, &score);
    CHECK(score.pictures && score.undecodable == 0);
    CHECK_INT(clip.viewer.compared, FRAMES / VIEWER_COMPARE_EACH);
    CHECK(score.psnr_db > 30 && score.ssim > 0.9);

    struct viewer confused = {.compared = 0};
    struct heard_score wrong = {.sound = false};
    for (size_t i = 0; i < FRAMES; i++) {
        clip.frames[i].frame.mark.content = (uint16_t)(clip.frames[i].frame.mark.content ^ 32);
    }
    REQUIRE_OK(
        viewer_watch(&confused, clip.content, clip.frames, FRAMES, clip.bytes, &clip.filmed));
    viewer_score(&confused, &wrong);
    CHECK(wrong.psnr_db < score.psnr_db - 5 && wrong.ssim < score.ssim);
out:
    close_clip(&clip);
}

TEST_NO_OOM(frames_that_cannot_be_decoded_are_counted)
{
    struct clip clip;
    struct heard_score score = {.sound = false};
    REQUIRE(open_clip(&clip));
    clip.frames[3].len = 2;
    REQUIRE_OK(
        viewer_watch(&clip.viewer, clip.content, clip.frames, FRAMES, clip.bytes, &clip.filmed));
    viewer_score(&clip.viewer, &score);
    CHECK(score.pictures && score.undecodable > 0);
out:
    close_clip(&clip);
}
