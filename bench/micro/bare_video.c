#include "bare_video.h"

#include <libyuv.h>
#include <stdlib.h>
#include <string.h>

#include <vpx/vp8cx.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vpx_encoder.h>

#include "base/err.h"

struct bare_video {
    vpx_codec_ctx_t decoders[FILMS_MAX];
    vpx_codec_ctx_t encoder;
    vpx_image_t canvas;
    size_t tiles;
    int columns;
    int rows;
};

static int open_encoder(struct bare_video *bare, uint32_t bps)
{
    vpx_codec_enc_cfg_t config;
    if (vpx_codec_enc_config_default(vpx_codec_vp8_cx(), &config, 0) != VPX_CODEC_OK) {
        return ERR_UNSUPPORTED;
    }
    config.g_w = bare->canvas.d_w;
    config.g_h = bare->canvas.d_h;
    config.g_timebase.num = 1;
    config.g_timebase.den = 1000000;
    config.g_lag_in_frames = 0;
    config.g_error_resilient = 0;
    config.rc_end_usage = VPX_CBR;
    config.rc_target_bitrate = bps / 1000;
    config.rc_dropframe_thresh = 25;
    config.rc_min_quantizer = 4;
    config.rc_max_quantizer = 56;
    config.rc_undershoot_pct = 100;
    config.rc_overshoot_pct = 15;
    config.rc_buf_sz = 400;
    config.rc_buf_initial_sz = 200;
    config.rc_buf_optimal_sz = 250;
    config.kf_mode = VPX_KF_DISABLED;
    if (vpx_codec_enc_init(&bare->encoder, vpx_codec_vp8_cx(), &config, 0) != VPX_CODEC_OK) {
        return ERR_UNSUPPORTED;
    }
    (void)vpx_codec_control(&bare->encoder, VP8E_SET_CPUUSED, -10);
    (void)vpx_codec_control(&bare->encoder, VP8E_SET_STATIC_THRESHOLD, 1U);
    return 0;
}

int bare_video_new(struct bare_video **out, size_t tiles, int width, int height, uint32_t bps)
{
    struct bare_video *bare = calloc(1, sizeof(*bare));
    if (bare == NULL) {
        return ERR_NO_MEMORY;
    }
    bare->columns = 1;
    while ((size_t)bare->columns * (size_t)bare->columns < tiles) {
        bare->columns++;
    }
    bare->rows = ((int)tiles + bare->columns - 1) / bare->columns;
    int err = vpx_img_alloc(&bare->canvas, VPX_IMG_FMT_I420, (unsigned)width, (unsigned)height,
                            32) == NULL
                  ? ERR_NO_MEMORY
                  : open_encoder(bare, bps);
    for (; err == 0 && bare->tiles < tiles; bare->tiles++) {
        const vpx_codec_dec_cfg_t config = {.threads = 1};
        if (vpx_codec_dec_init(&bare->decoders[bare->tiles], vpx_codec_vp8_dx(), &config, 0) !=
            VPX_CODEC_OK) {
            err = ERR_UNSUPPORTED;
        }
    }
    if (err != 0) {
        bare_video_free(&bare);
        return err;
    }
    for (int plane = 0; plane < 3; plane++) {
        memset(bare->canvas.planes[plane], 128,
               (size_t)bare->canvas.stride[plane] * (size_t)(plane == 0 ? height : height / 2));
    }
    *out = bare;
    return 0;
}

static int show(struct bare_video *bare, const struct film_frame *frame, size_t tile)
{
    vpx_codec_iter_t at = NULL;
    if (vpx_codec_decode(&bare->decoders[tile], frame->data, (unsigned)frame->len, NULL, 0) !=
        VPX_CODEC_OK) {
        return ERR_MALFORMED;
    }
    const vpx_image_t *from = vpx_codec_get_frame(&bare->decoders[tile], &at);
    if (from == NULL) {
        return ERR_MALFORMED;
    }
    vpx_image_t *to = &bare->canvas;
    int width = (int)to->d_w / bare->columns & ~1;
    int height = (int)to->d_h / bare->rows & ~1;
    int x = (int)tile % bare->columns * width;
    int y = (int)tile / bare->columns * height;
    return I420Scale(from->planes[0], from->stride[0], from->planes[1], from->stride[1],
                     from->planes[2], from->stride[2], (int)from->d_w, (int)from->d_h,
                     to->planes[0] + y * to->stride[0] + x, to->stride[0],
                     to->planes[1] + y / 2 * to->stride[1] + x / 2, to->stride[1],
                     to->planes[2] + y / 2 * to->stride[2] + x / 2, to->stride[2], width, height,
                     kFilterBilinear) == 0
               ? 0
               : ERR_MALFORMED;
}

int bare_video_step(struct bare_video *bare, const struct film *films, size_t frame,
                    int64_t time_us)
{
    for (size_t i = 0; i < bare->tiles; i++) {
        int err = show(bare, &films[i].frames[frame], i);
        if (err != 0) {
            return err;
        }
    }
    vpx_codec_iter_t at = NULL;
    if (vpx_codec_encode(&bare->encoder, &bare->canvas, time_us, FILM_FRAME_US, 0,
                         VPX_DL_REALTIME) != VPX_CODEC_OK) {
        return ERR_MALFORMED;
    }
    while (vpx_codec_get_cx_data(&bare->encoder, &at) != NULL) {
    }
    return 0;
}

void bare_video_free(struct bare_video **bare)
{
    if (*bare == NULL) {
        return;
    }
    for (size_t i = 0; i < (*bare)->tiles; i++) {
        (void)vpx_codec_destroy(&(*bare)->decoders[i]);
    }
    if ((*bare)->encoder.iface != NULL) {
        (void)vpx_codec_destroy(&(*bare)->encoder);
    }
    vpx_img_free(&(*bare)->canvas);
    free(*bare);
    *bare = NULL;
}
