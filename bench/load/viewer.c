#include "load/viewer.h"

#include "base/err.h"
#include "codec/vp8_decoder.h"
#include "score/moving_picture.h"
#include "score/ssim.h"

enum { MOST_PIXELS = 4096 * 2304 };

static int compare(struct viewer *viewer, struct content *content, const struct mark *mark,
                   const struct picture *seen, struct picture_buffer *filmed)
{
    int err = picture_buffer_resize(filmed, seen->width, seen->height);
    if (err != 0) {
        return err;
    }
    if (content_picture(content, mark->layer, mark->content, &filmed->picture) != 0) {
        return 0; /* not to be had: of a file, or of another size */
    }
    viewer->compared++;
    viewer->psnr_db += moving_picture_psnr(&filmed->picture, seen);
    viewer->ssim += ssim(&filmed->picture, seen);
    return 0;
}

int viewer_watch(struct viewer *viewer, struct content *content, const struct viewer_frame *frames,
                 size_t count, const uint8_t *bytes, struct picture_buffer *filmed)
{
    struct vp8_decoder *decoder = NULL;
    int err = vp8_decoder_new(&decoder, MOST_PIXELS);
    for (size_t i = 0; i < count && err == 0; i++) {
        const struct viewer_frame *frame = &frames[i];
        int result = vp8_decoder_decode(decoder, bytes + frame->offset, frame->len);
        const struct picture *seen = vp8_decoder_picture(decoder);
        if (result == ERR_NO_MEMORY) {
            err = result;
        } else if (result != 0 && result != ERR_AGAIN) {
            viewer->undecodable++;
        } else if (result == 0 && seen != NULL && frame->frame.marked &&
                   i % VIEWER_COMPARE_EACH == 0) {
            err = compare(viewer, content, &frame->frame.mark, seen, filmed);
        }
    }
    vp8_decoder_free(&decoder);
    return err;
}

void viewer_score(const struct viewer *viewer, struct heard_score *out)
{
    out->pictures = viewer->compared > 0 || viewer->undecodable > 0;
    out->psnr_db = viewer->compared > 0 ? viewer->psnr_db / viewer->compared : 0;
    out->ssim = viewer->compared > 0 ? viewer->ssim / viewer->compared : 0;
    out->undecodable = viewer->undecodable;
}
