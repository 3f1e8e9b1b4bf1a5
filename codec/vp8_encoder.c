#include "codec/vp8_encoder.h"

#include <stdlib.h>

#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

#include "base/err.h"

enum {
    SPEED = -10, /* -6 takes a fifth longer for half a decibel, -16 saves a tenth and loses one */
    MIN_QUANTIZER = 4,
    MAX_QUANTIZER = 56,
    BUFFER_MS = 400, /* what the rate control may be wrong by: a keyframe and its echo */
    BUFFER_INITIAL_MS = 200,
    BUFFER_OPTIMAL_MS = 250,
    DROP_BELOW_PERCENT = 25, /* of the optimal level */
    BASE_LAYER_PERCENT = 60, /* of the bitrate, with two layers */
    MIN_SIDE = 16,
    US_PER_SECOND = 1000000
};

/* The upper layer reads the base alone and leaves no trace. */
static const vpx_enc_frame_flags_t base_flags =
    VP8_EFLAG_NO_REF_GF | VP8_EFLAG_NO_REF_ARF | VP8_EFLAG_NO_UPD_GF | VP8_EFLAG_NO_UPD_ARF;
static const vpx_enc_frame_flags_t upper_flags = VP8_EFLAG_NO_REF_GF | VP8_EFLAG_NO_REF_ARF |
                                                 VP8_EFLAG_NO_UPD_LAST | VP8_EFLAG_NO_UPD_GF |
                                                 VP8_EFLAG_NO_UPD_ARF;

struct vp8_encoder {
    vpx_codec_ctx_t codec;
    vpx_codec_enc_cfg_t config;
    int64_t origin_us; /**< time of the first picture; libvpx counts from 0 */
    int64_t newest_us;
    bool begun;      /**< a frame has come out */
    bool upper_next; /**< the next frame belongs to the upper layer */
    uint8_t tl0picidx;
    uint8_t fps;
};

static bool in_range(const struct vp8_encoder_config *config)
{
    return config->width >= MIN_SIDE && config->width <= PICTURE_MAX_WIDTH &&
           config->height >= MIN_SIDE && config->height <= PICTURE_MAX_WIDTH &&
           config->width % 2 == 0 && config->height % 2 == 0 && config->fps >= 1 &&
           config->fps <= VP8_ENCODER_MAX_FPS && config->bitrate_bps >= VP8_ENCODER_MIN_BPS &&
           config->bitrate_bps <= VP8_ENCODER_MAX_BPS && config->temporal_layers >= 1 &&
           config->temporal_layers <= VP8_ENCODER_MAX_LAYERS;
}

static void set_bitrate(vpx_codec_enc_cfg_t *config, uint32_t bitrate_bps)
{
    config->rc_target_bitrate = bitrate_bps / 1000;
    if (config->ts_number_layers == 1) {
        config->ts_target_bitrate[0] = config->rc_target_bitrate;
        return;
    }
    config->ts_target_bitrate[0] = config->rc_target_bitrate * BASE_LAYER_PERCENT / 100;
    config->ts_target_bitrate[1] = config->rc_target_bitrate;
}

static void set_layers(vpx_codec_enc_cfg_t *config, uint8_t layers)
{
    config->ts_number_layers = layers;
    config->ts_periodicity = layers;
    config->ts_rate_decimator[0] = layers;
    config->ts_layer_id[0] = 0;
    config->ts_rate_decimator[1] = 1;
    config->ts_layer_id[1] = 1;
}

static void fill_config(vpx_codec_enc_cfg_t *out, const struct vp8_encoder_config *config)
{
    out->g_w = (unsigned)config->width;
    out->g_h = (unsigned)config->height;
    out->g_threads = 1;
    out->g_timebase.num = 1;
    out->g_timebase.den = US_PER_SECOND;
    out->g_pass = VPX_RC_ONE_PASS;
    out->g_lag_in_frames = 0;
    /*
     * Losses are repaired, so that one layer may carry its probabilities from frame to frame. With
     * two the upper one must not touch them; libvpx 1.12 can leave them alone frame by frame
     * (VP8_EFLAG_NO_UPD_ENTROPY), but loses track of them when it drops a frame, and what comes
     * after cannot be decoded. So there each frame begins with its own: 0.2 dB.
     */
    out->g_error_resilient = config->temporal_layers > 1 ? VPX_ERROR_RESILIENT_DEFAULT : 0;
    out->rc_end_usage = VPX_CBR;
    out->rc_dropframe_thresh = DROP_BELOW_PERCENT;
    out->rc_resize_allowed = 0;
    out->rc_min_quantizer = MIN_QUANTIZER;
    out->rc_max_quantizer = MAX_QUANTIZER;
    out->rc_undershoot_pct = 100;
    out->rc_overshoot_pct = 15;
    out->rc_buf_sz = BUFFER_MS;
    out->rc_buf_initial_sz = BUFFER_INITIAL_MS;
    out->rc_buf_optimal_sz = BUFFER_OPTIMAL_MS;
    out->kf_mode = VPX_KF_DISABLED;
    set_layers(out, config->temporal_layers);
    set_bitrate(out, config->bitrate_bps);
}

static vpx_codec_err_t set_controls(vpx_codec_ctx_t *codec, bool screen)
{
    vpx_codec_err_t err = vpx_codec_control(codec, VP8E_SET_CPUUSED, SPEED);
    if (err == VPX_CODEC_OK) {
        err = vpx_codec_control(codec, VP8E_SET_NOISE_SENSITIVITY, 0U);
    }
    if (err == VPX_CODEC_OK) {
        err = vpx_codec_control(codec, VP8E_SET_STATIC_THRESHOLD, 1U);
    }
    if (err == VPX_CODEC_OK) {
        err = vpx_codec_control(codec, VP8E_SET_TOKEN_PARTITIONS, VP8_ONE_TOKENPARTITION);
    }
    if (err == VPX_CODEC_OK) {
        err = vpx_codec_control(codec, VP8E_SET_MAX_INTRA_BITRATE_PCT,
                                (unsigned)VP8_ENCODER_KEYFRAME_PERCENT);
    }
    if (err == VPX_CODEC_OK) {
        err = vpx_codec_control(codec, VP8E_SET_SCREEN_CONTENT_MODE, screen ? 1U : 0U);
    }
    return err;
}

/** @return 0 with a codec open, ERR_INVALID or ERR_NO_MEMORY with none */
static int open_codec(struct vp8_encoder *encoder, const struct vp8_encoder_config *config)
{
    if (vpx_codec_enc_config_default(vpx_codec_vp8_cx(), &encoder->config, 0) != VPX_CODEC_OK) {
        return ERR_INVALID;
    }
    fill_config(&encoder->config, config);
    vpx_codec_err_t err =
        vpx_codec_enc_init(&encoder->codec, vpx_codec_vp8_cx(), &encoder->config, 0);
    if (err == VPX_CODEC_OK) {
        err = set_controls(&encoder->codec, config->screen);
        if (err != VPX_CODEC_OK) {
            (void)vpx_codec_destroy(&encoder->codec);
        }
    }
    if (err == VPX_CODEC_OK) {
        return 0;
    }
    return err == VPX_CODEC_MEM_ERROR ? ERR_NO_MEMORY : ERR_INVALID;
}

int vp8_encoder_new(struct vp8_encoder **out, const struct vp8_encoder_config *config)
{
    if (!in_range(config)) {
        return ERR_INVALID;
    }
    struct vp8_encoder *encoder = calloc(1, sizeof(*encoder));
    if (encoder == NULL) {
        return ERR_NO_MEMORY;
    }
    encoder->fps = config->fps;
    int err = open_codec(encoder, config);
    if (err != 0) {
        free(encoder);
        return err;
    }
    *out = encoder;
    return 0;
}

static bool is_layered(const struct vp8_encoder *encoder)
{
    return encoder->config.ts_number_layers > 1;
}

/** Hands a picture to libvpx. @return 0 or ERR_NO_MEMORY */
static int push(struct vp8_encoder *encoder, const struct picture *picture, int64_t time_us,
                vpx_enc_frame_flags_t flags, bool upper)
{
    vpx_image_t image;
    /* a view: libvpx copies it before the call ends */
    if (vpx_img_wrap(&image, VPX_IMG_FMT_I420, encoder->config.g_w, encoder->config.g_h, 1,
                     picture->planes[0]) == NULL) {
        return ERR_INVALID;
    }
    for (int plane = 0; plane < PICTURE_PLANES; plane++) {
        image.planes[plane] = picture->planes[plane];
        image.stride[plane] = picture->strides[plane];
    }
    if (is_layered(encoder)) {
        (void)vpx_codec_control(&encoder->codec, VP8E_SET_TEMPORAL_LAYER_ID, upper ? 1 : 0);
    }
    vpx_codec_err_t err =
        vpx_codec_encode(&encoder->codec, &image, time_us - encoder->origin_us,
                         (unsigned long)(US_PER_SECOND / encoder->fps), flags, VPX_DL_REALTIME);
    return err == VPX_CODEC_OK ? 0 : ERR_NO_MEMORY;
}

/** What libvpx has made of the picture, if anything. */
static bool pull(struct vp8_encoder *encoder, struct vp8_encoded *out)
{
    vpx_codec_iter_t at = NULL;
    const vpx_codec_cx_pkt_t *packet;
    while ((packet = vpx_codec_get_cx_data(&encoder->codec, &at)) != NULL) {
        if (packet->kind == VPX_CODEC_CX_FRAME_PKT && packet->data.frame.sz > 0) {
            *out = (struct vp8_encoded){
                .data = packet->data.frame.buf,
                .len = packet->data.frame.sz,
                .keyframe = (packet->data.frame.flags & VPX_FRAME_IS_KEY) != 0,
            };
            return true;
        }
    }
    *out = (struct vp8_encoded){0};
    return false;
}

/** Says where the frame stands among the layers. */
static void label(struct vp8_encoder *encoder, bool upper, struct vp8_encoded *out)
{
    if (!upper && encoder->begun) {
        encoder->tl0picidx++;
    }
    encoder->begun = true;
    encoder->upper_next = is_layered(encoder) && !upper;
    out->tid = upper ? 1 : 0;
    out->layer_sync = upper;
    out->non_reference = upper;
    out->tl0picidx = encoder->tl0picidx;
}

int vp8_encoder_encode(struct vp8_encoder *encoder, const struct picture *picture, int64_t time_us,
                       bool keyframe, struct vp8_encoded *out)
{
    bool first = !encoder->begun;
    if (picture->width != (int)encoder->config.g_w || picture->height != (int)encoder->config.g_h ||
        (!first && time_us <= encoder->newest_us)) {
        return ERR_INVALID;
    }
    bool upper = encoder->upper_next && !keyframe;
    vpx_enc_frame_flags_t flags = !is_layered(encoder) ? 0 : upper ? upper_flags : base_flags;
    if (keyframe || first) {
        flags = VPX_EFLAG_FORCE_KF;
    }
    if (first) {
        encoder->origin_us = time_us;
    }
    int err = push(encoder, picture, time_us, flags, upper);
    if (err != 0) {
        return err;
    }
    encoder->newest_us = time_us;
    struct vp8_encoded frame;
    if (pull(encoder, &frame)) {
        label(encoder, upper, &frame);
    }
    *out = frame;
    return 0;
}

int vp8_encoder_set_rate(struct vp8_encoder *encoder, uint32_t bitrate_bps, uint8_t fps)
{
    uint32_t bounded = bitrate_bps < VP8_ENCODER_MIN_BPS   ? VP8_ENCODER_MIN_BPS
                       : bitrate_bps > VP8_ENCODER_MAX_BPS ? VP8_ENCODER_MAX_BPS
                                                           : bitrate_bps;
    vpx_codec_enc_cfg_t config = encoder->config;
    set_bitrate(&config, bounded);
    if (config.rc_target_bitrate != encoder->config.rc_target_bitrate) {
        if (vpx_codec_enc_config_set(&encoder->codec, &config) != VPX_CODEC_OK) {
            return ERR_INVALID;
        }
        encoder->config = config;
    }
    encoder->fps = fps < 1 ? 1 : fps > VP8_ENCODER_MAX_FPS ? VP8_ENCODER_MAX_FPS : fps;
    return 0;
}

void vp8_encoder_free(struct vp8_encoder **encoder)
{
    if (*encoder == NULL) {
        return;
    }
    (void)vpx_codec_destroy(&(*encoder)->codec);
    free(*encoder);
    *encoder = NULL;
}
