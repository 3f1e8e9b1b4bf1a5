#include "load/film_coder.h"

#include <stdlib.h>

#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

#include "base/err.h"
#include "load/content.h"

enum {
    SPEED = -12,
    LEVELS = 3,
    PERIOD = 4,
    MIN_QUANTIZER = 4,
    MAX_QUANTIZER = 58,
    KEYFRAME_PERCENT = 450, /* of a mean frame, at most */
    BUFFER_MS = 600
};

#define LEAVE_ALL (VP8_EFLAG_NO_UPD_LAST | VP8_EFLAG_NO_UPD_GF | VP8_EFLAG_NO_UPD_ARF)

/** What each frame of a period refers to and renews: last = level 0, golden = level 1. */
static const struct {
    uint8_t tid;
    bool sync;
    vpx_enc_frame_flags_t flags;
} pattern[PERIOD] = {
    {0, false,
     VP8_EFLAG_NO_REF_GF | VP8_EFLAG_NO_REF_ARF | VP8_EFLAG_NO_UPD_GF | VP8_EFLAG_NO_UPD_ARF},
    {2, true, VP8_EFLAG_NO_REF_GF | VP8_EFLAG_NO_REF_ARF | LEAVE_ALL},
    {1, true,
     VP8_EFLAG_NO_REF_GF | VP8_EFLAG_NO_REF_ARF | VP8_EFLAG_NO_UPD_LAST | VP8_EFLAG_NO_UPD_ARF},
    {2, false, VP8_EFLAG_NO_REF_ARF | LEAVE_ALL},
};

struct film_coder {
    vpx_codec_ctx_t codec;
    unsigned phase;
    vpx_codec_pts_t time;
};

static void fill(vpx_codec_enc_cfg_t *config, int width, int height, uint64_t bps)
{
    static const unsigned shares_percent[LEVELS] = {45, 65, 100};
    static const unsigned decimators[LEVELS] = {4, 2, 1};
    config->g_w = (unsigned)width;
    config->g_h = (unsigned)height;
    config->g_threads = 1;
    config->g_timebase.num = 1;
    config->g_timebase.den = CONTENT_FPS;
    config->g_pass = VPX_RC_ONE_PASS;
    config->g_lag_in_frames = 0;
    config->g_error_resilient = VPX_ERROR_RESILIENT_DEFAULT;
    config->rc_end_usage = VPX_CBR;
    config->rc_dropframe_thresh = 0;
    config->rc_resize_allowed = 0;
    config->rc_min_quantizer = MIN_QUANTIZER;
    config->rc_max_quantizer = MAX_QUANTIZER;
    config->rc_undershoot_pct = 100;
    config->rc_overshoot_pct = 15;
    config->rc_buf_sz = BUFFER_MS;
    config->rc_buf_initial_sz = BUFFER_MS / 2;
    config->rc_buf_optimal_sz = BUFFER_MS * 2 / 3;
    config->kf_mode = VPX_KF_DISABLED;
    config->rc_target_bitrate = (unsigned)(bps / 1000);
    config->ts_number_layers = LEVELS;
    config->ts_periodicity = PERIOD;
    for (unsigned i = 0; i < LEVELS; i++) {
        config->ts_target_bitrate[i] = config->rc_target_bitrate * shares_percent[i] / 100;
        config->ts_rate_decimator[i] = decimators[i];
    }
    for (unsigned i = 0; i < PERIOD; i++) {
        config->ts_layer_id[i] = pattern[i].tid;
    }
}

int film_coder_new(struct film_coder **out, int width, int height, uint64_t bps)
{
    vpx_codec_enc_cfg_t config;
    struct film_coder *coder = calloc(1, sizeof(*coder));
    if (coder == NULL) {
        return ERR_NO_MEMORY;
    }
    if (vpx_codec_enc_config_default(vpx_codec_vp8_cx(), &config, 0) != VPX_CODEC_OK) {
        free(coder);
        return ERR_UNSUPPORTED;
    }
    fill(&config, width, height, bps);
    if (vpx_codec_enc_init(&coder->codec, vpx_codec_vp8_cx(), &config, 0) != VPX_CODEC_OK) {
        free(coder);
        return ERR_UNSUPPORTED;
    }
    if (vpx_codec_control(&coder->codec, VP8E_SET_CPUUSED, SPEED) != VPX_CODEC_OK ||
        vpx_codec_control(&coder->codec, VP8E_SET_STATIC_THRESHOLD, 1U) != VPX_CODEC_OK ||
        vpx_codec_control(&coder->codec, VP8E_SET_MAX_INTRA_BITRATE_PCT,
                          (unsigned)KEYFRAME_PERCENT) != VPX_CODEC_OK) {
        film_coder_free(&coder);
        return ERR_UNSUPPORTED;
    }
    *out = coder;
    return 0;
}

int film_coder_encode(struct film_coder *coder, const struct picture *picture, bool keyframe,
                      struct film_coded *out)
{
    vpx_image_t image;
    coder->phase = keyframe ? 0 : (coder->phase + 1) % PERIOD;
    if (vpx_img_wrap(&image, VPX_IMG_FMT_I420, (unsigned)picture->width, (unsigned)picture->height,
                     1, picture->planes[0]) == NULL) {
        return ERR_MALFORMED;
    }
    for (int plane = 0; plane < PICTURE_PLANES; plane++) {
        image.planes[plane] = picture->planes[plane];
        image.stride[plane] = picture->strides[plane];
    }
    vpx_enc_frame_flags_t flags =
        keyframe ? (vpx_enc_frame_flags_t)VPX_EFLAG_FORCE_KF : pattern[coder->phase].flags;
    if (vpx_codec_control(&coder->codec, VP8E_SET_TEMPORAL_LAYER_ID,
                          (int)pattern[coder->phase].tid) != VPX_CODEC_OK ||
        vpx_codec_encode(&coder->codec, &image, coder->time++, 1, flags, VPX_DL_REALTIME) !=
            VPX_CODEC_OK) {
        return ERR_MALFORMED;
    }
    vpx_codec_iter_t next = NULL;
    const vpx_codec_cx_pkt_t *packet = vpx_codec_get_cx_data(&coder->codec, &next);
    while (packet != NULL && packet->kind != VPX_CODEC_CX_FRAME_PKT) {
        packet = vpx_codec_get_cx_data(&coder->codec, &next);
    }
    if (packet == NULL) {
        return ERR_MALFORMED;
    }
    *out = (struct film_coded){.data = packet->data.frame.buf,
                               .len = packet->data.frame.sz,
                               .tid = pattern[coder->phase].tid,
                               .sync = pattern[coder->phase].sync};
    return 0;
}

void film_coder_free(struct film_coder **coder)
{
    if (*coder == NULL) {
        return;
    }
    (void)vpx_codec_destroy(&(*coder)->codec);
    free(*coder);
    *coder = NULL;
}
